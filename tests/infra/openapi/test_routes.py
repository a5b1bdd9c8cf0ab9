"""An imported API: which routes a document makes, and that what they could not honour is refused."""

import copy
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.api.routes import MAX_RESOURCES, Route
from infra.openapi.file import MAX_BYTES, ROOT, Refused, read
from infra.openapi.routes import ANY_METHOD, Api, interpret
from infra.openapi.security import KINDS
from routes import ROUTES

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
    """Of one GET."""
    return interpret(document({path: {"get": operation}}, **more))


def the_route(operation: dict[str, Any], path: str = "/pets", **more: Any) -> Route:
    found = api(operation, path, **more)
    assert found.mistakes == []
    (route,) = found.routes
    return route


def told(operation: dict[str, Any], path: str = "/pets", **more: Any) -> str:
    (mistake,) = api(operation, path, **more).mistakes
    return mistake


def query(name: str, **more: Any) -> dict[str, Any]:
    return {"parameters": [{"name": name, "in": "query", "schema": {"type": "string"}, **more}]}


def plain(route: Route) -> tuple[Any, ...]:
    return route.method, route.path, list(route.scopes), route.public, list(route.query), route.page


def test_the_sample_is_the_routes_of_the_program():
    found = interpret(read(SAMPLE))
    assert found.mistakes == []
    assert list(map(plain, found.routes)) == list(map(plain, ROUTES))


def test_paths_methods_and_parameters_make_routes():
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


def test_an_operation_for_which_nothing_is_required_asks_for_a_token_all_the_same():
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
def test_a_requirement_becomes_the_scopes_of_the_route(security: list[Any], scopes: list[str]):
    route = the_route({"security": security})
    assert (route.public, list(route.scopes)) == (False, scopes)
    route = the_route({}, security=security)
    assert (route.public, list(route.scopes)) == (False, scopes)


def test_only_an_operation_of_its_own_word_is_public():
    assert the_route({"security": []}, security=[{"jwt": ["read"]}]).public
    assert told({}, security=[]).startswith("GET /pets: `security: []` at the top of the document would open every")
    assert the_route({"security": [{"jwt": []}]}, security=[]).public is False


@pytest.mark.parametrize(
    ("security", "words"),
    [
        ([{"jwt": ["a"]}, {"jwt": ["b"]}], r"leaves a choice, jwt \[a\] or jwt \[b\]; .* keep one"),
        ([{"jwt": []}, {"bearer": []}], "leaves a choice"),
        ([{"jwt": []}, {"key": []}], "key .* is no bearer token"),
        ([{"jwt": [], "oauth": []}], "jwt and oauth at once; .* keep one"),
        ([{"jwt": [], "key": []}], "jwt and key at once"),
        ([{"jwt": []}, {}], r"\{\} makes the token optional"),
        ([{}], r"\{\} makes the token optional"),
        ([{"key": []}], r"the scheme key \(apiKey\) is no bearer token; declare it as http with scheme bearer"),
        ([{"basic": []}], r"basic \(http basic\) is no bearer token"),
        ([{"mtls": []}], "mtls .* is no bearer token"),
        ([{"unknown": []}], "names unknown, which is none of components/securitySchemes; declare it"),
        ([{"jwt": "read"}], "the scopes of jwt are no list"),
        ([{"jwt": [1]}], "the scopes of jwt are no list"),
        ([{"jwt": ["a b"]}], "'a b' is no scope"),
        (["jwt"], "is a mapping of a scheme"),
        (None, "security is no list; write `security: \\[\\]` for a public route"),
        ({}, "security is no list"),
    ],
)
def test_what_one_authorizer_cannot_ask_for_is_refused_and_never_weakened(security: Any, words: str):
    assert re.match(f"GET /pets: .*{words}", told({"security": security}))
    assert re.match(f"GET /pets: .*{words}", told({}, security=security))


@pytest.mark.parametrize("key", ["Security", "securty", "scopes"])
def test_a_key_that_openapi_has_not_is_refused_for_it_could_be_a_misspelt_security(key: str):
    mistake = f"{key!r} is no key that OpenAPI has here; correct or remove it"
    assert told({key: [{"jwt": ["a"]}]}) == f"GET /pets: {mistake}"
    assert interpret({**document({}), key: [{"jwt": ["a"]}]}).mistakes == [f"the document: {mistake}"]
    assert not interpret({**document({"/pets": {"get": {f"x-{key}": 1}}}), f"x-{key}": 1}).mistakes


