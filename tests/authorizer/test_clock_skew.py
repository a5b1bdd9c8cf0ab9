"""Clock skew: the issuer's clock is ahead or behind, or the container's jumps back or wakes up hours later."""

from collections.abc import Iterator

import pytest
import time_machine

from authorizer.decision import Authorizer
from authorizer.jwks import GRACE, LIFETIME, SETBACK, Jwks
from tests.testkit.clock import NEXT, URL, Issuer
from tests.testkit.container import reason
from tests.testkit.events import environment_of
from tests.testkit.tokens import ISSUER, NOW, claims, header, jwk, key_set, rs256, token

LEEWAY = 10
HOUR = 3600


@pytest.fixture
def wall() -> Iterator[time_machine.Traveller]:
    """Sets the time for both the dates of tokens and the ages of keys."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def authorizer(issuer: Issuer) -> Authorizer:
    environment = environment_of(leeway=LEEWAY)
    return Authorizer(environment, {ISSUER: Jwks(URL, get=issuer.get)})


def lasting(kid: str = "key-1", key: str = "issuer") -> str:
    """A token that is valid during the whole test."""
    return token(header(kid=kid), claims(iat=0, exp=NOW + 100 * HOUR), rs256(key))


@pytest.mark.usefixtures("wall")
@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        *((LEEWAY - 1, "authorized"), (LEEWAY, "authorized"), (LEEWAY + 1, "not_yet_valid"), (HOUR, "not_yet_valid")),
        *((1 - LEEWAY, "authorized"), (-LEEWAY, "authorized"), (-LEEWAY - 1, "authorized")),
    ],
)
@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_new_token_from_an_issuer_with_clock_skew(
    authorizer: Authorizer, name: str, ahead: int, expected: str
) -> None:
    assert reason(authorizer, token(body=claims(**{name: NOW + ahead, "exp": NOW + ahead + HOUR}))) == expected


@pytest.mark.usefixtures("wall")
@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        *((1 - LEEWAY, "authorized"), (-LEEWAY, "expired"), (-LEEWAY - 1, "expired"), (-HOUR, "expired")),
        *((LEEWAY - 1, "authorized"), (LEEWAY, "authorized"), (LEEWAY + 1, "authorized")),
    ],
)
def test_an_expiring_token_from_an_issuer_with_clock_skew(authorizer: Authorizer, ahead: int, expected: str) -> None:
    assert reason(authorizer, token(body=claims(exp=NOW + ahead))) == expected


@pytest.mark.parametrize(
    ("off", "expected"),
    [
        *((-60 - LEEWAY, "authorized"), (-60 - LEEWAY - 1, "not_yet_valid"), (-24 * HOUR, "not_yet_valid")),
        *((HOUR + LEEWAY - 1, "authorized"), (HOUR + LEEWAY, "expired"), (24 * HOUR, "expired")),
    ],
)
def test_an_hour_long_token_in_a_container_with_clock_skew(
    wall: time_machine.Traveller, authorizer: Authorizer, off: int, expected: str
) -> None:
    assert reason(authorizer, token()) == "authorized"
    wall.move_to(NOW + off)
    assert reason(authorizer, token()) == expected


@pytest.mark.parametrize("off", [-24 * HOUR, -SETBACK, 8 * HOUR, LIFETIME])
def test_a_clock_jump_causes_a_new_fetch_and_drops_withdrawn_keys(
    wall: time_machine.Traveller, authorizer: Authorizer, issuer: Issuer, off: float
) -> None:
    assert reason(authorizer, lasting()) == "authorized"
    issuer.document = key_set(jwk("next", kid=NEXT))
    wall.move_to(NOW + off)
    assert reason(authorizer, lasting()) == "unknown_key"
    assert reason(authorizer, lasting(NEXT, "next")) == "authorized"
    assert issuer.fetches == 2


@pytest.mark.parametrize(
    ("off", "expected"),
    [
        *((-24 * HOUR, "keys_unavailable"), (8 * HOUR, "keys_unavailable")),
        *((LIFETIME + GRACE - 1, "authorized"), (LIFETIME + GRACE, "keys_unavailable")),
    ],
)
def test_no_key_of_unknown_age_is_trusted_after_a_clock_jump_in_an_outage(
    wall: time_machine.Traveller, authorizer: Authorizer, issuer: Issuer, off: float, expected: str
) -> None:
    assert reason(authorizer, lasting()) == "authorized"
    issuer.go_down()
    wall.move_to(NOW + off)
    assert reason(authorizer, lasting()) == expected
    issuer.come_back()
    wall.shift(5)
    assert reason(authorizer, lasting()) == "authorized"


def test_each_clock_jump_costs_one_fetch(wall: time_machine.Traveller, authorizer: Authorizer, issuer: Issuer) -> None:
    for fetches, off in enumerate((0, -24 * HOUR, 0, 24 * HOUR, 0), 1):
        wall.move_to(NOW + off)
        assert reason(authorizer, lasting()) == "authorized"
        assert issuer.fetches == fetches


def test_a_small_clock_correction_has_no_effect(
    wall: time_machine.Traveller, authorizer: Authorizer, issuer: Issuer
) -> None:
    assert reason(authorizer, lasting()) == "authorized"
    issuer.go_down()
    wall.move_to(NOW - SETBACK + 1)
    assert reason(authorizer, lasting()) == "authorized"
    assert issuer.fetches == 1
