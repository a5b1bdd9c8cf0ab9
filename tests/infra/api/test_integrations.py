"""The integration of a route with each type of backend, as plain data."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.api.backends import (
    Backends,
    Http,
    HttpProxy,
    LambdaProxy,
    Page,
    Upstream,
    function_arn,
    invocation_uri,
    qualified,
)
from infra.api.integrations import UNMAPPABLE_HEADERS, Cors
from infra.api.routes import Route

UPSTREAM = Upstream(url="https://pets.example.com/v1")
EXECUTION_ARN = "arn:aws-cn:execute-api:cn-north-1:123456789012:api"
METHODS = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]


def http(**more: object) -> Http:
    return Http(upstream=UPSTREAM, cors=Cors(), **more)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("method", METHODS)
@given(statuses=st.sets(st.integers(300, 599).map(str), max_size=8), status=st.integers(100, 599).map(str))
def test_a_status_of_the_backend_is_passed_on_or_becomes_the_first_of_its_class(
    method: str, statuses: set[str], status: str
):
    responses = http(statuses=sorted(statuses)).integration(Route(method, "/x")).responses
    listed = {response.status for response in responses}
    assert statuses <= listed
    for compare in (re.match, re.fullmatch):  # It is not documented which of them API Gateway chooses.
        chosen = [it.status for it in responses if it.pattern and compare(it.pattern, status)]
        chosen = chosen or [it.status for it in responses if it.pattern is None]
        expected = status if status in listed else "500" if status[0] in "135" else f"{status[0]}00"
        assert chosen == [expected]


def test_statuses_only_for_changes_add_nothing_to_other_routes():
    reads, changes = (len(http().integration(Route(method, "/x")).responses) for method in ("GET", "POST"))
    assert (reads, changes) == (5, 8)


def test_http_passes_the_listed_headers_and_exposes_them_to_browsers():
    for response in http().integration(Route("POST", "/pets")).responses:
        for name in ("Content-Type", "Location", "ETag", "Retry-After", "Link", "Allow"):
            assert response.headers[name] == f"integration.response.header.{name}"
        assert response.headers["Access-Control-Allow-Origin"] == "'*'"
        exposed = response.headers["Access-Control-Expose-Headers"].strip("'").split(",")
        assert {"Location", "ETag", "Retry-After"} <= set(exposed)
        assert "Content-Type" not in exposed


def test_http_passes_listed_request_headers_and_the_caller():
    found = http().integration(Route("GET", "/pets", query=["type"], headers=["If-None-Match"])).parameters
    assert found == {
        "querystring.type": "method.request.querystring.type",
        "header.If-None-Match": "method.request.header.If-None-Match",
        "header.X-Principal-Id": "context.authorizer.principalId",
        "header.X-Scope": "context.authorizer.scope",
    }


def test_http_maps_each_context_claim_to_its_own_header():
    found = http(context_claims=("org_id", "https://x.example/tier")).integration(Route("GET", "/pets")).parameters
    assert {name: source for name, source in found.items() if "Claim" in name} == {
        "header.X-Claim-org-id": "context.authorizer.org_id",
        "header.X-Claim-https---x-example-tier": "context.authorizer.https___x_example_tier",
    }


def test_a_public_route_passes_no_caller_and_no_token():
    public = Route("GET", "/news", public=True)
    assert http(forward_authorization=True, context_claims=("org_id",)).integration(public).parameters == {}


def test_http_proxy_maps_only_the_path():
    """A path parameter is never empty. With an empty mapping, the client's own header would be passed (LocalStack)."""
    found = HttpProxy(upstream=UPSTREAM).integration(Route("GET", "/files/{id}/{name+}"))
    assert found.uri == "https://pets.example.com/v1/files/{id}/{name}"
    assert set(found.parameters) == {"path.id", "path.name"}
    assert found.responses == ()


def test_the_backend_path_may_omit_a_parameter():
    found = http().integration(Route("GET", "/tenants/{tenant}/pets/{id}", public=True, backend_path="/pets/{id}"))
    assert found.parameters == {"path.id": "method.request.path.id"}


