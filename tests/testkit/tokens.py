"""Tokens and key sets, valid and hostile, built without a JWT library, which would refuse the hostile ones."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://tenant.example/"
AUDIENCE = "https://api.example/petstore"
SUBJECT = "auth0|5f7c8ec7c33c6c004bbafe82"
KID = "key-1"
NOW = 1_800_000_000

OMIT: Any = object()  # marks a member that the header or the claims should not have

Json = dict[str, Any]
Sign = Callable[[bytes], bytes]


def rsa_key(name: str = "issuer", bits: int = 2048) -> rsa.RSAPrivateKey:
    """The private key of this name, which is the same in all tests of a run."""
    return _rsa_key(name, bits)


@cache
def _rsa_key(_name: str, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def uint(number: int) -> str:
    return b64u(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def jwk(name: str = "issuer", bits: int = 2048, **changes: Any) -> Json:
    """The public half of `rsa_key(name)` as an issuer publishes it; `OMIT` removes a member."""
    numbers = rsa_key(name, bits).public_key().public_numbers()
    key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KID, "n": uint(numbers.n), "e": uint(numbers.e)}
    return _without_omitted(key | changes)


def key_set(*keys: object) -> bytes:
    return json.dumps({"keys": keys or [jwk()]}).encode()


def header(**changes: Any) -> Json:
    return _without_omitted({"alg": "RS256", "typ": "JWT", "kid": KID} | changes)


def claims(**changes: Any) -> Json:
    """The claims of an acceptable access token at `NOW`."""
    usual = {"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "iat": NOW - 60, "exp": NOW + 3600, "azp": "my_client"}
    return _without_omitted(usual | changes)


def with_raw(members: Json, raw: str) -> bytes:
    """The JSON object of these members and of raw text such as `"exp":1e400`, which `json` would not write."""
    return f"{json.dumps(members)[:-1]},{raw}}}".encode()


def rs256(name: str = "issuer") -> Sign:
    return lambda data: rsa_key(name).sign(data, padding.PKCS1v15(), hashes.SHA256())


def rs512(data: bytes) -> bytes:
    return rsa_key().sign(data, padding.PKCS1v15(), hashes.SHA512())


def rs384(data: bytes) -> bytes:
    return rsa_key().sign(data, padding.PKCS1v15(), hashes.SHA384())


def ps256(data: bytes) -> bytes:
    return rsa_key().sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def es256(data: bytes) -> bytes:
    r, s = utils.decode_dss_signature(ec_key().sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def hs256(secret: bytes) -> Sign:
    return lambda data: hmac.digest(secret, data, hashlib.sha256)


def public_material() -> dict[str, bytes]:
    """The public encodings of the issuer's key, which an attacker may try as the secret of an HMAC."""
    public = rsa_key().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "pem": pem,
        "pem without newline": pem.strip(),
        "pkcs1 pem": public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "n": base64.urlsafe_b64decode(jwk()["n"] + "=="),
        "n as text": jwk()["n"].encode(),
        "jwk": json.dumps(jwk()).encode(),
        "nothing": b"",
    }


def short(value: object) -> str:
    """The id of a parameter that may be long or unprintable."""
    return ascii(value)[:40]


def segment(content: object) -> str:
    """A part of a token: bytes unchanged, anything else as JSON."""
    return b64u(content if isinstance(content, bytes) else json.dumps(content).encode())


def token(head: object = OMIT, body: object = OMIT, sign: Sign | None = None) -> str:
    """A compact JWS of these two parts; without arguments, one that is acceptable at `NOW`."""
    signed = f"{segment(header() if head is OMIT else head)}.{segment(claims() if body is OMIT else body)}"
    return f"{signed}.{b64u((sign or rs256())(signed.encode()))}"


def _without_omitted(members: Json) -> Json:
    return {name: value for name, value in members.items() if value is not OMIT}
