"""The demo's calls of any API: each route is called on its own path, by permitted and refused callers."""

import pytest
import requests
from hypothesis import given, settings

from infra.api.routes import Route
from local.route_calls import calls, calls_without_route, sample_requests, select
from tests.testkit.gateway import programs, routed


def made(*routes: Route) -> list[tuple[str, str, str, int]]:
    """The token's scopes, or `-` without a token, method, path and expected status of each call."""
    found = calls(
        sample_requests(routes), lambda scopes: f"[{scopes}]", challenge=lambda _: None, forbidden=lambda _: None
    )
    return [(it.authorization or "-", it.method, it.path, it.expected) for it in found]


def test_each_route_is_called_by_permitted_and_refused_callers():
    routes = (
        Route("GET", "/news", public=True),
        Route("HEAD", "/pets/{id}"),
        Route("PUT", "/pets/{id}", scopes=["a", "b"]),
        Route("ANY", "/files/{path+}"),
    )
    assert made(*routes) == [
        ("-", "GET", "/news", 200),
        ("-", "HEAD", "/pets/demo", 401),
        ("Bearer []", "HEAD", "/pets/demo", 200),
        ("Bearer []", "PUT", "/pets/demo", 403),
        ("Bearer [a b]", "PUT", "/pets/demo", 200),
        ("-", "GET", "/files/demo/1", 401),
        ("Bearer []", "GET", "/files/demo/1", 200),
    ]


def test_refusals_are_checked_for_their_headers_too():
    answer = requests.Response()
    routes = [Route("GET", "/a"), Route("GET", "/b", scopes=["x"]), Route("GET", "/c", public=True)]
    found = calls(sample_requests(routes), str, challenge=lambda _: "401's", forbidden=lambda _: "403's")
    assert [call.check(answer) for call in found] == ["401's", None, "403's", None, None]


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(programs())
def test_api_gateway_sends_a_sample_request_to_its_route(table: list[Route]):
    for route, method, path in sample_requests(table):
        assert routed(table, method, tuple(filter(None, path.split("/")))) is route


def test_a_route_whose_first_sample_path_is_taken_gets_another():
    table = [Route("ANY", "/{proxy+}"), Route("GET", "/{a}/{b+}")]
    assert [request.path for request in sample_requests(table)] == ["/demo", "/demo/demo/1"]


def test_a_route_without_a_distinct_path_is_not_called():
    table = [Route("GET", "/{a+}"), *(Route("GET", "/demo" + "/{x}" * n) for n in range(7))]
    assert str(table[0]) not in [str(request.route) for request in sample_requests(table)]


def test_of_many_routes_those_with_different_callers_are_called_first():
    table = [Route("GET", f"/a{number}") for number in range(20)]
    table += [Route("GET", "/b", scopes=["x"]), Route("GET", "/c", public=True), Route("GET", "/d", scopes=["x"])]
    found = [request.path for request in select(sample_requests(table), 5)]
    assert found == ["/a0", "/a1", "/b", "/c", "/d"]
    assert len(select(sample_requests(table), 100)) == len(table)


@pytest.mark.parametrize(
    ("table", "paths"),
    [
        (["/pets"], ["/demo"]),
        (["/{a}", "/demo/{b}"], ["/demo/demo/demo"]),
        (["/demo"], ["/demo/demo"]),
        (["/{a+}"], []),
    ],
)
def test_an_unknown_path_belongs_to_no_route(table: list[str], paths: list[str]):
    assert [(call.path, call.expected) for call in calls_without_route([Route("GET", path) for path in table])] == [
        (path, 403) for path in paths
    ]
