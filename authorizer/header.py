"""The JOSE header of a token: whether it can be accepted, and which key it names (RFC 7515 4)."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from authorizer import errors

_TYPES = ("jwt", "at+jwt")  # RFC 7519 5.1, RFC 9068 2.1


class Header(NamedTuple):
    """`kid` and `thumbprint` (of the certificate, `x5t#S256` or `x5t`) are "" if the header has none."""

    algorithm: str
    kid: str = ""
    thumbprint: str = ""


def named_by(members: Mapping[str, Any]) -> Header:
    """The algorithm and key that these members name. They have passed `broken_header_rules`."""
    thumbprint = members.get("x5t#S256", members.get("x5t"))
    return Header(members["alg"], members.get("kid", ""), thumbprint if isinstance(thumbprint, str) else "")


def broken_header_rules(members: Mapping[str, Any], algorithms: Collection[str]) -> Iterator[type[errors.Refused]]:
    """The reasons to refuse a token with this header, the first of them first."""
    algorithm, kid = members.get("alg"), members.get("kid", "-")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        yield errors.UnsupportedAlgorithm
    if (
        # RFC 7515 4.1.11: an extension marked critical must be understood, and we understand none. `b64` is one of
        # them even if it is not marked (RFC 7797 3), and a JWT must not use it (7).
        "crit" in members
        or members.get("b64", True) is not True
        # RFC 8725 3.11: a token of another explicit type (logout+jwt, say) was made for another purpose.
        or str(members.get("typ", "JWT")).lower().removeprefix("application/") not in _TYPES
        # RFC 7519 7.2, step 8: the payload is a token itself, and would have to be verified as one.
        or str(members.get("cty", "")).lower().removeprefix("application/") == "jwt"
        or not isinstance(kid, str)
        or not kid
    ):
        yield errors.MalformedHeader
