"""A stack with `petstore:openapi`: its resources, its backend, and its error messages."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.api.routes import Route
from infra.config.settings import Settings
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake
from infra.openapi import file
from routes import ROUTES
from tests.testkit.messages import seen
from tests.testkit.tenant import run as declare_tenant
from tools.preview.mock_recorder import CONFIG, Declared, declare
from tools.project import PROJECT, ROOT

SAMPLE = "petstore.openapi.yaml"
BACKEND = "http://petstore-demo-endpoint.execute-api.com/petstore"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder that contains the sample."""
    monkeypatch.setattr(file, "ROOT", tmp_path)
    (tmp_path / SAMPLE).write_bytes((ROOT / SAMPLE).read_bytes())
    return tmp_path


def changed(folder: Path, **more: Any) -> dict[str, str]:
    """A configuration for a changed sample: these parts are replaced, or removed if None."""
    document = yaml.safe_load((folder / SAMPLE).read_text(encoding="utf-8")) | more
    content = json.dumps({key: value for key, value in document.items() if value is not None})
    (folder / "changed.json").write_text(content, encoding="utf-8")
    return {"petstore:openapi": "changed.json"}


def load(config: dict[str, str], routes: list[Route] = ROUTES) -> Settings:
    return Settings.parse(CONFIG | config, routes, project=PROJECT)


def mistakes(config: dict[str, str]) -> list[Mistake]:
    with pytest.raises(ConfigurationError) as caught:
        load(config)
    return seen(caught.value.mistakes)


def test_a_stack_with_the_sample_declares_the_same_as_a_stack_without_it(program: Declared):
    imported = declare({"petstore:openapi": SAMPLE})
    both = [{it.urn: {**it.inputs, "code": None} for it in each.resources} for each in (imported, program)]
    assert both[0] == both[1]
    assert imported.outputs == program.outputs


def test_the_programs_routes_are_ignored_if_there_is_a_document():
    assert load({"petstore:openapi": SAMPLE}, [Route("get", "wrong")]).routes[1].path == "/pets"


@pytest.mark.parametrize("opened", [[], [{"auth0": ["read:pets"]}]])
def test_a_changed_document_changes_the_deployment_or_the_function(opened: list[Any], folder: Path, program: Declared):
    paths = yaml.safe_load((folder / SAMPLE).read_text(encoding="utf-8"))["paths"]
    paths["/pets"]["get"]["security"] = opened
    after = declare(changed(folder, paths=paths))
    deployments = [it.one("Deployment").inputs["triggers"] for it in (program, after)]
    tables = [it.one("Function").inputs["environment"] for it in (program, after)]
    assert tables[0] != tables[1]
    assert (deployments[0] == deployments[1]) == bool(opened), "a scope is the function's alone"


def test_the_documents_server_is_the_backend_unless_the_key_is_set(folder: Path):
    config = changed(folder, servers=[{"url": "https://backend.example/v1/"}])
    assert load(config).backends.url == "https://backend.example/v1"
    assert load({**config, "petstore:backendUrl": "https://other.example"}).backends.url == "https://other.example"
    # The Pulumi CLI passes the default of Pulumi.yaml to the program like a value that a user set.
    assert load({**config, "petstore:backendUrl": ""}).backends.url == "https://backend.example/v1"
    assert load({}).backends.url == load({"petstore:openapi": SAMPLE}).backends.url == BACKEND


@pytest.mark.parametrize(
    ("servers", "rule"),
    [
        (None, "not-one-server"),
        ([{"url": "/v1"}], "relative-server"),
        ([{"url": "ftp://backend.example"}], "not-an-address"),
        ([{"url": "https://YOUR_HOST/"}], "placeholder"),
        ([{"url": "http://localhost:80"}], "loopback"),
    ],
)
def test_a_server_that_cannot_be_the_backend_is_refused_unless_the_key_is_set(servers: Any, rule: str, folder: Path):
    config = changed(folder, servers=servers)
    (mistake,) = mistakes(config)
    assert (mistake.key, mistake.rule) == ("changed.json: servers", rule)
    assert "`pulumi config set backendUrl URL`" in mistake.fix
    assert load({**config, "petstore:backendUrl": "https://backend.example"})


def test_an_api_that_is_its_own_backend_is_refused(folder: Path):
    domain = {
        "petstore:domainName": "api.example.com",
        "petstore:certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
    }
    (mistake,) = mistakes({**changed(folder, servers=[{"url": "https://api.example.com"}]), **domain})
    assert mistake.rule == "calls-itself"


def test_mistakes_in_document_and_configuration_are_reported_together(folder: Path):
    paths = {"/a": {"get": {"security": [{"basic": []}]}}, "/b/{c}-{d}": {"get": {}, "trace": {}}}
    found = mistakes({**changed(folder, paths=paths, servers=None), "petstore:accessLog": "1"})
    assert [mistake.key for mistake in found] == [
        "petstore:accessLog",
        "changed.json: GET /a",
        *["changed.json: GET /b/{c}-{d}"] * 3,
        "changed.json: TRACE /b/{c}-{d}",
        "changed.json: servers",
    ]


@pytest.mark.parametrize(
    ("paths", "rule"),
    [
        ({"/a": {"get": {"security": []}}}, "nothing-protected"),
        ({}, "nothing-protected"),
        (
            {f"/pets/{{{name}}}": {method: {"parameters": [{"name": name, "in": "path"}]}} for name, method in
             (("id", "get"), ("petId", "put"))},
            "sibling-parameters",
        ),
        ({f"/path-number-{number}": {"get": {}} for number in range(301)}, "too-many-resources"),
    ],
)  # fmt: skip
def test_routes_that_conflict_are_reported_for_the_document(paths: dict[str, Any], rule: str, folder: Path):
    (mistake,) = mistakes(changed(folder, paths=paths))
    assert mistake.key.startswith("changed.json: ")
    assert mistake.rule == rule


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("none.yaml", "no-file"),
        ("../api.yaml", "outside-project"),
        ("a b.yaml", "stray-characters"),
    ],
)
def test_a_missing_document_is_a_mistake_in_the_key(name: str, rule: str):
    (mistake,) = mistakes({"petstore:openapi": name})
    assert (mistake.key, mistake.rule, mistake.got) == ("petstore:openapi", rule, repr(name))


def test_an_unreadable_document_is_reported_with_its_name(folder: Path):
    (folder / "broken.yaml").write_text("a: 1\na: 2", encoding="utf-8")
    (mistake,) = mistakes({"petstore:openapi": "broken.yaml"})
    assert (mistake.key, mistake.rule) == ("broken.yaml", "duplicate-key")
    assert "line 1" in mistake.what


def test_the_api_in_auth0_has_the_scopes_of_the_document(folder: Path):
    paths = {"/a": {"get": {"security": [{"auth0": ["read:a"]}]}}}
    config = changed(folder, paths=paths)
    declared = declare_tenant({"petstore-tenant:openapi": config["petstore:openapi"]})
    assert [it.inputs["scope"] for it in declared.of("ResourceServerScope")] == ["read:a"]
