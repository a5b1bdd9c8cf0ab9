"""PyJWT's own client for key sets, as its documentation shows it."""

import os
from typing import Any

import jwt
from allowance import allow

ISSUER, AUDIENCE = os.environ["TOKEN_ISSUER"], os.environ["AUDIENCE"]
CLIENT = jwt.PyJWKClient(os.environ["JWKS_URI"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    token = event["authorizationToken"].removeprefix("Bearer ")
    try:
        key = CLIENT.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER)
    except jwt.PyJWTError:
        raise Exception("Unauthorized") from None
    return allow(claims["sub"], event["methodArn"])
