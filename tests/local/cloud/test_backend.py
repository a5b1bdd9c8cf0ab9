"""The routes that the demo adds to the program's."""

import json
from dataclasses import replace

import pytest

from infra.api.routes import Route
from local.cloud.backend import Backend, additional_routes, with_examples
from local.cloud.servers import Request
from routes import ROUTES


def test_the_demo_adds_a_route_for_each_type_of_backend():
    added = with_examples(ROUTES)[len(ROUTES) :]
    assert {(it.method == "ANY", it.integration, bool(it.function)) for it in added} == {
        *((True, "HTTP_PROXY", False), (False, None, False), (False, None, True))
    }


@pytest.mark.parametrize(
    "routes",
    [
        ROUTES[1:],
        [*ROUTES[:2], replace(ROUTES[2], scopes=[]), ROUTES[3]],
        [*ROUTES[:3], replace(ROUTES[3], public=True)],
        [replace(ROUTES[0], page=None), *ROUTES[1:]],
    ],
)
def test_the_demo_adds_routes_only_to_those_of_the_tutorial(routes: list[Route]):
    assert with_examples(routes) == routes
    assert additional_routes(routes) is None


def test_routes_in_addition_to_the_tutorials_belong_to_the_user():
    own = Route("DELETE", "/pets/{petId}", scopes=["delete:pets"])
    assert additional_routes([own, *ROUTES]) == [own]


def test_the_backend_answers_an_unknown_request_with_its_method_and_path():
    backend = Backend()
    for method, path in (("GET", "/petstore/pets/demo"), ("POST", "/petstore/pets"), ("PUT", "/v2/x")):
        answer = backend.answer(Request(method, path, {"a": ["1"]}, {}, b""))
        assert (answer.status, json.loads(answer.body)) == (
            200,
            {"method": method, "path": path, "query": {"a": ["1"]}},
        )


def test_the_demo_adds_no_route_that_conflicts_with_the_programs_routes():
    own = [*ROUTES, Route("GET", "/any/{name}")]  # API Gateway accepts one parameter name per position.
    assert with_examples(own) == own
