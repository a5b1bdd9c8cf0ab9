"""The routes of the API, one a line. They go to `petstore:backendUrl`, and need a valid token unless public."""

from pathlib import Path

from infra.api.routes import Route

WELCOME = Path(__file__).with_name("welcome.html").read_text(encoding="utf-8")

ROUTES = [
    Route("GET", "/", public=True, page=WELCOME),
    Route("GET", "/pets", query=["type", "page"]),
    Route("POST", "/pets", scopes=["create:pets"]),
    Route("GET", "/pets/{petId}"),
]