def test_two_schemes_in_one_document_are_refused_for_there_is_one_issuer():
    paths = {"/a": {"get": {"security": [{"jwt": []}]}}, "/b": {"get": {"security": [{"bearer": []}]}}}
    assert interpret(document(paths)).mistakes == [
        "security: operations ask for jwt and bearer; the authorizer has one issuer: use one scheme"
    ]


@pytest.mark.parametrize(
    ("path", "operation", "words"),
    [
        ("/{id}", {}, "{id} stands in the path and is not declared; add a parameter"),
        ("/pets", {"parameters": [PARAMETERS["id"]]}, "the path has no {id}; remove it"),
        ("/{a}-{b}", {"parameters": [{"name": n, "in": "path"} for n in "ab"]}, "'{a}-{b}' is no path segment"),
        ("/pets/", {}, "a segment is empty; use /pets"),
        ("/pets?x=1", {}, "is no path segment"),
        ("pets", {}, "the path must begin with a slash"),
        ("/pets", {"servers": [{"url": "https://other.example"}]}, "servers of its own; the API has one backend"),
        ("/pets", {"parameters": [{"name": "X-A", "in": "header"}]}, "the header 'X-A' would not reach the backend"),
        ("/pets", {"parameters": [{"name": "a", "in": "cookie"}]}, "the cookie 'a' would not reach the backend"),
        ("/pets", {"parameters": [{"name": "a", "in": "body"}]}, "is in: body, which this program does not know"),
        ("/pets", {"parameters": [{"name": "a"}]}, "has no name or no in"),
        ("/pets", {"parameters": {}}, "parameters are no list"),
        ("/pets", {"parameters": [{"$ref": "p.yaml"}]}, "a $ref leads to another document"),
        ("/pets", query("a[]"), "'a[]' is no query parameter's name that API Gateway takes"),
        ("/pets", query("a", style="deepObject"), "'a' is a deepObject"),
        ("/pets", query("a", schema={"type": "array"}), "'a' may stand there more than once"),
        ("/pets", query("a", schema={"type": ["null", "object"]}), "'a' may stand there more than once"),
        ("/pets", query("a", schema={"anyOf": [{}, {"type": "array"}]}), "declare explode: false"),
        ("/pets", query("a", schema={"$ref": "#/nowhere"}), "leads nowhere"),
        (
            "/pets",
            {"$ref": "#/components/security-free", "security": [{"jwt": []}]},
            "a $ref with other keys beside it",
        ),
        ("/pets", {"x-page": {}}, "x-page is the HTML of a GET"),
        ("/pets", [], "a mapping belongs here"),
    ],
)
def test_what_would_not_arrive_as_the_document_says_is_refused(path: str, operation: Any, words: str):
    mistake = told(operation, path)
    assert mistake.startswith(f"GET {path}: ")
    assert words in mistake
    assert re.search("[;:] ", mistake.partition(": ")[2])


def test_schemas_that_lead_in_circles_are_asked_once():
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
def test_a_query_parameter_that_stands_once_is_taken(more: dict[str, Any]):
    assert the_route(query("a", **more)).query == ["a"]


def test_headers_that_openapi_itself_ignores_as_parameters_are_ignored():
    headers = [{"name": name, "in": "header"} for name in ("Accept", "content-type", "Authorization")]
    assert the_route({"parameters": headers}) == Route("GET", "/pets", query=[])


@pytest.mark.parametrize(
    ("item", "mistake"),
    [
        ({"trace": {}}, "TRACE /pets: 'trace' is no method that API Gateway has; remove it"),
        ({"GET": {}}, "GET /pets: 'GET' is written in small letters; write get"),
        ({"security": [{"jwt": ["a"]}]}, "/pets: security of a path, which OpenAPI has not; write it in each"),
        ({"<<": {}}, "<< /pets: '<<' is no method that API Gateway has; remove it"),
        ({"options": {"security": [{"jwt": []}]}}, "OPTIONS /pets: a preflight has no token"),
        ({"servers": []}, "/pets: servers of its own"),
        ({"$ref": "#/paths/~1a", "get": {}}, "/pets: a $ref with other keys beside it"),
        ({"$ref": "pets.yaml"}, "/pets: a $ref leads to another document"),
    ],
)
def test_a_path_that_says_more_than_its_methods_can_be_is_refused(item: dict[str, Any], mistake: str):
    (found,) = interpret(document({"/pets": item, "/a": {"get": {}}})).mistakes
    assert found.startswith(mistake)


