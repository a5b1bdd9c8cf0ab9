"""Fetches the issuers' key sets for the bundle (`petstore:bundleKeys`)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import cast

import pulumi
import requests

from authorizer.encoding import parse_object
from authorizer.fetch import MAX_BYTES
from authorizer.key_set import ALGORITHMS

_ASYMMETRIC = {kty for kty, _ in ALGORITHMS.values()}
TIMEOUT = 10  # seconds, for the connection and for each read


def bundled_keys(jwks_uris: Mapping[str, str], now: datetime | None = None) -> bytes:
    """The published keys of each issuer, in the format of `authorizer.environment`.

    They are valid until the end of the next day (UTC). So two runs on one day build the same bundle if the keys are the
    same. Raises `pulumi.RunError` if the key set cannot be fetched or is empty.
    """
    key_sets = {issuer: {"keys": _published(url)} for issuer, url in jwks_uris.items()}
    today = (now or datetime.now(UTC)).astimezone(UTC).date()
    until = datetime.combine(today + timedelta(days=2), time(), UTC)
    return json.dumps({"trusted_until": int(until.timestamp()), "key_sets": key_sets}, sort_keys=True).encode()


def _published(jwks_uri: str) -> list[object]:
    try:
        response = requests.get(jwks_uri, timeout=TIMEOUT, allow_redirects=False)
        if response.status_code != 200:
            raise ValueError(f"status {response.status_code}")
        if len(response.content) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES} bytes")
        # All public keys, unverified: the function selects those that may verify a token. Secrets are never bundled.
        keys = [entry for entry in parse_object(response.content)["keys"] if _is_public(entry)]
        if not keys:
            raise ValueError("it has no public key")
    except (requests.RequestException, ValueError, LookupError, TypeError) as error:
        raise pulumi.RunError(
            f"bundleKeys: is true, but the key set at {jwks_uri} cannot be fetched: {error!r}. "
            "Try again, or set bundleKeys to false."
        ) from None
    return sorted(keys, key=json.dumps)


def _is_public(entry: object) -> bool:
    return isinstance(entry, dict) and cast("dict[str, object]", entry).get("kty") in _ASYMMETRIC
