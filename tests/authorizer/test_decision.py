"""`authorizer.decision`: the answer to an event, and its line in the log."""

import json
import re
import traceback
from typing import Any

import pytest

from authorizer.decision import MAX_SCOPE_LENGTH, Authorizer
from authorizer.errors import Failure, InternalError, KeysUnavailable, MalformedEvent
from authorizer.jwks import Jwks
from authorizer.key_set import Key
from authorizer.log import pseudonym
from tests.testkit.clock import Issuer
from tests.testkit.events import event, logged, refused
from tests.testkit.gateway import arn
from tests.testkit.iam import allows
from tests.testkit.tokens import ISSUER, KID, NOW, SUBJECT, claims, header, rs256, short, token

pytestmark = pytest.mark.usefixtures("frozen")


def test_the_answer_has_a_principal_a_policy_and_a_context_of_strings(authorizer: Authorizer) -> None:
    answer = authorizer.answer(event(token(body=claims(scope="create:pets openid"))))
    assert set(answer) == {"principalId", "policyDocument", "context"}
    assert answer["principalId"] == SUBJECT
    assert answer["context"] == {
        "sub": SUBJECT,
        "scope": "create:pets openid",
        "clientId": "my_client",
        "issuer": ISSUER,
        "principalClaim": "sub",
        "principalHash": pseudonym(ISSUER, SUBJECT),
    }
    assert allows(answer["policyDocument"], arn("GET", "/pets"))
    assert allows(answer["policyDocument"], arn("POST", "/pets"))
    assert json.loads(json.dumps(answer)) == answer


def test_no_value_in_a_context_is_empty(authorizer: Authorizer) -> None:
    answer = authorizer.answer(event(token(body=claims(azp=None))))
    assert answer["context"] == {
        "sub": SUBJECT,
        "issuer": ISSUER,
        "principalClaim": "sub",
        "principalHash": pseudonym(ISSUER, SUBJECT),
    }


@pytest.mark.parametrize(("method", "path"), [("POST", "/pets"), ("GET", "/nothing"), ("GET", "/pets/mine")])
def test_a_token_without_the_scope_gets_a_policy_that_refuses_this_request_and_allows_others(
    authorizer: Authorizer, method: str, path: str
) -> None:
    policy = authorizer.answer(event(path=path, method=method))["policyDocument"]
    assert not allows(policy, arn(method, path))
    assert allows(policy, arn("GET", "/pets"))


@pytest.mark.parametrize(
    "path", ["/pets", "/pets/1", "/pets/*", "/pets/?", "/*", "/${x}", "/" + "x" * 600, "", "/a\nb"], ids=short
)
def test_the_policy_does_not_depend_on_the_request(authorizer: Authorizer, path: str) -> None:
    usual = authorizer.answer(event())["policyDocument"]
    assert authorizer.answer(event(path=path))["policyDocument"] == usual
    assert authorizer.answer(event(path=path, method="POST"))["policyDocument"] == usual


def test_tokens_with_different_scopes_or_stages_get_different_policies(authorizer: Authorizer) -> None:
    granted = token(body=claims(scope="create:pets"))
    for _ in range(2):
        assert allows(authorizer.answer(event(granted))["policyDocument"], arn("POST", "/pets"))
        assert not allows(authorizer.answer(event())["policyDocument"], arn("POST", "/pets"))
        elsewhere = event(granted) | {"methodArn": event()["methodArn"].replace("/test/", "/prod/")}
        assert not allows(authorizer.answer(elsewhere)["policyDocument"], arn("POST", "/pets"))


