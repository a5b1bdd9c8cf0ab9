"""The route table: what is refused before anything is declared."""

import pytest

from infra.api.routes import METHODS, Route, guarded, mistakes_in

PETS = Route("GET", "/pets")


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (Route("get", "/x"), "use GET"),
        (Route("FETCH", "/x"), "use one of DELETE, GET"),
        (Route("any", "/x"), "use ANY"),
        (Route("OPTIONS", "/x"), "a preflight is made for every path"),
        (Route("GET", "x"), "use /x"),
        (Route("GET", ""), "must begin with a slash"),
        (Route("GET", "/x/"), "use /x"),
        (Route("GET", "//x"), "use /x"),
        (Route("GET", "/x/:id"), "written {id}"),
        (Route("GET", "/x*"), "'x*'"),
        (Route("GET", "/a?b"), "'a?b'"),
        (Route("GET", "/{a}b"), "'{a}b'"),
        (Route("GET", "/{}"), "'{}'"),
        (Route("GET", "/{a+}/b"), "must come last"),
        (Route("GET", "/{a}/{a}"), "stands twice"),
        (Route("GET", "/x", scopes="read:x"), "lists"),
        (Route("GET", "/x", scopes=["a b"]), "no scope"),
        (Route("GET", "/x", scopes=None), "lists"),  # pyright: ignore[reportArgumentType] - as somebody will
        (Route("GET", "/x", query=["a b"]), "no query parameter"),
        (Route("GET", "/x", public=True, scopes=["a"]), "remove one of the two"),
    ],
)
def test_a_route_that_api_gateway_would_not_take_is_named_with_the_fix(route: Route, words: str):
    found = mistakes_in([PETS, route])
    assert len(found) == 1
    assert found[0].startswith(f"route {route}: ")
    assert words in found[0]


def test_a_route_listed_twice_is_refused_even_where_one_is_public():
    assert mistakes_in([PETS, Route("GET", "/pets", public=True)]) == ["route GET /pets: listed twice; remove one"]


def test_two_parameters_side_by_side_are_refused():
    (mistake,) = mistakes_in([Route("GET", "/pets/{petId}"), Route("POST", "/pets/{id}/food")])
    assert mistake == "below /pets, {id} and {petId} stand in one place; API Gateway takes one there: use one name"


def test_no_number_of_routes_is_too_many_below_api_gateways_own_limit():
    assert mistakes_in([Route("GET", f"/path-number-{number}") for number in range(300)]) == []


def test_more_resources_than_api_gateway_takes_are_refused():
    public = [Route("GET", f"/a/{number}", public=True) for number in range(299)]
    assert mistakes_in([Route("POST", "/a"), *public]) == []
    (mistake,) = mistakes_in([Route("POST", "/a"), *public, Route("GET", "/b", public=True)])
    assert mistake.startswith("the paths make 301 resources")
    assert "raise" in mistake


@pytest.mark.parametrize(
    "path", ["/{id}/" + "x" * 310, "/" + "x" * 330, "/" + "/".join(f"{{p{n}}}" for n in range(159))]
)
def test_a_path_too_long_for_a_resource_of_a_policy_is_refused(path: str):
    (mistake,) = mistakes_in([Route("GET", path)])
    assert "API Gateway takes 512: shorten the path" in mistake
    assert mistakes_in([Route("GET", path[:200])]) == []


def test_a_policy_too_large_is_refused():
    routes = [Route("ANY", f"/{'name' * 40}-{number}/{{a}}") for number in range(149)]
    assert mistakes_in(routes[:50]) == []
    (mistake,) = mistakes_in(routes)
    assert "the program allows 524288" in mistake


def test_any_stands_for_the_methods_that_have_no_route_of_their_own():
    routes = [
        Route("ANY", "/x", scopes=["a"]),
        Route("GET", "/x", public=True),
        Route("POST", "/x"),
        Route("GET", "/y"),
    ]
    assert sorted(map(str, guarded(routes))) == ["DELETE /x", "GET /y", "HEAD /x", "PATCH /x", "POST /x", "PUT /x"]
    assert {str(route): route.scopes for route in guarded(routes)}["PUT /x"] == {"a"}


def test_any_that_stands_for_nothing_is_refused():
    (mistake,) = mistakes_in([Route("ANY", "/x"), *(Route(method, "/x") for method in METHODS)])
    assert mistake == "route ANY /x: each method of the path has a route of its own; remove this one"


def test_what_any_cannot_be_kept_apart_from_is_named_once_and_as_it_is_written():
    (mistake,) = mistakes_in([Route("ANY", "/files/{path+}"), Route("ANY", "/files/{path+}/x", scopes=["s"])])
    assert "must come last" in mistake
    table = [Route("ANY", "/{kind}/{id}"), Route("ANY", "/pets/{id}", scopes=["vet"]), Route("ANY", "/pets/food")]
    (mistake,) = mistakes_in(table)
    assert mistake.startswith("route ANY /pets/{id}: a token for ANY /{kind}/{id} would reach it")
    assert "deny ANY /pets/food too" in mistake


@pytest.mark.parametrize(
    "more",
    [
        [Route("GET", "/admin", scopes=["admin"])],
        [Route("GET", "/health", public=True)],
        [Route("GET", "/{proxy+}", public=True)],
        [Route("DELETE", "/{proxy+}", scopes=["delete"])],
        [Route("ANY", "/admin/{path+}", scopes=["admin"])],
        [Route("ANY", "/", public=True)],
    ],
)
def test_what_may_stand_next_to_a_whole_application_is_taken(more: list[Route]):
    assert mistakes_in([Route("ANY", "/{proxy+}"), *more]) == []


def test_a_table_without_a_protected_route_is_refused():
    (mistake,) = mistakes_in([Route("GET", "/", public=True)])
    assert "no route is protected" in mistake


def test_routes_that_no_policy_can_tell_apart_are_refused():
    table = [Route("GET", "/pets/{id}"), Route("GET", "/pets/{rest+}", scopes=["all"])]
    assert any("stand in one place" in mistake for mistake in mistakes_in(table))
    table = [
        Route("GET", "/{kind}/{id}"),
        Route("GET", "/pets/{id}", scopes=["vet"]),
        Route("GET", "/pets/food"),
    ]
    (mistake,) = mistakes_in(table)
    assert mistake.startswith("route GET /pets/{id}: a token for GET /{kind}/{id} would reach it")
    assert "deny GET /pets/food too" in mistake


@pytest.mark.parametrize(
    "more",
    [
        [Route("GET", "/pets/{petId}/owner", scopes=["read:owners"])],
        [Route("GET", "/pets/mine", scopes=["read:mine"])],
        [Route("GET", "/pets/{petId}/toys"), Route("GET", "/pets/{petId}/owner", scopes=["read:owners"])],
        [Route("DELETE", "/pets/{petId}", scopes=["delete:pets"])],
        [Route("GET", "/files/{path+}", scopes=["read:files"])],
    ],
)
def test_tables_that_people_write_are_taken(more: list[Route]):
    assert mistakes_in([PETS, Route("GET", "/pets/{petId}"), *more]) == []


def test_the_authorizer_is_told_of_protected_routes_only():
    table = guarded([Route("GET", "/", public=True), Route("POST", "/pets", scopes=["b", "a"])])
    assert [(str(route), route.scopes) for route in table] == [("POST /pets", {"a", "b"})]
