"""The README's commands deploy the API that it describes."""

import re

import pytest

from infra.api.routes import Route
from tests.docs.conftest import Shell, blocks
from tools.project import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DEMO, ISSUER, AUDIENCE, BACKEND, UP, SMOKE, TEST = blocks("README.md")
_, CALL = blocks("docs/production.md")
CLEAN_UP = blocks("docs/operations.md")[-1]


def test_the_readme_has_at_most_900_words():
    assert len(README.split()) <= 900


def test_ci_runs_the_demo_and_the_tests_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert (DEMO, TEST) == ("make demo\n", "make test\n")
    assert DEMO in script
    assert TEST in script


@pytest.mark.slow
def test_the_six_steps_deploy_an_api_that_answers_401_and_200(shell: Shell):
    shell(ISSUER.replace("https://YOUR_TENANT.auth0.com/", '"$ISSUER"'))
    shell(AUDIENCE.replace("https://your-api-gateway", '"$AUDIENCE"'))
    shell(BACKEND)
    shell(UP)
    assert re.findall(r"HTTP/1.1 (\d+)", shell(CALL)) == ["401", "200"]
    shell(CLEAN_UP)
    assert SMOKE == "make smoke STACK=dev\n"  # tests/tools/smoke runs it.


def test_the_changed_line_creates_the_route():
    (diff,) = re.findall(r"^```diff\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    context, added, end = diff.splitlines()
    program = (ROOT / "routes.py").read_text(encoding="utf-8")
    assert f"{context[1:]}\n{end[1:]}\n" in program
    assert added.startswith("+    ")
    route = eval(added[1:].strip().rstrip(","), {"Route": Route})  # noqa: S307 - our own README
    assert route == Route("DELETE", "/pets/{petId}", scopes=["delete:pets"])


def test_each_route_of_the_table_is_accepted():
    listed = re.findall(r"^\| `(Route\(.*?\))` \|", README, re.MULTILINE)
    routes = [eval(line, {"Route": Route}) for line in listed]  # noqa: S307 - our own README
    assert [(tuple(route.scopes), route.public) for route in routes] == [
        ((), False),
        (("create:pets",), False),
        ((), True),
        ((), False),
    ]
