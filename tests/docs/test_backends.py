"""docs/backends.md: its settings and routes are accepted and have the documented effect."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from infra.api.backends import RESPONSE_HEADERS
from infra.api.routes import Route
from infra.config.settings import Settings
from tools.preview.mock_recorder import CONFIG
from tools.project import PROJECT, ROOT

PAGE = ROOT / "docs" / "backends.md"
DECISION = (ROOT / "docs" / "decisions" / "integration.md").read_text(encoding="utf-8")


def block(page: Path, language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return found


def routes(page: Path) -> list[Route]:
    return [eval(line, {"Route": Route}) for line in block(page, "python").splitlines()]  # noqa: S307 - our own pages


def settings(page: Path, table: Sequence[Route]) -> Settings:
    config = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in yaml.safe_load(block(page, "yaml")).items()
    }
    return Settings.parse({**CONFIG, **config}, table, project=PROJECT)


def test_the_settings_and_routes_of_the_page_are_accepted_together():
    table = routes(PAGE)
    found = settings(PAGE, table)
    assert found.routes == tuple(table)
    assert found.backends.url == "https://backend.example.com/api"
    kinds = {found.backends.of(route).integration(route).type for route in table}
    assert {"HTTP_PROXY", "AWS_PROXY"} <= kinds


@pytest.mark.parametrize(("row", "method"), [("GET and HEAD", "GET"), ("other methods", "POST")])
def test_the_decision_lists_the_statuses_and_headers_that_are_passed(row: str, method: str):
    route = Route(method, "/pets")
    backends = Settings.parse(CONFIG, [route], project=PROJECT).backends
    made = backends.of(route).integration(route)
    (listed,) = re.findall(rf"^\| statuses that pass, {row} \| ([\d, ]+) \|", DECISION, re.MULTILINE)
    assert listed.split(", ") == [response.status for response in made.responses if response.pattern]
    (headers,) = re.findall(r"^\| response headers \| (.*?); `responseHeaders`", DECISION, re.MULTILINE)
    assert headers.split(", ") == list(RESPONSE_HEADERS)
