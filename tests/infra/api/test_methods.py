"""The REST API as declared: resources, methods, integrations, gateway responses."""

import re

import pytest

from infra.api.integrations import http_backend
from infra.api.routes import Route
from tools.preview.mock_recorder import Declared, declare

BACKEND = "http://petstore-demo-endpoint.execute-api.com/petstore"
ROUTES = {
    ("ROOT", "GET"),
    ("ID(petstore-pets-resource)", "GET"),
    ("ID(petstore-pets-resource)", "POST"),
    ("ID(petstore-pets/{}-resource)", "GET"),
}


def test_the_plan_names_the_public_routes(program: Declared):
    assert program.one("Methods").inputs == {"publicRoutes": ["GET /"]}


def test_the_api_is_petstore_and_regional(program: Declared):
    (inputs,) = [resource.inputs for resource in program.of("RestApi") if resource.type.startswith("aws:")]
    assert inputs["name"] == "PetStore"
    assert inputs["endpointConfiguration"] == {"types": "REGIONAL"}


def test_shared_prefixes_are_declared_once(program: Declared):
    tree = {(resource.inputs["parentId"], resource.inputs["pathPart"]) for resource in program.of("Resource")}
    assert tree == {("ROOT", "pets"), ("ID(petstore-pets-resource)", "{petId}")}
    assert len(program.of("Resource")) == 2


def test_the_methods_are_petstores_with_a_preflight_on_each_path(program: Declared):
    methods = {(method.inputs["resourceId"], method.inputs["httpMethod"]) for method in program.of("Method")}
    assert methods == ROUTES | {(resource_id, "OPTIONS") for resource_id, _ in ROUTES}


def test_every_method_asks_the_authorizer_but_the_welcome_page_and_preflights(program: Declared):
    for method in program.of("Method"):
        public = method.inputs["httpMethod"] == "OPTIONS" or method.name == "petstore-get-method"
        assert method.inputs["authorization"] == ("NONE" if public else "CUSTOM"), method.name
        assert method.inputs.get("authorizerId") == (None if public else "ID(petstore-jwt-authorizer)"), method.name


def test_no_method_asks_for_an_api_key(program: Declared):
    assert [method.inputs["apiKeyRequired"] for method in program.of("Method")] == [False] * 7


def test_get_pets_passes_its_query_and_the_caller_on_and_nothing_else(program: Declared):
    method = program.one("Method", "petstore-pets-get-method").inputs
    integration = program.one("Integration", "petstore-pets-get-integration").inputs
    assert method["requestParameters"] == {
        "method.request.querystring.type": False,
        "method.request.querystring.page": False,
    }
    assert integration["requestParameters"] == {
        "integration.request.querystring.type": "method.request.querystring.type",
        "integration.request.querystring.page": "method.request.querystring.page",
        "integration.request.header.X-Principal-Id": "context.authorizer.principalId",
        "integration.request.header.X-Scope": "context.authorizer.scope",
    }


def test_a_path_parameter_reaches_the_backend(program: Declared):
    method = program.one("Method", "petstore-pets/{}-get-method").inputs
    integration = program.one("Integration", "petstore-pets/{}-get-integration").inputs
    assert method["requestParameters"] == {"method.request.path.petId": True}
    assert integration["uri"] == f"{BACKEND}/pets/{{petId}}"
    assert integration["requestParameters"]["integration.request.path.petId"] == "method.request.path.petId"


def test_backends_are_called_by_an_integration_that_passes_only_what_is_mapped(program: Declared):
    backends = {
        integration.name: integration.inputs
        for integration in program.of("Integration")
        if integration.inputs["type"] != "MOCK"
    }
    assert set(backends) == {f"petstore-{name}-integration" for name in ("pets-get", "pets-post", "pets/{}-get")}
    for name, inputs in backends.items():
        assert inputs["type"] == "HTTP"
        assert inputs["integrationHttpMethod"] == inputs["httpMethod"]
        assert "authorization" not in str(inputs["requestParameters"]).lower().replace("context.authorizer", ""), name
    assert backends["petstore-pets-post-integration"]["uri"] == f"{BACKEND}/pets"


