"""A flood of forged kids, 32 at a time: the cost for the issuer, the container's memory and other clients."""

import gc
import json
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from authorizer.fetch import Document
from authorizer.jwks import COOLDOWN, LIFETIME
from tests.testkit.clock import NEXT, Issuer
from tests.testkit.container import Container
from tests.testkit.events import event
from tests.testkit.tokens import claims, header, jwk, key_set, rs256, segment, token

pytestmark = pytest.mark.usefixtures("frozen")

Capture = pytest.CaptureFixture[str]
THREADS, FORGED, REAL = 32, 1000, 100
OVERLAP = 0.05  # seconds for which a fetch waits for a concurrent one


@pytest.fixture
def cold(issuer: Issuer) -> Container:
    """An authorizer that has not fetched a key set yet."""

    def get(url: str) -> Document:
        # Ten overlapping fetches are enough to fail a test.
        issuer.overlap = OVERLAP if cold.fetches < 10 else 0.0
        return issuer.get(url)

    cold = Container(get=get)
    return cold


@pytest.fixture
def container(cold: Container) -> Container:
    """An authorizer that has just fetched the key set."""
    cold.keys.warm()
    return cold


def forged(round_: int = 0, suffix: str = "") -> list[str]:
    rest = f"{segment(claims())}.{segment(b'no signature')}"
    return [f"{segment(header(kid=f'forged-{round_}-{number}{suffix}'))}.{rest}" for number in range(FORGED)]


def among(flood: list[str], real: str) -> list[str]:
    """The flood, with the real token at every tenth position."""
    return [it for at, forgery in enumerate(flood) for it in ((forgery, real) if at % 10 == 0 else (forgery,))]


def decided(container: Container, capsys: Capture, tokens: Sequence[str]) -> Counter[str]:
    """The number of log lines for each reason, after 32 threads have sent all these tokens."""

    def answered(jws: str) -> dict[str, Any] | None:
        try:
            return container.authorizer.answer(event(jws))
        except Exception:  # the log has the reason
            return None

    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(answered, tokens))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    reasons = Counter(str(line["reason"]) for line in lines if line["event"] == "decision")
    assert reasons.total() == len(tokens)
    assert reasons["authorized"] == sum(it is not None for it in answers)
    return reasons


def test_a_flood_causes_one_fetch_per_cooldown_and_real_tokens_are_accepted(
    container: Container, capsys: Capture
) -> None:
    real = token()
    for cooldowns in range(3):
        for again in range(2):
            reasons = decided(container, capsys, among(forged(cooldowns), real))
            assert reasons == {"unknown_key": FORGED, "authorized": REAL}
            assert container.fetches == 1 + cooldowns, again
        container.clock.forward(COOLDOWN)


def test_a_new_key_is_accepted_after_the_cooldown_during_a_flood(
    container: Container, issuer: Issuer, capsys: Capture
) -> None:
    flood = among(forged(), token(header(kid=NEXT), sign=rs256("next")))
    container.clock.forward(COOLDOWN)
    assert decided(container, capsys, flood) == {"unknown_key": FORGED + REAL}
    issuer.document = key_set(jwk(), jwk("next", kid=NEXT))
    container.clock.forward(COOLDOWN - 0.001)
    assert decided(container, capsys, flood) == {"unknown_key": FORGED + REAL}
    assert container.fetches == 2
    container.clock.forward(0.001)
    assert decided(container, capsys, flood) == {"unknown_key": FORGED, "authorized": REAL}
    assert container.fetches == 3


def test_a_flood_during_an_outage_causes_one_fetch_per_pause_and_known_keys_are_accepted(
    container: Container, issuer: Issuer, capsys: Capture
) -> None:
    issuer.go_down()
    flood = among(forged(), token())
    for fetches, wait in enumerate((LIFETIME, 5, 10, 20), 2):
        container.clock.forward(wait)
        assert decided(container, capsys, flood) == {"keys_unavailable": FORGED, "authorized": REAL}
        assert container.fetches == fetches


def test_a_flood_at_a_cold_start_causes_one_fetch(cold: Container, capsys: Capture) -> None:
    assert decided(cold, capsys, among(forged(), token())) == {"unknown_key": FORGED, "authorized": REAL}
    assert cold.fetches == 1


def test_a_flood_does_not_use_more_memory(container: Container, capsys: Capture) -> None:
    def flood(round_: int) -> int:
        """The bytes in use after hundreds of new kids and paths of 4 kB each."""
        for at, jws in enumerate(forged(round_, "x" * 4000)[:300]):
            with pytest.raises(Exception, match="Unauthorized"):
                container.authorizer.answer(event(jws, f"/pets/{round_}-{at}-{'x' * 4000}"))
        capsys.readouterr()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        flood(0)
        before = flood(1)
        assert flood(2) - before < 1_000_000
    finally:
        tracemalloc.stop()
