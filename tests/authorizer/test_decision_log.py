"""The decision log has one line per decision, with its reason, and never contains text from the caller."""

import hashlib
import json
import time
from contextlib import suppress
from typing import Any

import pytest

from authorizer.decision import Authorizer
from authorizer.jwks import Jwks
from tests.testkit.clock import URL, Issuer
from tests.testkit.events import environment_of, event, logged, refused, without_metrics
from tests.testkit.gateway import arn, table
from tests.testkit.iam import allows
from tests.testkit.tokens import (
    ISSUER,
    KID,
    OMIT,
    SUBJECT,
    claims,
    header,
    jwk,
    key_set,
    rs256,
    short,
    token,
)

pytestmark = pytest.mark.usefixtures("frozen")

Capture = pytest.CaptureFixture[str]
PSEUDONYM = hashlib.sha256(f"{ISSUER} {SUBJECT}".encode()).hexdigest()[:16]


def test_an_allowed_request_is_one_line(authorizer: Authorizer, capsys: Capture) -> None:
    authorizer.answer(event(path="/pets/1"))
    line = logged(capsys)
    assert line.pop("duration_ms") >= 0
    assert without_metrics(line) == {
        "event": "decision",
        "outcome": "allow",
        "reason": "authorized",
        "route": "GET /pets/{petId}",
        "kid": KID,
        "subject": PSEUDONYM,
        "principal_claim": "sub",
    }


def test_a_refused_token_is_one_line(authorizer: Authorizer, capsys: Capture) -> None:
    refused(authorizer, event(token(sign=rs256("attacker"))))
    line = logged(capsys)
    assert line.pop("duration_ms") >= 0
    assert without_metrics(line) == {
        "event": "decision",
        "outcome": "unauthorized",
        "reason": "bad_signature",
        "route": "GET /pets",
        "kid": KID,
    }


@pytest.mark.parametrize(
    ("method", "path", "outcome", "reason", "route"),
    [
        ("GET", "/", "allow", "authorized", "GET /"),
        ("GET", "", "allow", "authorized", "GET /"),
        ("GET", "/pets", "allow", "authorized", "GET /pets"),
        ("GET", "/pets/mine", "deny", "insufficient_scope", "GET /pets/mine"),
        ("GET", "/pets/mine2", "allow", "authorized", "GET /pets/{petId}"),
        ("POST", "/pets", "deny", "insufficient_scope", "POST /pets"),
        ("GET", "/files/a", "deny", "insufficient_scope", "GET /files/{path+}"),
        ("GET", "/files/a/b/c", "deny", "insufficient_scope", "GET /files/{path+}"),
        ("GET", "/dogs", "allow", "authorized", "GET /dogs/"),
        ("GET", "/dogs/", "allow", "authorized", "GET /dogs/"),
        ("GET", "/pets/", "deny", "unknown_route", None),
        ("GET", "/files", "deny", "unknown_route", None),
        ("GET", "/pets/1/owner", "deny", "unknown_route", None),
        ("DELETE", "/pets", "deny", "unknown_route", None),
    ],
)
def test_the_line_names_the_route_that_the_request_matches(
    authorizer: Authorizer, capsys: Capture, method: str, path: str, outcome: str, reason: str, route: str | None
) -> None:
    authorizer.answer(event(path=path, method=method))
    line = logged(capsys)
    assert (line["outcome"], line["reason"], line["route"]) == (outcome, reason, route)


@pytest.mark.parametrize("path", ["/nothing", "/pets/mine"])
def test_the_line_of_a_denied_request_has_its_principal_and_kid(
    authorizer: Authorizer, capsys: Capture, path: str
) -> None:
    authorizer.answer(event(path=path))
    line = logged(capsys)
    assert (line["outcome"], line["subject"], line["kid"]) == ("deny", PSEUDONYM, KID)


@pytest.mark.parametrize(("granted", "outcome"), [("mine", "allow"), ("mine2", "deny"), ("MINE", "deny")])
def test_the_outcome_in_the_line_agrees_with_the_scopes(
    authorizer: Authorizer, capsys: Capture, granted: str, outcome: str
) -> None:
    authorizer.answer(event(token(body=claims(scope=granted)), path="/pets/mine"))
    assert logged(capsys)["outcome"] == outcome


