"""Describes a deployment for the page, in a process of its own that imports the changed program again."""

import argparse
import json
import sys
from typing import Any

from infra.auth.environment import variables
from infra.config.settings import Settings
from tools.openapi import SCHEME, describe
from tools.preview.mock_recorder import Recorder
from tools.program import run
from tools.project import STACK
from tools.settings import program_routes

_PET = {"schema": {"type": "object"}, "example": {"type": "gecko", "price": 12.5}}


def shown(settings: Settings, url: str) -> dict[str, Any]:
    """`document`: the API as OpenAPI; `environment`: the function's; `ttl`: of cached answers, in seconds."""
    document = describe(settings, url)
    # Swagger UI would ask the issuer for its login page. Here the page has the token, and Swagger UI only sends it.
    document["components"]["securitySchemes"] = {SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for operation in (operation for item in document["paths"].values() for operation in item.values()):
        _fill_in(operation)
    return {
        "document": document,
        "environment": variables(settings, settings.routes),
        "allowedOrigin": settings.allowed_origin,
        "ttl": settings.authorizer_result_ttl_in_seconds,
    }


def _fill_in(operation: dict[str, Any]) -> None:
    """What the local backend takes, so that a route can be called with no more than a click."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["example"] = "1"
    if "requestBody" in operation:
        operation["requestBody"]["content"]["application/json"] = _PET


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="of the deployment")


def main(options: argparse.Namespace) -> int:
    """Print what the page shows of the deployment with the configuration on standard input, as JSON."""
    config, routes, loaded = json.load(sys.stdin), program_routes(), list[Settings]()
    # Mocks, which are never asked: nothing is declared.
    run(Recorder(), stack=STACK, config=config, program=lambda: loaded.append(Settings.load(routes)))
    json.dump(shown(loaded[0], options.url), sys.stdout)
    return 0
