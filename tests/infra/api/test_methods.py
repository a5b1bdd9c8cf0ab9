"""The REST API as declared: resources, methods, integrations, gateway responses."""

import json

import pytest

import routes
from infra.api.routes import Route
from tools.preview.mock_recorder import Declared, declare

BACKEND = "http://petstore-demo-endpoint.execute-api.com/petstore"
ROUTES = {
    ("ROOT", "GET"),
    ("ID(petstore-pets-resource)", "GET"),
    ("ID(petstore-pets-resource)", "POST"),
    ("ID(petstore-pets/{}-resource)", "GET"),
}


def test_the_outputs_name_the_public_routes(program: Declared):
    assert program.one("Methods").inputs == {"publicRoutes": ["GET /"]}


def test_the_api_is_petstore_and_regional(program: Declared):
    (inputs,) = [resource.inputs for resource in program.of("RestApi") if resource.type.startswith("aws:")]
    assert inputs["name"] == "PetStore"
    assert inputs["endpointConfiguration"] == {"types": "REGIONAL"}


def test_shared_path_prefixes_are_declared_once(program: Declared):
    tree = {(resource.inputs["parentId"], resource.inputs["pathPart"]) for resource in program.of("Resource")}
    assert tree == {("ROOT", "pets"), ("ID(petstore-pets-resource)", "{petId}")}
    assert len(program.of("Resource")) == 2


def test_the_methods_are_those_of_petstore_with_a_preflight_on_each_path(program: Declared):
    methods = {(method.inputs["resourceId"], method.inputs["httpMethod"]) for method in program.of("Method")}
    assert methods == ROUTES | {(resource_id, "OPTIONS") for resource_id, _ in ROUTES}


def test_every_method_uses_the_authorizer_except_the_welcome_page_and_preflights(program: Declared):
    for method in program.of("Method"):
        public = method.inputs["httpMethod"] == "OPTIONS" or method.name == "petstore-get-method"
        assert method.inputs["authorization"] == ("NONE" if public else "CUSTOM"), method.name
        assert method.inputs.get("authorizerId") == (None if public else "ID(petstore-jwt-authorizer)"), method.name


def test_no_method_requires_an_api_key(program: Declared):
    assert [method.inputs["apiKeyRequired"] for method in program.of("Method")] == [False] * 7


def test_get_pets_passes_only_its_query_and_the_caller(program: Declared):
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


def test_a_path_parameter_is_passed_to_the_backend(program: Declared):
    method = program.one("Method", "petstore-pets/{}-get-method").inputs
    integration = program.one("Integration", "petstore-pets/{}-get-integration").inputs
    assert method["requestParameters"] == {"method.request.path.petId": True}
    assert integration["uri"] == f"{BACKEND}/pets/{{petId}}"
    assert integration["requestParameters"]["integration.request.path.petId"] == "method.request.path.petId"


def test_backends_are_called_by_an_integration_that_passes_only_mapped_values(program: Declared):
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


def test_the_token_is_passed_to_the_backend_only_on_request():
    asked = declare({"petstore:forwardAuthorization": "true", "petstore:backendUrl": "https://pets.example.com"})
    integration = asked.one("Integration", "petstore-pets-get-integration").inputs["requestParameters"]
    assert integration["integration.request.header.Authorization"] == "method.request.header.Authorization"
    method = asked.one("Method", "petstore-pets-get-method").inputs["requestParameters"]
    assert method["method.request.header.Authorization"] is False


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
        "method.response.header.Access-Control-Max-Age": "'600'",
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


def test_every_response_has_the_allowed_origin():
    program = declare({"petstore:allowedOrigin": "https://app.example.com"})
    responses = [r.inputs["responseParameters"] for r in (*program.of("Response"), *program.of("IntegrationResponse"))]
    for headers in responses:
        (origin,) = [value for name, value in headers.items() if name.endswith("Allow-Origin")]
        assert origin == "'https://app.example.com'"


def test_a_browser_app_may_send_headers_of_its_own_and_read_those_of_the_backend():
    headers = ["sentry-trace", "baggage", "X-Requested-With", "Idempotency-Key", "traceparent", "authorization"]
    program = declare(
        {
            "petstore:allowedOrigin": "https://app.kennel.example",
            "petstore:allowedHeaders": json.dumps(headers),
            "petstore:exposedHeaders": '["X-Total-Count", "etag"]',
            "petstore:corsMaxAge": "7200",
        }
    )
    preflight = program.one("IntegrationResponse", "petstore-pets-options-200-integration-response").inputs
    assert preflight["responseParameters"] == {
        "method.response.header.Access-Control-Allow-Origin": "'https://app.kennel.example'",
        "method.response.header.Access-Control-Allow-Methods": "'GET,POST,OPTIONS'",
        "method.response.header.Access-Control-Allow-Headers": (
            "'Authorization,Content-Type,X-Amz-Date,X-Api-Key,sentry-trace,baggage,X-Requested-With,Idempotency-Key,"
            "traceparent'"
        ),
        "method.response.header.Access-Control-Max-Age": "'7200'",
    }
    answers = [it.inputs["responseParameters"] for it in program.of("IntegrationResponse") if "-pets-get-" in it.name]
    for exposed in (it["method.response.header.Access-Control-Expose-Headers"] for it in answers):
        assert {"X-Total-Count", "ETag", "Location"} <= set(exposed.strip("'").split(","))
        assert "etag" not in exposed


