"""The signing keys in a JWKS document: RSA keys meant for RS256 signatures, and no other (RFC 7517, RFC 7518)."""

from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from authorizer import base64url
from authorizer.strict_json import parse_object

MIN_BITS = 2048  # RFC 7518 3.3
MAX_BITS = 8192  # a verification costs more with every bit: more than this is somebody's mistake or malice
# Of keys from a certain maker's chips (ROCA, CVE-2017-15361) the modulus is a power of 65537 modulo each of these, and
# can be factored. Of others it is so once in a billion.
_ROCA_PRIMES = (
    *(3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109),
    *(113, 127, 131, 137, 139, 149, 151, 157, 163, 167),
)
_PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth"))  # RFC 7518 6.3.2: whoever has read them can sign


def signing_keys(document: bytes) -> dict[str, RSAPublicKey]:
    """The usable keys of a JWKS document by `kid`.

    A key that is not ours to use is passed over, as RFC 7517 5 asks: other `kty`, `use`, `key_ops` or `alg`, under
    2048 bits, easy to factor, no `kid`, malformed, or published with its private half. A `kid` that two different RSA
    keys share names neither.
    Raises `ValueError` where the document is no key set or holds no usable key.
    """
    entries: object = parse_object(document).get("keys")
    if not isinstance(entries, list):
        raise ValueError("`keys` is not a list")
    named: dict[str, list[dict[str, Any]]] = {}
    for entry in cast("list[Any]", entries):
        if isinstance(entry, dict):
            jwk = cast("dict[str, Any]", entry)
            kid = jwk.get("kid")
            if isinstance(kid, str) and kid and jwk.get("kty") == "RSA":
                named.setdefault(kid, []).append(jwk)
    keys: dict[str, RSAPublicKey] = {}
    for kid, (first, *others) in named.items():
        key = _rs256_key(first) if all(other == first for other in others) else None
        if key is not None:
            keys[kid] = key
    if not keys:
        raise ValueError("no RS256 signing key of 2048 bits or more with a `kid`")
    return keys


def _rs256_key(jwk: dict[str, Any]) -> RSAPublicKey | None:
    operations = jwk.get("key_ops", ["verify"])
    if (
        jwk.get("use", "sig") != "sig"
        or jwk.get("alg", "RS256") != "RS256"
        or not isinstance(operations, list)
        or "verify" not in operations
        or any(operation not in ("verify", "sign") for operation in cast("list[Any]", operations))
        or not _PRIVATE.isdisjoint(jwk)
    ):
        return None
    modulus, exponent = _unsigned(jwk.get("n")), _unsigned(jwk.get("e"))
    if not MIN_BITS <= modulus.bit_length() <= MAX_BITS or not 3 <= exponent < 2**32:
        return None
    if not modulus & exponent & 1 or _is_roca(modulus):  # an RSA modulus and its exponent are odd
        return None
    return RSAPublicNumbers(exponent, modulus).public_key()


def _unsigned(value: object) -> int:
    """A Base64urlUInt (RFC 7518 2), or 0 for what is none."""
    if not isinstance(value, str) or not value.isascii():
        return 0
    try:
        return int.from_bytes(base64url.decode(value.encode()), "big")
    except ValueError:
        return 0


def _is_roca(modulus: int) -> bool:
    return all(modulus % prime in {pow(65537, power, prime) for power in range(prime)} for prime in _ROCA_PRIMES)
