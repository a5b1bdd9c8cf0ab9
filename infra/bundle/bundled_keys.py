"""The issuer's key set as it goes into the bundle (`petstore:seedKeys`)."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import cast

import pulumi
import requests

from authorizer.fetch import MAX_BYTES
from authorizer.strict_json import parse_object

TIMEOUT = 10  # seconds, for the connection and for each read


def seed(jwks_uri: str, now: datetime | None = None) -> bytes:
    """The issuer's RSA keys, as published, in the form of `authorizer.seed`: trusted until the end of tomorrow (UTC).

    A day has one end, so that two runs on one day make the same bundle while the keys are the same. Raises
    `pulumi.RunError` where the key set cannot be read or has none.
    """
    try:
        response = requests.get(jwks_uri, timeout=TIMEOUT, allow_redirects=False)
        if response.status_code != 200:
            raise ValueError(f"status {response.status_code}")
        if len(response.content) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES} bytes")
        # Whole and unjudged: which of them may verify a token, the function decides.
        keys = [entry for entry in parse_object(response.content)["keys"] if _is_rsa(entry)]
        if not keys:
            raise ValueError("it holds no RSA key")
    except (requests.RequestException, ValueError, LookupError, TypeError) as error:
        raise pulumi.RunError(
            f"{pulumi.get_project()}:seedKeys is true, but the key set at {jwks_uri} cannot be read: {error!r}; "
            "try again, or go without by `pulumi config rm seedKeys`"
        ) from None
    today = (now or datetime.now(UTC)).astimezone(UTC).date()
    until = datetime.combine(today + timedelta(days=2), time(), UTC)
    document = {"trusted_until": int(until.timestamp()), "keys": sorted(keys, key=json.dumps)}
    return json.dumps(document, sort_keys=True).encode()


def _is_rsa(entry: object) -> bool:
    return isinstance(entry, dict) and cast("dict[str, object]", entry).get("kty") == "RSA"