def test_a_header_is_mapped_once_in_any_spelling():
    backends = Backends(url="https://pets.example.com", cors=Cors(), response_headers=("ETAG", "X-Total", "x-total"))
    found = backends.of(Route("GET", "/x")).integration(Route("GET", "/x", headers=["Accept", "accept"]))
    for response in found.responses:
        assert len({name.lower() for name in response.headers}) == len(response.headers)
        assert "X-Total" in response.headers
    assert [name for name in found.parameters if name.lower() == "header.accept"] == ["header.Accept"]


def test_the_backend_path_may_keep_its_trailing_slash():
    assert http().integration(Route("GET", "/dogs", backend_path="/dogs/")).uri == "https://pets.example.com/v1/dogs/"


def test_a_private_backend_is_called_through_its_vpc_link():
    upstream = Upstream(url="http://internal", vpc_link_id="abc123", timeout_in_millis=5000)
    for backend in (Http(upstream=upstream, cors=Cors()), HttpProxy(upstream=upstream)):
        found = backend.integration(Route("GET", "/pets"))
        assert (found.vpc_link_id, found.timeout_in_millis) == ("abc123", 5000)


@pytest.mark.parametrize(
    ("function", "arn", "qualifier"),
    [
        ("orders", "arn:aws-cn:lambda:cn-north-1:123456789012:function:orders", None),
        ("orders:live", "arn:aws-cn:lambda:cn-north-1:123456789012:function:orders", "live"),
        ("arn:aws:lambda:eu-west-1:1:function:f", "arn:aws:lambda:eu-west-1:1:function:f", None),
        ("arn:aws:lambda:eu-west-1:1:function:f:7", "arn:aws:lambda:eu-west-1:1:function:f", "7"),
    ],
)
def test_a_function_is_given_by_its_name_or_arn(function: str, arn: str, qualifier: str | None):
    found = function_arn(function, EXECUTION_ARN)
    assert qualified(found) == (arn, qualifier)
    assert qualified(function)[1] == qualifier
    region = arn.split(":")[3]
    assert invocation_uri(found).split(":")[3:5] == [region, "lambda"]
    assert invocation_uri(found).endswith(f"/functions/{found}/invocations")
    assert LambdaProxy(function=function).integration(Route("DELETE", "/x")).http_method == "POST"


def test_a_preflight_has_a_max_age_and_the_allowed_headers():
    found = Cors(allowed_origin="https://app.example.com", allowed_headers=("Authorization", "traceparent"), max_age=60)
    (response,) = found.preflight(["GET"]).responses
    assert response.headers == {
        "Access-Control-Allow-Origin": "'https://app.example.com'",
        "Access-Control-Allow-Methods": "'GET,OPTIONS'",
        "Access-Control-Allow-Headers": "'Authorization,traceparent'",
        "Access-Control-Max-Age": "'60'",
    }


def test_without_an_allowed_origin_no_response_has_a_cors_header():
    off = Cors(allowed_origin="none", exposed_headers=("ETag",))
    backends = [Http(upstream=UPSTREAM, cors=off), Page(html="<p>", cors=off)]
    for response in [it for backend in backends for it in backend.integration(Route("GET", "/")).responses]:
        assert not any(name.startswith("Access-Control") for name in response.headers)


def test_no_header_is_mapped_that_makes_api_gateway_answer_500():
    """LocalStack recorded these on AWS, in test_apigateway_header_remapping_http and the same test for AWS_PROXY."""
    backends = [http(), HttpProxy(upstream=UPSTREAM), LambdaProxy(function="f"), Page(html="<p>", cors=Cors())]
    for backend in backends:
        found = backend.integration(Route("GET", "/x", headers=["Accept"]))
        mapped = [name.removeprefix("header.") for name in found.parameters]
        mapped += [name for response in found.responses for name in response.headers]
        assert not {name.lower() for name in mapped} & {name.lower() for name in UNMAPPABLE_HEADERS}
        if found.type == "AWS_PROXY":  # On AWS integrations, a mapped Authorization is a 500, too.
            assert mapped == []
