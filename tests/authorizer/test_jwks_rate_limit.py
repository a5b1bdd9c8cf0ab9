"""An issuer that limits the rate: 429 and Retry-After are respected, within bounds."""

import pytest

from authorizer.fetch import RATE_LIMITED, FetchError, get
from authorizer.jwks import COOLDOWN, LIFETIME, MAX_RETRY_AFTER
from tests.testkit.clock import NEXT, Issuer, outcome
from tests.testkit.container import Container
from tests.testkit.faults import WELL
from tests.testkit.loopback import response, serving
from tests.testkit.tokens import jwk, key_set, short

TOO_MANY, BUSY = "429 Too Many Requests", "503 Service Unavailable"
CALLS, STEP = 1024, 0.5859375  # seconds: ten minutes, as a number without rounding
DATE = "Fri, 31 Dec 2027 23:59:59 GMT"


def limited(status: str, retry_after: str | None) -> bytes:
    return response(status=status) if retry_after is None else response(status=status, Retry_After=retry_after)


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        *((TOO_MANY, "120", 120), (TOO_MANY, "0", 0), (TOO_MANY, None, RATE_LIMITED), (TOO_MANY, "", RATE_LIMITED)),
        *((TOO_MANY, DATE, RATE_LIMITED), (TOO_MANY, "-5", RATE_LIMITED), (TOO_MANY, "1.5", RATE_LIMITED)),
        *((TOO_MANY, "9" * 5000, 2**31), (TOO_MANY, "\xb2", RATE_LIMITED)),
        *((BUSY, "120", 120), (BUSY, None, None), (BUSY, DATE, None)),
        *(("500 X", "120", None), ("404 X", "120", None), ("301 X", "120", None)),
    ],
    ids=short,
)
def test_the_seconds_of_retry_after_are_read(status: str, retry_after: str | None, seconds: float | None) -> None:
    with serving(limited(status, retry_after)) as server, pytest.raises(FetchError) as refused:
        get(server.url, 10)
    assert refused.value.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "retry_after", "requests"),
    [
        (TOO_MANY, None, 12),  # after 30, 30, 30 and 40 seconds, then each minute
        (TOO_MANY, DATE, 12),
        (TOO_MANY, "120", 5),
        (TOO_MANY, "300", 2),
        (TOO_MANY, "86400", 2),
        (TOO_MANY, "1", 13),  # after 5, 10, 20 and 40 seconds, then each minute, as without Retry-After
        (TOO_MANY, "0", 13),
        (BUSY, None, 13),
        (BUSY, "120", 5),
        (BUSY, "86400", 2),
    ],
)
def test_a_thousand_calls_in_ten_minutes_cause_few_requests(
    status: str, retry_after: str | None, requests: int
) -> None:
    with serving(limited(status, retry_after)) as server:
        container = Container(server.url)
        for call in range(CALLS):
            assert outcome(container.keys, f"forged-{call}" if call % 2 else NEXT) == "keys_unavailable"
            container.clock.forward(STEP)
        assert len(server.requests) == requests


@pytest.mark.parametrize(("asked", "pause"), [(29.0, 29.0), (299.0, 299.0), (301.0, MAX_RETRY_AFTER), (1e9, 300.0)])
def test_the_next_request_waits_for_retry_after(issuer: Issuer, asked: float, pause: float) -> None:
    container = Container(get=issuer.get)
    issuer.go_down(asked)
    assert outcome(container.keys) == "keys_unavailable"
    issuer.come_back()
    container.clock.forward(pause - 0.001)
    assert (outcome(container.keys), container.fetches) == ("keys_unavailable", 1)
    container.clock.forward(0.001)
    assert (outcome(container.keys), container.fetches) == ("found", 2)


@pytest.mark.usefixtures("frozen")
def test_known_keys_are_accepted_while_the_issuer_limits_the_rate() -> None:
    with serving(WELL) as server:
        container = Container(server.url)
        assert container.ask() == "authorized"
        server.say(limited(TOO_MANY, "300"))
        assert container.ask_after(COOLDOWN, NEXT, "next") == "keys_unavailable"
        for _ in range(10):
            assert container.ask_after(LIFETIME / 10) == "authorized"
        assert len(server.requests) == 3
        server.say(response(key_set(jwk("next", kid=NEXT))))
        assert container.ask_after(299.999) == "authorized"
        assert container.ask_after(0.001) == "unknown_key"
        assert container.ask(NEXT, "next") == "authorized"
        assert len(server.requests) == 4


def test_a_success_resets_the_pause(issuer: Issuer) -> None:
    container = Container(get=issuer.get)
    issuer.go_down(300)
    assert outcome(container.keys) == "keys_unavailable"
    issuer.come_back()
    container.clock.forward(300)
    assert outcome(container.keys) == "found"
    issuer.go_down()
    container.clock.forward(COOLDOWN)
    assert outcome(container.keys, NEXT) == "keys_unavailable"
    issuer.come_back()
    container.clock.forward(5)
    assert outcome(container.keys, NEXT) == "unknown_key"
