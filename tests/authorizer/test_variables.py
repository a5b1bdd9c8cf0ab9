"""`authorizer.environment` reads the variables that the program writes, from the environment or a file."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from authorizer.environment import FILE, Environment, load, parse
from authorizer.errors import MisconfiguredEnvironment
from authorizer.issuer import MAX_ISSUERS, Issuer, parse_issuers
from authorizer.routes import GuardedRoute
from infra.auth.environment import render, render_issuers, stored
from tests.testkit.tokens import AUDIENCE, ISSUER, short

URL = "https://tenant.example/.well-known/jwks.json"
ROUTES = (GuardedRoute("GET", "/pets"), GuardedRoute("POST", "/pets", frozenset({"a", "b"})))
ONE = Issuer(ISSUER, URL, (AUDIENCE,))
FULL = Issuer(
    issuer="urn:example:idp",
    jwks_uri=URL,
    audiences=("a", "b"),
    client_ids=("c",),
    algorithms=("ES256", "EdDSA"),
    scope_claims=("realm_access.roles",),
    principal_claim=("sub", "client_id"),
    required_claims=(("org_id", ("org_1", 7)), ("email_verified", (True,))),
)
ENVIRONMENTS = [
    Environment((ONE,), ROUTES),
    Environment((ONE,), ROUTES, 0, frozenset({"k1", "k2"}), ("org_id", "https://x/y")),
    Environment((ONE, FULL), ROUTES),
    Environment((FULL,), ROUTES),
    Environment((ONE._replace(audiences=(), client_ids=("c",)),), ROUTES),
    Environment((ONE._replace(audiences=("a", "b")),), ROUTES),
]
MEMBERS: dict[str, Any] = {"issuer": ISSUER, "jwksUri": URL, "audience": AUDIENCE}


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=short)
def test_written_variables_are_read_as_the_same_environment(environment: Environment) -> None:
    assert parse(render(environment)) == environment


def test_one_plain_issuer_is_written_in_the_short_form() -> None:
    assert render(ENVIRONMENTS[0]).keys() == {"TOKEN_ISSUER", "AUDIENCE", "JWKS_URI", "LEEWAY_SECONDS", "ROUTES"}
    assert "ISSUERS" in render(ENVIRONMENTS[3])


def test_issuers_are_written_with_the_names_of_the_settings_and_without_defaults() -> None:
    first, second = json.loads(render_issuers([ONE, FULL]))
    assert first == MEMBERS | {"audience": [AUDIENCE]}
    assert set(second) == {*MEMBERS, "clientIds", "algorithms", "scopeClaims", "principalClaim", "requiredClaims"}
    assert second["requiredClaims"] == {"org_id": ["org_1", 7], "email_verified": [True]}


def test_a_string_is_accepted_as_a_list_of_one() -> None:
    (issuer,) = parse_issuers([MEMBERS | {"principalClaim": "client_id", "algorithms": "ES256"}])
    assert (issuer.audiences, issuer.principal_claim, issuer.algorithms) == ((AUDIENCE,), ("client_id",), ("ES256",))


def test_the_order_of_the_keys_does_not_matter() -> None:
    (issuer,) = parse_issuers([{"requiredClaims": {"org_id": ["org_1"]}, "clientIds": ["c"], **MEMBERS}])
    assert issuer == ONE._replace(client_ids=("c",), required_claims=(("org_id", ("org_1",)),))


WRONG: list[tuple[object, str]] = [
    *((value, "list of 1 to 5 objects") for value in (None, {}, [], [MEMBERS] * (MAX_ISSUERS + 1))),
    *(([value], "[0].issuer must") for value in (None, 1, "x", [])),
    ([MEMBERS, MEMBERS], "must not list an issuer twice"),
    ([MEMBERS, {**MEMBERS, "issuer": "x", "audiences": "a"}], "[1].audiences is unknown"),
    *(
        ([{**MEMBERS, "issuer": value}], "[0].issuer must")
        for value in ("", " ", "a b", "é", "a\n", 1, None, ["x"], True)
    ),
    *(([MEMBERS | {"jwksUri": value}], "[0].jwksUri must") for value in ("", "http://x.example/", 1, [URL])),
    ([{"issuer": ISSUER, "audience": "x"}], "[0].jwksUri must"),
    ([{"issuer": ISSUER, "jwksUri": URL}], "[0].audience or clientIds must be set"),
    *(
        ([{**MEMBERS, "audience": value}], "[0].audience must")
        for value in ("", " ", [], [""], [1], None, {}, True, ["a", None])
    ),
    *(([MEMBERS | {"clientIds": value}], "[0].clientIds must") for value in ("", [], [["a"]], 0)),
    *(
        ([{**MEMBERS, "algorithms": value}], "[0].algorithms must")
        for value in ("none", "HS256", "ES512", [], ["RS256", "rs256"])
    ),
    *(([MEMBERS | {"scopeClaims": value}], "[0].scopeClaims must") for value in ([], [""], {}, None)),
    *(([MEMBERS | {"principalClaim": value}], "[0].principalClaim must") for value in ([], [""], {}, None)),
    *(
        ([{**MEMBERS, "requiredClaims": value}], "[0].requiredClaims must")
        for value in ({}, [], None, "x", {"a": "b"}, {"a": []})
    ),
    *(([MEMBERS | {"requiredClaims": {"a": [value]}}], "[0].requiredClaims must") for value in (None, 1.5, [], {})),
]


@pytest.mark.parametrize(("value", "message"), WRONG, ids=short)
def test_a_wrong_issuer_stops_the_start_and_names_its_place(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_issuers(value)
    with pytest.raises(MisconfiguredEnvironment, match=r"^ISSUERS "):
        parse({"ISSUERS": json.dumps(value), "ROUTES": "GET /pets"})


MESSAGES: dict[str, object] = {
    "[0].issuer must be printable ASCII without spaces": MEMBERS | {"issuer": "a b"},
    "[0].jwksUri must be an https:// address (http:// only on loopback)": MEMBERS | {"jwksUri": "http://x"},
    "[0].audience must not be empty": MEMBERS | {"audience": ""},
    "[0].clientIds must not be empty": MEMBERS | {"clientIds": []},
    "[0].algorithms must be of RS256, RS384, RS512, PS256, ES256, ES384, EdDSA": MEMBERS | {"algorithms": "none"},
    "[0].scopeClaims must not be empty": MEMBERS | {"scopeClaims": []},
    "[0].principalClaim must not be empty": MEMBERS | {"principalClaim": []},
    "[0].requiredClaims must be an object of lists of texts, whole numbers or booleans": MEMBERS
    | {"requiredClaims": []},
    "[0].x is unknown; there are issuer, jwksUri, audience, clientIds, algorithms, scopeClaims, principalClaim, "
    "requiredClaims": MEMBERS | {"x": 1},
    "[0].audience or clientIds must be set: one binds the tokens to this API": {"issuer": ISSUER, "jwksUri": URL},
}


@pytest.mark.parametrize("message", MESSAGES)
def test_each_key_says_what_its_value_must_be(message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_issuers([MESSAGES[message]])


def test_a_value_that_is_not_a_list_is_reported_as_a_whole() -> None:
    with pytest.raises(ValueError, match=r"^must be a list of 1 to 5 objects$"):
        parse_issuers(None)
    with pytest.raises(ValueError, match=r"^issuers\[\] must be a list of 1 to 5 objects$"):
        parse_issuers(None, "issuers[{}]".format)


@pytest.mark.parametrize(
    "text", ["", "[", "[{}]x", '[{"issuer":"a","issuer":"b"}]', "[" * 100_000, "NaN", "\udcff"], ids=short
)
def test_issuers_that_are_not_json_stop_the_start(text: str) -> None:
    with pytest.raises(MisconfiguredEnvironment, match=r"^ISSUERS "):
        parse({"ISSUERS": text, "ROUTES": "GET /pets"})


@pytest.mark.parametrize("name", ["TOKEN_ISSUER", "AUDIENCE", "JWKS_URI"])
def test_both_forms_together_stop_the_start(name: str) -> None:
    with pytest.raises(MisconfiguredEnvironment, match=f"ISSUERS and {name} are set"):
        parse(render(ENVIRONMENTS[2]) | {name: ""})


def test_the_caller_chooses_how_places_are_named() -> None:
    with pytest.raises(ValueError, match=r"^petstore:issuers\[0\]\.jwksUri must be an https"):
        parse_issuers([{"issuer": "x"}], "petstore:issuers[{}]".format)


@pytest.mark.parametrize(
    "names",
    [
        *("sub", "issuer", "scope", "clientId", "principalHash", "principalClaim"),
        *("a\na", "a.b\na_b", "a\n\nb", "\n", "org\nscope"),
    ],
)
def test_context_claims_that_replace_another_entry_stop_the_start(names: str) -> None:
    with pytest.raises(MisconfiguredEnvironment, match="CONTEXT_CLAIMS"):
        parse(render(ENVIRONMENTS[0]) | {"CONTEXT_CLAIMS": names})


def test_variables_too_large_for_lambda_come_from_the_file(tmp_path: Path) -> None:
    routes = tuple(GuardedRoute("GET", f"/é{number}/{'x' * 20}") for number in range(200))
    environment = Environment((ONE, FULL), routes)
    environment_variables, bundled = stored(render(environment))
    assert set(bundled) == {"ROUTES"}
    (tmp_path / FILE).write_text(json.dumps(bundled), encoding="utf-8")
    assert load(environment_variables, str(tmp_path)) == environment


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=short)
def test_every_variable_may_come_from_the_file(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "variables.json").write_text(json.dumps(render(environment)), encoding="utf-8")
    assert load({}, str(tmp_path)) == environment


def test_without_a_file_the_variables_are_those_of_the_process(tmp_path: Path) -> None:
    assert load(render(ENVIRONMENTS[0]), str(tmp_path)) == ENVIRONMENTS[0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"AUDIENCE":"a"}',
        b'{"AUDIENCES":"a"}',
        b'{"REVOKED_KIDS":["a"]}',
        b'{"REVOKED_KIDS":null}',
    ],
)
def test_a_file_that_is_invalid_or_repeats_a_variable_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(MisconfiguredEnvironment, match=FILE):
        load(render(ENVIRONMENTS[0]), str(tmp_path))


def test_the_error_for_a_wrong_file_lists_the_names(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"AUDIENCES":"a"}', encoding="utf-8")
    names = "TOKEN_ISSUER, AUDIENCE, JWKS_URI, ISSUERS, LEEWAY_SECONDS, REVOKED_KIDS, CONTEXT_CLAIMS, ROUTES"
    with pytest.raises(MisconfiguredEnvironment, match=f"must hold texts, named {names}, and not set elsewhere$"):
        load({}, str(tmp_path))


def test_a_file_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(MisconfiguredEnvironment, match=FILE):
        load(render(ENVIRONMENTS[0]), str(tmp_path))