@pytest.mark.parametrize("kid", ["forged", "a\nb", '{"outcome":"allow"}', "\ud800", "k" * 5000], ids=short)
def test_a_kid_that_the_issuer_does_not_publish_is_not_logged(
    authorizer: Authorizer, capsys: Capture, kid: str
) -> None:
    refused(authorizer, event(token(header(kid=kid))))
    line = logged(capsys)
    assert line["reason"] == "unknown_key"
    assert line["kid"] is None


def test_a_published_kid_with_a_line_break_is_logged_on_one_line(
    authorizer: Authorizer, issuer: Issuer, capsys: Capture
) -> None:
    issuer.document = key_set(jwk(kid="a\r\nb\u2028c"))
    authorizer.answer(event(token(header(kid="a\r\nb\u2028c"))))
    assert logged(capsys)["kid"] == "a\r\nb\u2028c"


def test_each_subject_has_its_own_stable_pseudonym(authorizer: Authorizer, capsys: Capture) -> None:
    pseudonyms: list[str] = []
    for subject in (SUBJECT, SUBJECT, SUBJECT[:-1]):
        authorizer.answer(event(token(body=claims(sub=subject))))
        pseudonyms.append(logged(capsys)["subject"])
    assert pseudonyms[:2] == [PSEUDONYM, PSEUDONYM]
    assert pseudonyms[2] != PSEUDONYM
    assert len(pseudonyms[2]) == 16


SECRET = "zyxwvu987"
INJECTION = f'{SECRET}\r\n{{"event":"decision","outcome":"allow"}}\n\u2028\x85'


@pytest.mark.parametrize(
    "given",
    [
        event(token(body=claims(sub=SECRET))),
        event(token(body=claims(sub=SECRET, scope=SECRET, azp=SECRET, jti=SECRET))),
        event(token(body=claims(sub=INJECTION))),
        event(token(body=claims(iss=INJECTION))),
        event(token(body=claims(aud=INJECTION))),
        event(token(body=claims(**{INJECTION: INJECTION, "exp": INJECTION}))),
        event(token(body=claims(sub=SECRET), sign=rs256("attacker"))),
        event(token(header(kid=INJECTION))),
        event(token(header(alg=INJECTION))),
        event(token(header(kid=OMIT, **{INJECTION: INJECTION}))),
        event(token(INJECTION.encode())),
        event(token(body=INJECTION.encode())),
        event(SECRET),
        event(INJECTION),
        event(path=f"/{INJECTION}"),
        event(path=f"/pets/{INJECTION}"),
        event(path=f"/files/{SECRET}/{INJECTION}"),
        event(method=SECRET),
        event() | {"methodArn": INJECTION},
        event() | {"authorizationToken": INJECTION},
        event() | {"authorizationToken": [INJECTION]},
        event() | {"type": INJECTION, INJECTION: INJECTION},
    ],
    ids=short,
)
def test_no_text_from_the_caller_is_logged(authorizer: Authorizer, capsys: Capture, given: dict[str, Any]) -> None:
    with suppress(Exception):  # Only the log matters here, not whether the token is refused.
        authorizer.answer(given)
    line = json.dumps(logged(capsys))
    assert SECRET not in line
    for part in str(given["authorizationToken"]).removeprefix("Bearer ").split("."):
        assert len(part) < 8 or part not in line
    assert SUBJECT not in line


@pytest.mark.parametrize("path", ["/pets/", "/files/", "/files//", "/files//a"])
def test_a_path_with_an_empty_parameter_matches_no_route_and_is_denied(
    authorizer: Authorizer, capsys: Capture, path: str
) -> None:
    answer = authorizer.answer(event(token(body=claims(scope="files")), path))
    assert not allows(answer["policyDocument"], arn("GET", path))
    line = logged(capsys)
    assert (line["outcome"], line["reason"], line["route"]) == ("deny", "unknown_route", None)


def test_the_duration_is_in_milliseconds_to_the_microsecond(
    authorizer: Authorizer, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "perf_counter", iter([1000.0, 1000.00123456]).__next__)
    authorizer.answer(event())
    assert logged(capsys)["duration_ms"] == 1.235


def test_a_literal_segment_is_preferred_to_a_parameter_in_any_alphabetical_order(
    issuer: Issuer, capsys: Capture
) -> None:
    routes = table("GET /{petId}", "GET /~me", "GET /A")
    environment = environment_of(routes=routes)
    for path in ("/~me", "/A"):
        Authorizer(environment, {ISSUER: Jwks(URL, get=issuer.get)}).answer(event(path=path))
        assert logged(capsys)["route"] == f"GET {path}"
