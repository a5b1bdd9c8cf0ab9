"""The changes of access that a preview reports, and which of them as warnings. Uses `tests.testkit.changes`."""

import dataclasses
import json
from collections.abc import Iterable

import pytest

from infra.api.routes import Route
from tests.testkit.changes import CREATE, DELETE, NEWS, PET, PETS, ROOT, ROUTES, Program, declared
from tools.preview import route_access_diff, trust_diff
from tools.preview.mock_recorder import Resource
from tools.preview.route_access_diff import Notice
from tools.preview.run_program import Program as Ran
from tools.preview.run_program import from_json, to_json

pytestmark = pytest.mark.xdist_group("changes")  # One process runs each program once for all tests here.
WARM = (("provisionedConcurrency", "1"),)


def recorded(program: Program) -> list[Resource]:
    """The resources as the program's own process records them."""
    return from_json(to_json(Ran(declared(program).resources, {}))).resources


def access_changes(before: Program | Iterable[Resource], after: Program | Iterable[Resource]) -> list[Notice]:
    sides = [recorded(side) if isinstance(side, Program) else list(side) for side in (before, after)]
    return [*route_access_diff.notices(*sides), *trust_diff.notices(*sides)]


def of(*pairs: tuple[str, str]) -> Program:
    return Program(config=pairs)


def routed(*routes: Route, config: tuple[tuple[str, str], ...] = ()) -> Program:
    return Program(routes=routes, config=config)


OPEN = routed(ROOT, PETS, Route("POST", "/pets", public=True), PET)
LONG = "a-scope-longer-than-lambdas-environment-" * 100
OF_ROUTES = {
    "opened": (Program(), OPEN, Notice("OPENED", "POST /pets", "tokens with create:pets", "public", True)),
    "closed": (OPEN, Program(), Notice("closed", "POST /pets", "public", "tokens with create:pets")),
    "a scope less": (
        Program(),
        routed(ROOT, PETS, Route("POST", "/pets"), PET),
        Notice("OPENED", "POST /pets", "tokens with create:pets", "any valid token", True),
    ),
    "another scope": (
        Program(),
        routed(ROOT, PETS, Route("POST", "/pets", scopes=["write:pets"]), PET),
        Notice("OPENED", "POST /pets", "tokens with create:pets", "tokens with write:pets", True),
    ),
    "a scope more": (
        Program(),
        routed(ROOT, PETS, Route("POST", "/pets", scopes=["create:pets", "a"]), PET),
        Notice("closed", "POST /pets", "tokens with create:pets", "tokens with a create:pets"),
    ),
    "a scope less behind an alias": (
        routed(*ROUTES, config=WARM),
        routed(ROOT, PETS, Route("POST", "/pets"), PET, config=WARM),
        Notice("OPENED", "POST /pets", "tokens with create:pets", "any valid token", True),
    ),
    "a new route": (
        Program(),
        routed(*ROUTES, DELETE),
        Notice("new", "DELETE /pets/{petId}", "", "tokens with delete:pets"),
    ),
    "a new public route": (Program(), routed(*ROUTES, NEWS), Notice("NEW, PUBLIC", "GET /news", "", "public", True)),
    "a scope less for the methods of an ANY": (
        routed(*ROUTES, Route("ANY", "/app/{path+}", scopes=["app"])),
        routed(*ROUTES, Route("ANY", "/app/{path+}")),
        Notice("OPENED", "ANY /app/{path+}", "tokens with app", "any valid token", True),
    ),
    "a new ANY": (
        routed(*ROUTES),
        routed(*ROUTES, Route("ANY", "/app/{path+}")),
        Notice("new", "ANY /app/{path+}", "", "any valid token"),
    ),
    "a method whose requests go to an ANY of fewer scopes": (
        routed(*ROUTES, Route("ANY", "/app"), Route("GET", "/app", scopes=["app"])),
        routed(*ROUTES, Route("ANY", "/app")),
        Notice("OPENED", "GET /app", "tokens with app", "any valid token", True),
    ),
    "a removed route whose requests go to another": (
        routed(*ROUTES, Route("GET", "/pets/mine", scopes=["mine"])),
        routed(*ROUTES),
        Notice("OPENED", "GET /pets/mine", "tokens with mine", "any valid token, as GET /pets/{petId}", True),
    ),
    "a removed route whose requests go to an ANY for everyone": (
        routed(*ROUTES, Route("ANY", "/app/{path+}", public=True), Route("GET", "/app/admin")),
        routed(*ROUTES, Route("ANY", "/app/{path+}", public=True)),
        Notice("OPENED", "GET /app/admin", "any valid token", "public, as ANY /app/{path+}", True),
    ),
    "a new route for requests that needed a scope": (
        routed(*ROUTES, Route("ANY", "/app/{path+}", scopes=["app"])),
        routed(*ROUTES, Route("ANY", "/app/{path+}", scopes=["app"]), Route("GET", "/app/news")),
        Notice("OPENED", "GET /app/news", "tokens with app, as ANY /app/{path+}", "any valid token", True),
    ),
    "a new public route for requests that needed a token": (
        routed(*ROUTES, Route("ANY", "/app/{path+}")),
        routed(*ROUTES, Route("ANY", "/app/{path+}"), Route("GET", "/app/health", public=True)),
        Notice("OPENED", "GET /app/health", "any valid token, as ANY /app/{path+}", "public", True),
    ),
    "a scope less in a table that is in the bundle": (
        routed(PETS, Route("GET", "/pets/{petId}", scopes=[LONG, "a"])),
        routed(PETS, Route("GET", "/pets/{petId}", scopes=[LONG])),
        Notice("OPENED", "GET /pets/{petId}", f"tokens with a {LONG}", f"tokens with {LONG}", True),
    ),
    "a removed route": (
        Program(),
        routed(ROOT, PETS, CREATE),
        Notice("removed", "GET /pets/{petId}", "any valid token", ""),
    ),
}


