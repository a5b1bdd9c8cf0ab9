"""Renders the settings of the authorizer's function as variables, and as a file in the bundle if they are long."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from authorizer.environment import SHORT_FORM, Environment
from authorizer.issuer import KEYS, Issuer
from authorizer.routes import GuardedRoute

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: the quota for all variables together. By the
# API's error ("String measured: ..."), Lambda measures the variables as a JSON object.
MAX_BYTES = 4_096
_LONG = ("ROUTES", "ISSUERS")  # the variables that grow with the API, in the order in which they move to the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The trusted issuers.

    A valid token is signed with a key of its issuer that is not revoked. `revoked_kids` has the `kid` of each revoked
    key; `context_claims` names the claims for the backend.
    """

    issuers: tuple[Issuer, ...]
    leeway_in_seconds: int = 10
    revoked_kids: tuple[str, ...] = ()
    context_claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSettings:
    """The function's settings in Lambda. `permissions_boundary` is the ARN of its role's permissions boundary."""

    runtime: str
    architecture: str
    snap_start: bool = False
    provisioned_concurrency: int = 0
    log_retention_in_days: int = 30
    permissions_boundary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerSettings:
    """An authorizer of these routes. `result_ttl_in_seconds` is the time for which API Gateway caches a policy."""

    trust: Trust
    routes: tuple[GuardedRoute, ...]
    function: FunctionSettings
    result_ttl_in_seconds: int = 300

    def variables(self) -> dict[str, str]:
        """The function's environment variables, as `authorizer.environment` reads them."""
        trust = self.trust
        revoked = frozenset(trust.revoked_kids)
        return render(Environment(trust.issuers, self.routes, trust.leeway_in_seconds, revoked, trust.context_claims))


def render(environment: Environment) -> dict[str, str]:
    """The variables from which `authorizer.environment.parse` reads this environment."""
    first = environment.issuers[0]
    short = dict(zip(SHORT_FORM.values(), (first.issuer, *first.audiences[:1], first.jwks_uri), strict=False))
    is_short = environment.issuers == (Issuer(first.issuer, first.jwks_uri, first.audiences[:1]),)
    variables = short if is_short else {"ISSUERS": render_issuers(environment.issuers)}
    variables |= {"LEEWAY_SECONDS": str(environment.leeway), "ROUTES": render_table(environment.routes)}
    lists = {"REVOKED_KIDS": sorted(environment.revoked), "CONTEXT_CLAIMS": environment.context_claims}
    return variables | {name: "\n".join(texts) for name, texts in lists.items() if texts}


def render_table(routes: Iterable[GuardedRoute]) -> str:
    """The value of the variable ROUTES: one line per route, `METHOD /path scope scope`."""
    return "\n".join(" ".join([route.method, route.path, *sorted(route.scopes)]) for route in routes)


def render_issuers(issuers: Iterable[Issuer]) -> str:
    """The value of the variable ISSUERS, as JSON without the members that have their default."""
    defaults: Mapping[str, object] = Issuer._field_defaults
    listed: list[dict[str, Any]] = []
    for issuer in issuers:
        fields = {key: getattr(issuer, field) for key, (field, *_) in KEYS.items()}
        fields["requiredClaims"] = dict(issuer.required_claims)
        listed.append({key: value for key, value in fields.items() if value not in (defaults.get(KEYS[key][0]), {})})
    return json.dumps(listed, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """The function's zip and environment variables. Long variables are in the zip instead."""

    bundle: Path
    variables: Mapping[str, str]


class Stored(NamedTuple):
    """The function's variables: those in the environment, and those in the bundle's file."""

    environment: dict[str, str]
    bundled: dict[str, str]


def stored(variables: Mapping[str, str]) -> Stored:
    """Split the variables: those that exceed Lambda's quota go to the file."""
    environment, bundled = dict(variables), dict[str, str]()
    for name in _LONG:
        if name in environment and size(environment) > MAX_BYTES:
            bundled[name] = environment.pop(name)
    return Stored(environment, bundled)


def size(variables: Mapping[str, str]) -> int:
    """The size of the variables in bytes, as Lambda measures it."""
    return len(json.dumps(variables, ensure_ascii=False, separators=(",", ":")).encode())
