"""A stack with `petstore:openapi`: its resources, its backend, and its error messages."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.api.routes import Route
from infra.config.settings import MANY_RESOURCES, Settings
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake
from infra.openapi import file
from routes import ROUTES
from tests.testkit.messages import seen
from tests.testkit.tenant import run as declare_tenant
from tools.preview.mock_recorder import CONFIG, Declared, declare
from tools.project import PROJECT, ROOT

SAMPLE = "petstore.openapi.yaml"
KENNEL = """
openapi: 3.1.0
info: {title: Kennel, version: "1"}
servers: [{url: https://backend.kennel.example}]
paths:
  /dogs/:
    get: {responses: {"200": {description: all dogs}}}
  /dogs/{dog}:
    get:
      parameters: [{name: dog, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: one dog}}
"""
# As API Gateway exports an API with one Lambda function.
ORDERS = """
openapi: "3.0.1"
info: {title: orders, version: "1"}
servers:
- url: https://abc123.execute-api.eu-west-1.amazonaws.com/{basePath}
  variables: {basePath: {default: /prod}}
paths:
  /{proxy+}:
    options:
      responses: {200: {description: ok}}
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}}
    x-amazon-apigateway-any-method:
      parameters: [{name: proxy, in: path, required: true, schema: {type: string}}]
      security: [{jwt: []}]
      responses: {}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/FUNCTION/invocations
components:
  securitySchemes:
    jwt:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer: {type: token, authorizerResultTtlInSeconds: 300}
x-amazon-apigateway-binary-media-types: ["*/*"]
"""
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
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


def test_a_parameter_that_http_loses_is_no_mistake_behind_http_proxy(folder: Path):
    lists = [{"name": "tag", "in": "query", "schema": {"type": "array"}}, {"name": "X-A", "in": "header"}]
    paths = {"/pets": {"get": {"parameters": lists, "responses": {}}}}
    config = changed(folder, paths=paths, servers=[{"url": "https://backend.example"}])
    assert {mistake.rule for mistake in mistakes(config)} == {"several-values", "lost-parameter"}
    (route,) = load({**config, "petstore:integrationType": "HTTP_PROXY"}).routes
    assert list(route.query) == ["tag"]


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


def written(folder: Path, text: str) -> dict[str, str]:
    (folder / "api.yaml").write_text(text, encoding="utf-8")
    return {"petstore:openapi": "api.yaml"}


def uris(program: Declared) -> dict[str, str]:
    """The URI of each integration that has one, by the method and the path."""
    found = {it.name: it.inputs.get("uri") for it in program.of("Integration")}
    return {name.removeprefix("petstore-").removesuffix("-integration"): uri for name, uri in found.items() if uri}


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_a_path_with_a_trailing_slash_reaches_a_backend_that_requires_it(kind: str, folder: Path):
    program = declare({**written(folder, KENNEL), "petstore:integrationType": kind})
    backend = "https://backend.kennel.example/dogs"
    expected = {"dogs-get": f"{backend}/", "dogs/{}-get": f"{backend}/{{dog}}"}
    # Behind HTTP_PROXY, a preflight goes to the path that the backend knows, too.
    proxied = {"dogs-options": f"{backend}/", "dogs/{}-options": f"{backend}/{{dog}}"}
    assert uris(program) == expected | (proxied if kind == "HTTP_PROXY" else {})
    assert program.one("Function").inputs["environment"]["variables"]["ROUTES"] == "GET /dogs/\nGET /dogs/{dog}"


@pytest.mark.parametrize("alias", ["", ":live"])
def test_an_exported_api_of_one_function_is_a_route_with_any(alias: str, folder: Path):
    program = declare(written(folder, ORDERS.replace("FUNCTION", FUNCTION + alias)))
    methods = {it.inputs["httpMethod"]: it.inputs["authorization"] for it in program.of("Method")}
    assert methods == {"ANY": "CUSTOM", "OPTIONS": "NONE"}
    invoked = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}{alias}/invocations"
    assert uris(program) == {"{}-any": invoked}
    permission = program.one("Permission", "petstore-{}-any-permission").inputs
    assert (permission["function"], permission.get("qualifier", "")) == (FUNCTION, alias[1:])
    assert permission["sourceArn"] == "arn:aws:execute-api:eu-west-1:123456789012:api/test/*/*"
    # A MOCK answers 500 to every preflight without this, because all types are binary.
    assert program.one("Integration", "petstore-{}-options-integration").inputs["contentHandling"] == "CONVERT_TO_TEXT"
    (api,) = [it.inputs for it in program.of("RestApi") if not it.is_component]
    assert api["binaryMediaTypes"] == ["*/*"]
    table = program.one("Function").inputs["environment"]["variables"]["ROUTES"]
    assert [line.split()[0] for line in table.splitlines()] == ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]


def test_an_api_of_functions_needs_a_server_only_for_its_other_routes(folder: Path):
    other = "  /health:\n    get: {responses: {}}\ncomponents:"
    text = ORDERS.replace("FUNCTION", FUNCTION)
    assert not load(written(folder, text)).routes[0].public
    (mistake,) = mistakes(written(folder, text.replace("components:", other)))
    assert (mistake.key, mistake.rule) == ("api.yaml: servers", "api-as-backend")


def test_the_binary_media_types_of_the_stack_go_before_those_of_the_document(folder: Path):
    config = written(folder, ORDERS.replace("FUNCTION", FUNCTION))
    assert load({**config, "petstore:binaryMediaTypes": '["image/png"]'}).api.binary_media_types == ("image/png",)
    (mistake,) = mistakes(written(folder, ORDERS.replace("FUNCTION", FUNCTION).replace('"*/*"', "png")))
    assert (mistake.key, mistake.rule) == ("api.yaml: x-amazon-apigateway-binary-media-types", "not-a-media-type")


@pytest.mark.parametrize(("operations", "http", "proxy"), [(4, 68, 20), (20, 340, 100), (58, 986, 290)])
def test_the_operations_of_a_document_cost_few_resources(operations: int, http: int, proxy: int, folder: Path):
    paths = {f"/kennel{number}": {"get": {"security": [{"auth0": []}]}} for number in range(operations)}
    settings = load(changed(folder, paths=paths, servers=[{"url": "https://backend.kennel.example"}]))
    assert settings.backends.resources(settings.routes) <= http
    assert replace(settings.backends, integration_type="HTTP_PROXY").resources(settings.routes) <= proxy
    assert len(settings.warnings) == (settings.backends.resources(settings.routes) > MANY_RESOURCES)
