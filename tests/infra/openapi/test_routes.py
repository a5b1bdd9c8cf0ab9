"""Imported APIs: the routes that a document defines, and the refusal of features that they cannot support."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.api.routes import MAX_RESOURCES, Route, guarded
from infra.mistakes import Mistake
from infra.openapi.file import MAX_BYTES, ROOT, Refused, read
from infra.openapi.routes import ANY_METHOD, BINARY, Api, interpret
from routes import ROUTES
from tests.testkit.messages import seen

SAMPLE = "petstore.openapi.yaml"
SCHEMES = {
    "jwt": {"type": "openIdConnect", "openIdConnectUrl": "https://issuer.example/.well-known/openid-configuration"},
    "same": {"$ref": "#/components/securitySchemes/jwt"},
    "oauth": {"type": "oauth2", "flows": {}},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "key": {"type": "apiKey", "name": "X-Api-Key", "in": "header"},
    "mtls": {"type": "mutualTLS"},
}
PARAMETERS = {"id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://backend.example/v1"}],
        "paths": paths,
        "components": {"securitySchemes": SCHEMES, "parameters": PARAMETERS, "security-free": {"security": []}},
        **more,
    }


def api(operation: dict[str, Any], path: str = "/pets", **more: Any) -> Api:
    """An API with one GET operation."""
    return interpret(document({path: {"get": operation}}, **more))


def the_route(operation: dict[str, Any], path: str = "/pets", **more: Any) -> Route:
    found = api(operation, path, **more)
    assert found.mistakes == []
    (route,) = found.routes
    return route


def refusal(operation: dict[str, Any], path: str = "/pets", **more: Any) -> Mistake:
    (mistake,) = seen(api(operation, path, **more).mistakes)
    return mistake


def refused(work: Callable[[], object]) -> str:
    """The rule in the error that the program reports."""
    with pytest.raises(Refused) as caught:
        work()
    seen([Mistake.of("api.yaml", caught.value.problem)])
    return caught.value.problem.rule


def query(name: str, **more: Any) -> dict[str, Any]:
    return {"parameters": [{"name": name, "in": "query", "schema": {"type": "string"}, **more}]}


def plain(route: Route) -> tuple[Any, ...]:
    return route.method, route.path, list(route.scopes), route.public, list(route.query), route.page


def test_the_sample_defines_the_routes_of_the_program():
    found = interpret(read(SAMPLE))
    assert found.mistakes == []
    assert list(map(plain, found.routes)) == list(map(plain, ROUTES))


def test_paths_methods_and_parameters_define_routes():
    found = interpret(
        document(
            {
                "/pets/{id}": {
                    "parameters": [{"$ref": "#/components/parameters/id"}, *query("verbose")["parameters"]],
                    "get": query("fields"),
                    "put": {},
                    "summary": "A pet",
                    "x-internal": {},
                },
                "/files/{path+}": {"head": {"parameters": [{"name": "path", "in": "path"}]}},
                "/shared": {"$ref": "#/components/pathItems/shared"},
                "x-not-a-path": {"get": {}},
            },
            components={"parameters": PARAMETERS, "pathItems": {"shared": {"delete": {}, "patch": {}, "post": {}}}},
        )
    )
    assert found.mistakes == []
    assert [(str(route), route.query) for route in found.routes] == [
        ("GET /pets/{id}", ["verbose", "fields"]),
        ("PUT /pets/{id}", ["verbose"]),
        ("HEAD /files/{path+}", []),
        ("DELETE /shared", []),
        ("PATCH /shared", []),
        ("POST /shared", []),
    ]


def test_an_operation_without_security_still_requires_a_token():
    assert the_route({}) == Route("GET", "/pets", query=[])


@pytest.mark.parametrize(
    ("security", "scopes"),
    [
        ([{"jwt": []}], []),
        ([{"jwt": ["read", "write", "read"]}], ["read", "write"]),
        ([{"same": ["read"]}], ["read"]),
        ([{"oauth": ["read"]}], ["read"]),
        ([{"bearer": []}], []),
        ([{"jwt": ["read"]}, {"jwt": ["read"]}], ["read"]),
        ([{"jwt": ["read", "write"]}, {"jwt": ["read"]}], ["read"]),
    ],
)
def test_a_security_requirement_becomes_the_scopes_of_the_route(security: list[Any], scopes: list[str]):
    route = the_route({"security": security})
    assert (route.public, list(route.scopes)) == (False, scopes)
    route = the_route({}, security=security)
    assert (route.public, list(route.scopes)) == (False, scopes)


def test_only_an_operations_own_empty_security_makes_it_public():
    assert the_route({"security": []}, security=[{"jwt": ["read"]}]).public
    assert refusal({}, security=[]).rule == "public-by-default"
    assert the_route({"security": [{"jwt": []}]}, security=[]).public is False


@pytest.mark.parametrize(
    ("security", "rule"),
    [
        ([{"jwt": ["a"]}, {"jwt": ["b"]}], "scope-choice"),
        ([{"jwt": []}, {"bearer": []}], "security-choice"),
        ([{"jwt": []}, {"key": []}], "security-choice"),
        ([{"key": []}, {"jwt": ["a"]}], "security-choice"),
        ([{"jwt": []}, {"jwt": [], "key": []}], "security-choice"),
        ([{"key": []}, {"basic": []}], "security-choice"),
        ([{"jwt": [], "oauth": []}], "several-schemes"),
        ([{"jwt": [], "key": []}], "several-schemes"),
        ([{"jwt": []}, {}], "security-choice"),
        ([{}], "optional-token"),
        ([{}, {"key": []}], "security-choice"),
        ([{}, {}], "optional-token"),
        ([{"jwt": ["a"]}, {"unknown": []}], "unknown-scheme"),
        ([{"key": []}], "not-a-bearer-scheme"),
        ([{"basic": []}], "not-a-bearer-scheme"),
        ([{"mtls": []}], "not-a-bearer-scheme"),
        ([{"unknown": []}], "unknown-scheme"),
        ([{"jwt": "read"}], "not-a-list"),
        ([{"jwt": [1]}], "not-a-list"),
        ([{"jwt": ["a b"]}], "not-a-scope"),
        (["jwt"], "not-a-requirement"),
        (None, "not-a-list"),
        ({}, "not-a-list"),
    ],
)
def test_security_that_one_authorizer_cannot_enforce_is_refused_and_never_weakened(security: Any, rule: str):
    for mistake in (refusal({"security": security}), refusal({}, security=security)):
        assert (mistake.key, mistake.rule) == ("GET /pets", rule)


@pytest.mark.parametrize(
    ("security", "schemes", "scopes"),
    [
        ([{"key": []}, {"oauth": ["read"]}], ["oauth"], ["read"]),
        ([{"oauth": ["read"]}, {"key": []}, {"basic": []}], ["oauth"], ["read"]),
        ([{}, {"oauth": ["read"]}], ["oauth"], ["read"]),
        ([{"jwt": ["a"]}, {"oauth": ["b"]}], ["oauth"], ["b"]),
        ([{"oauth": ["read"], "key": []}, {"oauth": ["write"]}], ["oauth"], ["write"]),
        ([{"key": []}, {"bearer": []}], ["oauth", "bearer"], []),
        ([{"key": []}], ["oauth", "key"], []),
        ([{"basic": []}], ["basic"], []),
        ([{"mtls": []}, {}], ["mtls"], []),
        ([{"key": []}, {"oauth": ["read"]}], ["key"], []),
        ([{"key": []}, {"oauth": ["read"]}], ["key", "oauth"], ["read"]),
        ([{"oauth": ["read"]}, {"key": []}], ["oauth", "key"], ["read"]),
        ([{"oauth": ["a", "b"]}, {"jwt": ["b"]}, {"oauth": ["b", "a", "c"]}], ["oauth", "jwt"], ["a", "b"]),
    ],
)
def test_the_configured_scheme_is_used_among_alternatives(security: Any, schemes: list[str], scopes: list[str]):
    for found in (
        interpret(document({"/pets": {"get": {"security": security}}}), schemes),
        interpret(document({"/pets": {"get": {}}}, security=security), schemes),
    ):
        (route,) = found.routes
        assert (found.mistakes, list(route.scopes), route.public) == ([], scopes, False)


@pytest.mark.parametrize(
    ("security", "schemes", "rule"),
    [
        ([{"key": []}], ["oauth"], "scheme-not-offered"),
        ([{}], ["oauth"], "scheme-not-offered"),
        ([{}, {"jwt": []}], ["oauth"], "scheme-not-offered"),
        ([{"oauth": [], "key": []}], ["oauth"], "scheme-not-offered"),
        ([{"oauth": ["a"]}, {"oauth": ["b"]}], ["oauth"], "scope-choice"),
        ([{"oauth": ["a"]}, {"jwt": ["b"]}], ["oauth", "jwt"], "scope-choice"),
        ([{"oauth": ["a"]}, {"oauth": ["b"]}, {"jwt": ["a", "b"]}], ["oauth", "jwt"], "scope-choice"),
        ([{"key": []}, {"oauth": []}], ["oath"], "unknown-scheme"),
    ],
)
def test_a_configured_scheme_never_weakens_an_operations_security(security: Any, schemes: list[str], rule: str):
    found = interpret(document({"/pets": {"get": {"security": security}}}), schemes)
    assert rule in {mistake.rule for mistake in seen(found.mistakes)}


def test_a_configured_scheme_has_no_effect_without_alternatives():
    paths = {"/a": {"get": {"security": []}}, "/b": {"get": {}}, "/c": {"get": {"security": [{"oauth": ["read"]}]}}}
    routes = interpret(document(paths), ["oauth"]).routes
    assert [(route.public, list(route.scopes)) for route in routes] == [(True, []), (False, []), (False, ["read"])]


def test_several_configured_schemes_may_apply_to_different_operations():
    paths = {"/a": {"get": {"security": [{"jwt": []}]}}, "/b": {"get": {"security": [{"oauth": []}]}}}
    assert not interpret(document(paths), ["jwt", "oauth"]).mistakes


def test_of_two_bearer_schemes_the_advice_names_the_one_with_scopes():
    assert "[0]' oauth`" in refusal({"security": [{"bearer": []}, {"oauth": ["read"]}]}).fix


@pytest.mark.parametrize(
    ("security", "schemes"),
    [
        ([{"key": []}, {"oauth": ["read"]}], []),
        ([{"key": []}, {"basic": []}], []),
        ([{"key": []}, {}], []),
        ([{"key": []}], []),
        ([{"key": []}], ["oauth"]),
        ([{"key": []}, {"jwt": ["read"]}], ["oauth"]),
    ],
)
def test_the_advice_for_another_scheme_is_the_command_that_names_it(security: Any, schemes: list[str]):
    offering = document({"/pets": {"get": {"security": security}}})
    (mistake,) = seen(interpret(offering, schemes).mistakes)
    command = re.search(r"`pulumi config set --path '([a-zA-Z]+)\[(\d)\]' (\w+)`", mistake.fix)
    assert command
    assert int(command[2]) == len(schemes)
    assert not interpret(offering, [*schemes, command[3]]).mistakes
    assert "eclare" not in mistake.fix


@pytest.mark.parametrize("key", ["Security", "securty", "scopes"])
def test_an_unknown_openapi_key_is_refused_because_it_could_be_a_misspelt_security(key: str):
    of_operation = refusal({key: [{"jwt": ["a"]}]})
    (of_document,) = seen(interpret({**document({}), key: [{"jwt": ["a"]}]}).mistakes)
    assert (of_operation.key, of_document.key) == ("GET /pets", "the document")
    assert {mistake.rule for mistake in (of_operation, of_document)} == {"unknown-key"}
    assert f"{key!r}" in of_operation.what
    assert not interpret({**document({"/pets": {"get": {f"x-{key}": 1}}}), f"x-{key}": 1}).mistakes


def test_two_schemes_in_one_document_are_refused_because_there_is_one_issuer():
    paths = {"/a": {"get": {"security": [{"jwt": []}]}}, "/b": {"get": {"security": [{"bearer": []}]}}}
    (mistake,) = seen(interpret(document(paths)).mistakes)
    assert (mistake.key, mistake.rule) == ("security", "several-schemes")


@pytest.mark.parametrize(
    ("path", "operation", "rule"),
    [
        ("/{id}", {}, "undeclared-parameter"),
        ("/pets", {"parameters": [PARAMETERS["id"]]}, "unused-parameter"),
        ("/{a}-{b}", {"parameters": [{"name": n, "in": "path"} for n in "ab"]}, "not-a-segment"),
        ("/pets//food", {}, "empty-segment"),
        ("/pets//", {}, "empty-segment"),
        ("/pets/../food", {}, "not-a-segment"),
        ("/pets?x=1", {}, "not-a-segment"),
        ("pets", {}, "no-slash"),
        ("/pets", {"servers": [{"url": "https://other.example"}]}, "own-servers"),
        ("/pets", {"parameters": [{"name": "X-A", "in": "header"}]}, "lost-parameter"),
        ("/pets", {"parameters": [{"name": "a", "in": "cookie"}]}, "lost-parameter"),
        ("/pets", {"parameters": [{"name": "a", "in": "body"}]}, "unknown-place"),
        ("/pets", {"parameters": [{"name": "a"}]}, "incomplete-parameter"),
        ("/pets", {"parameters": {}}, "not-a-list"),
        ("/pets", {"parameters": [{"$ref": "p.yaml"}]}, "ref-elsewhere"),
        ("/pets", query("a[]"), "not-a-query-name"),
        ("/pets", query("a", style="deepObject"), "deep-object"),
        ("/pets", query("a", schema={"type": "array"}), "several-values"),
        ("/pets", query("a", schema={"type": ["null", "object"]}), "several-values"),
        ("/pets", query("a", schema={"anyOf": [{}, {"type": "array"}]}), "several-values"),
        ("/pets", query("a", schema={"$ref": "#/nowhere"}), "ref-nowhere"),
        (
            "/pets",
            {"$ref": "#/components/security-free", "security": [{"jwt": []}]},
            "ref-and-keys",
        ),
        ("/pets", {"x-page": {}}, "not-a-page"),
        ("/pets", [], "not-a-mapping"),
    ],
)
def test_a_feature_that_would_not_work_as_documented_is_refused(path: str, operation: Any, rule: str):
    mistake = refusal(operation, path)
    assert (mistake.key, mistake.rule) == (f"GET {path}", rule)


LOST = {
    "header": {"parameters": [{"name": "X-A", "in": "header"}]},
    "cookie": {"parameters": [{"name": "a", "in": "cookie"}]},
    "brackets": query("a[]"),
    "deepObject": query("a", style="deepObject"),
    "several values": query("a", schema={"type": "array"}),
}
TO_FUNCTION = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/FUNCTION/invocations".replace(
    "FUNCTION", "arn:aws:lambda:eu-west-1:111122223333:function:orders"
)


@pytest.mark.parametrize("operation", LOST.values(), ids=LOST)
def test_http_proxy_and_functions_get_every_parameter(operation: dict[str, Any]):
    assert interpret(document({"/pets": {"get": operation}}), maps=False).mistakes == []
    integration = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": TO_FUNCTION}}
    assert api({**operation, **integration}).mistakes == []
    assert "set integrationType to HTTP_PROXY" in refusal(operation).fix or "a[]" in str(operation)


def test_circular_schemas_are_visited_once():
    schemas = {"a": {"anyOf": [{"$ref": "#/components/schemas/a"}] * 1000}}
    found = api(query("q", schema={"$ref": "#/components/schemas/a"}), components={"schemas": schemas})
    assert found.mistakes == []


@pytest.mark.parametrize(
    "more",
    [
        {"explode": False, "schema": {"type": "array"}},
        {"explode": "false", "schema": {"type": "array"}},
        {"style": "pipeDelimited", "schema": {"type": "array"}},
        {"schema": True},
        {"content": {"application/json": {"schema": {"type": "object"}}}, "schema": {}},
    ],
)
def test_a_query_parameter_with_one_value_is_accepted(more: dict[str, Any]):
    assert the_route(query("a", **more)).query == ["a"]


def test_header_parameters_that_openapi_ignores_are_ignored():
    headers = [{"name": name, "in": "header"} for name in ("Accept", "content-type", "Authorization")]
    assert the_route({"parameters": headers}) == Route("GET", "/pets", query=[])


@pytest.mark.parametrize(
    ("item", "place", "rule"),
    [
        ({"trace": {}}, "TRACE /pets", "unknown-method"),
        ({"GET": {}}, "GET /pets", "upper-case-method"),
        ({"security": [{"jwt": ["a"]}]}, "/pets", "path-security"),
        ({"<<": {}}, "<< /pets", "unknown-method"),
        ({"options": {"security": [{"jwt": []}]}}, "OPTIONS /pets", "options"),
        ({"servers": []}, "/pets", "own-servers"),
        ({"$ref": "#/paths/~1a", "get": {}}, "/pets", "ref-and-keys"),
        ({"$ref": "pets.yaml"}, "/pets", "ref-elsewhere"),
    ],
)
def test_a_path_item_with_unsupported_content_is_refused(item: dict[str, Any], place: str, rule: str):
    (mistake,) = seen(interpret(document({"/pets": item, "/a": {"get": {}}})).mistakes)
    assert (mistake.key, mistake.rule) == (place, rule)


def test_any_method_of_a_whole_application_is_one_route_with_the_scopes_of_its_operation():
    """API Gateway exports `/{proxy+}` with a parameter without its plus, and a mock for preflights."""
    proxy = {"parameters": [{"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}]}
    item = {"options": {"responses": {}}, ANY_METHOD: {**proxy, "security": [{"jwt": ["all"]}], "responses": {}}}
    found = interpret(document({"/{proxy+}": item, "/health": {"get": {"security": []}}}))
    assert found.mistakes == []
    assert found.routes == (
        Route("ANY", "/{proxy+}", ["all"], query=[]),
        Route("GET", "/health", public=True, query=[]),
    )


def test_an_options_operation_is_replaced_by_the_programs_preflight():
    found = interpret(document({"/pets": {"get": {}, "options": {"responses": {}}}}, security=[{"jwt": []}]))
    assert (list(map(str, found.routes)), found.mistakes) == (["GET /pets"], [])


@pytest.mark.parametrize("version", ["3.0.4", "3.1", 3.1])
def test_a_supported_openapi_version_is_accepted_also_as_a_number(version: object):
    assert interpret({**document({}), "openapi": version}).mistakes == interpret(document({})).mistakes


@pytest.mark.parametrize("version", [{"openapi": "3.2.0"}, {"openapi": 3.2}, {"openapi": None, "swagger": "2.0"}])
def test_another_openapi_version_is_refused(version: dict[str, Any]):
    assert refused(lambda: interpret({**document({}), **version})) == "openapi-version"


def test_the_same_mistake_in_many_operations_is_reported_in_one_line():
    paths = {f"/p{number}": {"get": {"security": [{"key": []}], **query("a[]")}} for number in range(12)}
    scheme, name = seen(interpret(document(paths)).mistakes)
    assert scheme.key.startswith("GET /p0, GET /p1, ")
    assert scheme.key.endswith("GET /p9 and 2 more")
    assert "GET /p0" in name.key


@pytest.mark.parametrize(
    ("servers", "url"),
    [
        ([{"url": "https://b.example/v1/"}], "https://b.example/v1"),
        ([{"url": "https://b.example"}, {"url": "https://b.example/"}], "https://b.example"),
        (
            [{"url": "https://{host}/{v}", "variables": {"host": {"default": "b.example"}, "v": {"default": "v2"}}}],
            "https://b.example/v2",
        ),
        (
            [{"url": "https://b.example/{basePath}", "variables": {"basePath": {"default": "/v1"}}}],
            "https://b.example/v1",
        ),
    ],
)
def test_the_server_is_the_backend(servers: list[Any], url: str):
    found = api({}, servers=servers)
    assert (found.backend_url, found.no_backend) == (url, None)


@pytest.mark.parametrize(
    ("servers", "rule"),
    [
        ([], "not-one-server"),
        ([{"url": "https://a.example"}, {"url": "https://b.example"}], "not-one-server"),
        ([{"url": "/v1"}], "relative-server"),
        ([{"url": "https://{host}/"}], "not-a-mapping"),
        ([{"url": "https://{host}/", "variables": {"host": {}}}], "no-default"),
        ([{}], "no-url"),
        ({}, "not-a-list"),
        ([{"url": "https://abc.execute-api.eu-west-1.amazonaws.com/test"}], "api-as-backend"),
    ],
)
def test_a_document_without_exactly_one_callable_server_defines_no_backend(servers: Any, rule: str):
    found = api({}, servers=servers)
    assert found.no_backend
    assert found.no_backend.rule == rule
    seen([Mistake.of("api.yaml: servers", found.no_backend)])
    assert found.mistakes == []


def test_the_page_documents_the_existing_limits():
    page = (ROOT / "docs" / "openapi.md").read_text(encoding="utf-8")
    for limit in (f"{MAX_BYTES // 1024**2} MiB", f"{MAX_RESOURCES} resources"):
        assert limit in page
    for kind in ("http", "bearer", "oauth2", "openIdConnect"):
        assert f"`{kind}`" in page


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["jwt", "get", "#/paths"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["$ref", "get", "in", "name", "jwt", "url", "type"]), inner, max_size=2)
    ),
    max_leaves=4,
)
FULL = document(
    {
        "/pets/{id}": {
            "parameters": [{"$ref": "#/components/parameters/id"}],
            "get": {**query("a", schema={"anyOf": [{"type": "string"}]}), "security": [{"jwt": ["read"]}]},
            "post": {"security": []},
        }
    },
    security=[{"jwt": []}],
    servers=[{"url": "https://{host}", "variables": {"host": {"default": "b.example"}}}],
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_any_document_is_accepted_or_refused_and_makes_no_route_public_by_mistake(data: st.DataObject):
    changed = copy.deepcopy(FULL)
    node: Any = changed
    while True:
        key = data.draw(st.sampled_from(list(node) if isinstance(node, dict) else list(range(len(node)))))
        if not node[key] or not isinstance(node[key], dict | list) or data.draw(st.booleans()):
            node[key] = data.draw(JSON)
            break
        node = node[key]
    try:
        found = interpret(changed)
    except Refused as caught:
        found = Api((), [Mistake.of("", caught.problem)])
    for route in found.routes if not found.mistakes else ():
        where = changed["paths"][route.path]
        key = ANY_METHOD if route.method == "ANY" else route.method.lower()
        assert not route.public or where.get(key, {}).get("security") == [] or "$ref" in str(where)


def test_a_trailing_slash_is_kept_in_the_backend_path():
    found = interpret(document({"/dogs/": {"get": {"security": [{"jwt": []}]}}}))
    assert found.mistakes == []
    (route,) = found.routes
    assert (route.path, route.backend_path, route.public) == ("/dogs", "/dogs/", False)
    assert [it.path for it in guarded(found.routes)] == ["/dogs/"]  # Clients send it, too.


def test_a_function_of_an_operation_is_read_from_its_integration():
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    operation = {"security": [{"jwt": []}], "x-amazon-apigateway-integration": integration}
    (route,) = interpret(document({"/orders": {"get": operation}})).routes
    assert route.function == arn
    integration["uri"] = "arn:aws:apigateway:eu-west-1:s3:path/bucket"
    (mistake,) = seen(interpret(document({"/orders": {"get": operation}})).mistakes)
    assert (mistake.key, mistake.rule) == ("GET /orders", "not-a-function")


def test_a_function_is_found_behind_a_reference():
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders:live"
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    components = {"x-amazon-apigateway-integrations": {"orders": {"type": "AWS_PROXY", "uri": uri}}}
    integration = {"$ref": "#/components/x-amazon-apigateway-integrations/orders"}
    assert the_route({"x-amazon-apigateway-integration": integration}, components=components).function == arn


@pytest.mark.parametrize("kind", ["http", "HTTP_PROXY"])
def test_an_http_integration_is_the_programs_own(kind: str):
    assert the_route({"x-amazon-apigateway-integration": {"type": kind, "uri": "https://b.example"}}).function is None


@pytest.mark.parametrize(
    ("integration", "rule"),
    [
        ({"type": "aws", "uri": "arn:aws:apigateway:eu-west-1:sqs:path/1/orders"}, "unknown-integration"),
        ({"type": "mock"}, "unknown-integration"),
        ({}, "unknown-integration"),
        ("aws_proxy", "not-a-mapping"),
        ({"$ref": "#/components/nowhere"}, "ref-nowhere"),
        ({"type": "aws_proxy", "uri": {"Fn::Sub": "${Orders.Arn}"}}, "not-a-function"),
    ],
)
def test_an_integration_that_is_neither_a_function_nor_the_backend_is_refused(integration: Any, rule: str):
    mistake = refusal({"x-amazon-apigateway-integration": integration})
    assert (mistake.key, mistake.rule) == ("GET /pets", rule)


@pytest.mark.parametrize("function", ["orders:${stageVariables.alias}", "${stageVariables.function}"])
def test_a_stage_variable_names_no_function(function: str):
    arn = f"arn:aws:lambda:eu-west-1:111122223333:function:{function}"
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    assert refusal({"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": uri}}).rule == "not-a-function"


def test_the_binary_media_types_are_the_documents():
    assert interpret({**document({}), BINARY: ["image/png"]}).binary_media_types == ["image/png"]
    assert interpret(document({})).binary_media_types == []
    assert refused(lambda: interpret({**document({}), BINARY: "image/png"})) == "not-a-list"


def test_a_lambda_authorizer_exported_by_api_gateway_is_a_bearer_scheme():
    exported = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom"}
    found = interpret(
        document({"/pets": {"get": {"security": [{"jwt": []}]}}}, components={"securitySchemes": {"jwt": exported}})
    )
    assert [str(route) for route in found.routes if not route.public] == ["GET /pets"]
    assert found.mistakes == []
