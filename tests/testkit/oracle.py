"""A second opinion on a token, naive and slow: it shares no code with `authorizer/` and knows nothing of PyJWT."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.testkit.tokens import AUDIENCE, ISSUER, NOW, b64u

TYPES = {"jwt", "at+jwt", "application/jwt", "application/at+jwt"}
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth"}
VERIFYING = (["verify"], ["sign", "verify"], ["verify", "sign"])
Keys = Mapping[str, rsa.RSAPublicKey]


class Undecided(Exception):
    """Both answers are right."""


def claims_of(authorization: object, keys: Keys, leeway: int) -> dict[str, Any] | None:
    """The claims of an Authorization value that is acceptable at `NOW`, None for any other. Raises `Undecided`."""
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
    """The `kid` of a token, however wrong the rest of it is."""
    try:
        kid = (_object(_decoded(token.partition(".")[0])) or {}).get("kid")
    except Undecided:
        return None
    return kid if isinstance(kid, str) else None


def modulus(document: bytes, kid: str) -> int | None:
    """The modulus of the one RSA key of a key set that has this `kid`, None where it is not for RS256 signatures."""
    entries = [it for it in json.loads(document)["keys"] if isinstance(it, dict) and it.get("kty") == "RSA"]
    named = [it for it in entries if it.get("kid") == kid]
    if not named or any(other != named[0] for other in named) or set(named[0]) & PRIVATE:
        return None
    key = {"use": "sig", "alg": "RS256", "key_ops": ["verify"], **named[0]}
    if key["use"] != "sig" or key["alg"] != "RS256" or key["key_ops"] not in VERIFYING:
        return None
    return int.from_bytes(base64.urlsafe_b64decode(key["n"] + "=="), "big")


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
    """How far the date lies ahead; not a number, which no comparison holds for, where it is no date."""
    date = claims.get(name, absent)
    if type(date) not in (int, float) or not abs(date) < 2**53:
        return float("nan")
    return date - NOW


def _decoded(part: str) -> bytes | None:
    """Base64url as an encoder writes it, and in no other spelling."""
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return None
    return data if b64u(data) == part else None


def _object(document: bytes | None) -> dict[str, Any] | None:
    try:
        value = json.loads((document or b"").decode(), object_pairs_hook=_members, parse_constant=_refuse)
    except RecursionError:
        raise Undecided from None  # how deep is too deep depends on who calls
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
