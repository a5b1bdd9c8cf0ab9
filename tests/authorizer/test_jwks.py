"""`authorizer.jwks`: the number of fetches of the key set, and the time for which it trusts the set."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from authorizer.errors import Refused
from authorizer.jwks import BACKOFF, COOLDOWN, GRACE, LIFETIME, MAX_LIFETIME, MAX_RETRY_AFTER, SETBACK, Jwks
from authorizer.token import Header
from tests.testkit.clock import NEXT, URL, Clock, Issuer, kids, named, outcome
from tests.testkit.tokens import KID, OMIT, jwk, key_set, rsa_key

BOTH = key_set(jwk(), jwk("next", kid=NEXT))


def test_the_key_is_the_one_that_the_issuer_publishes(keys: Jwks) -> None:
    assert keys.key(named(KID)).public.public_numbers() == rsa_key().public_key().public_numbers()


def test_keys_are_fresh_for_five_minutes_with_an_hour_of_grace_and_a_cooldown_of_thirty_seconds() -> None:
    assert (LIFETIME, MAX_LIFETIME, GRACE, COOLDOWN, BACKOFF) == (300, 900, 3600, 30, (5, 60))


def test_the_longest_pause_is_five_minutes_and_the_largest_clock_correction_one() -> None:
    assert (MAX_RETRY_AFTER, SETBACK) == (300, 60)


def test_one_fetch_is_enough_for_many_tokens(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    for _ in range(1000):
        keys.key(named(KID))
        clock.forward(LIFETIME / 1001)
    assert issuer.fetches == 1


def test_nothing_is_fetched_before_it_is_needed(keys: Jwks, issuer: Issuer) -> None:
    assert KID not in kids(keys)
    assert issuer.fetches == 0


def test_a_warm_key_set_needs_no_fetch_for_the_first_token(keys: Jwks, issuer: Issuer) -> None:
    keys.warm()
    assert KID in kids(keys)
    assert NEXT not in kids(keys)
    assert outcome(keys) == "found"
    assert issuer.fetches == 1


def test_a_thousand_forged_kids_cause_one_fetch_per_cooldown(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(named(KID))
    for cooldowns in range(1, 4):
        clock.forward(COOLDOWN)
        for forged in range(1000):
            assert outcome(keys, f"forged-{forged}") == "unknown_key"
        assert issuer.fetches == 1 + cooldowns
        assert outcome(keys) == "found"


def test_a_forged_kid_causes_no_fetch_during_the_cooldown(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(named(KID))
    clock.forward(COOLDOWN - 0.001)
    assert outcome(keys, "forged") == "unknown_key"
    assert issuer.fetches == 1


def test_forged_kids_from_many_threads_cause_one_fetch(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(named(KID))
    clock.forward(COOLDOWN)
    issuer.overlap = 0.2
    with ThreadPoolExecutor(32) as threads:
        outcomes = set(threads.map(lambda number: outcome(keys, f"forged-{number}"), range(1000)))
    assert outcomes == {"unknown_key"}
    assert issuer.fetches == 2


def test_a_new_key_is_accepted_after_the_cooldown(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(named(KID))
    issuer.document = BOTH
    assert outcome(keys, NEXT) == "unknown_key"
    clock.forward(COOLDOWN)
    assert keys.key(named(NEXT)).public.public_numbers() == rsa_key("next").public_key().public_numbers()
    assert outcome(keys) == "found"
    assert issuer.fetches == 2


def test_the_key_set_is_fetched_again_after_its_lifetime_and_not_before(
    keys: Jwks, issuer: Issuer, clock: Clock
) -> None:
    keys.key(named(KID))
    clock.forward(LIFETIME - 0.001)
    keys.key(named(KID))
    assert issuer.fetches == 1
    clock.forward(0.001)
    keys.key(named(KID))
    assert issuer.fetches == 2


def test_a_withdrawn_key_is_refused_after_the_lifetime(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(named(KID))
    issuer.document = key_set(jwk("next", kid=NEXT))
    clock.forward(LIFETIME)
    assert outcome(keys) == "unknown_key"
    assert outcome(keys, NEXT) == "found"
    assert KID not in kids(keys)


def test_the_key_set_is_fetched_again_after_the_clock_was_set_back(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(named(KID))
    clock.forward(-86_400)
    assert outcome(keys) == "found"
    assert issuer.fetches == 2
    assert outcome(keys) == "found"
    assert issuer.fetches == 2


def test_a_container_frozen_for_hours_fetches_the_key_set_again(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    keys.key(named(KID))
    issuer.document = key_set(jwk("next", kid=NEXT))
    clock.forward(8 * 3600)
    assert outcome(keys) == "unknown_key"
    assert outcome(keys, NEXT) == "found"


def test_five_of_many_faults_are_logged() -> None:
    lines: list[dict[str, Any]] = []
    wrong = [jwk(kid=f"wrong-{number}", e="AA") for number in range(7)]
    Jwks(URL, get=Issuer(key_set(*wrong, jwk())).get, write=lambda **line: lines.append(line)).warm()
    reasons = tuple(f"'wrong-{number}' has no n or e in base64url" for number in range(5))
    assert lines == [{"event": "jwks_keys_refused", "reasons": reasons}]


NAMELESS = jwk(kid=OMIT), jwk("next", kid=OMIT)
PRINTED = jwk(x5t="a"), jwk("next", kid=NEXT, x5t="b")


@pytest.mark.parametrize(
    ("document", "header", "reason"),
    [
        (BOTH, Header("RS512", KID), "unsupported_algorithm"),
        (BOTH, Header("ES256", KID), "unknown_key"),
        (BOTH, Header("ES256"), "unknown_key"),
        (BOTH, Header("RS256", "forged"), "unknown_key"),
        (BOTH, Header("RS256"), "missing_kid"),
        (BOTH, Header("RS256", "", "a"), "missing_kid"),
        (key_set(jwk()), Header("RS256", "forged"), "unknown_key"),
        (key_set(*NAMELESS), Header("RS256", KID), "unnamed_keys"),
        (key_set(*NAMELESS), Header("RS256"), "missing_kid"),
        (key_set(NAMELESS[0], jwk("next", kid=NEXT)), Header("RS256", KID), "unknown_key"),
        (key_set(*PRINTED), Header("RS256"), "missing_kid"),
        (key_set(*PRINTED), Header("RS256", "", "c"), "unknown_key"),
        (key_set(PRINTED[0]), Header("RS256", "", "c"), "unknown_key"),
    ],
)
def test_a_refusal_has_the_reason_why_no_key_is_found(document: bytes, header: Header, reason: str) -> None:
    keys = Jwks(URL, algorithms=("RS256", "ES256"), get=Issuer(document).get)
    with pytest.raises(Refused) as refused:
        keys.key(header)
    assert refused.value.reason == reason


@pytest.mark.parametrize("down", [False, True])
def test_many_threads_at_once_cause_one_fetch(keys: Jwks, issuer: Issuer, *, down: bool) -> None:
    if down:
        issuer.go_down()
    issuer.overlap = 0.2
    start = Barrier(32)

    def first_token(_: int) -> str:
        start.wait(10)
        return outcome(keys)

    with ThreadPoolExecutor(32) as threads:
        outcomes = list(threads.map(first_token, range(32)))
    assert outcomes == ["keys_unavailable" if down else "found"] * 32
    assert issuer.fetches == 1
