"""The route table: what is refused before anything is declared."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.api.routes import Route, guarded, mistakes_in
from infra.config.errors import ConfigurationError

PETS = Route("GET", "/pets")


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (Route("get", "/x"), "use GET"),
        (Route("FETCH", "/x"), "use one of DELETE, GET"),
        (Route("ANY", "/x"), "use one of DELETE, GET"),
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
        (Route("GET", "/x", scopes=["a b"]), "no scope"),
        (Route("GET", "/x", query=["a b"]), "no query parameter"),
        (Route("GET", "/x", public=True, scopes=["a"]), "remove one of the two"),
    ],
)
def test_a_route_that_api_gateway_would_not_take_is_named_with_the_fix(route: Route, words: str):
    found = mistakes_in([PETS, route])
    assert len(found) == 1
    assert found[0].startswith(f"route {route}: ")
    assert words in found[0]


# What is neither text, a list nor a truth value; and lists in which something is no text.
THINGS = st.none() | st.integers() | st.floats() | st.binary() | st.dictionaries(st.text(), st.text())
LISTS = st.lists(st.text() | THINGS).filter(lambda items: not all(isinstance(item, str) for item in items))
WRONG: dict[str, st.SearchStrategy[Any]] = {
    "method": THINGS | st.booleans() | st.lists(st.text()),
    "path": THINGS | st.booleans() | st.lists(st.text()),
    "scopes": THINGS | st.booleans() | st.text() | LISTS | LISTS.map(tuple) | st.sets(st.text()),
    "query": THINGS | st.booleans() | st.text() | LISTS | LISTS.map(tuple) | st.sets(st.text()),
    "public": THINGS | st.text() | st.lists(st.text()),
    "page": THINGS.filter(lambda value: value is not None) | st.booleans() | st.lists(st.text()),
}


def test_every_field_of_a_route_has_wrong_types_to_try():
    assert set(WRONG) == set(Route.__dataclass_fields__)


@given(st.sampled_from(sorted(WRONG)).flatmap(lambda name: st.tuples(st.just(name), WRONG[name])))
def test_a_field_of_another_type_is_refused_by_name_and_makes_no_route(field: tuple[str, Any]):
    name, value = field
    with pytest.raises(ConfigurationError) as refused:
        Route(**{"method": "GET", "path": "/pets", name: value})
    (mistake,) = refused.value.mistakes
    assert mistake.startswith("route ")
    assert f": {name} is n" in mistake
    assert f", got {value!r}. " in mistake


@pytest.mark.parametrize("public", ["false", "False", "", "true", 0, 1, None, 1.0, [], ["x"]])
def test_only_true_makes_a_route_public_and_what_is_like_it_is_refused(public: Any):
    with pytest.raises(ConfigurationError, match="route GET /pets: public is neither True nor False, got "):
        Route("GET", "/pets", public=public)


@pytest.mark.parametrize("scopes", ["create:pets", "", None, {"create:pets"}, [1], ("a", None), [["a"]]])
def test_scopes_that_are_no_list_of_texts_are_refused(scopes: Any):
    with pytest.raises(ConfigurationError, match="route POST /pets: scopes is not a list of texts, got "):
        Route("POST", "/pets", scopes=scopes)


def test_what_stands_among_the_routes_and_is_none_is_named():
    table: list[Any] = [PETS, ("GET", "/x", True), None]
    first, second = mistakes_in(table)
    assert first.startswith("ROUTES[1] is not a Route, got ('GET', '/x', True). Write Route(")
    assert second.startswith("ROUTES[2] is not a Route, got None. ")


def test_all_fields_of_another_type_are_named_at_once():
    wrong: dict[str, Any] = {"method": 1, "path": 2, "scopes": 3, "query": 4, "public": 5, "page": 6}
    with pytest.raises(ConfigurationError) as refused:
        Route(**wrong)
    assert [mistake.removeprefix("route 1 2: ").split()[0] for mistake in refused.value.mistakes] == list(wrong)


@pytest.mark.parametrize("table", [None, "GET /pets", {PETS}, PETS])
def test_routes_that_are_no_list_are_refused(table: Any):
    (mistake,) = mistakes_in(table)
    assert mistake.startswith("ROUTES is not a list of routes, got ")


def test_a_route_listed_twice_is_refused_even_where_one_is_public():
    assert mistakes_in([PETS, Route("GET", "/pets", public=True)]) == ["route GET /pets: listed twice; remove one"]


def test_two_parameters_side_by_side_are_refused():
    (mistake,) = mistakes_in([Route("GET", "/pets/{petId}"), Route("POST", "/pets/{id}/food")])
    assert mistake == "below /pets, {id} and {petId} stand in one place; API Gateway takes one there: use one name"


def test_a_table_that_does_not_fit_into_the_functions_environment_is_refused():
    assert mistakes_in([Route("GET", f"/path-number-{number}") for number in range(120)]) == []
    (mistake,) = mistakes_in([Route("GET", f"/path-number-{number}") for number in range(200)])
    assert "of which there are 3072" in mistake


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


def test_more_resources_than_api_gateway_takes_are_refused():
    public = [Route("GET", f"/a/{number}", public=True) for number in range(299)]
    assert mistakes_in([Route("POST", "/a"), *public]) == []
    (mistake,) = mistakes_in([Route("POST", "/a"), *public, Route("GET", "/b", public=True)])
    assert mistake == "the paths make 301 resources; API Gateway takes 300: split the API"
