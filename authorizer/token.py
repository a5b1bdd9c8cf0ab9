"""Who a token says its bearer is, once it is proven: RFC 7519 as RFC 8725 and RFC 9068 narrow it.

PyJWT verifies the signature and the claims. What it would let through stands here, above it.
"""

import hashlib
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import jwt
from jwt.exceptions import InvalidJTIError, InvalidSubjectError

from authorizer import base64url, errors
from authorizer.header import ALGORITHM
from authorizer.routes import SCOPE
from authorizer.strict_json import parse_object

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from jwt.types import Options

# The dates are judged here: PyJWT would cut half seconds off, and so refuse a token that is still good.
_OPTIONS: "Options" = {
    "require": ["exp", "iss", "aud", "sub"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}
_HASHED = "sha256:"
# OpenID Connect Core 2: at most 255 ASCII characters. It becomes a request header, so nothing unprintable either.
_SUBJECT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_NUMERIC_DATES = ("exp", "nbf", "iat")


class Identity(NamedTuple):
    """The bearer: `subject`, the scopes granted (from `scope`, `scp` and `permissions`), the client's id or "".

    `subject` is `sub`, or `sha256:` and 64 digits where that is longer or other than OpenID Connect has it.
    """

    subject: str
    scopes: frozenset[str]
    client: str


class _Jws(jwt.PyJWS):
    @staticmethod
    def _decode_base64url_segment(segment: bytes, name: str) -> bytes:  # noqa: ARG004 - PyJWT passes it
        # PyJWT looks at one byte after the other in Python, which takes longer than the signature. `token_of` has seen
        # to it that these are canonical base64url.
        return base64url.decode(segment)


class _StrictJwt(jwt.PyJWT):
    def __init__(self) -> None:
        super().__init__()
        self._jws = _Jws(algorithms=[ALGORITHM])  # it knows no other

    def _decode_payload(self, decoded: dict[str, Any]) -> dict[str, Any]:
        try:
            claims = parse_object(decoded["payload"])
        except ValueError:
            raise errors.MalformedClaims from None
        for name in _NUMERIC_DATES:
            # RFC 7519 2, NumericDate: a JSON number. PyJWT would also take "1700000000" and true.
            if name in claims and not _is_number(claims[name]):
                raise errors.MalformedClaims
        return claims


_JWT = _StrictJwt()

# The first match counts: PyJWT's classes derive from one another.
_REASONS: list[tuple[type[jwt.PyJWTError], type[errors.Refused]]] = [
    (jwt.InvalidSignatureError, errors.BadSignature),
    (jwt.InvalidIssuerError, errors.WrongIssuer),
    (jwt.InvalidAudienceError, errors.WrongAudience),
    (jwt.MissingRequiredClaimError, errors.MissingClaim),
    (InvalidSubjectError, errors.MalformedClaims),
    (InvalidJTIError, errors.MalformedClaims),
    (jwt.PyJWTError, errors.MalformedToken),
]


def identify(token: str, key: "RSAPublicKey", *, issuer: str, audience: str, leeway: int) -> Identity:
    """The identity that a token, as `token_of` returned it, proves under the key of its `kid`.

    `leeway` in seconds, for the clocks' difference. Raises a subclass of `Refused` for what is wrong with the token.
    """
    try:
        claims = _JWT.decode(token, key, algorithms=[ALGORITHM], issuer=issuer, audience=audience, options=_OPTIONS)
    except jwt.PyJWTError as error:
        raise next(ours for theirs, ours in _REASONS if isinstance(error, theirs)) from None
    now = time.time()
    if now >= claims["exp"] + leeway:
        raise errors.Expired
    if max(claims.get("nbf", now), claims.get("iat", now)) > now + leeway:
        raise errors.NotYetValid
    if "cnf" in claims:
        raise errors.SenderConstrained
    if not claims["sub"]:
        raise errors.MissingClaim
    return Identity(_principal(claims["sub"]), scopes_of(claims), _client(claims))


def _principal(subject: str) -> str:
    """The subject, or a hash of one that no header could carry: cut or cleaned, two subjects could become one."""
    if _SUBJECT.fullmatch(subject) and not subject.startswith(_HASHED):
        return subject
    return _HASHED + hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()


def _is_number(value: object) -> bool:
    """NaN is below nothing, and what is beyond this cannot be a date."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53


def scopes_of(claims: dict[str, Any]) -> frozenset[str]:
    """What is granted by `scope`, a text (RFC 9068 2.2.3), `permissions`, a list (Auth0), and `scp`, either.

    `scp` is a list at Okta and a text at Entra ID. What is of another type, or no scope token, grants nothing.
    """
    words: list[str] = []
    for texts, lists in (("scope", "permissions"), ("scp", "scp")):
        text, listed = claims.get(texts), claims.get(lists)
        if isinstance(text, str):
            words += text.split(" ")
        if isinstance(listed, list):
            words += [word for word in cast("list[Any]", listed) if isinstance(word, str)]
    return frozenset(word for word in words if SCOPE.fullmatch(word))


def _client(claims: dict[str, Any]) -> str:
    """`azp` (Auth0, OpenID Connect Core 2) or `client_id` (RFC 9068 2.2)."""
    for name in ("azp", "client_id"):
        value = claims.get(name)
        if isinstance(value, str) and _SUBJECT.fullmatch(value):
            return value
    return ""
