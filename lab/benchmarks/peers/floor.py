"""The floor: one RSA verification by `cryptography`, with everything else prepared."""

import json
import os
from base64 import urlsafe_b64decode
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from jwt import PyJWK

KEY = PyJWK(json.loads(os.environ["JWK"])).key
PADDING, HASH = padding.PKCS1v15(), hashes.SHA256()
_parts: dict[str, tuple[bytes, bytes]] = {}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    authorization = event["authorizationToken"]
    if authorization not in _parts:
        signed, _, signature = authorization.removeprefix("Bearer ").rpartition(".")
        _parts[authorization] = urlsafe_b64decode(f"{signature}=="), signed.encode()
    signature, signed = _parts[authorization]
    try:
        KEY.verify(signature, signed, PADDING, HASH)
    except InvalidSignature:
        raise Exception("Unauthorized") from None
    return {}
