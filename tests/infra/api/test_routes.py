"""The route table: mistakes are refused before any resource is declared."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.api.routes import METHODS, Route, guarded, mistakes_in
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake
from tests.testkit.messages import seen

PETS = Route("GET", "/pets")


def mistakes(routes: list[Route]) -> list[Mistake]:
    return seen(mistakes_in(routes))


@pytest.mark.parametrize(
    ("route", "rule"),
    [
        (Route("get", "/x"), "unknown-method"),
        (Route("FETCH", "/x"), "unknown-method"),
        (Route("any", "/x"), "unknown-method"),
        (Route("OPTIONS", "/x"), "options"),
        (Route("GET", "x"), "no-slash"),
        (Route("GET", ""), "no-slash"),
        (Route("GET", "/x/"), "empty-segment"),
        (Route("GET", "//x"), "empty-segment"),
        (Route("GET", "/x/:id"), "colon-parameter"),
        (Route("GET", "/x*"), "not-a-segment"),
        (Route("GET", "/a?b"), "not-a-segment"),
        (Route("GET", "/{a}b"), "not-a-segment"),
        (Route("GET", "/{}"), "not-a-segment"),
        (Route("GET", "/a/./b"), "not-a-segment"),
        (Route("GET", "/a/.."), "not-a-segment"),
        (Route("GET", "/{a+}/b"), "greedy-not-last"),
        (Route("GET", "/{a}/{a}"), "duplicate-parameter"),
        (Route("GET", "/x", scopes=["a b"]), "not-a-scope"),
        (Route("GET", "/x", query=["a b"]), "not-a-query-name"),
        (Route("GET", "/x", public=True, scopes=["a"]), "public-with-scopes"),
        *(
            (Route("GET", "/x", backend_path=path), "not-a-backend-path")
            for path in (
                "",
                "x",
                ".evil.example",
                "https://evil.example/",
                "/a//b",
                "/a b",
                "/a?b",
                "/a#b",
                "/..",
                "/a/./b",
            )
        ),
        (Route("GET", "/x/{id}", backend_path="/x/{name}"), "not-a-backend-path"),
    ],
)
def test_a_route_that_api_gateway_would_refuse_is_named_with_the_rule(route: Route, rule: str):
    (mistake,) = mistakes([PETS, route])
    assert (mistake.key, mistake.rule) == (f"route {route}", rule)


# Values that are not strings, lists or booleans; and lists with an item that is not a string.
THINGS = st.none() | st.integers() | st.floats() | st.binary() | st.dictionaries(st.text(), st.text())
LISTS = st.lists(st.text() | THINGS).filter(lambda items: not all(isinstance(item, str) for item in items))
WRONG: dict[str, st.SearchStrategy[Any]] = {
    "method": THINGS | st.booleans() | st.lists(st.text()),
    "path": THINGS | st.booleans() | st.lists(st.text()),
    "scopes": THINGS | st.booleans() | st.text() | LISTS | LISTS.map(tuple) | st.sets(st.text()),
    "query": THINGS | st.booleans() | st.text() | LISTS | LISTS.map(tuple) | st.sets(st.text()),
    "public": THINGS | st.text() | st.lists(st.text()),
    "headers": THINGS | st.booleans() | st.text() | LISTS | LISTS.map(tuple) | st.sets(st.text()),
    **dict.fromkeys(
        ("function", "integration", "backend_path"),
        THINGS.filter(lambda value: value is not None) | st.booleans() | st.lists(st.text()),
    ),
    "page": THINGS.filter(lambda value: value is not None) | st.booleans() | st.lists(st.text()),
}


def test_every_field_of_a_route_is_tested_with_wrong_types():
    assert set(WRONG) == set(Route.__dataclass_fields__)


@given(st.sampled_from(sorted(WRONG)).flatmap(lambda name: st.tuples(st.just(name), WRONG[name])))
def test_a_field_of_another_type_is_refused_and_creates_no_route(field: tuple[str, Any]):
    name, value = field
    with pytest.raises(ConfigurationError) as refused:
        Route(**{"method": "GET", "path": "/pets", name: value})
    (mistake,) = refused.value.mistakes
    assert (mistake.rule, mistake.what.split()[0], mistake.got) == ("wrong-type", name, repr(value))


@pytest.mark.parametrize("public", ["false", "False", "", "true", 0, 1, None, 1.0, [], ["x"]])
def test_only_true_makes_a_route_public_and_similar_values_are_refused(public: Any):
    with pytest.raises(ConfigurationError) as refused:
        Route("GET", "/pets", public=public)
    (mistake,) = seen(refused.value.mistakes)
    assert (mistake.key, mistake.rule, mistake.got) == ("route GET /pets", "wrong-type", repr(public))


@pytest.mark.parametrize("scopes", ["create:pets", "", None, {"create:pets"}, [1], ("a", None), [["a"]]])
def test_scopes_that_are_not_a_list_of_strings_are_refused(scopes: Any):
    with pytest.raises(ConfigurationError) as refused:
        Route("POST", "/pets", scopes=scopes)
    (mistake,) = seen(refused.value.mistakes)
    assert (mistake.key, mistake.rule, mistake.got) == ("route POST /pets", "wrong-type", repr(scopes))


def test_an_item_of_the_table_that_is_not_a_route_is_named():
    table: list[Any] = [PETS, ("GET", "/x", True), None]
    found = mistakes(table)
    assert [(mistake.key, mistake.rule) for mistake in found] == [
        ("ROUTES[1]", "not-a-route"),
        ("ROUTES[2]", "not-a-route"),
    ]


def test_all_fields_with_a_wrong_type_are_named_at_once():
    wrong: dict[str, Any] = {"method": 1, "path": 2, "scopes": 3, "query": 4, "public": 5, "page": 6}
    with pytest.raises(ConfigurationError) as refused:
        Route(**wrong)
    assert [mistake.what.split()[0] for mistake in seen(refused.value.mistakes)] == list(wrong)


@pytest.mark.parametrize("table", [None, "GET /pets", {PETS}, PETS])
def test_routes_that_are_not_a_list_are_refused(table: Any):
    (mistake,) = mistakes(table)
    assert (mistake.key, mistake.rule) == ("ROUTES", "not-a-list")


def test_a_route_listed_twice_is_refused_even_if_one_is_public():
    (mistake,) = mistakes([PETS, Route("GET", "/pets", public=True)])
    assert (mistake.key, mistake.rule) == ("route GET /pets", "duplicate-route")


def test_two_parameters_side_by_side_are_refused():
    (mistake,) = mistakes([Route("GET", "/pets/{petId}"), Route("POST", "/pets/{id}/food")])
    assert (mistake.key, mistake.rule, mistake.got) == ("path /pets", "sibling-parameters", "{id} and {petId}")


def test_api_gateways_own_limit_is_the_only_limit_on_the_number_of_routes():
    assert mistakes_in([Route("GET", f"/path-number-{number}") for number in range(300)]) == []


def test_more_resources_than_api_gateway_accepts_are_refused():
    public = [Route("GET", f"/a/{number}", public=True) for number in range(299)]
    assert mistakes_in([Route("POST", "/a"), *public]) == []
    (mistake,) = mistakes([Route("POST", "/a"), *public, Route("GET", "/b", public=True)])
    assert (mistake.key, mistake.rule) == ("the paths", "too-many-resources")
    assert "raise" in mistake.fix


@pytest.mark.parametrize(
    "path", ["/{id}/" + "x" * 310, "/" + "x" * 330, "/" + "/".join(f"{{p{n}}}" for n in range(159))]
)
def test_a_path_too_long_for_a_policy_is_refused(path: str):
    (mistake,) = mistakes([Route("GET", path)])
    assert (mistake.key, mistake.rule) == ("the paths", "policy-arn-too-long")
    assert mistakes_in([Route("GET", path[:200])]) == []


def test_a_policy_that_is_too_large_is_refused():
    routes = [Route("ANY", f"/{'name' * 40}-{number}/{{a}}") for number in range(149)]
    assert mistakes_in(routes[:50]) == []
    (mistake,) = mistakes(routes)
    assert (mistake.key, mistake.rule) == ("the routes", "policy-too-large")


def test_any_includes_the_methods_without_their_own_route():
    routes = [
        Route("ANY", "/x", scopes=["a"]),
        Route("GET", "/x", public=True),
        Route("POST", "/x"),
        Route("GET", "/y"),
    ]
    assert sorted(map(str, guarded(routes))) == ["DELETE /x", "GET /y", "HEAD /x", "PATCH /x", "POST /x", "PUT /x"]
    assert {str(route): route.scopes for route in guarded(routes)}["PUT /x"] == {"a"}


def test_any_that_includes_no_method_is_refused():
    (mistake,) = mistakes([Route("ANY", "/x"), *(Route(method, "/x") for method in METHODS)])
    assert (mistake.key, mistake.rule) == ("route ANY /x", "any-of-nothing")


def test_routes_that_any_cannot_be_separated_from_are_named_once_as_written():
    (mistake,) = mistakes([Route("ANY", "/files/{path+}"), Route("ANY", "/files/{path+}/x", scopes=["s"])])
    assert mistake.rule == "greedy-not-last"
    table = [Route("ANY", "/{kind}/{id}"), Route("ANY", "/pets/{id}", scopes=["vet"]), Route("ANY", "/pets/food")]
    (mistake,) = mistakes(table)
    assert (mistake.key, mistake.rule) == ("route ANY /pets/{id}", "indistinguishable")
    assert "ANY /{kind}/{id}" in mistake.what
    assert "would also deny ANY /pets/food" in mistake.what


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
def test_routes_next_to_a_whole_application_are_accepted(more: list[Route]):
    assert mistakes_in([Route("ANY", "/{proxy+}"), *more]) == []


def test_a_table_without_a_protected_route_is_refused():
    (mistake,) = mistakes([Route("GET", "/", public=True)])
    assert mistake.rule == "nothing-protected"


def test_routes_that_no_policy_can_separate_are_refused():
    table = [Route("GET", "/pets/{id}"), Route("GET", "/pets/{rest+}", scopes=["all"])]
    assert "sibling-parameters" in [mistake.rule for mistake in mistakes(table)]
    table = [
        Route("GET", "/{kind}/{id}"),
        Route("GET", "/pets/{id}", scopes=["vet"]),
        Route("GET", "/pets/food"),
    ]
    (mistake,) = mistakes(table)
    assert (mistake.key, mistake.rule) == ("route GET /pets/{id}", "indistinguishable")
    assert "GET /{kind}/{id}" in mistake.what
    assert "GET /pets/food" in mistake.what


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
def test_common_route_tables_are_accepted(more: list[Route]):
    assert mistakes_in([PETS, Route("GET", "/pets/{petId}"), *more]) == []


def test_the_authorizer_gets_protected_routes_only():
    table = guarded([Route("GET", "/", public=True), Route("POST", "/pets", scopes=["b", "a"])])
    assert [(str(route), route.scopes) for route in table] == [("POST /pets", {"a", "b"})]


@pytest.mark.parametrize(
    ("route", "rule"),
    [
        (Route("GET", "/x", function="f", page="<p>"), "several-backends"),
        (Route("GET", "/x", integration="AWS"), "unknown-integration"),
        (Route("GET", "/x", function="my function"), "not-a-function"),
        (Route("GET", "/x", function="arn:aws:lambda:eu-west-1:1:function:f"), "not-a-function"),
        (Route("GET", "/x", headers=["a b"]), "not-a-header"),
        (Route("GET", "/x", headers=["authorization"]), "not-the-clients-header"),
        (Route("GET", "/x", headers=["X-Principal-Id"]), "not-the-clients-header"),
        (Route("GET", "/x", headers=["Content-Length"]), "not-the-clients-header"),
        (Route("GET", "/x", headers=["x-claim-org-id"]), "not-the-clients-header"),
    ],
)
def test_a_backend_that_could_not_answer_or_be_trusted_is_refused(route: Route, rule: str):
    (mistake,) = mistakes([PETS, route])
    assert (mistake.key, mistake.rule) == ("route GET /x", rule)
