"""The simplest authorizer: `requests.get` for the key set in each call, then PyJWT."""

import os
from typing import Any

import jwt
import requests
from allowance import allow

ISSUER, AUDIENCE, JWKS_URI = os.environ["TOKEN_ISSUER"], os.environ["AUDIENCE"], os.environ["JWKS_URI"]


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    token = event["authorizationToken"].removeprefix("Bearer ")
    try:
        key_set = jwt.PyJWKSet.from_dict(requests.get(JWKS_URI, timeout=10).json())
        key = key_set[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER)
    except (jwt.PyJWTError, KeyError):
        raise Exception("Unauthorized") from None
    return allow(claims["sub"], event["methodArn"])
