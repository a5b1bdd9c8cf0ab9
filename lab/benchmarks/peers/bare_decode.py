"""One bare `jwt.decode` with a ready key: the minimum of any authorizer with PyJWT."""

import json
import os
from typing import Any

import jwt

KEY = jwt.PyJWK(json.loads(os.environ["JWK"]))
ISSUER, AUDIENCE = os.environ["TOKEN_ISSUER"], os.environ["AUDIENCE"]


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    token = event["authorizationToken"][7:]
    try:
        return jwt.decode(token, KEY, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER)
    except jwt.PyJWTError:
        raise Exception("Unauthorized") from None
