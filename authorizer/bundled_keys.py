"""The key sets that may come with the function, so that a thousand new containers are not a thousand fetches.

`petstore:bundleKeys` puts them into the zip: `{"trusted_until": seconds since 1970, "key_sets": {ISSUER: JWKS, ...}}`.
"""

import json
import os.path
import time
from collections.abc import Callable
from typing import Any

from authorizer.log import write
from authorizer.strict_json import parse_object

FILE = "bundled_keys.json"
LATEST = 2**53  # seconds: infinity is no date


def render(key_sets: dict[str, Any], trusted_until: int) -> bytes:
    """The content of `FILE` for these JWKS documents by issuer."""
    return json.dumps({"trusted_until": trusted_until, "key_sets": key_sets}, sort_keys=True).encode()


def read(folder: str = os.path.dirname(__file__), clock: Callable[[], float] = time.time) -> dict[str, bytes]:
    """The JWKS document of each issuer; none if there is no file, or if it is too old to be trusted."""
    try:
        with open(os.path.join(folder, FILE), "rb") as file:
            document = parse_object(file.read())
        until = document["trusted_until"]
        if clock() < until < LATEST:
            return {issuer: json.dumps(key_set).encode() for issuer, key_set in document["key_sets"].items()}
        write(event="bundled_keys_not_used", reason="too old", trusted_until=until)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        write(event="bundled_keys_not_used", reason="unreadable")
    return {}
