"""The resources that the package's components declare, and the mistakes that they refuse."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.conftest import BACKEND, COMPONENTS, MINIMAL, OF_API, UNKNOWN, construct, secret
from tools.preview.mock_recorder import CONFIG, Declared, declare

Mistakes = Callable[..., list[str]]


@pytest.fixture(scope="module")
def authorizer() -> Declared:
    return construct("JwtAuthorizer")


@pytest.fixture(scope="module")
def api() -> Declared:
    return construct("ProtectedRestApi")


def kinds(declared: Declared) -> list[str]:
    return sorted(it.type.rpartition(":")[2] for it in declared.resources if it.type.startswith("aws:"))


def variables(declared: Declared) -> dict[str, str]:
    return declared.one("Function").inputs["environment"]["variables"]


def test_an_authorizer_declares_its_function_role_log_group_and_permission(authorizer: Declared):
    assert kinds(authorizer) == ["Authorizer", "Function", "LogGroup", "Permission", "Role", "RolePolicy"]
    assert authorizer.one("Authorizer").inputs["restApi"] == "api1"
    source = authorizer.one("Permission").inputs["sourceArn"]
    assert source == f"{OF_API['executionArn']}/authorizers/ID(shop-authorizer)"


def test_the_function_component_declares_no_authorizer():
    assert kinds(construct("JwtAuthorizerFunction")) == ["Function", "LogGroup", "Role", "RolePolicy"]


def test_the_outputs_are_those_of_the_schema(authorizer: Declared, api: Declared):
    assert authorizer.outputs["outputs"].keys() == {
        *("urn", "authorizerId", "functionName", "functionArn", "invokeArn", "triggers"),
    }
    assert authorizer.outputs["outputs"]["authorizerId"] == "ID(shop-authorizer)"
    assert authorizer.outputs["outputs"]["invokeArn"] == "INVOKE(shop-function)"
    assert api.outputs["outputs"].keys() == {
        *("urn", "invokeUrl", "stageName", "stageArn", "restApiId", "authorizerFunctionName")
    }


def test_with_snap_start_the_arn_is_the_alias():
    function = construct("JwtAuthorizerFunction", {"snapStart": True}).outputs["outputs"]
    assert (function["functionArn"], function["invokeArn"]) == ("ARN(shop-alias)", "INVOKE(shop-alias)")


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_function_gets_only_issuer_audience_and_the_given_routes(component: str):
    assert variables(construct(component)) == {
        "TOKEN_ISSUER": "https://petstore-test.eu.auth0.com/",
        "AUDIENCE": "https://petstore.example/api",
        "JWKS_URI": "https://petstore-test.eu.auth0.com/.well-known/jwks.json",
        "LEEWAY_SECONDS": "10",
        "ROUTES": "GET /pets\nPOST /pets create:pets",
    }


def test_the_api_component_declares_the_same_resources_as_the_program():
    routes = [
        {"method": "GET", "path": "/", "public": True, "page": "<h1>Hello</h1>"},
        {"method": "GET", "path": "/pets", "query": ["type", "page"]},
        {"method": "POST", "path": "/pets", "scopes": ["create:pets"]},
        {"method": "GET", "path": "/pets/{petId}"},
    ]
    component = construct("ProtectedRestApi", {"routes": routes})
    program = declare({**CONFIG, "petstore:backendUrl": "https://backend.example"})
    assert kinds(component) == kinds(program)


@pytest.mark.parametrize("component", COMPONENTS)
def test_two_instances_share_no_physical_name(component: str):
    named = {"Function": "name", "LogGroup": "name", "Dashboard": "dashboardName"}
    one, other = (construct(component, name=name) for name in ("shop", "depot"))
    for kind, key in named.items():
        found = [it.inputs[key] for declared in (one, other) for it in declared.of(kind)]
        assert len(set(found)) == len(found)
    assert one.one("Function").inputs["name"] != other.one("Function").inputs["name"]


def test_the_triggers_change_when_the_authorizer_changes(authorizer: Declared):
    def triggers(**inputs: Any) -> str:
        return construct("JwtAuthorizer", inputs).outputs["outputs"]["triggers"]

    assert triggers() == authorizer.outputs["outputs"]["triggers"]
    assert triggers(authorizerResultTtlInSeconds=60) != triggers()


def test_numbers_arrive_as_integers():
    inputs = {"authorizerResultTtlInSeconds": 60, "requiredClaims": {"level": [3, True, "x"]}}
    declared = construct("JwtAuthorizer", inputs)
    assert declared.one("Authorizer").inputs["authorizerResultTtlInSeconds"] == 60
    assert '"level":[3,true,"x"]' in variables(declared)["ISSUERS"].replace(" ", "")


def test_an_openapi_document_replaces_the_routes():
    document = "openapi: 3.1.0\ninfo: {title: Pets, version: '1'}\npaths: {/pets: {get: {responses: {}}}}\n"
    declared = construct("JwtAuthorizer", {"openapi": document}, without="routes")
    assert variables(declared)["ROUTES"] == "GET /pets"


def test_a_document_may_have_parameters_that_reach_the_backend_only_with_the_whole_request(
    mistakes: Mistakes,
):
    parameters = "parameters: [{name: a, in: cookie}]"
    document = f"openapi: 3.1.0\ninfo: {{}}\npaths: {{/pets: {{get: {{responses: {{}}, {parameters}}}}}}}\n"
    inputs = {"openapi": document, "routes": None, "backendUrl": "https://backend.example"}
    assert any("openapi: GET /pets: has the cookie 'a'" in line for line in mistakes("ProtectedRestApi", inputs))
    construct("ProtectedRestApi", {**inputs, "integrationType": "HTTP_PROXY"})
    construct("JwtAuthorizer", {"openapi": document}, without="routes")


def test_several_issuers_are_objects():
    issuers = [
        {"issuer": "https://a.example/", "audience": ["x", "y"]},
        {"issuer": "https://b.example", "audience": ["z"]},
    ]
    declared = construct("JwtAuthorizer", {"issuers": issuers, "issuer": None, "audience": None})
    assert all(part in variables(declared)["ISSUERS"] for part in ("https://a.example/", "https://b.example"))


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("name", ["issuer", "audience", "revokedKids"])
def test_an_unknown_input_makes_the_functions_settings_unknown(component: str, name: str):
    value = [UNKNOWN] if name == "revokedKids" else UNKNOWN
    inputs = construct(component, {name: value}).one("Function").inputs  # the mocks omit unknown values
    assert "variables" not in inputs["environment"]
    assert "code" not in inputs


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_mistake_is_found_even_if_another_input_is_unknown(component: str, mistakes: Mistakes):
    error = mistakes(component, {"issuer": UNKNOWN, "leewayInSeconds": 900})
    assert error[1:] == [
        "  - leewayInSeconds: is not a whole number from 0 to 60, got '900'. Set one; the default is 10."
    ]


def test_a_secret_issuer_makes_the_variables_secret():
    environment = (
        construct("JwtAuthorizer", {"issuer": secret(MINIMAL["issuer"])}).one("Function").inputs["environment"]
    )
    assert environment["value"]["variables"]["TOKEN_ISSUER"] == MINIMAL["issuer"]
    assert environment == secret(environment["value"])


def test_a_secret_issuer_is_checked(mistakes: Mistakes):
    (line,) = mistakes("JwtAuthorizer", {"issuer": secret("http://issuer.example")})[1:]
    assert line.startswith("  - issuer: ")


@pytest.mark.parametrize("component", COMPONENTS)
def test_all_mistakes_are_reported_at_once(component: str, mistakes: Mistakes):
    wrong = {
        "issuer": "http://issuer.example",
        "lambdaRuntime": "python2.7",
        "routes": [{"method": "get", "path": "pets"}],
    }
    error = mistakes(component, wrong, without="audience")
    assert error[0] == f"{component} shop: 5 mistakes in the configuration or the routes:"
    keys = [line.removeprefix("  - ").partition(": ")[0] for line in error[1:]]
    assert set(keys) == {"issuer", "audience", "lambdaRuntime", "route get pets"}


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_misspelt_member_of_a_route_does_not_hide_the_mistakes_of_other_routes(component: str, mistakes: Mistakes):
    routes = [{"method": "GET", "path": "/a", "scope": ["a"]}, {"method": "get", "path": "/b"}]
    assert mistakes(component, {"routes": routes})[1:] == [
        "  - routes[0].scope: is not a member of this object. Did you mean scopes?",
        "  - route get /b: has an unknown method, got 'get'. Use GET.",
    ]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a member of a route": (
        {"routes": [{"method": "POST", "path": "/pets", "scope": ["create:pets"]}]},
        "routes[0].scope: is not a member of this object. Did you mean scopes?",
    ),
    "a type in a route": (
        {"routes": [{"method": "GET", "path": "/pets", "public": "false"}]},
        "routes[0].public: is not true or false, got 'false'. Correct its type.",
    ),
    "scopes as a text": (
        {"routes": [{"method": "GET", "path": "/pets", "scopes": "a b"}]},
        "routes[0].scopes: is not a list, got 'a b'. Correct its type.",
    ),
    "a route without a path": ({"routes": [{"method": "GET"}]}, "routes[0].path: is not set. Set path."),
    "an input": ({"audiences": ["x"]}, "audiences: is not an input. Did you mean audience?"),
    "several audiences": (
        {"audience": ["a", "b"]},
        "audience: is not a text, got ['a', 'b']. Correct its type.",
    ),
    "no routes": (
        {"routes": None},
        "routes: is not set, and neither is openapi. Set one of the two.",
    ),
    "unknown routes": (
        {"routes": UNKNOWN},
        "routes: is an output that is unknown in this preview. Give a value that the program knows.",
    ),
    "a route with an unknown member": (
        {"routes": [{"method": "GET", "path": UNKNOWN}]},
        "routes: is an output that is unknown in this preview. Give a value that the program knows.",
    ),
    "secret routes": (
        {"routes": secret(MINIMAL["routes"])},
        "routes: is a secret, but would be readable in API Gateway. Give it as plain text.",
    ),
}


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_named_with_its_place_and_its_fix(component: str, case: str, mistakes: Mistakes):
    inputs, line = WRONG[case]
    assert mistakes(component, inputs)[1:] == [f"  - {line}"]


def test_an_api_needs_a_backend(mistakes: Mistakes):
    assert mistakes("ProtectedRestApi", without="backendUrl")[1:] == [
        "  - backendUrl: is not set. Set it to the address of your backend."
    ]


def test_a_fix_names_the_input_and_not_a_command_for_a_key_of_the_program(mistakes: Mistakes):
    document = "openapi: 3.1.0\ninfo: {title: Pets, version: '1'}\npaths: {/pets: {get: {responses: {}}}}\n"
    error = mistakes("ProtectedRestApi", {"openapi": document, "routes": None}, without="backendUrl")
    assert error[1:] == [
        "  - openapi: servers: has no entry, but the API needs exactly one backend. Set the input backendUrl to URL."
    ]


def test_a_quote_in_a_title_is_escaped(mistakes: Mistakes):
    (line,) = mistakes("ProtectedRestApi", {"title": 'Pets\' "shop"'})[1:]
    assert line.startswith("  - title: is not 1 to 128 letters")


def test_any_component_name_gives_names_that_aws_accepts():
    declared = construct("ProtectedRestApi", name="my/api's")
    assert declared.one("Function").inputs["name"] == "consumer-dev-my-api-s-authorizer"
    (api,) = [it for it in declared.of("RestApi") if it.type.startswith("aws:")]
    assert api.inputs["name"] == "my-api-s"


def test_an_api_of_functions_needs_no_backend():
    routes = [{"method": "GET", "path": "/pets", "function": "pets"}]
    assert construct("ProtectedRestApi", {"routes": routes}, without="backendUrl").of("Integration")


@pytest.mark.parametrize("name", sorted({*BACKEND, "certificateArn", "stageName"}))
def test_the_routes_must_be_known(name: str, mistakes: Mistakes):
    (line,) = mistakes("ProtectedRestApi", {name: UNKNOWN})[1:]
    assert line.startswith(f"  - {name}: is an output that is unknown")
