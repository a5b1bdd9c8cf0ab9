"""For any route table, a policy allows exactly the requests that the token's scopes permit."""

from itertools import product
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authorizer import policy
from authorizer.policy import OTHER_SPELLINGS, policy_for
from authorizer.routes import GuardedRoute
from infra.api.routes import Route, guarded
from tests.testkit.gateway import PATHS, STAGE, arn, forms, programs, routed, spellings, table
from tests.testkit.iam import PolicyError, allows, evaluator

GRANTED = st.frozensets(st.sampled_from("xyz"))
SETTINGS = settings(max_examples=200, deadline=None, derandomize=True, database=None)


@given(programs(), GRANTED)
@SETTINGS
def test_a_request_is_allowed_if_and_only_if_the_scopes_suffice(routes: list[Route], granted: frozenset[str]) -> None:
    may = evaluator(policy_for(tuple(guarded(routes)), granted, STAGE))
    for method in ("GET", "POST", "HEAD", "DELETE"):
        for path in PATHS:
            route = routed(routes, method, path)
            if route is not None and not route.public:  # a public route does not invoke the authorizer
                request = arn(method, "/" + "/".join(path))
                assert may(request) is granted.issuperset(route.scopes), request


@given(programs(), GRANTED)
@SETTINGS
def test_no_other_spelling_of_a_path_bypasses_the_scopes_of_a_route(
    routes: list[Route], granted: frozenset[str]
) -> None:
    may = evaluator(policy_for(tuple(guarded(routes)), granted, STAGE))
    for method in ("GET", "DELETE"):
        for path in (it for it in PATHS if len(it) != 4):
            route = routed(routes, method, path)
            if route is not None and not route.public and not granted.issuperset(route.scopes):
                for spelt, written in spellings(path):
                    assert not any(may(arn(method, form)) for form in written), spelt


# Pieces from which callers may build a path.
PIECES = [
    "a",
    "b",
    "1",
    "%61",
    "%2561",
    "",
    ".",
    "..",
    "%2e",
    "%2E%2e",
    ".%2e",
    "a;x",
    ";x",
    "..;",
    "%3B",
    "a%3bx",
    "..%3b1",
    "b%00",
    "a%2Fb",
    "b%5c1",
    "..%2fa",
]
# The ways in which a gateway and a backend may normalise a path: decoded once or twice, up to a NUL, with \\ as /,
# without ;parameters, without empty segments, with dots resolved.
READINGS = list(product((0, 1, 2), (False, True), (False, True)))


def read(path: str, decoded: int, backslash: bool, matrix: bool) -> tuple[str, ...]:
    """The segments of a path, as a server that normalises paths reads them."""
    for _ in range(decoded):
        path = unquote(path)
    path = path.partition("\0")[0]
    found: list[str] = []
    for segment in (path.replace("\\", "/") if backslash else path).split("/"):
        name = segment.partition(";")[0] if matrix else segment
        if name == "..":
            found = found[:-1]
        elif name not in ("", "."):
            found.append(name)
    return tuple(found)


@given(programs(), GRANTED, st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5), max_size=60))
@SETTINGS
def test_no_server_reads_an_allowed_path_as_one_that_the_scopes_do_not_permit(
    routes: list[Route], granted: frozenset[str], made: list[list[str]]
) -> None:
    may = evaluator(policy_for(tuple(guarded(routes)), granted, STAGE))
    for method, pieces in product(("GET", "DELETE"), made):
        for path in forms("/" + "/".join(pieces)):
            for reading in READINGS if may(arn(method, path)) else ():
                route = routed(routes, method, read(path, *reading))
                assert route is None or route.public or granted.issuperset(route.scopes), (path, reading)


# Together, these leak if any one of the denied spellings is missing.
OVERLAPPING = [
    table("GET /{p0+}", "GET /a x", "GET / x"),
    table("GET /a/{p1+}", "GET /a x", "GET /b x", "GET / x"),
    table("GET /a/{p1}", "GET /a/{p1}/b x"),
    table("GET /{p0}", "GET /{p0}/b x"),
]