REFUSALS = {
    "malformed_token": "x",
    "malformed_header": token(header(kid=None)),
    "unsupported_algorithm": token(header(alg="none")),
    "unknown_key": token(header(kid="forged\nkid")),
    "bad_signature": token(sign=rs256("attacker")),
    "malformed_claims": token(body=claims(exp=str(NOW))),
    "missing_claim": token(body=claims(sub=None)),
    "expired": token(body=claims(exp=NOW)),
    "not_yet_valid": token(body=claims(nbf=NOW + 1)),
    "wrong_issuer": token(body=claims(iss="x")),
    "wrong_audience": token(body=claims(aud="x")),
    "sender_constrained": token(body=claims(cnf={})),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_every_refusal_raises_the_word_that_api_gateway_turns_into_401(
    authorizer: Authorizer, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(authorizer, event(REFUSALS[reason]))
    assert (type(error), str(error)) == (Exception, "Unauthorized")
    assert error.__context__ is None
    assert "errors." not in "".join(traceback.format_exception(error))
    line = logged(capsys)
    assert (line["outcome"], line["reason"]) == ("unauthorized", reason)


@pytest.mark.parametrize("value", [None, "", "Basic dXNlcjpwYXNz", 1, ["Bearer x"], {}])
def test_an_event_without_a_bearer_token_is_unauthorized(authorizer: Authorizer, value: object) -> None:
    assert str(refused(authorizer, event() | {"authorizationToken": value})) == "Unauthorized"


def test_an_event_without_authorization_token_is_unauthorized(authorizer: Authorizer) -> None:
    assert str(refused(authorizer, {"type": "TOKEN", "methodArn": arn("GET", "/pets")})) == "Unauthorized"


@pytest.mark.parametrize("method_arn", [None, "", "arn:aws:lambda:x", 1, ["x"]])
def test_an_event_without_a_method_arn_is_a_failure_and_not_a_refusal(
    authorizer: Authorizer, method_arn: object, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(authorizer, event() | {"methodArn": method_arn})
    assert isinstance(error, MalformedEvent)
    assert isinstance(error, Failure)
    line = logged(capsys)
    assert (line["outcome"], line["reason"]) == ("error", "malformed_event")
    without = event()
    del without["methodArn"]
    assert isinstance(refused(authorizer, without), MalformedEvent)


def test_an_outage_of_the_issuer_is_a_failure_and_not_a_refusal(
    authorizer: Authorizer, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer.go_down()
    assert isinstance(refused(authorizer, event()), KeysUnavailable)
    fetch, decision = map(json.loads, capsys.readouterr().out.splitlines())
    assert fetch["event"] == "jwks_refresh_failed"
    assert (decision["outcome"], decision["reason"], decision["kid"]) == ("error", "keys_unavailable", None)
    assert decision["route"] == "GET /pets"


def test_an_unexpected_error_is_logged_with_its_place_but_without_its_message(
    authorizer: Authorizer, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer.error = RuntimeError("words of the token")
    error = refused(authorizer, event())
    assert isinstance(error, InternalError)
    assert (str(error), error.__context__) == ("", None)
    line = logged(capsys)
    assert (line["outcome"], line["reason"], line["route"]) == ("error", "internal_error", "GET /pets")
    assert re.fullmatch(r"RuntimeError at clock\.py:[0-9]+", line["error"])


def test_an_error_after_the_key_was_found_is_logged_with_its_kid(
    authorizer: Authorizer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Jwks, "key", lambda *_: Key(KID, "RS256", public=None))
    assert isinstance(refused(authorizer, event()), InternalError)
    assert logged(capsys)["kid"] == KID


@pytest.mark.parametrize(("granted", "length"), [(400, 4094), (315, 4094), (5, 64)])
def test_the_scope_in_the_context_is_cut_between_two_scopes(authorizer: Authorizer, granted: int, length: int) -> None:
    scopes = [f"scope:{number:06}" for number in range(granted)]
    context = authorizer.answer(event(token(body=claims(permissions=scopes))))["context"]
    kept = context["scope"].split(" ")
    assert len(context["scope"]) == length <= MAX_SCOPE_LENGTH
    assert kept == scopes[: len(kept)]


@pytest.mark.parametrize(
    ("first", "kept"),
    [(4094, "both"), (4095, "first"), (4096, "first"), (4097, "none"), (5000, "none")],
)
def test_the_scope_in_the_context_never_ends_within_a_scope(authorizer: Authorizer, first: int, kept: str) -> None:
    scopes = ["a" * first, "b"]
    context = authorizer.answer(event(token(body=claims(permissions=scopes))))["context"]
    assert context.get("scope") == {"both": " ".join(scopes), "first": scopes[0], "none": None}[kept]


def test_the_scope_in_the_context_has_at_most_the_allowed_length(authorizer: Authorizer) -> None:
    scopes = ["a" * 10, "b" * (MAX_SCOPE_LENGTH - 10), "c"]
    assert authorizer.answer(event(token(body=claims(permissions=scopes))))["context"]["scope"] == scopes[0]


@pytest.mark.parametrize("value", [None, 1, ["x"], "x"], ids=short)
def test_an_event_that_is_not_an_object_is_an_error(authorizer: Authorizer, value: Any) -> None:
    assert isinstance(refused(authorizer, value), MalformedEvent)
