"""A token's claims with one mistake of theirs made good, so that the next one shows."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from authorizer.environment import Environment

REQUIRED = ("exp", "iss", "aud", "sub")
DATES = ("exp", "nbf", "iat")
# Of the rest, which no check reads, nothing could be said.
_READ = (*REQUIRED, "nbf", "iat", "jti", "cnf", "scope", "scp", "permissions")


def mended(claims: dict[str, Any], reason: str, environment: Environment) -> dict[str, Any]:
    """The claims that are read, without what fails for this reason or with what would not."""
    good = {"exp": time.time() + 3600, "iss": environment.issuer, "aud": environment.audience, "sub": "explain"}
    wrong = _WRONG[reason](claims) if reason in _WRONG else []
    kept = {name: claims[name] for name in _READ if name in claims and name not in wrong}
    return kept | {name: good[name] for name in wrong if name in good}


def missing(claims: dict[str, Any]) -> list[str]:
    """Required claims that are not there, or empty."""
    return [name for name in REQUIRED if claims.get(name) is None or not (claims[name] or name == "exp")]


def ill_typed(claims: dict[str, Any]) -> list[str]:
    """Dates that are no numbers, `sub` and `jti` that are no texts."""
    odd = [name for name in DATES if name in claims and not is_date(claims[name])]
    return odd + [name for name in ("sub", "jti") if name in claims and not isinstance(claims[name], str)]


def is_date(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53


_WRONG: Mapping[str, Callable[[dict[str, Any]], Sequence[str]]] = {
    "malformed_claims": ill_typed,
    "missing_claim": missing,
    "wrong_issuer": lambda _: ["iss"],
    "wrong_audience": lambda _: ["aud"],
    "expired": lambda _: ["exp"],
    "not_yet_valid": lambda _: ["nbf", "iat"],
    "sender_constrained": lambda _: ["cnf"],
}
