"""The key set that may come with the function, so that a thousand new containers are not a thousand fetches.

`petstore:seedKeys` puts it into the zip: `{"trusted_until": seconds since 1970, "keys": [a JWK, ...]}`.
"""

import os.path
import time
from collections.abc import Callable

from authorizer.log import write
from authorizer.strict_json import parse_object

FILE = "seed.json"
LATEST = 2**53  # seconds: infinity is no date


def read(folder: str = os.path.dirname(__file__), clock: Callable[[], float] = time.time) -> bytes | None:
    """The seed as a JWKS document, or None where there is none, or one too old to be trusted."""
    try:
        with open(os.path.join(folder, FILE), "rb") as file:
            document = file.read()
        until = parse_object(document)["trusted_until"]
        if clock() < until < LATEST:
            return document
        write(event="seed_not_used", reason="it is too old", trusted_until=until)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, LookupError, TypeError):
        write(event="seed_not_used", reason="it cannot be read")
    return None
