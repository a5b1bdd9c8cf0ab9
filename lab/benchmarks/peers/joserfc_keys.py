"""joserfc, with a key set that `requests` fetches once, because joserfc has no client for key sets."""

import os
from typing import Any

import requests
from allowance import allow
from joserfc import jwt  # pyright: ignore[reportMissingImports] - a peer, not of our environment
from joserfc.errors import JoseError  # pyright: ignore[reportMissingImports]
from joserfc.jwk import KeySet  # pyright: ignore[reportMissingImports]

KEYS = KeySet.import_key_set(requests.get(os.environ["JWKS_URI"], timeout=10).json())
CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": os.environ["TOKEN_ISSUER"]},
    aud={"essential": True, "value": os.environ["AUDIENCE"]},
    exp={"essential": True},
)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    try:
        token = jwt.decode(event["authorizationToken"].removeprefix("Bearer "), KEYS, algorithms=["RS256"])
        CLAIMS.validate(token.claims)
    except (JoseError, ValueError):
        raise Exception("Unauthorized") from None
    return allow(token.claims["sub"], event["methodArn"])
