"""The commands that `make up` prints fit the deployed routes."""

from collections.abc import Sequence

import pytest

from infra.api.routes import Route
from infra.config.settings import Settings
from local.cloud.sandbox import Deployed
from local.page.document import page_data
from local.up import instructions
from tools.preview.mock_recorder import CONFIG
from tools.project import PROJECT


@pytest.mark.parametrize(
    ("routes", "call", "scope"),
    [
        ([Route("GET", "/", public=True), Route("POST", "/a"), Route("GET", "/b")], "curl -H", ""),
        ([Route("POST", "/a/{id}/{rest+}", scopes=["x", "y"])], "curl -X POST -H", "x"),
        ([Route("GET", "/a", scopes=["x"]), Route("ANY", "/{proxy+}")], "curl -H", "x"),
    ],
)
def test_the_printed_call_is_of_a_protected_route_with_its_scopes(routes: Sequence[Route], call: str, scope: str):
    page = page_data(Settings.parse(CONFIG, routes, project=PROJECT), "")
    said = instructions("http://page", page["routes"], Deployed("http://api", "", 0, {}, examples=False))
    (command,) = [line.strip() for line in said.splitlines() if "curl" in line]
    assert command.startswith(call)
    path = {"": "/b", "x": "/a/1/1" if "POST" in call else "/1"}[scope]
    assert command.endswith(f'" http://api{path}')
    assert ("--scope 'x y'" in command) == ("POST" in call)
    assert (f"make token SCOPE={scope}\n" in said) == bool(scope)