def test_any_method_of_a_whole_application_is_one_route_with_the_scopes_of_its_operation():
    """As API Gateway exports `/{proxy+}`: the parameter without its plus, and a mock for preflights."""
    proxy = {"parameters": [{"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}]}
    item = {"options": {"responses": {}}, ANY_METHOD: {**proxy, "security": [{"jwt": ["all"]}], "responses": {}}}
    found = interpret(document({"/{proxy+}": item, "/health": {"get": {"security": []}}}))
    assert found.mistakes == []
    assert found.routes == (
        Route("ANY", "/{proxy+}", ["all"], query=[]),
        Route("GET", "/health", public=True, query=[]),
    )


def test_an_options_operation_gives_way_to_the_programs_preflight():
    found = interpret(document({"/pets": {"get": {}, "options": {"responses": {}}}}, security=[{"jwt": []}]))
    assert (list(map(str, found.routes)), found.mistakes) == (["GET /pets"], [])


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ({"openapi": "3.2.0"}, "openapi is '3.2.0'; this program reads OpenAPI 3.0 and 3.1"),
        ({"openapi": 3.1}, "openapi is 3.1"),
        ({"openapi": None, "swagger": "2.0"}, "it is Swagger 2; .*convert it"),
    ],
)
def test_another_version_is_refused(version: dict[str, Any], words: str):
    with pytest.raises(Refused, match=words):
        interpret({**document({}), **version})


def test_one_mistake_in_many_operations_is_one_line_and_different_ones_are_all_told():
    paths = {f"/p{number}": {"get": {"security": [{"key": []}], **query("a[]")}} for number in range(12)}
    key, name = interpret(document(paths)).mistakes
    assert key.startswith("GET /p0, GET /p1, ")
    assert key.partition(": ")[0].endswith("GET /p9 and 2 more")
    assert "GET /p0" in name


@pytest.mark.parametrize(
    ("servers", "url"),
    [
        ([{"url": "https://b.example/v1/"}], "https://b.example/v1"),
        ([{"url": "https://b.example"}, {"url": "https://b.example/"}], "https://b.example"),
        (
            [{"url": "https://{host}/{v}", "variables": {"host": {"default": "b.example"}, "v": {"default": "v2"}}}],
            "https://b.example/v2",
        ),
    ],
)
def test_the_server_is_the_backend(servers: list[Any], url: str):
    found = api({}, servers=servers)
    assert (found.backend_url, found.no_backend) == (url, "")


@pytest.mark.parametrize(
    ("servers", "words"),
    [
        ([], "it names none, and the API has one backend"),
        ([{"url": "https://a.example"}, {"url": "https://b.example"}], "https://a.example, https://b.example"),
        ([{"url": "/v1"}], "'/v1' is relative"),
        ([{"url": "https://{host}/"}], "a mapping belongs here"),
        ([{"url": "https://{host}/", "variables": {"host": {}}}], "the variable 'host' has no default"),
        ([{}], "one of them has no url"),
        ({}, "they are no list"),
        ([{"url": "https://abc.execute-api.eu-west-1.amazonaws.com/test"}], "is the address of an API"),
    ],
)
def test_a_document_without_one_server_that_can_be_called_names_no_backend(servers: Any, words: str):
    found = api({}, servers=servers)
    assert words in found.no_backend
    assert found.mistakes == []


def test_the_page_names_the_limits_that_there_are():
    page = (ROOT / "docs" / "openapi.md").read_text(encoding="utf-8")
    for limit in (f"{MAX_BYTES // 1024**2} MiB", f"{MAX_RESOURCES} resources"):
        assert limit in page
    for kind in KINDS.replace(" with scheme ", ", ").replace(" or ", ", ").split(", "):
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
def test_whatever_stands_in_a_document_it_is_read_or_refused_and_opens_nothing(data: st.DataObject):
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
    except Refused as refused:
        found = Api((), [str(refused)])
    assert all("; " in mistake or ": " in mistake for mistake in found.mistakes)
    for route in found.routes if not found.mistakes else ():
        where = changed["paths"][route.path]
        key = ANY_METHOD if route.method == "ANY" else route.method.lower()
        assert not route.public or where.get(key, {}).get("security") == [] or "$ref" in str(where)
