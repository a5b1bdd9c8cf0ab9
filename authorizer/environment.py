"""The function's variables, which `infra.auth.environment` writes, and its bundled keys. Standard library only."""

import json
import os.path
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from authorizer.encoding import parse_json, parse_object
from authorizer.errors import MisconfiguredEnvironment
from authorizer.issuer import Issuer, parse_issuer, parse_issuers
from authorizer.log import write
from authorizer.routes import GuardedRoute, parse_table

MAX_LEEWAY = 60  # seconds
FILE = "variables.json"  # in the package's folder, for variables that exceed Lambda's quota
BUNDLED_KEYS = "bundled_keys.json"  # there: {"trusted_until": seconds since 1970, "key_sets": {ISSUER: JWKS}}
LATEST = 2**53  # seconds; infinity is not a date
Clock = Callable[[], float]
OWN_CONTEXT = ("sub", "issuer", "scope", "clientId", "principalHash", "principalClaim")
SHORT_FORM = {"issuer": "TOKEN_ISSUER", "audience": "AUDIENCE", "jwksUri": "JWKS_URI"}
VARIABLES = (*SHORT_FORM.values(), "ISSUERS", "LEEWAY_SECONDS", "REVOKED_KIDS", "CONTEXT_CLAIMS", "ROUTES")


class Environment(NamedTuple):
    """The function's settings. `routes` has every protected route; `leeway` is in seconds; `revoked` has the `kid` of
    each revoked key; `context_claims` names the claims for the backend.
    """

    issuers: tuple[Issuer, ...]
    routes: tuple[GuardedRoute, ...]
    leeway: int = 10
    revoked: frozenset[str] = frozenset()
    context_claims: tuple[str, ...] = ()


def parse(variables: Mapping[str, str]) -> Environment:
    """Read the `VARIABLES`: TOKEN_ISSUER, AUDIENCE and JWKS_URI for one issuer, or the JSON list ISSUERS for several.

    REVOKED_KIDS and CONTEXT_CLAIMS have one entry per line. `MisconfiguredEnvironment` names a wrong variable.
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
    short = [name for name in SHORT_FORM.values() if name in variables]
    if "ISSUERS" in variables and short:
        raise MisconfiguredEnvironment(f"ISSUERS and {short[0]} are set: set one of them")
    try:
        if "ISSUERS" in variables:
            return parse_issuers(parse_json(variables["ISSUERS"].encode()))
        members = {key: _required(variables, name) for key, name in SHORT_FORM.items()}
        return (parse_issuer(members, SHORT_FORM.__getitem__),)
    except ValueError as error:
        raise MisconfiguredEnvironment(f"{'' if short else 'ISSUERS '}{error}") from None


def load(variables: Mapping[str, str], folder: str = os.path.dirname(__file__)) -> Environment:
    """Read the variables of the process and of `FILE`; neither overrides the other. Raises the errors of `parse`."""
    try:
        with open(os.path.join(folder, FILE), "rb") as file:
            filed = parse_object(file.read())
    except FileNotFoundError:
        return parse(variables)
    except (OSError, ValueError):
        raise MisconfiguredEnvironment(f"{FILE} must be a JSON object") from None
    for name, value in filed.items():
        if name not in VARIABLES or not isinstance(value, str) or name in variables:
            names = ", ".join(VARIABLES)
            raise MisconfiguredEnvironment(f"{FILE} must hold texts, named {names}, and not set elsewhere")
    return parse({**variables, **filed})


def read_bundled_keys(folder: str = os.path.dirname(__file__), clock: Clock = time.time) -> dict[str, bytes]:
    """The JWKS document of each issuer in `BUNDLED_KEYS`; empty if the file is missing or has expired."""
    try:
        with open(os.path.join(folder, BUNDLED_KEYS), "rb") as file:
            document = parse_object(file.read())
        until = document["trusted_until"]
        if clock() < until < LATEST:
            return {issuer: json.dumps(key_set).encode() for issuer, key_set in document["key_sets"].items()}
        write(event="bundled_keys_not_used", reason="too old", trusted_until=until)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        write(event="bundled_keys_not_used", reason="unreadable")
    return {}


def context_key(claim: str) -> str:
    """A claim's name in the context, in which mappings accept only ASCII letters, digits and `_`. Others become `_`."""
    return "".join(character if character.isascii() and character.isalnum() else "_" for character in claim)


def _required(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value.strip():
        raise MisconfiguredEnvironment(f"{name} is not set")
    return value
