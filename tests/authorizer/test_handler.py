"""`authorizer.handler` as Lambda loads it: in its own process, with an environment and a key set over HTTP."""

import gc
import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from authorizer.errors import MisconfiguredEnvironment
from tests.testkit.events import event
from tests.testkit.gateway import arn
from tests.testkit.iam import allows
from tests.testkit.loopback import Server, response, serving
from tests.testkit.process import ROOT, fresh, run, variables_of_lambda
from tests.testkit.tokens import AUDIENCE, ISSUER, OMIT, SUBJECT, claims, header, jwk, key_set, rs512, token


@pytest.fixture
def keys() -> Iterator[Server]:
    with serving(response(key_set())) as server:
        yield server


def test_the_handler_answers_events_with_one_fetch_of_the_keys(keys: Server) -> None:
    given = [event(fresh(), method="POST"), event(fresh(-600)), event(fresh()) | {"methodArn": None}]
    lines, complaints = run(keys.url, *given)
    assert complaints == ""
    decisions, answers = lines[::2], lines[1::2]
    assert [it["reason"] for it in decisions] == ["authorized", "expired", "malformed_event"]
    first = answers[0]["answer"]
    assert first["principalId"] == SUBJECT
    assert allows(first["policyDocument"], arn("POST", "/pets"))
    assert answers[1] == {"raised": ["Exception", "Unauthorized"]}
    assert answers[2]["raised"][0] == "MalformedEvent"
    assert len(keys.requests) == 1


def test_the_keys_are_fetched_at_start_before_any_token(keys: Server) -> None:
    assert run(keys.url) == ([], "")
    assert len(keys.requests) == 1


def test_the_leeway_in_the_environment_is_used(keys: Server) -> None:
    late = event(fresh(-30))
    assert "answer" in run(keys.url, late, variables={"LEEWAY_SECONDS": "60"})[0][-1]
    assert run(keys.url, late)[0][-1] == {"raised": ["Exception", "Unauthorized"]}


@pytest.mark.parametrize("name", ["TOKEN_ISSUER", "AUDIENCE"])
def test_an_unset_variable_stops_the_start_before_any_event_is_answered(keys: Server, name: str) -> None:
    lines, complaints = run(keys.url, event(fresh()), variables={name: ""})
    assert lines == [{"event": "start_failed", "reason": "misconfigured_environment", "error": f"{name} is not set"}]
    assert f"MisconfiguredEnvironment: {name} is not set" in complaints
    assert keys.requests == []


def test_an_issuer_that_is_down_fails_the_token_and_not_the_start() -> None:
    with serving(response(status="503 Unavailable")) as down:
        lines, complaints = run(down.url, event(fresh()))
    assert complaints == ""
    refresh, decision, answer = lines
    assert (refresh["event"], refresh["error"]) == ("jwks_refresh_failed", "status 503")
    assert decision["reason"] == "keys_unavailable"
    assert answer["raised"][0] == "KeysUnavailable"
    assert len(down.requests) == 1


def started(monkeypatch: pytest.MonkeyPatch, **variables: str) -> ModuleType:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "authorizer.handler", raising=False)
    try:
        return importlib.import_module("authorizer.handler")
    finally:
        monkeypatch.delitem(sys.modules, "authorizer.handler", raising=False)


def test_garbage_collection_is_on_again_after_the_start(keys: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = started(monkeypatch, **variables_of_lambda(keys.url)).handler
    assert gc.isenabled()
    assert handler(event(fresh()), None)["principalId"] == SUBJECT
    assert len(keys.requests) == 1


def test_garbage_collection_is_on_again_after_a_failed_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MisconfiguredEnvironment):
        started(monkeypatch, **variables_of_lambda("http://203.0.113.1/"))
    assert gc.isenabled()


def test_the_keys_are_those_for_the_issuers_algorithms(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(response(key_set(jwk(alg="RS512")))) as server:
        issuer = {"issuer": ISSUER, "audience": AUDIENCE, "jwksUri": server.url, "algorithms": ["RS512"]}
        handler = started(monkeypatch, ISSUERS=json.dumps([issuer]), ROUTES="GET /pets").handler
    signed = token(header(alg="RS512"), claims(exp=2**33, iat=OMIT), rs512)
    assert handler(event(signed), None)["principalId"] == SUBJECT


OTHER = "https://other.example/"


def test_an_issuer_that_is_down_does_not_affect_another_issuer(keys: Server) -> None:
    with serving(response(status="503 Unavailable")) as down:
        issuers = [
            {"issuer": ISSUER, "audience": AUDIENCE, "jwksUri": keys.url},
            {"issuer": OTHER, "audience": AUDIENCE, "jwksUri": down.url},
        ]
        theirs = event(token(body=claims(iss=OTHER, exp=2**33)))
        variables = {"ISSUERS": json.dumps(issuers), "ROUTES": "GET /pets"}
        lines, complaints = run(keys.url, theirs, event(fresh()), theirs, variables=variables, short_form=False)
    assert complaints == ""
    decisions = [line for line in lines if line.get("event") == "decision"]
    assert [line["reason"] for line in decisions] == ["keys_unavailable", "authorized", "keys_unavailable"]
    assert len(keys.requests) == len(down.requests) == 1


def test_variables_may_come_from_a_file_in_the_package(keys: Server, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "authorizer", tmp_path / "authorizer", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "authorizer" / "variables.json").write_text(json.dumps({"REVOKED_KIDS": "key-1"}), encoding="utf-8")
    lines, complaints = run(keys.url, event(fresh()), root=tmp_path)
    assert (lines[0]["reason"], complaints) == ("revoked_key", "")
    lines, complaints = run(keys.url, root=tmp_path, variables={"REVOKED_KIDS": ""})
    assert lines[0]["reason"] == "misconfigured_environment"
    assert "MisconfiguredEnvironment: variables.json must hold texts" in complaints