@pytest.mark.parametrize("name", OF_ROUTES)
def test_a_change_of_a_routes_access_is_reported(name: str):
    before, after, expected = OF_ROUTES[name]
    assert access_changes(before, after) == [expected]


def test_a_renamed_parameter_is_not_reported():
    assert access_changes(Program(), routed(ROOT, PETS, CREATE, Route("GET", "/pets/{id}"))) == []


ISSUER, KEYS = "https://petstore-test.eu.auth0.com/", ".well-known/jwks.json"
OTHER = "https://other.eu.auth0.com/"
REVOKED = of(("revokedKids", '["key-1"]'))
API = "https://petstore.example/api"


def listed(*issuers: dict[str, object]) -> Program:
    return of(("tokenIssuer", ""), ("audience", ""), ("issuers", json.dumps(issuers)))


def facts(issuer: str) -> str:
    return (
        f"audience {API}; JWKS URI {issuer}{KEYS}; algorithms RS256; scopeClaims permissions, scope, scp; "
        "principalClaim sub"
    )


OF_TRUST = {
    "issuer": (
        Program(),
        of(("tokenIssuer", OTHER)),
        [
            Notice("TRUSTED ISSUER ADDED", OTHER, "", facts(OTHER), True),
            Notice("issuer removed", ISSUER, facts(ISSUER), ""),
        ],
    ),
    "a second issuer": (
        listed({"issuer": ISSUER, "audience": API}),
        listed({"issuer": ISSUER, "audience": API}, {"issuer": OTHER, "audience": API}),
        [Notice("TRUSTED ISSUER ADDED", OTHER, "", facts(OTHER), True)],
    ),
    "an issuer less": (
        listed({"issuer": ISSUER, "audience": API}, {"issuer": OTHER, "audience": API}),
        listed({"issuer": ISSUER, "audience": API}),
        [Notice("issuer removed", OTHER, facts(OTHER), "")],
    ),
    "the other form": (Program(), listed({"issuer": ISSUER, "audience": API}), []),
    "more of one of two": (
        listed({"issuer": ISSUER, "audience": API}, {"issuer": OTHER, "audience": API}),
        listed(
            {"issuer": ISSUER, "audience": API},
            {"issuer": OTHER, "audience": API, "algorithms": ["ES256"], "requiredClaims": {"a": [True]}},
        ),
        [
            Notice("TRUSTED ISSUER CHANGED", f"algorithms of {OTHER}", "RS256", "ES256", True),
            Notice("TRUSTED ISSUER CHANGED", f"requiredClaims of {OTHER}", "(none)", "a=[true]", True),
        ],
    ),
    "audience": (
        Program(),
        of(("audience", "another")),
        [Notice("TRUSTED ISSUER CHANGED", "audience", "https://petstore.example/api", "another", True)],
    ),
    "a claim for the backend": (
        of(("contextClaims", '["org_id"]')),
        of(("contextClaims", '["email"]')),
        [Notice("claim", "email", "", "the backend gets it"), Notice("claim", "org_id", "the backend gets it", "")],
    ),
    "a key revoked": (Program(), REVOKED, [Notice("closed", "the key key-1", "trusted", "revoked")]),
    "a key trusted again": (
        REVOKED,
        Program(),
        [Notice("KEY TRUSTED AGAIN", "the key key-1", "revoked", "trusted", True)],
    ),
    "more leeway": (
        Program(),
        of(("leewayInSeconds", "60")),
        [Notice("LONGER", "leeway", "10 seconds", "60 seconds", True)],
    ),
    "a shorter TTL": (
        Program(),
        of(("authorizerResultTtlInSeconds", "0")),
        [Notice("shorter", "cached answers", "300 seconds", "0 seconds")],
    ),
    "a token that is passed on": (
        Program(routes=(ROOT, PETS), config=(("backendUrl", "https://backend.example"),)),
        Program(
            routes=(ROOT, PETS), config=(("backendUrl", "https://backend.example"), ("forwardAuthorization", "true"))
        ),
        [Notice("TOKEN FORWARDED", "GET /pets", "", "the backend gets the caller's token", True)],
    ),
    "an API that may be deleted": (
        of(("protectRestApi", "true")),
        Program(),
        [Notice("UNPROTECTED", "petstore", "Pulumi refuses to delete it", "Pulumi may delete it", True)],
    ),
    "the authorizer's code": (
        Program(),
        Program(bundle="build/authorizer-2.zip"),
        [Notice("verified by", "the function's code", "authorizer-1.zip", "authorizer-2.zip")],
    ),
    "the folder that the code lies in": (Program(), Program(bundle="elsewhere/authorizer-1.zip"), []),
    "throttle": (Program(), of(("throttlingRateLimit", "9")), []),
}


