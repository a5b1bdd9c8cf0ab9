"""The JOSE header of a token: whether it is one that we could accept, and which key it names."""

from functools import lru_cache

from authorizer import base64url, errors
from authorizer.strict_json import parse_object

ALGORITHM = "RS256"
_TYPES = ("jwt", "at+jwt")  # RFC 7519 5.1, RFC 9068 2.1


def key_id(token: str) -> str:
    """The `kid` of a token whose header is one we could accept.

    Raises `MalformedHeader` or `UnsupportedAlgorithm`.
    """
    kid, refusal = _judged(token[: token.index(".")])
    if refusal:
        raise refusal
    return kid


@lru_cache(maxsize=128)  # an issuer writes the same header into all its tokens, and a client goes on as it began
def _judged(encoded: str) -> tuple[str, type[errors.Refused] | None]:
    try:
        return _key_id(encoded), None
    except errors.Refused as refusal:
        return "", type(refusal)


def _key_id(encoded: str) -> str:
    try:
        header = parse_object(base64url.decode(encoded.encode()))
    except ValueError:
        raise errors.MalformedHeader from None
    if header.get("alg") != ALGORITHM:
        raise errors.UnsupportedAlgorithm
    # RFC 7515 4.1.11: an extension marked critical must be understood, and we understand none. `b64` is one of them
    # even where it is not marked (RFC 7797 3), and a JWT must not use it (7).
    if "crit" in header or header.get("b64", True) is not True:
        raise errors.MalformedHeader
    # RFC 8725 3.11: a token of another explicit type (logout+jwt, say) was made for another purpose.
    if str(header.get("typ", "JWT")).lower().removeprefix("application/") not in _TYPES:
        raise errors.MalformedHeader
    # RFC 7519 7.2, step 8: the payload is a token itself, and would have to be judged as one.
    if str(header.get("cty", "")).lower().removeprefix("application/") == "jwt":
        raise errors.MalformedHeader
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise errors.MalformedHeader
    return kid
