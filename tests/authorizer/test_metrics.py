"""Metrics in the log lines: the counters, their names, and their small number of dimensions."""

import json

import pytest
import time_machine

from authorizer.decision import Authorizer
from authorizer.errors import KeysUnavailable
from authorizer.fetch import FetchError
from authorizer.jwks import GRACE, LIFETIME, MAX_LIFETIME, SETBACK, Jwks
from tests.testkit import emf
from tests.testkit.clock import NEXT, URL, Clock, Issuer, outcome
from tests.testkit.emf import Sample
from tests.testkit.events import event, logged, logged_lines, refused
from tests.testkit.loopback import response, serving
from tests.testkit.process import fresh, run
from tests.testkit.tokens import NOW, header, jwk, key_set, rs256, token

pytestmark = pytest.mark.usefixtures("frozen")
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("path", "sign", "expected"),
    [
        ("/pets", "key-1", ("allow", "authorized")),
        ("/nothing", "key-1", ("deny", "unknown_route")),
        ("/pets", "attacker", ("unauthorized", "bad_signature")),
    ],
)
def test_a_decision_is_counted_by_outcome_and_by_reason(
    authorizer: Authorizer, capsys: Capture, path: str, sign: str, expected: tuple[str, str]
) -> None:
    if sign == "attacker":
        refused(authorizer, event(token(sign=rs256("attacker")), path=path))
    else:
        authorizer.answer(event(path=path))
    line = logged(capsys)
    moment, samples = emf.read(line)
    assert moment == NOW * 1000
    duration = ("duration_ms", line["duration_ms"], "Milliseconds")
    assert samples == [
        Sample("JwtAuthorizer", {"function": "none", "outcome": expected[0]}, *duration),
        Sample("JwtAuthorizer", {"function": "none", "reason": expected[1]}, *duration),
    ]


def test_a_failure_is_counted_too(authorizer: Authorizer, issuer: Issuer, capsys: Capture) -> None:
    issuer.error = FetchError("status 503")
    assert isinstance(refused(authorizer, event()), KeysUnavailable)
    *_, line = logged_lines(capsys)
    _, samples = emf.read(line)
    assert [sample.dimensions for sample in samples] == [
        {"function": "none", "outcome": "error"},
        {"function": "none", "reason": "keys_unavailable"},
    ]


def test_each_line_has_its_own_time_in_milliseconds(authorizer: Authorizer, capsys: Capture) -> None:
    for moment in (NOW, NOW + 1.25):
        with time_machine.travel(moment, tick=False):
            authorizer.answer(event())
    assert [emf.read(line)[0] - NOW * 1000 for line in logged_lines(capsys)] == [0, 1250]


def test_a_line_with_metrics_is_compact_json(authorizer: Authorizer, capsys: Capture) -> None:
    authorizer.answer(event())
    written = capsys.readouterr().out
    assert written == json.dumps(json.loads(written), separators=(",", ":")) + "\n"


def test_no_text_from_the_caller_is_a_dimension(authorizer: Authorizer, capsys: Capture) -> None:
    for path in ("/pets/1", "/pets/2", "/x1", "/x2"):
        authorizer.answer(event(path=path))
    for key in ("a", "b"):
        refused(authorizer, event(token(header(kid=key))))
    lines = logged_lines(capsys)
    assert len(lines) == 6
    found = {tuple(sample.dimensions.items()) for line in lines for sample in emf.read(line)[1]}
    assert len(found) == 6, "three outcomes and three reasons"


def test_the_metrics_name_the_function() -> None:
    with serving(response(key_set())) as keys:
        lines, _ = run(keys.url, event(fresh()), variables={"AWS_LAMBDA_FUNCTION_NAME": "petstore-dev-authorizer"})
    _, samples = emf.read(lines[0])
    assert {sample.dimensions["function"] for sample in samples} == {"petstore-dev-authorizer"}


def test_failing_fetches_and_the_age_of_the_keys_are_metrics(
    keys: Jwks, issuer: Issuer, clock: Clock, capsys: Capture
) -> None:
    keys.warm()
    issuer.error = FetchError("status 503")
    for age in (LIFETIME, 1800, LIFETIME + GRACE - 1):
        clock.now = NOW + age
        assert outcome(keys) == "found"
    found = [{sample.name: sample.value for sample in emf.read(line)[1]} for line in logged_lines(capsys)]
    assert found == [
        {"jwks_failures": 1, "jwks_age_seconds": 300},
        {"jwks_failures": 2, "jwks_age_seconds": 1800},
        {"jwks_failures": 3, "jwks_age_seconds": 3899},
    ]


def test_the_age_of_the_keys_is_always_a_number(keys: Jwks, issuer: Issuer, clock: Clock, capsys: Capture) -> None:
    issuer.error = FetchError("status 503")
    keys.warm()
    issuer.error = None
    clock.forward(60)
    assert outcome(keys) == "found"
    issuer.error = FetchError("status 503")
    clock.forward(-SETBACK - 1)
    assert outcome(keys) == "keys_unavailable"
    ages = [
        sample.value
        for line in logged_lines(capsys)
        for sample in emf.read(line)[1]
        if sample.name == "jwks_age_seconds"
    ]
    assert ages == [0, LIFETIME + GRACE]
    assert max(ages) < MAX_LIFETIME + GRACE


def test_the_age_of_bundled_keys_is_in_whole_seconds(issuer: Issuer, clock: Clock, capsys: Capture) -> None:
    keys = Jwks(URL, bundled=key_set(jwk(), jwk("next", kid=NEXT)), get=issuer.get, clock=clock)
    issuer.error = FetchError("status 503")
    clock.forward(LIFETIME + 0.4)
    assert outcome(keys) == "found"
    line = logged(capsys)
    assert line["known"] == 2
    assert line["jwks_age_seconds"] == LIFETIME


def test_the_age_of_keys_with_a_long_lifetime_is_reported_until_they_expire(
    keys: Jwks, issuer: Issuer, clock: Clock, capsys: Capture
) -> None:
    issuer.max_age = MAX_LIFETIME
    keys.warm()
    issuer.error = FetchError("status 503")
    clock.forward(MAX_LIFETIME + GRACE - 1)
    assert outcome(keys) == "found"
    assert logged(capsys)["jwks_age_seconds"] == MAX_LIFETIME + GRACE - 1
