"""Parses a token from the Authorization header, and does not verify it. Standard library only."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from authorizer.encoding import decode_base64url, parse_object
from authorizer.errors import Reason, Refused

# RFC 6750 2.1 gives the grammar, RFC 9110 11.1 the case-insensitive scheme and 11.4 the one or more spaces.
# The first two parts of a JWT are JSON objects: they begin with { or white space, so in base64url with one of CDIe.
# In the common subset of Java's regular expressions (API Gateway) and Python's.
IDENTITY_VALIDATION_EXPRESSION = (
    r"^[Bb][Ee][Aa][Rr][Ee][Rr] +[CDIe][-0-9A-Za-z_]*\.[CDIe][-0-9A-Za-z_]*\.[-0-9A-Za-z_]+$"
)

# API Gateway's quota for all header values of a request together, in bytes.
MAX_LENGTH = 10_240

_WELL_FORMED = re.compile(IDENTITY_VALIDATION_EXPRESSION)
# The last character of a part carries 2 or 4 unused bits. They must be zero (RFC 4648 3.5), or one token would
# have several spellings, each with its own entry in API Gateway's cache.
_LAST_CHARACTER = {2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}
_TYPES = ("jwt", "at+jwt")  # RFC 7519 5.1, RFC 9068 2.1


class Header(NamedTuple):
    """The algorithm and the key in a JOSE header. `thumbprint` is `x5t#S256` or `x5t`; an absent value is ""."""

    algorithm: str
    kid: str = ""
    thumbprint: str = ""


def token_of(authorization: object) -> str:
    """The compact JWS in an Authorization header value such as `Bearer eyJ...`. Raises `Refused`."""
    if not isinstance(authorization, str) or len(authorization) > MAX_LENGTH or authorization.count(".") != 2:
        raise Refused(Reason.MALFORMED_TOKEN)
    if authorization.endswith("\n") or not _WELL_FORMED.match(authorization):  # Python's $ ignores a last newline
        raise Refused(Reason.MALFORMED_TOKEN)
    token = authorization[authorization.rindex(" ") + 1 :]
    for part in token.split("."):
        surplus = len(part) % 4
        if surplus == 1 or (surplus and part[-1] not in _LAST_CHARACTER[surplus]):
            raise Refused(Reason.MALFORMED_TOKEN)
    return token


def header_of(part: str) -> dict[str, Any]:
    """The JOSE header in the first part of a token that `token_of` has returned. Raises `Refused`."""
    try:
        return parse_object(decode_base64url(part.encode()))
    except ValueError:
        raise Refused(Reason.MALFORMED_HEADER) from None


def broken_header_rules(members: Mapping[str, Any], algorithms: Collection[str]) -> Iterator[Reason]:
    """The reasons to refuse a token with this header (RFC 7515 4), the decisive one first."""
    algorithm, kid = members.get("alg"), members.get("kid", "-")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        yield Reason.UNSUPPORTED_ALGORITHM
    if (
        # RFC 7515 4.1.11: a recipient must understand critical extensions, and this one understands none. `b64` is one
        # even if it is not marked (RFC 7797 3), and a JWT must not use it (7).
        "crit" in members
        or members.get("b64", True) is not True
        # RFC 8725 3.11: a token with another explicit type (such as logout+jwt) has another purpose.
        or str(members.get("typ", "JWT")).lower().removeprefix("application/") not in _TYPES
        # RFC 7519 7.2, step 8: the payload is itself a token, which would need verification.
        or str(members.get("cty")).lower().removeprefix("application/") == "jwt"
        or not isinstance(kid, str)
        or not kid
    ):
        yield Reason.MALFORMED_HEADER


def named_by(members: Mapping[str, Any]) -> Header:
    """The algorithm and the key that a header names. Its `broken_header_rules` must be empty."""
    thumbprint = members.get("x5t#S256", members.get("x5t"))
    return Header(members["alg"], members.get("kid", ""), thumbprint if isinstance(thumbprint, str) else "")


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token that `token_of` has returned. Raises `Refused`."""
    try:
        return parse_object(decode_base64url(token[token.index(".") + 1 : token.rindex(".")].encode()))
    except ValueError:
        raise Refused(Reason.MALFORMED_CLAIMS) from None


def signature_of(token: str) -> tuple[bytes, bytes]:
    """The signed bytes of a token, and their signature."""
    signed, _, signature = token.encode().rpartition(b".")
    return signed, decode_base64url(signature)