@pytest.mark.parametrize("name", OF_TRUST)
def test_a_change_of_trusted_issuers_is_reported(name: str):
    before, after, expected = OF_TRUST[name]
    assert access_changes(before, after) == expected


def changed(kind: str, name: str, **inputs: object) -> list[Resource]:
    """The program's resources, one of them with changed inputs."""
    found = recorded(Program())
    assert [each.name for each in found if each.type.endswith(f":{kind}") and each.name == name] == [name]
    return [
        dataclasses.replace(each, inputs=each.inputs | inputs)
        if each.type.endswith(f":{kind}") and each.name == name
        else each
        for each in found
    ]


def test_an_options_method_with_a_backend_is_not_a_preflight():
    after = changed("Integration", "petstore-pets-options-integration", type="HTTP")
    assert access_changes(Program(), after)[0] == Notice("NEW, PUBLIC", "OPTIONS /pets", "", "public", True)


def test_a_route_with_another_authorizer_is_a_warning():
    (notice,) = access_changes(Program(), changed("Method", "petstore-pets-get-method", authorization="AWS_IAM"))
    assert notice == Notice("AUTHORIZER CHANGED", "GET /pets", "any valid token", "AWS_IAM", True)


def test_a_route_whose_authorizer_has_no_table_is_a_warning():
    after = changed("Function", "petstore-jwt-function", environment={"variables": {"ROUTES": "no table"}})
    by_route = {notice.subject: notice for notice in access_changes(Program(), after)}
    assert by_route["GET /pets"] == Notice(
        "AUTHORIZER CHANGED",
        "GET /pets",
        "any valid token",
        "unknown: petstore-jwt-authorizer has no readable table of routes",
        True,
    )
