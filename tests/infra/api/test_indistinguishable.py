"""`infra.api.indistinguishable`: the routes that no policy can separate."""

import pytest

from infra.api.indistinguishable import indistinguishable
from tests.testkit.gateway import route, table


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["GET /pets", "POST /pets create:pets", "GET /pets/{id}"],
        ["GET /pets/{id}", "GET /pets/mine s"],
        ["GET /pets/{id}", "GET /pets/{id}/owner s"],
        ["GET /pets/{id}", "GET /pets/{id}/owner s", "GET /pets/mine s", "GET /pets/{id}/toys"],
        ["GET /files/{path+}", "GET /files/secret s"],
        ["GET /files/{path+}", "POST /files/{id}/owner s"],
        ["GET /a/{x}", "GET /a/{x}/b/{y} s", "POST /a/{x}/b/{y}/{z}"],
        ["GET /{a}/{b}", "GET /x/{b} s", "GET /{a}/y s"],
        ["GET /a/{x}/{y}", "GET /a/{x}/c s"],
        ["POST /files/{path+}", "GET /files/{id}/owner s", "GET /files/{id}/x/owner"],
        ["GET /pets/{id}", "GET /files/{id}/owner s", "GET /files/{id}/x/owner"],
    ],
)
def test_routes_that_a_policy_can_separate_are_accepted(lines: list[str]) -> None:
    assert indistinguishable(table(*lines)) == []


@pytest.mark.parametrize(
    ("allowed", "denied", "hit"),
    [
        ("GET /files/{path+}", "GET /files/{id}/owner s", "GET /files/{path+}"),
        ("GET /a/{rest+}", "GET /a/{x}/b s", "GET /a/{x}/c/b"),
        ("GET /{x}/{rest+}", "GET /{x}/secret s", "GET /{x}/{rest+}"),
        ("GET /{x}/{y}", "GET /{x}/b s", "GET /a/{y}"),
        ("GET /a/{x}", "GET /a/{x}/b/{y} s", "GET /a/{x}/b/{y}/{z}"),
        ("GET /a/{x}", "GET /a/{y} s", "GET /a/{x}"),
    ],
)
def test_routes_that_no_policy_can_separate_are_named(allowed: str, denied: str, hit: str) -> None:
    routes = table(*dict.fromkeys([allowed, denied, hit]))
    assert (route(allowed), route(denied), route(hit)) in indistinguishable(routes)


def test_routes_with_the_same_scopes_need_not_be_separated() -> None:
    assert indistinguishable(table("GET /files/{path+} s", "GET /files/{id}/owner s")) == []


def test_two_spellings_of_one_path_cannot_be_separated() -> None:
    one, other = routes = table("GET /{a}", "GET /{b} x")
    assert indistinguishable(routes) == [(one, other, one)]
