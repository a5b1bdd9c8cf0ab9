"""`authorizer.jwks` while the key set cannot be fetched: the effect on tokens and on the issuer."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from authorizer.fetch import FetchError
from authorizer.jwks import COOLDOWN, GRACE, LIFETIME, Jwks
from tests.testkit.clock import NEXT, Clock, Issuer, named, outcome
from tests.testkit.events import without_metrics
from tests.testkit.tokens import KID, jwk, key_set


def test_a_withdrawn_key_is_not_accepted_during_a_later_outage(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(named(KID))
    issuer.document = key_set(jwk("next", kid=NEXT))
    clock.forward(LIFETIME)
    assert outcome(keys, NEXT) == "found"
    issuer.go_down()
    clock.forward(LIFETIME)
    assert outcome(keys) == "keys_unavailable"
    assert outcome(keys, NEXT) == "found"


@pytest.mark.parametrize("reason", [FetchError("status 500"), None], ids=["no answer", "no key set"])
def test_a_known_key_is_accepted_during_an_outage_until_the_grace_ends(
    keys: Jwks, issuer: Issuer, clock: Clock, reason: Exception | None
) -> None:
    keys.key(named(KID))
    issuer.error, issuer.document = reason, b"<html>"
    clock.forward(LIFETIME + GRACE - 0.001)
    assert outcome(keys) == "found"
    assert issuer.fetches == 2
    clock.forward(0.001)
    assert outcome(keys) == "keys_unavailable"


@pytest.mark.parametrize("minutes", [5, 59, 64])
def test_an_outage_shorter_than_the_grace_has_no_effect(keys: Jwks, issuer: Issuer, clock: Clock, minutes: int) -> None:
    keys.key(named(KID))
    issuer.go_down()
    for _ in range(minutes):
        clock.forward(60)
        assert outcome(keys) == "found"
    issuer.come_back()
    clock.forward(60)
    assert outcome(keys) == "found"
    assert outcome(keys, "forged") == "unknown_key"


def test_an_outage_at_the_first_token_makes_its_key_unavailable(keys: Jwks, issuer: Issuer) -> None:
    issuer.go_down()
    assert outcome(keys) == "keys_unavailable"


def test_a_kid_that_cannot_be_looked_up_during_an_outage_is_not_called_unknown(
    keys: Jwks, issuer: Issuer, clock: Clock
) -> None:
    keys.key(named(KID))
    issuer.go_down()
    clock.forward(COOLDOWN)
    for _ in range(3):
        assert outcome(keys, NEXT) == "keys_unavailable"
        assert outcome(keys) == "found"
    assert issuer.fetches == 2


def test_a_failing_issuer_gets_fewer_and_fewer_requests(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    issuer.go_down()
    asked: list[int] = []
    for second in range(3600):
        before = issuer.fetches
        assert outcome(keys) == "keys_unavailable"
        if issuer.fetches > before:
            asked.append(second)
        clock.forward(1)
    waits = [later - sooner for sooner, later in pairwise(asked)]
    assert waits[:5] == [5, 10, 20, 40, 60]
    assert set(waits[4:]) == {60}
    assert issuer.fetches == len(asked) < 70


def test_the_first_token_after_the_back_off_finds_the_keys(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    issuer.go_down()
    assert outcome(keys) == "keys_unavailable"
    issuer.come_back()
    clock.forward(4.999)
    assert outcome(keys) == "keys_unavailable"
    clock.forward(0.001)
    assert outcome(keys) == "found"
    assert outcome(keys, "forged") == "unknown_key"


def test_a_recovery_resets_the_back_off(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    for _ in range(2):
        issuer.go_down()
        clock.forward(LIFETIME + GRACE)
        assert outcome(keys) == "keys_unavailable"
        issuer.come_back()
        clock.forward(5)
        assert outcome(keys) == "found"


@pytest.mark.parametrize(
    "document", [b"", b"{}", b'{"keys":[]}', b"<html>", b"[]", key_set(jwk(use="enc")), key_set()[:-2]]
)
def test_an_answer_without_a_usable_key_does_not_replace_a_good_one(
    keys: Jwks, issuer: Issuer, clock: Clock, document: bytes
) -> None:
    keys.key(named(KID))
    issuer.document = document
    clock.forward(LIFETIME)
    assert outcome(keys) == "found"
    assert issuer.fetches == 2


def test_a_clock_set_back_does_not_extend_a_back_off(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    issuer.go_down()
    assert outcome(keys) == "keys_unavailable"
    issuer.come_back()
    clock.forward(-86_400)
    assert outcome(keys) == "found"


def test_an_unexpected_error_in_a_fetch_does_not_delay_the_next_token(keys: Jwks, issuer: Issuer) -> None:
    issuer.error = RuntimeError("unforeseen")
    with pytest.raises(RuntimeError, match="unforeseen"):
        keys.key(named(KID))
    issuer.come_back()
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(outcome, keys).result(10) == "found"


def test_a_failed_fetch_is_one_line_in_the_log(
    keys: Jwks, issuer: Issuer, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.warm()
    issuer.error = FetchError("status 503\nforged line")
    clock.forward(LIFETIME)
    keys.key(named(KID))
    (line,) = capsys.readouterr().out.splitlines()
    assert without_metrics(json.loads(line)) == {
        "event": "jwks_refresh_failed",
        "error": "status 503\nforged line",
        "known": 1,
        "jwks_failures": 1,
        "jwks_age_seconds": LIFETIME,
    }
