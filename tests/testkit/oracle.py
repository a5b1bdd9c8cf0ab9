"""A simple second implementation of token verification, which shares no code with `authorizer/` or PyJWT."""

import base64
import json
from collections.abc import Collection, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tests.testkit.tokens import AUDIENCE, ISSUER, NOW, Json, b64u

TYPES = {"jwt", "at+jwt", "application/jwt", "application/at+jwt"}
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth"}
NUMBERS = {"RSA": ["n", "e"], "EC": ["x", "y"], "OKP": ["x"]}
KINDS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "EdDSA": ("OKP", "Ed25519"),
}
Keys = Mapping[str, rsa.RSAPublicKey]


class Undecided(Exception):
    """Both answers are right."""


def claims_of(authorization: object, keys: Keys, leeway: int) -> dict[str, Any] | None:
    """The claims of an Authorization value that is acceptable at `NOW`; None for any other. Raises `Undecided`."""
    if not isinstance(authorization, str) or len(authorization) > 10_240:
        return None
    scheme, _, rest = authorization.partition(" ")
    token = rest.lstrip(" ")
    parts = [_decoded(part) for part in token.split(".")]
    if scheme.lower() != "bearer" or len(parts) != 3:
        return None
    header, claims, signature = _object(parts[0]), _object(parts[1]), parts[2]
    if header is None or claims is None or not signature:
        return None
    kid = header.get("kid")
    if not isinstance(kid, str) or kid not in keys or not _is_plain(header):
        return None
    try:
        keys[kid].verify(signature, token.rpartition(".")[0].encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return None
    return claims if _is_acceptable(claims, leeway) else None


def kid_of(token: str) -> str | None:
    """The `kid` of a token, even if the rest of it is invalid."""
    try:
        kid = (_object(_decoded(token.partition(".")[0])) or {}).get("kid")
    except Undecided:
        return None
    return kid if isinstance(kid, str) else None


def key_for(document: bytes, header: Mapping[str, Any], algorithms: Collection[str] = ("RS256",)) -> Any:
    """The key of the set that verifies tokens with this header; None if there is none."""
    entries = [it for it in json.loads(document)["keys"] if isinstance(it, dict)]
    leaked = [_numbers(it) for it in entries if set(it) & PRIVATE and it.get("kty") in NUMBERS]
    relevant = [it for it in entries if any(_is_meant_for(it, algorithm) for algorithm in algorithms)]
    good: list[tuple[Any, Json]] = []
    for it in relevant:
        twins = [_numbers(other) for other in relevant if it.get("kid") and other.get("kid") == it["kid"]]
        key = _public_key(it)
        if key is not None and all(twin == _numbers(it) for twin in twins) and _numbers(it) not in leaked:
            good.append((key, it))
    usable = [(key, it) for key, it in good if _is_meant_for(it, header["alg"])]
    names = [it.get("kid") or None for _, it in usable]
    if header.get("kid"):
        chosen = [key for (key, _), name in zip(usable, names, strict=True) if name == header["kid"]]
        if not chosen and not any(names):
            chosen = [key for key, _ in usable]
    else:
        chosen = [key for key, _ in usable]
    return chosen[0] if chosen and all(key == chosen[0] for key in chosen) else None


def _is_meant_for(jwk: Json, algorithm: str) -> bool:
    kty, curve = KINDS[algorithm]
    key = {"use": "sig", "alg": algorithm, "key_ops": ["verify"], "kid": None, "crv": curve, **jwk}
    operations, kid = key["key_ops"], key["kid"]
    return (
        (key.get("kty"), key["crv"] if curve else None, key["use"], key["alg"]) == (kty, curve, "sig", algorithm)
        and isinstance(operations, list)
        and operations.count("verify") > 0
        and operations.count("verify") + operations.count("sign") == len(operations)
        and (kid is None or isinstance(kid, str))
    )


def _numbers(jwk: Json) -> list[Any]:
    return [int.from_bytes(octets or b"", "big") for octets in _members(jwk)]


def _members(jwk: Json) -> list[bytes | None]:
    return [_decoded(jwk[name]) if isinstance(jwk.get(name), str) else None for name in NUMBERS[jwk["kty"]]]


def _public_key(jwk: Json) -> Any:
    numbers = _numbers(jwk)
    octets = _members(jwk)
    if None in octets:
        return None
    if jwk["kty"] == "RSA":
        modulus, exponent = numbers
        sound = 2**2047 <= modulus < 2**8192 and 3 <= exponent < 2**32 and modulus % 2 == exponent % 2 == 1
        return rsa.RSAPublicNumbers(exponent, modulus).public_key() if sound else None
    if jwk["kty"] == "OKP":
        return ed25519.Ed25519PublicKey.from_public_bytes(octets[0]) if octets[0] and len(octets[0]) == 32 else None
    curve = ec.SECP256R1() if jwk["crv"] == "P-256" else ec.SECP384R1()
    if any(len(it or b"") * 8 != curve.key_size for it in octets):
        return None
    try:
        return ec.EllipticCurvePublicNumbers(numbers[0], numbers[1], curve).public_key()
    except ValueError:
        return None


def _is_plain(header: Mapping[str, Any]) -> bool:
    kind = header.get("typ", "JWT")
    return (
        header.get("alg") == "RS256"
        and isinstance(kind, str)
        and kind.lower() in TYPES
        and "crit" not in header
        and header.get("b64", True) is True
        and str(header.get("cty")).lower() not in ("jwt", "application/jwt")
    )


def _is_acceptable(claims: Mapping[str, Any], leeway: int) -> bool:
    audience, subject = claims.get("aud"), claims.get("sub")
    audiences = [audience] if isinstance(audience, str) else audience
    return (
        claims.get("iss") == ISSUER
        and isinstance(audiences, list)
        and all(isinstance(it, str) for it in audiences)
        and AUDIENCE in audiences
        and isinstance(subject, str)
        and subject != ""
        and isinstance(claims.get("jti", ""), str)
        and "cnf" not in claims
        and _seconds_ahead(claims, "exp", 0) > -leeway
        and _seconds_ahead(claims, "nbf", NOW) <= leeway
        and _seconds_ahead(claims, "iat", NOW) <= leeway
    )


def _seconds_ahead(claims: Mapping[str, Any], name: str, absent: int) -> float:
    """Seconds until the date; NaN, for which no comparison is true, if it is not a date."""
    date = claims.get(name, absent)
    if type(date) not in (int, float) or not abs(date) < 2**53:
        return float("nan")
    return date - NOW


def _decoded(part: str) -> bytes | None:
    """Decode base64url; only its canonical encoding is accepted."""
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return None
    return data if b64u(data) == part else None


def _object(document: bytes | None) -> dict[str, Any] | None:
    try:
        value = json.loads((document or b"").decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except RecursionError:
        raise Undecided from None  # The maximum depth depends on the caller's stack.
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
