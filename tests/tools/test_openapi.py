"""The stack's API as an OpenAPI document: it is valid and correct, and importing it gives the same routes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from watchfiles import Change

from infra.api.routes import METHODS, Route, mistakes_in_one
from infra.config.settings import Settings
from infra.openapi.file import parse
from infra.openapi.routes import interpret
from local.cloud.sandbox import Sandbox
from local.up import _of_the_program
from routes import ROUTES
from tools import openapi
from tools.__main__ import main
from tools.preview.mock_recorder import CONFIG, declare
from tools.project import PROJECT, ROOT

SAMPLE = "petstore.openapi.yaml"


def configured(**keys: str) -> Settings:
    given = {f"{PROJECT}:{key}": value for key, value in keys.items()}
    return Settings.parse(CONFIG | given, ROUTES, project=PROJECT)


SETTINGS = configured()
NAMES = st.from_regex(r"[A-Za-z0-9._-]{1,6}", fullmatch=True)
PATHS = st.builds(
    lambda segments, rest: "/" + "/".join([*segments, *rest]),
    st.lists(NAMES | NAMES.map(lambda name: f"{{{name}}}"), max_size=3),
    st.sampled_from([[], ["{rest+}"]]),
)
LISTS = st.lists(NAMES, unique=True, max_size=3)


@st.composite
def routes(draw: st.DrawFn) -> Route:
    method, public = draw(st.sampled_from(METHODS)), draw(st.booleans())
    page = draw(st.none() | st.text(max_size=20)) if method == "GET" else None
    return Route(method, draw(PATHS), [] if public else draw(LISTS), public, draw(LISTS), page=page)


def plain(route: Route) -> tuple[Any, ...]:
    return route.method, route.path, list(route.scopes), route.public, list(route.query), route.page


def described(table: list[Route]) -> Any:
    return {**openapi.describe(SETTINGS), "paths": openapi.paths(table)}


TABLES = st.lists(routes().filter(lambda route: not list(mistakes_in_one(route))), unique_by=str, max_size=6)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(TABLES)
def test_an_exported_document_imports_as_the_same_routes(table: list[Route]):
    found = interpret(parse(json.dumps(described(table)).encode()))
    assert found.mistakes == []
    assert sorted(map(plain, found.routes), key=str) == sorted(map(plain, table), key=str)


@settings(max_examples=20, deadline=None, derandomize=True, database=None)  # A validation is slow.
@given(TABLES)
def test_an_exported_document_is_valid(table: list[Route]):
    validate(described(table))


def test_the_sample_is_a_valid_document():
    validate(yaml.safe_load((ROOT / SAMPLE).read_text(encoding="utf-8")))


def test_a_protected_operation_documents_its_scopes_and_refusals():
    paths = openapi.describe(SETTINGS)["paths"]
    create, welcome = paths["/pets"]["post"], paths["/"]["get"]
    assert create["security"] == [{"jwt": ["create:pets"]}]
    assert list(create["responses"]) == ["200", "401", "403", "500"]
    assert welcome["security"] == []
    assert list(welcome["responses"]) == ["200"]


def test_the_scheme_is_the_issuers_and_the_refusals_are_the_gateway_responses():
    components = openapi.describe(SETTINGS)["components"]
    discovery = "https://petstore-test.eu.auth0.com/.well-known/openid-configuration"
    assert components["securitySchemes"]["jwt"]["openIdConnectUrl"] == discovery
    declared = [it.inputs for it in declare().resources if it.type == "aws:apigateway/response:Response"]
    challenged = {it["statusCode"] for it in declared if "WWW-Authenticate" in str(it["responseParameters"])}
    names = {status: name for status, (name, _) in openapi._REFUSALS.items()}
    assert {status for status, name in names.items() if "headers" in components["responses"][name]} == challenged
    (body,) = {it["responseTemplates"]["application/json"] for it in declared}
    schema = components["schemas"]["Message"]["properties"]
    assert set(json.loads(body.replace("$context.error.messageString", '""'))) == set(schema)


@pytest.mark.parametrize(
    ("keys", "url", "server"),
    [
        ({}, "", "https://{restApiId}.execute-api.{region}.amazonaws.com/{stageName}"),
        (
            {},
            "https://a.execute-api.us-east-1.amazonaws.com/test",
            "https://a.execute-api.us-east-1.amazonaws.com/test",
        ),
        (
            {
                "domainName": "api.example.com",
                "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
            },
            "",
            "https://api.example.com",
        ),
    ],
)
def test_the_server_is_the_url_of_the_api(keys: dict[str, str], url: str, server: str):
    (found,) = openapi.describe(configured(**keys), url)["servers"]
    assert found["url"] == server


def test_an_exported_document_is_not_its_own_backend():
    problem = interpret(openapi.describe(SETTINGS)).no_backend
    assert problem
    assert problem.rule == "api-as-backend"


Export = Callable[..., tuple[int, str]]


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Export:
    """Runs the command with these arguments; returns its status and output."""
    monkeypatch.setattr(openapi, "BUILD", tmp_path / ".build")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        status = main(["openapi", *words])
        result = capsys.readouterr()
        return status, result.out + result.err

    return run


def test_the_command_writes_a_valid_document_and_prints_its_path(export: Export, tmp_path: Path):
    assert export("local", "--url", "http://127.0.0.1:1/x") == (
        0,
        ".build/petstore-local.openapi.json: 4 routes, 3 of them protected\n",
    )
    document = json.loads((tmp_path / ".build" / "petstore-local.openapi.json").read_text(encoding="utf-8"))
    validate(document)
    assert document["servers"] == [{"url": "http://127.0.0.1:1/x"}]
    assert list(map(plain, interpret(document).routes)) == list(map(plain, ROUTES))


def test_a_stack_with_mistakes_or_without_a_file_writes_nothing(export: Export, tmp_path: Path):
    status, words = export("dev")  # Its issuer is not set.
    assert (status, "petstore:tokenIssuer: " in words) == (1, True)
    status, words = export("nowhere")
    assert (status, "there is no file Pulumi.nowhere.yaml" in words) == (1, True)
    status, words = export("local", "--url", "api.example.com/test")
    assert (status, "--url: is not an https:// URL" in words) == (2, True)
    assert not (tmp_path / ".build").exists()


def test_make_up_deploys_again_when_the_document_is_saved():
    assert _of_the_program(Change.modified, str(ROOT / SAMPLE))
    assert not _of_the_program(Change.modified, str(ROOT / "package.json"))


def test_an_imported_api_requires_tokens_and_scopes():
    with Sandbox() as sandbox:
        deployed = sandbox.deploy(openapi=SAMPLE)
        reader, creator = ({"Authorization": f"Bearer {sandbox.issuer.mint(scope)}"} for scope in ("", "create:pets"))

        def status(method: str, path: str, headers: dict[str, str]) -> int:
            body = {"type": "cat", "price": 1} if method == "POST" else None
            return requests.request(
                method, deployed.invoke_url + path, headers=headers, json=body, timeout=30
            ).status_code

        assert "Welcome to the PetStore" in requests.get(deployed.invoke_url + "/", timeout=30).text
        assert [status("GET", "/pets", {}), status("GET", "/pets?type=cat", reader)] == [401, 200]
        assert [status("POST", "/pets", reader), status("POST", "/pets", creator)] == [403, 201]
        assert [status("GET", "/pets/1", {}), status("GET", "/pets/1", reader)] == [401, 200]
