"""What the function reads, as `authorizer.environment` does: variables, and a file of the bundle for long ones."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from authorizer.routes import render_table
from infra.api.routes import Route, guarded
from infra.config.settings import Settings

FILE = "variables.json"  # beside the function's modules: an object of texts, by the names of the variables
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: for all environment variables together. The
# error of the API quotes what Lambda measures ("String measured: ..."): the variables as a JSON object.
MAX_ENVIRONMENT_BYTES = 4096
_LONG = ("ROUTES", "ISSUERS")  # what grows with the API, in the order in which it goes to the file


class Stored(NamedTuple):
    """Where the function finds its variables: in the environment, or in the file of the bundle."""

    environment: dict[str, str]
    bundled: dict[str, str]


def variables(settings: Settings, routes: Sequence[Route]) -> dict[str, str]:
    """What the function of a stack with these settings and routes is given, wherever it is stored."""
    return {
        "TOKEN_ISSUER": settings.token_issuer,
        "AUDIENCE": settings.audience,
        "JWKS_URI": settings.jwks_uri,
        "LEEWAY_SECONDS": str(settings.leeway_in_seconds),
        "ROUTES": render_table(guarded(routes)),
        **({"REVOKED_KIDS": "\n".join(settings.revoked_kids)} if settings.revoked_kids else {}),
    }


def stored(given: dict[str, str]) -> Stored:
    """The variables, those that do not fit into Lambda's quota in the file."""
    bundled: dict[str, str] = {}
    for name in _LONG:
        environment = {key: value for key, value in given.items() if key not in bundled}
        if len(json.dumps(environment, ensure_ascii=False, separators=(",", ":")).encode()) <= MAX_ENVIRONMENT_BYTES:
            break
        if name in given:
            bundled[name] = given[name]
    return Stored({key: value for key, value in given.items() if key not in bundled}, bundled)
