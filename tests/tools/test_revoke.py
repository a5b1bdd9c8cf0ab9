"""`make revoke` flushes the stage's cache through the AWS API, and prints the remaining trust."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.testkit.loopback import Server, response, serving
from tools.project import ROOT
from tools.revoke import RevocationError, flush, still_trusted

OUTPUTS = {"restApiId": "abc123", "stageName": "prod"}
CONFIG = {
    "aws:region": {"value": "eu-west-1"},
    "petstore:authorizerResultTtlInSeconds": {"value": "300"},
    "petstore:bundleKeys": {"value": "true"},
}
NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
Revoke = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def aws() -> Iterator[Server]:
    with serving(response(b"", status="202 Accepted")) as server:
        yield server


@pytest.fixture
def revoke(tmp_path: Path) -> Revoke:
    """Runs the command with a `pulumi` that knows one stack, against the given AWS endpoint."""

    def run(url: str, stack: str = "prod", outputs: dict[str, str] = OUTPUTS) -> "subprocess.CompletedProcess[str]":
        stand_in = tmp_path / "pulumi"
        stand_in.write_text(
            f"#!{sys.executable}\nimport sys\nwords = sys.argv[1:]\n"
            "if 'prod' not in words: sys.exit(\"error: no stack named 'dev' found\")\n"
            f"print({json.dumps(outputs)!r} if words[:2] == ['stack', 'output'] else {json.dumps(CONFIG)!r})\n",
            encoding="utf-8",
        )
        stand_in.chmod(0o755)
        environment = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_MAX_ATTEMPTS": "1",
            "HOME": str(tmp_path),
        }
        command = [sys.executable, "-m", "tools", "revoke", stack]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return run


def test_the_cache_of_the_stacks_stage_is_flushed(revoke: Revoke, aws: Server):
    result = revoke(aws.url.removesuffix("/jwks.json"))
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("prod: the cache is empty; every token is verified again.\nStill trusted:\n")
    (request,) = aws.requests
    assert request.startswith("DELETE /restapis/abc123/stages/prod/cache/authorizers ")
    assert "/eu-west-1/apigateway/aws4_request" in request, "signed for another region"


def test_a_refusal_by_aws_is_an_error_that_names_what_stays_trusted(revoke: Revoke):
    with serving(response(b'{"message": "no"}', status="403 Forbidden")) as aws:
        result = revoke(aws.url)
    assert (result.returncode, result.stdout) == (1, "")
    assert "cached policies stay valid for the TTL" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("stack", "outputs", "words"),
    [("dev", OUTPUTS, "no stack named 'dev' found"), ("prod", {}, "no output 'restApiId': nothing is deployed")],
)
def test_a_missing_or_undeployed_stack_is_an_error(
    revoke: Revoke, aws: Server, stack: str, outputs: dict[str, str], words: str
):
    result = revoke(aws.url, stack, outputs)
    assert result.returncode == 1
    assert words in result.stderr
    assert aws.requests == []


@pytest.mark.parametrize("key", ["endpoints", "accessKey", "assumeRole", "assumeRoles"])
def test_no_other_account_than_the_stacks_is_flushed(key: str):
    with pytest.raises(RevocationError, match=f"sets aws:{key}, .* --rest-api-id abc123 --stage-name prod"):
        flush(dict(OUTPUTS), {f"aws:{key}": {"value": "[]"}})


def test_the_keys_and_tokens_that_stay_trusted_are_shown_with_their_end():
    withdrawn, scope = still_trusted(NOON, ttl=300, bundled=False)[1:]
    assert "until 2026-11-23 12:20:00 UTC at the latest" in withdrawn
    assert "While the issuer cannot be reached, until 2026-11-23 13:20:00 UTC" in withdrawn
    assert "until the tokens with it expire" in scope
    assert scope.endswith("and another 300 seconds")


def test_bundled_keys_are_named_if_there_are_any():
    (shipped,) = still_trusted(NOON, ttl=300, bundled=True)[3:]
    assert "start before 2026-11-25 00:00:00 UTC" in shipped
