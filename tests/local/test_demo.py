"""`make demo` of an API that is not the tutorial's: its calls fit the deployed routes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.demo import MOST_ROUTES
from tests.testkit.repository import PARTS
from tools.project import PROJECT, ROOT

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:orders:live"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
OWN = """
from infra.api.routes import Route

ROUTES = [
    Route("ANY", "/{proxy+}"),
    Route("DELETE", "/users/{id+}", scopes=["admin"]),
    Route("GET", "/health", public=True),
    Route("POST", "/pets", scopes=["add"]),
    Route("PUT", "/orders/{id+}", function="orders:live"),
]
"""


MORE = 7  # routes in addition to those that the demo calls


def document() -> dict[str, Any]:
    """An API with a trailing slash, a public route, scopes, ANY with a Lambda function, and many more paths."""

    def one(*scopes: str, **more: Any) -> dict[str, Any]:
        return {"security": [{"jwt": list(scopes)}], "responses": {}, **more}

    def named(name: str) -> dict[str, Any]:
        return {"parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}]}

    paths: dict[str, Any] = {
        "/dogs/": {"get": one(), "post": one("write:dogs")},
        "/dogs/{dog}": {**named("dog"), "delete": one("write:dogs")},
        "/status": {"get": {"security": [], "responses": {}}},
        "/orders/{rest+}": {
            **named("rest"),
            "x-amazon-apigateway-any-method": one(
                "orders", **{"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": URI}}
            ),
        },
    }
    paths |= {f"/kennels/{number}": {"get": one()} for number in range(MOST_ROUTES + MORE - 5)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kennel", "version": "1"},
        "paths": paths,
        "components": {"securitySchemes": {"jwt": {"type": "http", "scheme": "bearer"}}},
    }


Row = tuple[str, str, str]  # the call, its method and path, the expected status


def demo(folder: Path, name: str, content: str) -> tuple[int, list[Row], str]:
    """Runs the demo in a copy of the project with this file; returns exit status, rows and output."""
    for path in (path for part in PARTS for path in ROOT.glob(part)):
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, folder / path.name)
    for built in (".build", ".venv-ministack"):
        (folder / built).symlink_to(ROOT / built)
    (folder / name).write_text(content, encoding="utf-8")
    if name.endswith(".json"):
        with (folder / "Pulumi.local.yaml").open("a", encoding="utf-8") as stack:
            stack.write(f"  {PROJECT}:openapi: {name}\n")
    command = [sys.executable, "-m", "tools", "demo"]
    environment = {**os.environ, "COLUMNS": "160"}
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    lines = [line for line in result.stdout.splitlines() if line.startswith("│")]
    rows = [tuple(cell.strip() for cell in line.strip("│").split("│"))[1:4] for line in lines]
    return result.returncode, [(title, target, status) for title, target, status in rows], result.stdout + result.stderr


def rows_of(*calls: tuple[str, str, int], first: str) -> list[Row]:
    """The expected rows: tokens that no route accepts, on the path `first`, and then these calls."""
    refused = ("no token", "garbage for a token", "an expired token", "a forged signature")
    return [(title, first, "401") for title in refused] + [(title, to, str(status)) for title, to, status in calls]


@pytest.mark.slow
def test_your_own_routes_are_called_by_permitted_and_refused_callers(tmp_path: Path):
    status, rows, said = demo(tmp_path, "routes.py", OWN)
    assert rows == rows_of(
        ("no token", "GET /demo/1", 401),
        ("a valid token", "GET /demo/1", 200),
        ("without admin", "DELETE /users/demo/1", 403),
        ("with admin", "DELETE /users/demo/1", 200),
        ("public, no token", "GET /health", 200),
        ("without add", "POST /pets", 403),
        ("with add", "POST /pets", 200),
        ("no token", "PUT /orders/demo/1", 401),
        ("a valid token", "PUT /orders/demo/1", 200),
        ("a browser's preflight", "OPTIONS /demo/1", 200),
        first="GET /demo/1",
    )
    assert (status, "14 of 14 calls answered as they should" in said) == (0, True)


@pytest.mark.slow
def test_of_a_documents_routes_each_kind_is_called_and_the_rest_is_counted(tmp_path: Path):
    status, rows, said = demo(tmp_path, "kennel.openapi.json", json.dumps(document()))
    plain = [f"GET /kennels/{number}" for number in range(MOST_ROUTES - 5)]
    assert rows == rows_of(
        ("no token", "GET /dogs", 401),
        ("a valid token", "GET /dogs", 200),
        ("without write:dogs", "POST /dogs", 403),
        ("with write:dogs", "POST /dogs", 200),
        ("without write:dogs", "DELETE /dogs/demo", 403),
        ("with write:dogs", "DELETE /dogs/demo", 200),
        ("public, no token", "GET /status", 200),
        ("without orders", "GET /orders/demo/1", 403),
        ("with orders", "GET /orders/demo/1", 200),
        *(call for to in plain for call in (("no token", to, 401), ("a valid token", to, 200))),
        ("a browser's preflight", "OPTIONS /dogs", 200),
        ("a path without a route", "GET /demo", 403),
        first="GET /dogs",
    )
    assert (status, f"{MORE} more routes were deployed, and not called" in said) == (0, True)
