"""Counts the program's resources by number of routes, and times their declaration under Pulumi's mocks."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from unittest.mock import patch

import routes
from infra.api.routes import INTEGRATION_TYPES, Route
from tools.preview.mock_recorder import WITHOUT_THE_ISSUER, declare
from tools.project import PROJECT

COUNTS = (10, 50, 200)
ROUNDS = 3
# An import of an OpenAPI document, as pulumi-aws-apigateway 2.x declares it for routes to HTTP backends: RestApi with
# the document as its body, Deployment, Stage. provider/cmd/pulumi-resource-aws-apigateway/apigateway/api.ts.
OPENAPI_BODY = 3


class Row(NamedTuple):
    """The result for one table of routes. `seconds` is the time of the fastest round."""

    api: str
    integration: str
    routes: int
    resources: int
    seconds: float


def run(_folder: object, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure the PetStore, and tables with GET and POST on each path, with CORS. Returns the rows as `rows`."""
    tables = {"PetStore": routes.ROUTES}
    tables |= {f"{count} routes on {count // 2} paths": _table(count) for count in COUNTS}
    _declared(routes.ROUTES, "HTTP")  # imports everything
    rows: list[Row] = []
    for integration in INTEGRATION_TYPES:
        for name, table in tables.items():
            say(f"resources: {name}, {integration}")
            rounds = [_declared(table, integration) for _ in range(ROUNDS)]
            rows.append(Row(name, integration, len(table), rounds[0][0], min(seconds for _, seconds in rounds)))
    return {"rows": rows}


def _table(count: int) -> list[Route]:
    return [Route(method, f"/things{at}", scopes=["s"]) for at in range(count // 2) for method in ("GET", "POST")]


def _declared(table: Sequence[Route], integration: str) -> tuple[int, float]:
    """The number of resources that the program declares for these routes, without components, and the time."""
    config = {f"{PROJECT}:integrationType": integration, f"{PROJECT}:backendUrl": "https://backend.example"}
    begun = time.perf_counter()
    with patch.object(routes, "ROUTES", table):
        declared = declare(WITHOUT_THE_ISSUER | config)
    seconds = time.perf_counter() - begun
    return sum(not each.is_component for each in declared.resources), seconds
