"""Keys as JWKs, and the valid and invalid signatures of the corpus."""

import base64
import hashlib
import hmac
import json
import re
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.testkit.tokens import uint

Jwk = dict[str, Any]

PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "x5c"})
_CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "secp256k1": ec.SECP256K1()}
_HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def public(key: Jwk) -> Jwk:
    """The public key, as an issuer publishes it."""
    return {name: value for name, value in key.items() if name not in PRIVATE}


def private_jwk(key: rsa.RSAPrivateKey, kid: str) -> Jwk:
    numbers = key.private_numbers()
    members = {"n": numbers.public_numbers.n, "e": numbers.public_numbers.e, "d": numbers.d}
    members |= {"p": numbers.p, "q": numbers.q, "dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    named: Jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid}
    return named | {name: uint(number) for name, number in members.items()}


def number(text: str) -> int:
    return int.from_bytes(decoded(text), "big")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@cache
def _rsa(*members: str) -> rsa.RSAPrivateKey:
    n, e, d, p, q, dp, dq, qi = map(number, members)
    numbers = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, rsa.RSAPublicNumbers(e, n))
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)  # slow, and some keys are invalid


def _rsa_key(key: Jwk) -> rsa.RSAPrivateKey:
    return _rsa(*(key[name] for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")))


def public_encoding(key: Jwk, what: str) -> bytes:
    """A public encoding of an RSA key, which an attacker may try as an HMAC secret; or `what` itself, encoded."""
    if key["kty"] != "RSA":
        return what.encode()
    half = _rsa_key(key).public_key()
    pem = half.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    material = {
        "pem": pem,
        "pem with CRLF": pem.replace(b"\n", b"\r\n"),
        "pem without line ends": pem.replace(b"\n", b""),
        "pkcs1 pem": half.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        "der": half.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "ssh": half.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "modulus": decoded(key["n"]),
        "modulus after a zero octet": b"\0" + decoded(key["n"]),
        "jwk": json.dumps(public(key)).encode(),
        "jwk after a BOM": b"\xef\xbb\xbf" + json.dumps(public(key)).encode(),
        "jwks": json.dumps({"keys": [public(key)]}).encode(),
        "list of jwks": json.dumps([public(key)]).encode(),
    }
    return material.get(what, what.encode())


def signature(spec: dict[str, Any], key: Jwk, data: bytes) -> bytes:
    """The signature for a token specification: `alg`, `secret`, `encoded`, `forge`, `der`, `salt`."""
    alg = spec.get("alg", "RS256")
    if alg == "none":
        return b""
    if "encoded" in spec:
        return _of_encoded(spec["encoded"], spec.get("forge", ""), key, data)
    if "secret" in spec:
        return hmac.digest(public_encoding(key, spec["secret"]), data, f"sha{alg[2:]}")
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.from_private_bytes(decoded(key["d"])).sign(data)
    algorithm = _HASHES[alg[2:]]
    if alg.startswith("ES"):
        curve = _CURVES[key["crv"]]
        der = ec.derive_private_key(number(key["d"]), curve).sign(data, ec.ECDSA(algorithm))
        size = curve.key_size // 8
        raw = b"".join(part.to_bytes(size, "big") for part in utils.decode_dss_signature(der))
        return der if spec.get("der") else raw
    pss = padding.PSS(padding.MGF1(algorithm), spec.get("salt", algorithm.digest_size))
    return _rsa_key(key).sign(data, pss if alg.startswith("PS") else padding.PKCS1v15(), algorithm)


def _of_encoded(template: str, forge: str, key: Jwk, data: bytes) -> bytes:
    """The signature for a message encoding (RFC 8017 9.2): hexadecimal digits, `{hash}`, and one fill.

    `{ff}` or `{00}` is repeated until the encoding is as long as the modulus. A forgery needs no private key.
    With a public exponent of 1, the encoding is its own signature. With 3, its cube root is correct except for the last
    bytes.
    """
    size = len(decoded(key["n"]))
    text = template.replace("{hash}", hashlib.sha256(data).hexdigest())
    fill = re.search(r"\{(ff|00)\}", text)
    if fill:
        text = text[: fill.start()] + fill[1] * (size - (len(text) - 4) // 2) + text[fill.end() :]
    message = int(text, 16)
    if forge == "exponent 1":
        return message.to_bytes(size, "big")
    if forge == "exponent 3":
        return (_cube_root(message) + 1).to_bytes(size, "big")
    return pow(message, number(key["d"]), number(key["n"])).to_bytes(size, "big")


def _cube_root(value: int) -> int:
    root = 1 << -(-value.bit_length() // 3)
    while (smaller := (2 * root + value // root**2) // 3) < root:
        root = smaller
    return root
