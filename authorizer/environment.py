"""The function's environment as one typed object. Whatever is missing or wrong stops the function at start."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from authorizer.errors import MisconfiguredEnvironment
from authorizer.routes import GuardedRoute, parse_table

MAX_LEEWAY = 60  # seconds
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Environment(NamedTuple):
    """`leeway` in seconds; `routes` is the table of every protected route, in the form of `authorizer.routes`.

    `revoked` holds the `kid` of each key that is not to be trusted, whatever the issuer publishes.
    """

    issuer: str
    audience: str
    jwks_uri: str
    leeway: int
    routes: tuple[GuardedRoute, ...]
    revoked: frozenset[str] = frozenset()

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> "Environment":
        """Read TOKEN_ISSUER, AUDIENCE, JWKS_URI and ROUTES, LEEWAY_SECONDS (10) and REVOKED_KIDS (none), one a line.

        Raises `MisconfiguredEnvironment`, naming the variable. A JWT library takes a missing issuer or audience for
        leave to skip the check, so these are not optional.
        """
        jwks_uri = _required(variables, "JWKS_URI")
        if not _is_safe(jwks_uri):
            raise MisconfiguredEnvironment("JWKS_URI must be an https:// address (http:// only on loopback)")
        leeway = variables.get("LEEWAY_SECONDS", "10")
        if not leeway.isascii() or not leeway.isdecimal() or len(leeway) > 9 or int(leeway) > MAX_LEEWAY:
            raise MisconfiguredEnvironment(f"LEEWAY_SECONDS must be a whole number from 0 to {MAX_LEEWAY}")
        try:
            routes = parse_table(_required(variables, "ROUTES"))
        except ValueError as error:
            raise MisconfiguredEnvironment(f"ROUTES: {error}") from None
        return cls(
            issuer=_required(variables, "TOKEN_ISSUER"),
            audience=_required(variables, "AUDIENCE"),
            jwks_uri=jwks_uri,
            leeway=int(leeway),
            routes=routes,
            revoked=frozenset(variables.get("REVOKED_KIDS", "").splitlines()),
        )


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:  # half an IPv6 address, or a port that is none
        return False
    return bool(host) and " " not in url and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def _required(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value.strip():
        raise MisconfiguredEnvironment(f"{name} is not set")
    return value
