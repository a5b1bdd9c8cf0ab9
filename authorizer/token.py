"""The three parts of a token, parsed and not yet believed (RFC 7515 5.2, RFC 7519 7.2)."""

from typing import Any

from authorizer import base64url, errors
from authorizer.strict_json import parse_object


def header_of(token: str) -> dict[str, Any]:
    """The JOSE header of a token in the form that `token_of` returns. Raises `MalformedHeader`."""
    try:
        return parse_object(base64url.decode(token[: token.index(".")].encode()))
    except ValueError:
        raise errors.MalformedHeader from None


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token in the form that `token_of` returns. Raises `MalformedClaims`."""
    try:
        return parse_object(base64url.decode(token[token.index(".") + 1 : token.rindex(".")].encode()))
    except ValueError:
        raise errors.MalformedClaims from None


def signature_of(token: str) -> tuple[bytes, bytes]:
    """The bytes that are signed, and the signature."""
    signed, _, signature = token.encode().rpartition(b".")
    return signed, base64url.decode(signature)
