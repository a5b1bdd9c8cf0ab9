"""What the authorizer's function is given: its settings in Lambda, its variables, and a file for those too long."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from authorizer.environment import Environment, render
from authorizer.issuer import Issuer
from authorizer.routes import GuardedRoute

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: for all environment variables together. The
# error of the API quotes what Lambda measures ("String measured: ..."): the variables as a JSON object.
MAX_BYTES = 4_096
_LONG = ("ROUTES", "ISSUERS")  # what grows with the API, in the order in which it goes to the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose tokens are valid: those that one of the issuers signed, with a key of its own that is not revoked.

    `revoked_kids`: the `kid` of keys never to be trusted; `context_claims`: claims that the backend is given.
    """

    issuers: tuple[Issuer, ...]
    leeway_in_seconds: int = 10
    revoked_kids: tuple[str, ...] = ()
    context_claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSettings:
    """The function in Lambda's words. `permissions_boundary`: the ARN of the policy that bounds its role."""

    runtime: str
    architecture: str
    snap_start: bool = False
    provisioned_concurrency: int = 0
    log_retention_in_days: int = 30
    permissions_boundary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerSettings:
    """An authorizer of these routes. `result_ttl_in_seconds`: how long API Gateway keeps the answer for a token."""

    trust: Trust
    routes: tuple[GuardedRoute, ...]
    function: FunctionSettings
    result_ttl_in_seconds: int = 300

    def variables(self) -> dict[str, str]:
        """The function's environment variables, as `authorizer.environment` reads them."""
        trust = self.trust
        revoked = frozenset(trust.revoked_kids)
        return render(Environment(trust.issuers, self.routes, trust.leeway_in_seconds, revoked, trust.context_claims))


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What the function runs: the zip, and its variables, of which the longest may be in the zip."""

    bundle: Path
    variables: Mapping[str, str]


class Stored(NamedTuple):
    """Where the function finds its variables: in the environment, or in the file of the bundle."""

    environment: dict[str, str]
    bundled: dict[str, str]


def stored(variables: Mapping[str, str]) -> Stored:
    """The variables, those that do not fit into Lambda's quota in the file."""
    environment, bundled = dict(variables), dict[str, str]()
    for name in _LONG:
        if name in environment and size(environment) > MAX_BYTES:
            bundled[name] = environment.pop(name)
    return Stored(environment, bundled)


def size(variables: Mapping[str, str]) -> int:
    """The bytes that Lambda counts."""
    return len(json.dumps(variables, ensure_ascii=False, separators=(",", ":")).encode())
