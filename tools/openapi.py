"""Describes a stack's API as an OpenAPI 3.1 document, for tools that import one."""

import argparse
import json
from collections.abc import Iterable
from typing import Any

from authorizer.issuer import Issuer
from authorizer.routes import is_parameter
from infra.api.routes import ANY, Route
from infra.bundle.build import BUILD
from infra.config import validators
from infra.config.settings import Settings
from infra.openapi.routes import ANY_METHOD, PAGE
from tools.errors import UsageError
from tools.project import PROJECT
from tools.settings import load

SCHEME = "jwt"
_WITH_BODY = ("PATCH", "POST", "PUT", ANY)
_JSON = {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}
_CHALLENGE = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "RFC 6750 3"}}
# The gateway responses of `infra.api.rest_api`, with which API Gateway refuses a request itself.
_REFUSALS: dict[str, tuple[str, dict[str, Any]]] = {
    "401": ("Unauthorized", {"description": "No valid token: get another one", "headers": _CHALLENGE}),
    "403": ("Forbidden", {"description": "The token lacks a scope of this operation", "headers": _CHALLENGE}),
    "500": ("Unverified", {"description": "The token could not be verified: for example, the issuer is down"}),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "stack", nargs="?", default="dev", help="the stack, whose Pulumi.STACK.yaml is read; by default dev"
    )
    parser.add_argument("--url", default="", help='the URL of the deployed API: "$(pulumi stack output invokeUrl)"')


def main(options: argparse.Namespace) -> int:
    """Write the stack's API as an OpenAPI 3.1 document into .build."""
    if options.url and (problem := validators.address(options.url)):
        raise UsageError(f"--url: {problem.what}. {problem.fix}")
    settings = load(options.stack)
    path = BUILD / f"{PROJECT}-{options.stack}.openapi.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(describe(settings, options.url), indent=2) + "\n", encoding="utf-8")
    protected = sum(not route.public for route in settings.routes)
    print(f".build/{path.name}: {len(settings.routes)} routes, {protected} of them protected")
    return 0


def describe(settings: Settings, url: str = "") -> dict[str, Any]:
    """Describe the API of these settings, at this URL. `infra.openapi.routes` reads the same routes from the result."""
    # One scheme: a second one would be an alternative for the caller.
    issuers = settings.trust.issuers
    issuer = next((each for each in issuers if not validators.address(each.issuer)), issuers[0])
    return {
        "openapi": "3.1.1",
        "info": {"title": "PetStore", "version": settings.stage.name},
        "servers": [_server(settings, url)],
        "paths": paths(settings.routes),
        "components": {
            # Not oauth2, which needs URLs of the issuer that the program does not have; tools read them from the
            # discovery document. Not http, because tools ignore its scopes.
            "securitySchemes": {
                SCHEME: {
                    "type": "openIdConnect",
                    "openIdConnectUrl": f"{issuer.issuer.rstrip('/')}/.well-known/openid-configuration",
                    "description": f"An access token {_for(issuer)}, as a bearer token",
                }
            },
            "responses": {name: {**response, "content": _JSON} for name, response in _REFUSALS.values()},
            "schemas": {"Message": {"type": "object", "properties": {"message": {"type": "string"}}}},
        },
    }


def _for(issuer: Issuer) -> str:
    return f"for {' or '.join(issuer.audiences)}" if issuer.audiences else f"of {' or '.join(issuer.client_ids)}"


def _server(settings: Settings, url: str) -> dict[str, Any]:
    """The document's server. Before a deployment, its URL has a variable for the API's id."""
    if not url and settings.api.domain:
        url = f"https://{settings.api.domain.name}"
    if url:
        return {"url": url}
    return {
        "url": "https://{restApiId}.execute-api.{region}.amazonaws.com/{stageName}",
        "variables": {
            "restApiId": {"default": "REST_API_ID", "description": "pulumi stack output restApiId"},
            "region": {"default": "us-east-1"},
            "stageName": {"default": settings.stage.name},
        },
    }


def paths(routes: Iterable[Route]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for route in routes:
        key = ANY_METHOD if route.method == ANY else route.method.lower()
        found.setdefault(route.written_path, {})[key] = _operation(route)
    return found


def _operation(route: Route) -> dict[str, Any]:
    # A {name+} keeps its plus: readers of OpenAPI search for a parameter by the name in the braces.
    names = [part[1:-1] for part in route.template.segments if is_parameter(part)]
    parameters = [
        *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names),
        *({"name": name, "in": "query", "schema": {"type": "string"}} for name in route.query),
    ]
    answer: dict[str, Any] = {"description": "What the backend answers"}
    if route.page is not None:
        answer = {"description": "A page", "content": {"text/html": {"schema": {"type": "string"}}}}
    refusals = {} if route.public else _REFUSALS
    return {
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": {"content": {"application/json": {}}}} if route.method in _WITH_BODY else {}),
        "security": [] if route.public else [{SCHEME: list(route.scopes)}],
        **({PAGE: route.page} if route.page is not None else {}),
        "responses": {
            "200": answer,
            **{status: {"$ref": f"#/components/responses/{name}"} for status, (name, _) in refusals.items()},
        },
    }
