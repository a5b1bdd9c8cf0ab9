"""A stack with `petstore:openapi`: what it deploys, where its backend is, and what it says where it cannot."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.api.routes import Route
from infra.config.errors import ConfigurationError
from infra.config.settings import Settings
from infra.openapi import file
from routes import ROUTES
from tests.testkit.tenant import run as declare_tenant
from tools.preview.mock_recorder import Declared, declare
from tools.project import ROOT

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
    loaded: list[Settings] = []
    declare(config, program=lambda: loaded.append(Settings.load(routes)))
    return loaded[0]


def mistakes(config: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(config)
    return caught.value.mistakes


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
    assert load(config).backend_url == "https://backend.example/v1"
    assert load({**config, "petstore:backendUrl": "https://other.example"}).backend_url == "https://other.example"
    # The Pulumi CLI hands the default of Pulumi.yaml to the program as if somebody had set it.
    assert load({**config, "petstore:backendUrl": ""}).backend_url == "https://backend.example/v1"
    assert load({}).backend_url == load({"petstore:openapi": SAMPLE}).backend_url == BACKEND


@pytest.mark.parametrize(
    ("servers", "words"),
    [
        (None, "servers: it names none"),
        ([{"url": "/v1"}], "servers: '/v1' is relative"),
        ([{"url": "ftp://backend.example"}], "'ftp://backend.example': not a plain http:// or https:// address"),
        ([{"url": "https://YOUR_HOST/"}], "'https://YOUR_HOST': a placeholder is left in"),
        ([{"url": "http://localhost:80"}], "API Gateway cannot reach this machine"),
    ],
)
def test_a_server_that_cannot_be_the_backend_is_refused_until_the_key_names_one(servers: Any, words: str, folder: Path):
    config = changed(folder, servers=servers)
    (mistake,) = mistakes(config)
    assert mistake.startswith("changed.json: servers: ")
    assert words in mistake
    assert mistake.endswith("run `pulumi config set backendUrl URL`")
    assert load({**config, "petstore:backendUrl": "https://backend.example"})


def test_an_api_under_its_backends_name_would_call_itself(folder: Path):
    domain = {
        "petstore:domainName": "api.example.com",
        "petstore:certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
    }
    (mistake,) = mistakes({**changed(folder, servers=[{"url": "https://api.example.com"}]), **domain})
    assert "the API would call itself" in mistake


def test_all_mistakes_of_document_and_configuration_are_told_at_once(folder: Path):
    paths = {"/a": {"get": {"security": [{"basic": []}]}}, "/b/{c}-{d}": {"get": {}, "trace": {}}}
    found = mistakes({**changed(folder, paths=paths, servers=None), "petstore:accessLog": "1"})
    assert [re.split("; |: ", mistake)[0] for mistake in found] == [
        "petstore:accessLog is '1'",
        *["changed.json"] * 6,
    ]
    assert [mistake.split(": ")[1] for mistake in found[1:]] == [
        "GET /a",
        *["GET /b/{c}-{d}"] * 3,
        "TRACE /b/{c}-{d}",
        "servers",
    ]


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ({"/a": {"get": {"security": []}}}, "no route is protected"),
        ({}, "no route is protected"),
        (
            {f"/pets/{{{name}}}": {method: {"parameters": [{"name": name, "in": "path"}]}} for name, method in
             (("id", "get"), ("petId", "put"))},
            "below /pets, {id} and {petId} stand in one place",
        ),
        ({f"/path-number-{number}": {"get": {}} for number in range(301)}, "the paths make 301 resources"),
    ],
)  # fmt: skip
def test_what_routes_may_not_be_together_is_told_of_the_document(paths: dict[str, Any], words: str, folder: Path):
    (mistake,) = mistakes(changed(folder, paths=paths))
    assert mistake.startswith("changed.json: ")
    assert words in mistake


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.yaml", "there is no such file; correct the name"),
        ("../api.yaml", "not a file of this project"),
        ("a b.yaml", "spaces"),
    ],
)
def test_a_document_that_is_not_there_is_a_mistake_of_the_key(name: str, words: str):
    (mistake,) = mistakes({"petstore:openapi": name})
    assert mistake.startswith(f"petstore:openapi is {name!r}: ")
    assert words in mistake


def test_a_document_that_cannot_be_read_is_told_by_its_name(folder: Path):
    (folder / "broken.yaml").write_text("a: 1\na: 2", encoding="utf-8")
    assert mistakes({"petstore:openapi": "broken.yaml"}) == [
        "broken.yaml: line 1: 'a' stands twice in one mapping, or is no text; correct it"
    ]


def test_the_api_in_auth0_has_the_scopes_of_the_document(folder: Path):
    paths = {"/a": {"get": {"security": [{"auth0": ["read:a"]}]}}}
    config = changed(folder, paths=paths)
    declared = declare_tenant({"petstore-tenant:openapi": config["petstore:openapi"]})
    assert [it.inputs["scope"] for it in declared.of("ResourceServerScope")] == ["read:a"]
