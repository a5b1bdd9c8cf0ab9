"""`authorizer.routes`: the execute-api ARN wildcards for a route table."""

import pytest
from hypothesis import given, settings

from authorizer.routes import (
    GuardedRoute,
    PathTemplate,
    covers,
    deny_patterns,
    is_parameter,
    parse_table,
    reaches,
)
from infra.auth.environment import render_table
from tests.testkit import gateway
from tests.testkit.gateway import route, table


def parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


@pytest.mark.parametrize(
    ("path", "segments", "pattern", "greedy"),
    [
        ("/", (), (), False),
        ("/pets", ("pets",), ("pets",), False),
        ("/pets/{petId}", ("pets", "{petId}"), ("pets", "*"), False),
        ("/a/{x}/b/{rest+}", ("a", "{x}", "b", "{rest+}"), ("a", "*", "b", "*"), True),
    ],
)
def test_a_path_parameter_becomes_a_star(
    path: str, segments: tuple[str, ...], pattern: tuple[str, ...], greedy: bool
) -> None:
    it = GuardedRoute("GET", path)
    assert (it.segments, it.pattern, it.template.greedy, str(it)) == (segments, pattern, greedy, f"GET {path}")


def test_only_a_segment_in_braces_is_a_parameter() -> None:
    assert is_parameter("{petId}")
    assert is_parameter("{rest+}")
    assert not is_parameter("pets")


@pytest.mark.parametrize(
    ("path", "request_path", "fits"),
    [
        ("/", "", True),
        ("/", "pets", False),
        ("/pets", "pets", True),
        ("/pets", "Pets", False),
        ("/pets", "pets/", False),
        ("/pets/{id}", "pets/1", True),
        ("/pets/{id}", "pets/", False),
        ("/pets/{id}", "pets/1/2", False),
        ("/files/{rest+}", "files/a/b/c", True),
        ("/files/{rest+}", "files/a", True),
        ("/files/{rest+}", "files/", False),
        ("/files/{rest+}", "files", False),
    ],
)
def test_a_request_matches_a_route_or_not(path: str, request_path: str, fits: bool) -> None:
    assert PathTemplate.parse(path).matches(request_path.split("/") if request_path else []) is fits


def test_a_table_has_one_line_per_route_with_sorted_scopes() -> None:
    routes = [GuardedRoute("GET", "/pets"), GuardedRoute("POST", "/pets/{id}", frozenset({"b", "a"}))]
    assert render_table(routes) == "GET /pets\nPOST /pets/{id} a b"


@given(gateway.tables(shortest=0))
@settings(max_examples=50, deadline=None, derandomize=True, database=None)
def test_a_rendered_table_is_parsed_as_the_same_routes(routes: tuple[GuardedRoute, ...]) -> None:
    assert parse_table(render_table(routes)) == routes


@pytest.mark.parametrize("line", ["", "GET", "GET ", "GET pets", "/pets", "G3T /pets", " GET /pets", "GET  /pets"])
def test_a_line_in_another_format_is_refused_and_quoted(line: str) -> None:
    with pytest.raises(ValueError, match="not a route") as refused:
        parse_table(f"GET /first\n{line}\nGET /last")
    assert repr(line) in str(refused.value)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("", "/", True),
        ("", "/a", False),
        ("a", "/", False),
        ("a", "/a", True),
        ("a", "/b", False),
        ("a", "/{x}", True),
        ("a", "/a/b", False),
        ("a/*", "/a", False),
        ("a/*", "/a/{x}", True),
        ("a/*", "/a/b/c", True),
        ("a/*", "/b/c", False),
        ("*/b", "/a/b", True),
        ("*/b", "/a/x/b", True),
        ("*/b", "/a/x", False),
        ("a/*/*", "/a/{x}", False),
        ("a/*/*", "/a/{x}/{y}/{z}", True),
        ("a/*/*", "/a/{x+}", True),
        ("a/b/c", "/a/{x+}", True),
        ("b/c", "/a/{x+}", False),
        ("a", "/a/{x+}", False),
        ("*/owner", "/{x+}", True),
    ],
)
def test_a_pattern_overlaps_a_route_if_it_matches_one_of_its_requests(pattern: str, path: str, expected: bool) -> None:
    assert reaches(parts(pattern), parts(path)) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("", "/", True),
        ("a", "/a", True),
        ("a", "/{x}", False),
        ("*", "/a", True),
        ("*", "/{x}", True),
        ("*", "/{x+}", True),
        ("*", "/", False),
        ("a/*", "/a/b/{c}", True),
        ("a/*", "/{x}/b", False),
        ("*/b", "/a/b", True),
        ("*/b", "/{x}/{y}", False),
        ("*/*", "/{x}", False),
        ("*/*", "/{x+}", False),
        ("a/*/*", "/a/{x}/owner", True),
    ],
)
def test_a_pattern_covers_a_route_if_it_matches_all_its_requests(pattern: str, path: str, expected: bool) -> None:
    assert covers(parts(pattern), parts(path)) is expected


@pytest.mark.parametrize(
    ("allowed", "others", "expected"),
    [
        ("GET /pets", [], []),
        ("GET /pets/{id}", [], ["pets/*/*"]),
        ("GET /pets/{id}/toys/{toy}", [], ["pets/*/*/toys/*", "pets/*/toys/*/*"]),
        ("GET /pets/{id}", ["GET /pets/{id}/toys"], ["pets/*/*/*"]),
        ("GET /pets/{id}", ["POST /pets/{id}/toys"], ["pets/*/*"]),
        ("GET /pets/{id}", ["GET /pets/{id}/toys/{toy}"], ["pets/*/*/*/*"]),
        ("GET /pets/{id}", ["GET /pets/{id}/{rest+}"], []),
        ("GET /files/{path+}", [], []),
        ("GET /{a}/files/{path+}", ["GET /shops"], []),
    ],
)
def test_a_deny_pattern_is_as_narrow_as_the_other_allowed_routes_permit(
    allowed: str, others: list[str], expected: list[str]
) -> None:
    it = route(allowed)
    assert deny_patterns(it, [it, *table(*others)]) == [parts(pattern) for pattern in expected]
