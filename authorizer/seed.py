"""The key set that may come with the function, so that a thousand new containers are not a thousand fetches.

`petstore:seedKeys` puts it into the zip: `{"trusted_until": seconds since 1970, "keys": [a JWK, ...]}`.
"""

import os.path
import time
from collections.abc import Callable

from authorizer.log import write
from authorizer.strict_json import parse_object

FILE = "seed.json"


def read(folder: str = os.path.dirname(__file__), clock: Callable[[], float] = time.time) -> bytes | None:
    """The seed as a JWKS document, or None where there is none, or one too old to be trusted."""
    try:
        with open(os.path.join(folder, FILE), "rb") as file:
            document = file.read()
    except FileNotFoundError:
        return None
    until = parse_object(document).get("trusted_until", 0)
    if clock() < until:
        return document
    write(event="seed_too_old", trusted_until=until)
    return None
