"""`authorizer.jwks`: how often the issuer is asked, and how long its answer is trusted."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from authorizer.errors import KeysUnavailable, UnknownKey
from authorizer.fetch import FetchError
from authorizer.jwks import COOLDOWN, GRACE, LIFETIME, Jwks
from tests.authorizer.clock import URL, Clock, Issuer
from tests.authorizer.tokens import KID, jwk, key_set, rsa_key

NEXT = "key-2"
BOTH = key_set(jwk(), jwk("next", kid=NEXT))


@pytest.fixture
def keys(issuer: Issuer, clock: Clock) -> Jwks:
    return Jwks(URL, get=issuer.get, clock=clock)


def outcome(keys: Jwks, kid: str = KID) -> str:
    try:
        keys.key(kid)
    except (KeysUnavailable, UnknownKey) as error:
        return type(error).__name__
    return "found"


def test_the_key_is_the_one_the_issuer_publishes(keys: Jwks) -> None:
    assert keys.key(KID).public_numbers() == rsa_key().public_key().public_numbers()


def test_one_fetch_serves_many_tokens(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    for _ in range(1000):
        keys.key(KID)
        clock.forward(LIFETIME / 1001)
    assert issuer.fetches == 1


def test_nothing_is_fetched_before_it_is_needed(keys: Jwks, issuer: Issuer) -> None:
    assert not keys.known(KID)
    assert issuer.fetches == 0


def test_a_warm_key_set_needs_no_fetch_for_the_first_token(keys: Jwks, issuer: Issuer) -> None:
    keys.warm()
    assert keys.known(KID)
    assert not keys.known(NEXT)
    assert outcome(keys) == "found"
    assert issuer.fetches == 1


def test_a_thousand_forged_kids_cost_one_fetch_a_cooldown(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(KID)
    for cooldowns in range(1, 4):
        clock.forward(COOLDOWN)
        for forged in range(1000):
            assert outcome(keys, f"forged-{forged}") == "UnknownKey"
        assert issuer.fetches == 1 + cooldowns
        assert outcome(keys) == "found"


def test_no_fetch_is_made_for_a_forged_kid_before_the_cooldown_has_passed(
    keys: Jwks, issuer: Issuer, clock: Clock
) -> None:
    keys.key(KID)
    clock.forward(COOLDOWN - 0.001)
    assert outcome(keys, "forged") == "UnknownKey"
    assert issuer.fetches == 1


def test_forged_kids_from_many_threads_cost_one_fetch(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(KID)
    clock.forward(COOLDOWN)
    with ThreadPoolExecutor(32) as threads:
        outcomes = set(threads.map(lambda number: outcome(keys, f"forged-{number}"), range(1000)))
    assert outcomes == {"UnknownKey"}
    assert issuer.fetches == 2


def test_a_new_key_of_the_issuers_is_accepted_once_the_cooldown_has_passed(
    keys: Jwks, issuer: Issuer, clock: Clock
) -> None:
    keys.key(KID)
    issuer.document = BOTH
    assert outcome(keys, NEXT) == "UnknownKey"
    clock.forward(COOLDOWN)
    assert keys.key(NEXT).public_numbers() == rsa_key("next").public_key().public_numbers()
    assert outcome(keys) == "found"
    assert issuer.fetches == 2


def test_the_key_set_is_read_anew_after_its_lifetime_and_not_before(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(KID)
    clock.forward(LIFETIME - 0.001)
    keys.key(KID)
    assert issuer.fetches == 1
    clock.forward(0.001)
    keys.key(KID)
    assert issuer.fetches == 2


def test_a_withdrawn_key_is_refused_after_the_lifetime(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(KID)
    issuer.document = key_set(jwk("next", kid=NEXT))
    clock.forward(LIFETIME)
    assert outcome(keys) == "UnknownKey"
    assert outcome(keys, NEXT) == "found"
    assert not keys.known(KID)


def test_a_withdrawn_key_is_not_served_during_a_later_outage(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    test_a_withdrawn_key_is_refused_after_the_lifetime(keys, issuer, clock)
    issuer.go_down()
    clock.forward(LIFETIME)
    assert outcome(keys) == "KeysUnavailable"
    assert outcome(keys, NEXT) == "found"


@pytest.mark.parametrize("reason", [FetchError("status 500"), None], ids=["no answer", "no key set"])
def test_a_known_key_serves_on_through_an_outage_as_long_as_the_grace(
    keys: Jwks, issuer: Issuer, clock: Clock, reason: Exception | None
) -> None:
    keys.key(KID)
    issuer.error, issuer.document = reason, b"<html>"
    clock.forward(LIFETIME + GRACE - 0.001)
    assert outcome(keys) == "found"
    assert issuer.fetches == 2
    clock.forward(0.001)
    assert outcome(keys) == "KeysUnavailable"


@pytest.mark.parametrize("minutes", [5, 59, 64])
def test_an_outage_that_ends_within_the_grace_is_never_noticed(
    keys: Jwks, issuer: Issuer, clock: Clock, minutes: int
) -> None:
    keys.key(KID)
    issuer.go_down()
    for _ in range(minutes):
        clock.forward(60)
        assert outcome(keys) == "found"
    issuer.come_back()
    clock.forward(60)
    assert outcome(keys) == "found"
    assert issuer.fetches == 1 + max(0, minutes - 4) + (minutes == 5 - 1)


def test_an_outage_at_the_first_token_makes_its_key_unavailable(keys: Jwks, issuer: Issuer) -> None:
    issuer.go_down()
    assert outcome(keys) == "KeysUnavailable"


def test_a_kid_that_cannot_be_looked_up_during_an_outage_is_not_called_unknown(
    keys: Jwks, issuer: Issuer, clock: Clock
) -> None:
    keys.key(KID)
    issuer.go_down()
    clock.forward(COOLDOWN)
    for _ in range(3):
        assert outcome(keys, NEXT) == "KeysUnavailable"
        assert outcome(keys) == "found"
    assert issuer.fetches == 2


def test_a_failing_issuer_is_asked_ever_more_rarely(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    issuer.go_down()
    asked: list[int] = []
    for second in range(3600):
        before = issuer.fetches
        assert outcome(keys) == "KeysUnavailable"
        if issuer.fetches > before:
            asked.append(second)
        clock.forward(1)
    waits = [later - sooner for sooner, later in zip(asked, asked[1:], strict=False)]
    assert waits[:5] == [5, 10, 20, 40, 60]
    assert set(waits[4:]) == {60}
    assert issuer.fetches == len(asked) < 70


def test_the_first_token_after_the_back_off_finds_the_keys_of_a_recovered_issuer(
    keys: Jwks, issuer: Issuer, clock: Clock
) -> None:
    issuer.go_down()
    assert outcome(keys) == "KeysUnavailable"
    issuer.come_back()
    clock.forward(4.999)
    assert outcome(keys) == "KeysUnavailable"
    clock.forward(0.001)
    assert outcome(keys) == "found"
    assert outcome(keys, "forged") == "UnknownKey"


def test_a_recovery_forgets_the_failures_before_it(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    for _ in range(2):
        issuer.go_down()
        clock.forward(LIFETIME + GRACE)
        assert outcome(keys) == "KeysUnavailable"
        issuer.come_back()
        clock.forward(5)
        assert outcome(keys) == "found"


@pytest.mark.parametrize("document", [b"", b"{}", b'{"keys":[]}', b"<html>", b"[]", key_set(jwk(use="enc")), key_set()[:-2]])
def test_an_answer_without_a_usable_key_does_not_replace_a_good_one(
    keys: Jwks, issuer: Issuer, clock: Clock, document: bytes
) -> None:
    keys.key(KID)
    issuer.document = document
    clock.forward(LIFETIME)
    assert outcome(keys) == "found"
    assert issuer.fetches == 2


def test_the_key_set_is_read_anew_after_the_clock_was_set_back(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(KID)
    clock.forward(-86_400)
    assert outcome(keys) == "found"
    assert issuer.fetches == 2
    assert outcome(keys) == "found"
    assert issuer.fetches == 2


def test_a_clock_set_back_does_not_prolong_a_back_off(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    issuer.go_down()
    assert outcome(keys) == "KeysUnavailable"
    issuer.come_back()
    clock.forward(-86_400)
    assert outcome(keys) == "found"


def test_a_container_frozen_for_hours_reads_the_key_set_anew(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(KID)
    issuer.document = key_set(jwk("next", kid=NEXT))
    clock.forward(8 * 3600)
    assert outcome(keys) == "UnknownKey"
    assert outcome(keys, NEXT) == "found"


@pytest.mark.parametrize("down", [False, True])
def test_a_stampede_of_threads_makes_one_fetch(keys: Jwks, issuer: Issuer, *, down: bool) -> None:
    if down:
        issuer.go_down()
    start = Barrier(32)

    def first_token(_: int) -> str:
        start.wait(10)
        return outcome(keys)

    with ThreadPoolExecutor(32) as threads:
        outcomes = list(threads.map(first_token, range(32)))
    assert outcomes == ["KeysUnavailable" if down else "found"] * 32
    assert issuer.fetches == 1


def test_an_unforeseen_error_while_fetching_does_not_hold_up_the_next_token(keys: Jwks, issuer: Issuer) -> None:
    issuer.error = RuntimeError("unforeseen")
    with pytest.raises(RuntimeError, match="unforeseen"):
        keys.key(KID)
    issuer.come_back()
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(outcome, keys).result(10) == "found"


def test_a_failed_fetch_is_one_line_in_the_log(
    keys: Jwks, issuer: Issuer, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.warm()
    issuer.error = FetchError("status 503\nforged line")
    clock.forward(LIFETIME)
    keys.warm()
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "event": "jwks_refresh_failed",
        "error": "status 503\nforged line",
        "failures": 1,
        "known": 1,
    }