def leaks(routes: tuple[GuardedRoute, ...]) -> list[str]:
    """Spellings of scoped routes that a policy allows for a token without scopes."""
    may = evaluator(policy_for(routes, frozenset(), STAGE))
    closed = [path for path in PATHS if (route := routed(routes, "GET", path)) and route.scopes]
    return [
        spelt for path in closed for spelt, written in spellings(path) if any(may(arn("GET", it)) for it in written)
    ]


@pytest.mark.parametrize("routes", OVERLAPPING)
def test_no_spelling_of_a_path_leaks(routes: tuple[GuardedRoute, ...]) -> None:
    assert leaks(routes) == []


@pytest.mark.parametrize("spelling", OTHER_SPELLINGS)
def test_each_denied_spelling_is_needed(spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "OTHER_SPELLINGS", [it for it in OTHER_SPELLINGS if it != spelling])
    assert [spelt for routes in OVERLAPPING for spelt in leaks(routes)]


@pytest.mark.parametrize(
    "spelt",
    ["/files/./secret", "/files/x/../secret", "/files/a//secret", "/pets/1%2Fowner", "/pets/..%2Ffiles%2Fsecret"],
)
@pytest.mark.parametrize("method", ["GET", "ANY"])
def test_a_spelling_that_a_backend_would_normalise_is_refused(spelt: str, method: str) -> None:
    lines = (f"{method} /files/{{name+}}", f"{method} /files/secret s", f"{method} /pets/{{id}}")
    routes = [Route(it.method, it.path, tuple(it.scopes)) for it in table(*lines, f"{method} /pets/{{id}}/owner s")]
    may = evaluator(policy_for(tuple(guarded(routes)), frozenset(), STAGE))
    assert not may(arn("GET", spelt))
    for plain in ("/files/a", "/files/a/b.c/.d", "/files/secrets", "/pets/1", "/pets/a..b", "/pets/a%20b"):
        assert may(arn("GET", plain)), plain


def test_a_policy_lists_no_options_for_any():
    """API Gateway sends OPTIONS to ANY on a path that has no OPTIONS method: docs/backends.md."""
    may = evaluator(policy_for(tuple(guarded([Route("ANY", "/{proxy+}")])), frozenset(), STAGE))
    assert may(arn("PUT", "/x"))
    assert not may(arn("OPTIONS", "/x"))


def test_a_path_with_a_trailing_slash_is_allowed_with_and_without_it():
    """FastAPI and Django write paths with a trailing slash."""
    lines = ("GET /dogs/", "GET /dogs/{id}/", "GET /dogs/{id}/toys/", "GET /cats/ x", "GET /cats/{id}/", "GET /owners")
    may = evaluator(policy_for(table(*lines, "GET /owners/{id} x", "GET /dogs/{id}/vet x"), frozenset(), STAGE))
    for path in ("/dogs", "/dogs/1", "/dogs/1/toys", "/cats/1"):
        assert may(arn("GET", path)), path
        assert may(arn("GET", f"{path}/")), path
    assert may(arn("GET", "/owners"))
    for path in ("/cats", "/cats/", "/owners/", "/owners/1", "/owners/1/", "/dogs/1/vet", "/dogs/1/vet/", "/dogs//"):
        assert not may(arn("GET", path)), path


@pytest.mark.parametrize(
    "policy",
    [
        {"Statement": []},
        {"Version": "2012-10-17", "Statement": []},
        {"Version": "2008-10-17", "Statement": [{"Effect": "Allow"}]},
        *(
            {"Version": "2012-10-17", "Statement": [statement]}
            for statement in (
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": []},
                {"Effect": "Allow", "Action": "execute-api:*", "Resource": ["arn:*"]},
                {"Effect": "allow", "Action": "execute-api:Invoke", "Resource": ["arn:*"]},
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": ["*"]},
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": ["arn:*"], "NotResource": []},
            )
        ),
    ],
)
def test_the_evaluator_of_these_tests_is_strict(policy: dict[str, object]) -> None:
    with pytest.raises(PolicyError):
        allows(policy, arn("GET", "/"))
