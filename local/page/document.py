"""Describes a deployment for the page, in a separate process that imports the changed program."""

import argparse
import json
import sys
from typing import Any

from infra.api.routes import Route, with_methods
from infra.config.settings import Settings
from tools.project import PROJECT
from tools.settings import program_routes

_WITH_BODY = ("PATCH", "POST", "PUT")


def page_data(settings: Settings, url: str) -> dict[str, Any]:
    """The page's data, `url` and `routes`, and the data for its server.

    For the server, `environment` has the function's variables. `allowedOrigin` is the origin of the pages that may read
    responses. `ttl` is the number of seconds for which API Gateway caches a policy.
    """
    return {
        "url": url,
        "routes": [
            _route_data(route, method) for route, methods in with_methods(settings.routes) for method in methods
        ],
        "environment": settings.authorizer.variables(),
        "allowedOrigin": settings.api.cors.allowed_origin,
        "ttl": settings.authorizer.result_ttl_in_seconds,
    }


def _route_data(route: Route, method: str) -> dict[str, Any]:
    """A route's data.

    `scopes` is None for a public route; `parameters` has the names in braces, with a plus sign if any.
    """
    parameters = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    return {
        "method": method,
        "path": route.path,
        "scopes": None if route.public else list(route.scopes),
        "parameters": parameters,
        "query": list(route.query),
        "body": method in _WITH_BODY,
    }


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="of the deployment")


def main(options: argparse.Namespace) -> int:
    """Print the page's data about the deployment with the configuration on standard input, as JSON."""
    settings = Settings.parse(json.load(sys.stdin), program_routes(), project=PROJECT)
    json.dump(page_data(settings, options.url), sys.stdout)
    return 0
