"""The issuer's answers other than outages, and their effect."""

from collections.abc import Iterator

import pytest

from authorizer.jwks import COOLDOWN, GRACE, LIFETIME
from tests.testkit.clock import NEXT
from tests.testkit.container import Container
from tests.testkit.faults import WELL, answers, says
from tests.testkit.loopback import Exchange, Server, response, serving
from tests.testkit.tokens import jwk, key_set

pytestmark = pytest.mark.usefixtures("frozen", "no_leftover_threads")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(WELL) as running:
        yield running


def test_an_empty_key_set_after_a_good_one_is_an_outage_and_not_a_withdrawal(server: Server) -> None:
    container = Container(server.url)
    assert container.ask() == "authorized"
    with says(b'{"keys":[]}').inject(server):
        assert container.ask_after(LIFETIME) == "authorized"
        assert container.ask_after(GRACE - 1) == "authorized"
        assert container.fetches == 3


def test_a_key_set_without_the_kid_gives_401_in_a_cold_container(server: Server) -> None:
    with says(key_set(jwk("next", kid=NEXT))).inject(server):
        container = Container(server.url)
        assert container.ask() == "unknown_key"
        assert container.ask(NEXT, "next") == "authorized"
        assert container.fetches == 1
    assert container.ask_after(COOLDOWN - 0.001) == "unknown_key"
    assert container.ask_after(0.001) == "authorized"
    assert container.fetches == 2


def test_a_withdrawn_key_is_refused_after_the_lifetime_without_grace(server: Server) -> None:
    container = Container(server.url)
    assert container.ask() == "authorized"
    with says(key_set(jwk("next", kid=NEXT))).inject(server):
        assert container.ask_after(LIFETIME - 0.001) == "authorized"
        assert container.fetches == 1
        assert container.ask_after(0.001) == "unknown_key"
    with answers(response(status="500 X")).inject(server):
        assert container.ask_after(LIFETIME) == "keys_unavailable"
        assert container.ask(NEXT, "next") == "authorized"


def test_a_slow_answer_within_the_deadline_is_accepted(server: Server) -> None:
    def slowly(exchange: Exchange) -> None:
        for at in range(0, len(WELL), 40):
            exchange.send(WELL[at : at + 40])
            exchange.here.stopped.wait(0.005)

    with answers(slowly).inject(server):
        assert Container(server.url).ask() == "authorized"
