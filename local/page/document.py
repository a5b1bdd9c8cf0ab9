"""`python -m local.page.document URL < configuration.json`: what the page shows of the deployment at this URL, as JSON.

A process of its own, so that a changed program is read anew.
"""

import json
import sys
from typing import Any

from infra.config.settings import Settings
from routes import ROUTES
from tools.openapi import SCHEME, describe
from tools.project import PROJECT

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
        "environment": settings.authorizer.variables(),
        "allowedOrigin": settings.api.allowed_origin,
        "ttl": settings.authorizer.result_ttl_in_seconds,
    }


def _fill_in(operation: dict[str, Any]) -> None:
    """What the local backend takes, so that a route can be called with no more than a click."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["example"] = "1"
    if "requestBody" in operation:
        operation["requestBody"]["content"]["application/json"] = _PET


def main() -> None:
    (url,) = sys.argv[1:]
    json.dump(shown(Settings.parse(json.load(sys.stdin), ROUTES, project=PROJECT), url), sys.stdout)


if __name__ == "__main__":
    main()
