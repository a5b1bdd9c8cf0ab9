"""`python -m local.page.document URL < configuration.json`: what the page shows of the deployment at this URL, as JSON.

A process of its own, so that a changed program is imported again.
"""

import json
import sys
from typing import Any

from infra.api.routes import Route
from infra.auth.environment import variables
from infra.config.settings import Settings
from routes import ROUTES
from tools.preview.mock_recorder import Recorder
from tools.program import run
from tools.project import STACK

_WITH_BODY = ("PATCH", "POST", "PUT")


def shown(settings: Settings, url: str) -> dict[str, Any]:
    """`url` and `routes` for the page; for its server also:

    `environment`: the function's. `allowedOrigin`: of the pages that may read answers. `ttl`: of cached answers, in
    seconds.
    """
    return {
        "url": url,
        "routes": [_shown(route) for route in settings.routes],
        "environment": variables(settings, settings.routes),
        "allowedOrigin": settings.allowed_origin,
        "ttl": settings.authorizer_result_ttl_in_seconds,
    }


def _shown(route: Route) -> dict[str, Any]:
    """`scopes`: None for a public route. `parameters`: what is between the path's braces, a plus included."""
    parameters = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    return {
        "method": route.method,
        "path": route.path,
        "scopes": None if route.public else list(route.scopes),
        "parameters": parameters,
        "query": list(route.query),
        "body": route.method in _WITH_BODY,
    }


def main() -> None:
    (url,) = sys.argv[1:]
    loaded: list[Settings] = []
    # Mocks, which are never asked: nothing is declared.
    run(Recorder(), stack=STACK, config=json.load(sys.stdin), program=lambda: loaded.append(Settings.load(ROUTES)))
    json.dump(shown(loaded[0], url), sys.stdout)


if __name__ == "__main__":
    main()
