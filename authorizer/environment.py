"""The function's variables as one typed object. Whatever is missing or wrong stops the function at its start.

The program writes with `render` what the function reads with `load`. Standard library only.
"""

import os.path
from collections.abc import Mapping
from typing import NamedTuple

from authorizer.errors import MisconfiguredEnvironment
from authorizer.issuer import Issuer, parse_issuer, parse_issuers, render_issuers
from authorizer.routes import GuardedRoute, parse_table, render_table
from authorizer.strict_json import parse as parse_json
from authorizer.strict_json import parse_object

MAX_LEEWAY = 60  # seconds
FILE = "variables.json"  # in the package's folder, for variables that Lambda has no room for
OWN_CONTEXT = ("sub", "issuer", "scope", "clientId", "principalHash", "principalClaim")
_SHORT_FORM = {"issuer": "TOKEN_ISSUER", "audience": "AUDIENCE", "jwksUri": "JWKS_URI"}
VARIABLES = (*_SHORT_FORM.values(), "ISSUERS", "LEEWAY_SECONDS", "REVOKED_KIDS", "CONTEXT_CLAIMS", "ROUTES")


class Environment(NamedTuple):
    """`leeway` in seconds; `routes` is the table of every protected route, in the form of `authorizer.routes`.

    `revoked` holds the `kid` of each key that is not to be trusted, whatever an issuer publishes. `context_claims`
    are claims that the backend is given.
    """

    issuers: tuple[Issuer, ...]
    routes: tuple[GuardedRoute, ...]
    leeway: int = 10
    revoked: frozenset[str] = frozenset()
    context_claims: tuple[str, ...] = ()


def parse(variables: Mapping[str, str]) -> Environment:
    """Read the `VARIABLES`. One issuer is TOKEN_ISSUER, AUDIENCE and JWKS_URI; up to five are ISSUERS, a JSON list.

    REVOKED_KIDS and CONTEXT_CLAIMS have one a line. Raises `MisconfiguredEnvironment`, naming the variable.
    """
    leeway = variables.get("LEEWAY_SECONDS", "10")
    if not leeway.isascii() or not leeway.isdecimal() or len(leeway) > 9 or int(leeway) > MAX_LEEWAY:
        raise MisconfiguredEnvironment(f"LEEWAY_SECONDS must be a whole number from 0 to {MAX_LEEWAY}")
    context_claims = tuple(variables.get("CONTEXT_CLAIMS", "").splitlines())
    keys = {*OWN_CONTEXT, *map(context_key, context_claims)}
    if len(keys) < len(OWN_CONTEXT) + len(context_claims) or "" in keys:
        raise MisconfiguredEnvironment(f"CONTEXT_CLAIMS must differ in letters and digits, also from {OWN_CONTEXT}")
    routes = _required(variables, "ROUTES")
    try:
        table = parse_table(routes)
    except ValueError as error:
        raise MisconfiguredEnvironment(f"ROUTES: {error}") from None
    revoked = frozenset(variables.get("REVOKED_KIDS", "").splitlines())
    return Environment(_issuers(variables), table, int(leeway), revoked, context_claims)


def _issuers(variables: Mapping[str, str]) -> tuple[Issuer, ...]:
    short = [name for name in _SHORT_FORM.values() if name in variables]
    if "ISSUERS" in variables and short:
        raise MisconfiguredEnvironment(f"ISSUERS and {short[0]} are set: set one of them")
    try:
        if "ISSUERS" in variables:
            return parse_issuers(parse_json(variables["ISSUERS"].encode("utf-8", "surrogateescape")))
        members = {key: _required(variables, name) for key, name in _SHORT_FORM.items()}
        return (parse_issuer(members, _SHORT_FORM.__getitem__),)
    except ValueError as error:
        raise MisconfiguredEnvironment(f"{'' if short else 'ISSUERS '}{error}") from None


def render(environment: Environment) -> dict[str, str]:
    """The variables that `parse` reads this environment from."""
    first = environment.issuers[0]
    short = dict(zip(_SHORT_FORM.values(), (first.issuer, *first.audiences[:1], first.jwks_uri), strict=False))
    is_short = environment.issuers == (Issuer(first.issuer, first.jwks_uri, first.audiences[:1]),)
    variables = short if is_short else {"ISSUERS": render_issuers(environment.issuers)}
    variables |= {"LEEWAY_SECONDS": str(environment.leeway), "ROUTES": render_table(environment.routes)}
    lists = {"REVOKED_KIDS": sorted(environment.revoked), "CONTEXT_CLAIMS": environment.context_claims}
    return variables | {name: "\n".join(texts) for name, texts in lists.items() if texts}


def load(variables: Mapping[str, str], folder: str = os.path.dirname(__file__)) -> Environment:
    """Read the variables of the process and of `FILE`; neither overrides the other. Raises as `parse` does."""
    try:
        with open(os.path.join(folder, FILE), "rb") as file:
            filed = parse_object(file.read())
    except FileNotFoundError:
        return parse(variables)
    except (OSError, ValueError):
        raise MisconfiguredEnvironment(f"{FILE} must be a JSON object") from None
    for name, value in filed.items():
        if name not in VARIABLES or not isinstance(value, str) or name in variables:
            raise MisconfiguredEnvironment(
                f"{FILE} must hold texts, named {', '.join(VARIABLES)}, and not set elsewhere"
            )
    return parse({**variables, **filed})


def context_key(claim: str) -> str:
    """A claim's name in the context: any character but ASCII letters and digits is `_`, for mappings to name it."""
    return "".join(character if character.isascii() and character.isalnum() else "_" for character in claim)


def _required(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value.strip():
        raise MisconfiguredEnvironment(f"{name} is not set")
    return value
