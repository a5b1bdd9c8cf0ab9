"""Runs the corpus in this process: each case gets the expected response for the expected reason."""

import json
import re
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from authorizer.decision import Authorizer
from authorizer.errors import Failure, KeysUnavailable, Reason
from authorizer.issuer import Issuer as Trusted
from authorizer.issuer import parse_issuer
from authorizer.jwks import Jwks
from tests.authorizer.corpus import export
from tests.authorizer.corpus.builder import Case, CaseBuilder
from tests.testkit.clock import URL, Issuer, signing_keys
from tests.testkit.events import environment_of, refused
from tests.testkit.gateway import arn
from tests.testkit.iam import allows
from tests.testkit.tokens import AUDIENCE, ISSUER, NOW

WRITTEN = list(export.written_cases())
KEY_SETS = export.written_key_sets()
BUILDER = CaseBuilder(export.fixed_keys(), NOW)
SOURCE = re.compile(r"RFC \d{4} \d|OpenID Connect Core \d|AWS API Gateway ")


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Records the addresses of attempted connections."""
    tried: list[object] = []

    def refuse(*target: object, **_: object) -> None:
        tried.append(target)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


def authorizer_for(case: Case, issuer: Issuer) -> Authorizer:
    environment = environment_of(trusted(case), leeway=case.leeway)
    return Authorizer(environment, {ISSUER: Jwks(URL, algorithms=trusted(case).algorithms, get=issuer.get)})


def trusted(case: Case) -> Trusted:
    usual = {"issuer": ISSUER, "audience": AUDIENCE, "jwksUri": URL}
    return parse_issuer({name: value for name, value in (usual | case.trust).items() if value is not None}, str)


def answer_to(case: Case, authorizer: Authorizer) -> tuple[str | int, str]:
    """The gateway's response, and all output while it was made."""
    method_arn = arn(case.method, case.path)
    event = {"type": "TOKEN", "authorizationToken": case.authorization, "methodArn": method_arn}
    if case.expect in ("allow", 403):
        answer = authorizer.answer(event)
        return "allow" if allows(answer["policyDocument"], method_arn) else 403, json.dumps(answer)
    raised = refused(authorizer, event)
    unauthorized = type(raised) is Exception and raised.args == ("Unauthorized",)
    assert unauthorized or isinstance(raised, KeysUnavailable)
    return 401 if unauthorized else 500, repr(raised)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("written", WRITTEN, ids=[written["name"] for written in WRITTEN])
def test_a_case_gets_the_expected_response_and_reason(
    written: dict[str, Any], capsys: pytest.CaptureFixture[str], connections: list[object]
) -> None:
    case = BUILDER.case(written)
    issuer = Issuer(BUILDER.key_set(KEY_SETS[case.keys]))
    outcome, output = answer_to(case, authorizer_for(case, issuer))
    log = capsys.readouterr()
    lines = [json.loads(line) for line in log.out.splitlines()]
    assert [line["reason"] for line in lines if line["event"] == "decision"] == [case.reason]
    assert outcome == case.expect
    assert connections == []
    assert issuer.fetches <= 1
    for part in re.split(r"[ .,;]", case.authorization):
        assert len(part) < 20 or part not in log.out + log.err + output


def test_the_corpus_has_cases_of_every_kind() -> None:
    names = [written["name"] for written in WRITTEN]
    assert len(names) >= 150
    assert len(set(names)) == len(names)
    others = {Reason.REVOKED_KEY}  # depends on a variable: test_handler_keys.py
    assert set(Reason) - others <= {written["reason"] for written in WRITTEN}
    assert {written["expect"] for written in WRITTEN} == {"allow", 401, 403, 500}
    assert {written.get("keys", "issuer") for written in WRITTEN} == set(KEY_SETS)


def test_each_case_has_an_explanation_a_source_and_a_known_reason() -> None:
    words: dict[str | int, set[str]] = {
        "allow": {"authorized"},
        401: set(Reason),
        403: {"insufficient_scope", "unknown_route"},
        500: {kind.reason for kind in Failure.__subclasses__()},
    }
    for written in WRITTEN:
        assert written["why"], written["name"]
        assert SOURCE.match(written["source"]), written["name"]
        assert written["reason"] in words[written["expect"]], written["name"]


def test_no_caller_causes_a_500_while_the_key_set_is_good() -> None:
    for case in (BUILDER.case(written) for written in WRITTEN if written["expect"] == 500):
        assert not is_good(case), case.name


def is_good(case: Case) -> bool:
    try:
        return bool(signing_keys(BUILDER.key_set(KEY_SETS[case.keys]), *trusted(case).algorithms))
    except ValueError:
        return False


def test_every_wycheproof_test_has_a_case_here() -> None:
    expected = {written["name"]: written["expect"] for written in WRITTEN}
    valid = {"keys of several kinds in one set", "ECDSA: s and n - s both verify"}
    assert {tried for tried, name in export.wycheproof_classes().items() if expected[name] != 401} == valid


def test_the_corpus_can_be_exported_for_other_authorizers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["make", "--now", str(NOW + 5), "--out", str(tmp_path)])
    export.main()
    cases = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [case["name"] for case in cases] == [written["name"] for written in WRITTEN]
    expected = BUILDER.case(next(written for written in WRITTEN if written["name"] == cases[0]["name"])).authorization
    assert cases[0]["authorization"] != expected
    for case in cases:
        assert (tmp_path / "jwks" / f"{case['keys']}.json").is_file()
        assert (case["issuer"], case["audience"]) == (ISSUER, AUDIENCE)
