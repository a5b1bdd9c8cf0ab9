"""A stack with `petstore:openapi`: what it deploys, where its backend is, and what it says where it cannot."""

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
    """The project's folder, as far as documents are concerned; the sample is in it."""
    monkeypatch.setattr(file, "ROOT", tmp_path)
    (tmp_path / SAMPLE).write_bytes((ROOT / SAMPLE).read_bytes())
    return tmp_path


def changed(folder: Path, **more: Any) -> dict[str, str]:
    """A configuration with the sample, whose parts of these names are others; None: it has none."""
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


def test_a_stack_with_the_sample_declares_what_a_stack_without_it_does(program: Declared):
    imported = declare({"petstore:openapi": SAMPLE})
    both = [{it.urn: {**it.inputs, "code": None} for it in each.resources} for each in (imported, program)]
    assert both[0] == both[1]
    assert imported.outputs == program.outputs


def test_the_routes_of_the_program_do_not_count_beside_a_document():
    assert load({"petstore:openapi": SAMPLE}, [Route("get", "wrong")]).routes[1].path == "/pets"


@pytest.mark.parametrize("opened", [[], [{"auth0": ["read:pets"]}]])
def test_a_changed_document_is_a_changed_deployment_or_function(opened: list[Any], folder: Path, program: Declared):
    paths = yaml.safe_load((folder / SAMPLE).read_text(encoding="utf-8"))["paths"]
    paths["/pets"]["get"]["security"] = opened
    after = declare(changed(folder, paths=paths))
    deployments = [it.one("Deployment").inputs["triggers"] for it in (program, after)]
    tables = [it.one("Function").inputs["environment"] for it in (program, after)]
    assert tables[0] != tables[1]
    assert (deployments[0] == deployments[1]) == bool(opened), "a scope is the function's alone"


def test_the_documents_server_is_the_backend_unless_the_key_names_one(folder: Path):
    config = changed(folder, servers=[{"url": "https://backend.example/v1/"}])
    assert load(config).backends.url == "https://backend.example/v1"
    assert load({**config, "petstore:backendUrl": "https://other.example"}).backends.url == "https://other.example"
    # The Pulumi CLI hands the default of Pulumi.yaml to the program as if somebody had set it.
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
def test_a_server_that_cannot_be_the_backend_is_refused_until_the_key_names_one(servers: Any, rule: str, folder: Path):
    config = changed(folder, servers=servers)
    (mistake,) = mistakes(config)
    assert (mistake.key, mistake.rule) == ("changed.json: servers", rule)
    assert "`pulumi config set backendUrl URL`" in mistake.fix
    assert load({**config, "petstore:backendUrl": "https://backend.example"})


def test_an_api_under_its_backends_name_would_call_itself(folder: Path):
    domain = {
        "petstore:domainName": "api.example.com",
        "petstore:certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
    }
    (mistake,) = mistakes({**changed(folder, servers=[{"url": "https://api.example.com"}]), **domain})
    assert mistake.rule == "calls-itself"


def test_all_mistakes_of_document_and_configuration_are_told_at_once(folder: Path):
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
def test_what_routes_may_not_be_together_is_told_of_the_document(paths: dict[str, Any], rule: str, folder: Path):
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
def test_a_document_that_is_not_there_is_a_mistake_of_the_key(name: str, rule: str):
    (mistake,) = mistakes({"petstore:openapi": name})
    assert (mistake.key, mistake.rule, mistake.got) == ("petstore:openapi", rule, repr(name))


def test_a_document_that_cannot_be_read_is_told_by_its_name(folder: Path):
    (folder / "broken.yaml").write_text("a: 1\na: 2", encoding="utf-8")
    (mistake,) = mistakes({"petstore:openapi": "broken.yaml"})
    assert (mistake.key, mistake.rule) == ("broken.yaml", "duplicate-key")
    assert "line 1" in mistake.what


def test_the_api_in_auth0_has_the_scopes_of_the_document(folder: Path):
    paths = {"/a": {"get": {"security": [{"auth0": ["read:a"]}]}}}
    config = changed(folder, paths=paths)
    declared = declare_tenant({"petstore-tenant:openapi": config["petstore:openapi"]})
    assert [it.inputs["scope"] for it in declared.of("ResourceServerScope")] == ["read:a"]
