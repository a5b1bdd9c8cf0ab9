"""Flushes a stage's authorizer cache, and lists the rights that remain."""

import argparse
from datetime import UTC, datetime, time, timedelta
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from authorizer.jwks import GRACE, LIFETIME, MAX_LIFETIME
from tools.errors import ToolError
from tools.project import PROJECT
from tools.pulumi_cli import config_of, outputs_of


class RevocationError(ToolError):
    """The cache was not flushed. The message has the reason and the fix."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stack", help="the stack whose cache is flushed")


def main(options: argparse.Namespace) -> int:
    """Flush the authorizer cache of a stack's stage, so that every token is verified again.

    Needs the Pulumi CLI, for the stack's outputs, and AWS credentials that may flush the cache.
    """
    stack: str = options.stack
    flush(outputs_of(stack), config := config_of(stack))
    # The CLI adds the defaults of Pulumi.yaml.
    ttl, bundled = (config[f"{PROJECT}:{key}"]["value"] for key in ("authorizerResultTtlInSeconds", "bundleKeys"))
    print(f"{stack}: the cache is empty; every token is verified again.")
    print("\n".join(still_trusted(datetime.now(UTC), ttl=int(ttl), bundled=bundled == "true")))
    return 0


def flush(outputs: dict[str, Any], config: dict[str, Any]) -> None:
    """Empty the authorizer cache of the stage that these outputs of `pulumi stack output` name.

    https://docs.aws.amazon.com/apigateway/latest/api/API_FlushStageAuthorizersCache.html. Raises `RevocationError`.
    """
    try:
        stage = {"restApiId": outputs["restApiId"], "stageName": outputs["stageName"]}
    except KeyError as missing:
        raise RevocationError(f"the stack has no output {missing}: nothing is deployed; run `pulumi up`") from None
    # boto3 gets only these of the provider's settings for an account. Never flush a stage of another account.
    for key in ("endpoints", "accessKey", "assumeRole", "assumeRoles"):
        if f"aws:{key}" in config:
            ids = f"--rest-api-id {stage['restApiId']} --stage-name {stage['stageName']}"
            raise RevocationError(
                f"the stack sets aws:{key}, which this command does not support. With the same credentials, "
                f"run `aws apigateway flush-stage-authorizers-cache {ids}`."
            )
    region, profile = (config.get(f"aws:{key}", {}).get("value") for key in ("region", "profile"))
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        session.client("apigateway").flush_stage_authorizers_cache(**stage)
    except (BotoCoreError, ClientError) as error:
        raise RevocationError(f"{error}; cached policies stay valid for the TTL. Fix it and run this again.") from None


def still_trusted(now: datetime, *, ttl: int, bundled: bool) -> list[str]:
    """The access that remains after a flush, one line per kind, with the latest time at which it ends.

    `ttl` is the number of seconds for which new policies are cached.
    """
    keys = now + timedelta(seconds=MAX_LIFETIME + ttl)
    down = keys + timedelta(seconds=GRACE)
    lines = [
        "Still trusted:",
        f"  - a key that the issuer has withdrawn: until {_clock(keys)} at the latest. Containers keep the key set for "
        f"{LIFETIME / 60:.0f} minutes, or {MAX_LIFETIME / 60:.0f} if the issuer requests it, and API Gateway their "
        f"last policy for {ttl} seconds. While the issuer cannot be reached, until {_clock(down)}. "
        "To revoke it at once, see docs/security.md#a-key-is-stolen",
        "  - a scope, role or user that the issuer has withdrawn: until the tokens with it expire, by the issuer's "
        f"token lifetime, and another {ttl} seconds",
    ]
    if bundled:
        end = datetime.combine(now.date() + timedelta(days=2), time(), UTC)
        lines.append(
            f"  - a bundled key (bundleKeys): by containers that start before {_clock(end)} "
            f"(in their first {LIFETIME / 60:.0f} minutes); `pulumi up` bundles the current keys"
        )
    return lines


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
