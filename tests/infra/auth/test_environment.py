"""The function's variables are in its environment, or in a file of the bundle if they are too large."""

import json
import zipfile

import pytest

import routes
from authorizer.environment import FILE
from authorizer.routes import parse_table
from infra.api.routes import Route
from infra.auth.environment import MAX_BYTES, stored
from tools.preview.mock_recorder import declare

GIVEN = {"TOKEN_ISSUER": "https://issuer.example/", "ROUTES": "GET /a", "ISSUERS": "[]"}

LONG = "a-scope-longer-than-lambdas-environment-" * 100


def size(variables: dict[str, str]) -> int:
    return len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode())


def test_variables_within_lambdas_quota_stay_in_the_environment():
    room = MAX_BYTES - size(GIVEN)
    full = {**GIVEN, "ROUTES": GIVEN["ROUTES"] + "x" * room}
    assert stored(full) == (full, {})
    over = {**full, "TOKEN_ISSUER": full["TOKEN_ISSUER"] + "x"}
    assert stored(over) == ({key: over[key] for key in ("TOKEN_ISSUER", "ISSUERS")}, {"ROUTES": over["ROUTES"]})


def test_a_line_break_counts_as_two_characters_as_lambda_measures():
    room = MAX_BYTES - size(GIVEN)
    assert stored({**GIVEN, "ROUTES": GIVEN["ROUTES"] + "\n" * (room // 2)}).bundled == {}
    assert stored({**GIVEN, "ROUTES": GIVEN["ROUTES"] + "\n" * (room // 2 + 1)}).bundled


def test_the_issuers_move_to_the_bundle_after_the_routes():
    given = {**GIVEN, "ROUTES": "x" * 5000, "ISSUERS": "y" * 5000}
    assert stored(given) == ({"TOKEN_ISSUER": GIVEN["TOKEN_ISSUER"]}, {"ROUTES": "x" * 5000, "ISSUERS": "y" * 5000})


@pytest.mark.slow
def test_a_table_too_long_for_the_environment_is_in_the_bundle(monkeypatch: pytest.MonkeyPatch):
    table = [Route("GET", "/pets", scopes=[LONG]), Route("GET", "/pets/{id}")]
    monkeypatch.setattr(routes, "ROUTES", table)
    program = declare()
    inputs = program.one("Function").inputs
    assert "ROUTES" not in inputs["environment"]["variables"]
    bundled = json.loads(zipfile.ZipFile(inputs["code"].path).read(f"authorizer/{FILE}"))
    assert [str(route) for route in parse_table(bundled["ROUTES"])] == [str(route) for route in table]
    component = program.one("AuthorizerFunction").inputs["variables"]
    assert component == {**inputs["environment"]["variables"], **bundled}


@pytest.mark.slow
def test_a_changed_table_in_the_bundle_changes_the_bundle(monkeypatch: pytest.MonkeyPatch):
    paths: set[str] = set()
    for scope in ("one", "two"):
        monkeypatch.setattr(routes, "ROUTES", [Route("GET", "/pets", scopes=[LONG, scope])])
        paths.add(declare().one("Function").inputs["code"].path)
    assert len(paths) == 2