def test_http_proxy_needs_one_method_and_one_integration_for_each_route_and_preflight():
    program = declare({"petstore:integrationType": "HTTP_PROXY", "petstore:backendUrl": "https://pets.example.com"})
    proxied = [it.inputs for it in program.of("Integration") if it.inputs["type"] == "HTTP_PROXY"]
    assert len(proxied) == 3 + 2  # API Gateway itself answers the welcome page and its preflight.
    assert all(set(it["requestParameters"]) <= {"integration.request.path.petId"} for it in proxied)
    assert len(program.of("MethodResponse")) == len(program.of("IntegrationResponse")) == 2
    options = program.one("Method", "petstore-pets-options-method").inputs
    assert options["authorization"] == "NONE"
    assert program.one("Integration", "petstore-pets-options-integration").inputs["integrationHttpMethod"] == "OPTIONS"


def test_the_petstore_has_the_documented_number_of_resources():
    proxy = {"petstore:integrationType": "HTTP_PROXY", "petstore:backendUrl": "https://pets.example.com"}
    count = [len([it for it in declare(config).resources if not it.is_component]) for config in ({}, proxy)]
    assert count[0] <= 75
    assert count[1] <= 45


def test_each_of_many_proxy_routes_needs_at_most_five_resources(monkeypatch: pytest.MonkeyPatch):
    table = [Route(method, f"/things{n}", scopes=["s"]) for n in range(25) for method in ("GET", "POST")]
    monkeypatch.setattr(routes, "ROUTES", table)
    program = declare({"petstore:integrationType": "HTTP_PROXY", "petstore:backendUrl": "https://pets.example.com"})
    assert len([it for it in program.resources if not it.is_component]) / len(table) <= 5


def test_a_lambda_route_has_a_permission_for_itself_only(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        routes, "ROUTES", [Route("GET", "/orders/{id}", function="orders:live"), Route("ANY", "/x", function="x")]
    )
    program = declare()
    integration = program.one("Integration", "petstore-orders/{}-get-integration").inputs
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders:live"
    assert integration["uri"] == f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    assert (integration["type"], integration["integrationHttpMethod"]) == ("AWS_PROXY", "POST")
    permission = program.one("Permission", "petstore-orders/{}-get-permission").inputs
    assert (permission["function"], permission["qualifier"]) == ("orders", "live")
    api = "arn:aws:execute-api:eu-west-1:123456789012:api"
    assert permission["sourceArn"] == f"{api}/test/GET/orders/*"
    assert program.one("Permission", "petstore-x-any-permission").inputs["sourceArn"] == f"{api}/test/*/x"


@pytest.mark.parametrize("function", ["orders:live", "arn:aws:lambda:us-west-2:111122223333:function:orders:live"])
def test_a_permission_is_added_in_the_region_of_the_function(function: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(routes, "ROUTES", [Route("GET", "/orders", function=function)])
    permission = declare().one("Permission", "petstore-orders-get-permission").inputs
    assert (permission["function"], permission["qualifier"]) == (function.removesuffix(":live"), "live")
    assert permission.get("region") == (None if function == "orders:live" else "us-west-2")


def test_a_private_backend_uses_its_vpc_link():
    program = declare({"petstore:vpcLinkId": "abc123", "petstore:backendUrl": "http://internal.example"})
    integration = program.one("Integration", "petstore-pets-get-integration").inputs
    assert (integration["connectionType"], integration["connectionId"]) == ("VPC_LINK", "abc123")


def test_with_binary_media_types_a_mock_treats_its_templates_as_text():
    program = declare({"petstore:binaryMediaTypes": '["*/*"]'})
    kinds = (*program.of("Integration"), *program.of("IntegrationResponse"))
    result = {it.name for it in kinds if it.inputs.get("contentHandling") == "CONVERT_TO_TEXT"}
    assert "petstore-pets-options-integration" in result
    assert "petstore-pets-options-200-integration-response" in result
    assert "petstore-pets-get-integration" not in result


def test_a_private_api_accepts_only_its_vpc_endpoints():
    program = declare({"petstore:endpointType": "PRIVATE", "petstore:vpcEndpointIds": '["vpce-0123abcd"]'})
    (inputs,) = [it.inputs for it in program.of("RestApi") if it.type.startswith("aws:")]
    assert inputs["endpointConfiguration"] == {"types": "PRIVATE", "vpcEndpointIds": ["vpce-0123abcd"]}
    statements = json.loads(inputs["policy"])["Statement"]
    assert statements[1]["Effect"] == "Deny"
    assert statements[1]["Condition"] == {"StringNotEquals": {"aws:SourceVpce": ["vpce-0123abcd"]}}


def test_without_an_allowed_origin_there_is_no_preflight():
    program = declare({"petstore:allowedOrigin": "none"})
    assert not [it for it in program.of("Method") if it.inputs["httpMethod"] == "OPTIONS"]
    assert "Access-Control" not in str([it.inputs for it in program.of("Response")])
