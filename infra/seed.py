"""The issuer's key set as it goes into the bundle (`petstore:seedKeys`)."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pulumi
import requests

from authorizer.strict_json import parse_object

TIMEOUT = 10  # seconds, for the connection and for each read
_MEMBERS = ("kty", "kid", "use", "key_ops", "alg", "n", "e")


def seed(jwks_uri: str, now: datetime | None = None) -> bytes:
    """The issuer's RSA keys in the form of `authorizer.seed`, trusted until the end of tomorrow (UTC).

    A day has one end, so that two runs on one day make the same bundle while the keys are the same. Raises
    `pulumi.RunError` where the key set cannot be read or has none.
    """
    try:
        response = requests.get(jwks_uri, timeout=TIMEOUT, allow_redirects=False)
        if response.status_code != 200:
            raise ValueError(f"status {response.status_code}")
        entries: list[dict[str, Any]] = parse_object(response.content)["keys"]
        keys = [_public(entry) for entry in entries if entry["kty"] == "RSA" and entry.get("kid")]
        if not keys:
            raise ValueError("it holds no RSA key with a kid")
    except (requests.RequestException, ValueError, LookupError, TypeError) as error:
        raise pulumi.RunError(
            f"{pulumi.get_project()}:seedKeys is true, but the key set at {jwks_uri} cannot be read: {error!r}; "
            "try again, or go without by `pulumi config rm seedKeys`"
        ) from None
    today = (now or datetime.now(UTC)).astimezone(UTC).date()
    until = datetime.combine(today + timedelta(days=2), time(), UTC)
    document = {"trusted_until": int(until.timestamp()), "keys": sorted(keys, key=lambda key: str(key["kid"]))}
    return json.dumps(document, sort_keys=True).encode()


def _public(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in _MEMBERS if name in entry}