def test_the_token_reaches_the_backend_only_where_it_is_asked_for():
    asked = declare({"petstore:forwardAuthorization": "true", "petstore:backendUrl": "https://pets.example.com"})
    integration = asked.one("Integration", "petstore-pets-get-integration").inputs["requestParameters"]
    assert integration["integration.request.header.Authorization"] == "method.request.header.Authorization"
    method = asked.one("Method", "petstore-pets-get-method").inputs["requestParameters"]
    assert method["method.request.header.Authorization"] is False


def test_a_public_route_passes_no_caller_on():
    endpoint = http_backend(
        Route("GET", "/news", public=True), backend_url=BACKEND, allowed_origin="*", forward_authorization=True
    )
    assert endpoint.parameters == {}


def test_a_backends_status_is_passed_on_or_answered_as_its_class():
    endpoint = http_backend(Route("GET", "/x"), backend_url=BACKEND, allowed_origin="*", forward_authorization=False)
    listed = {response.status for response in endpoint.responses} - {"502"}
    assert [response.status for response in endpoint.responses if response.pattern is None] == ["502"]
    for status in map(str, range(100, 600)):
        chosen = [r.status for r in endpoint.responses if r.pattern and re.fullmatch(r.pattern, status)]
        if status in listed:
            assert chosen == [status]
        elif status == "502" or status[0] in "13":
            assert chosen == [], status  # left to the one response without a pattern
        else:
            assert chosen == [f"{status[0]}00"]


def test_every_header_that_an_integration_maps_is_declared_by_the_method(program: Declared):
    declared = {
        (response.inputs["resourceId"], response.inputs["httpMethod"], response.inputs["statusCode"]): set(
            response.inputs["responseParameters"]
        )
        for response in program.of("MethodResponse")
    }
    mapped = program.of("IntegrationResponse")
    assert len(mapped) == len(declared) > 0
    for response in mapped:
        key = response.inputs["resourceId"], response.inputs["httpMethod"], response.inputs["statusCode"]
        assert set(response.inputs["responseParameters"]) == declared[key]


def test_a_preflight_is_answered_without_a_backend(program: Declared):
    integration = program.one("Integration", "petstore-pets-options-integration")
    assert integration.inputs["type"] == "MOCK"
    assert "uri" not in integration.inputs
    response = program.one("IntegrationResponse", "petstore-pets-options-200-integration-response").inputs
    assert response["responseParameters"] == {
        "method.response.header.Access-Control-Allow-Origin": "'*'",
        "method.response.header.Access-Control-Allow-Methods": "'GET,POST,OPTIONS'",
        "method.response.header.Access-Control-Allow-Headers": "'Authorization,Content-Type,X-Amz-Date,X-Api-Key'",
    }


def test_the_welcome_page_is_html_from_the_gateway_itself(program: Declared):
    response = program.one("IntegrationResponse", "petstore-get-200-integration-response").inputs
    assert response["responseParameters"]["method.response.header.Content-Type"] == "'text/html'"
    assert "Welcome to the PetStore" in response["responseTemplates"]["text/html"]


@pytest.mark.parametrize(
    ("kind", "status", "challenge"),
    [
        ("UNAUTHORIZED", "401", "'Bearer realm=\"PetStore\"'"),
        ("ACCESS_DENIED", "403", '\'Bearer realm="PetStore", error="insufficient_scope"\''),
        ("DEFAULT_4XX", None, None),
        ("DEFAULT_5XX", None, None),
    ],
)
def test_a_page_of_another_origin_can_read_a_refusal(
    program: Declared, kind: str, status: str | None, challenge: str | None
):
    (inputs,) = [r.inputs for r in program.of("Response") if r.inputs["responseType"] == kind]
    headers = inputs["responseParameters"]
    assert inputs.get("statusCode") == status
    assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
    assert headers.get("gatewayresponse.header.WWW-Authenticate") == challenge
    assert ("gatewayresponse.header.Access-Control-Expose-Headers" in headers) == (challenge is not None)


def test_the_allowed_origin_stands_in_every_answer():
    program = declare({"petstore:allowedOrigin": "https://app.example.com"})
    responses = [r.inputs["responseParameters"] for r in (*program.of("Response"), *program.of("IntegrationResponse"))]
    for headers in responses:
        (origin,) = [value for name, value in headers.items() if name.endswith("Allow-Origin")]
        assert origin == "'https://app.example.com'"
