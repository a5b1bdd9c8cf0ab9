"""Key rotation and revocation: when tokens are accepted or refused, and how many fetches it takes."""

import pytest

from authorizer.jwks import COOLDOWN, GRACE, LIFETIME
from tests.testkit.clock import NEXT, Issuer
from tests.testkit.container import Container
from tests.testkit.tokens import KID, jwk, key_set

pytestmark = pytest.mark.usefixtures("frozen")

BOTH = key_set(jwk(), jwk("next", kid=NEXT))
WITHOUT_OLD = key_set(jwk("next", kid=NEXT))


@pytest.fixture
def container(issuer: Issuer) -> Container:
    return Container(get=issuer.get)


def test_a_new_key_is_accepted_by_the_first_token_after_the_cooldown(container: Container, issuer: Issuer) -> None:
    assert container.ask() == "authorized"
    issuer.document = BOTH
    assert container.ask_after(COOLDOWN - 0.001, NEXT, "next") == "unknown_key"
    assert container.fetches == 1
    assert container.ask_after(0.001, NEXT, "next") == "authorized"
    assert container.ask() == "authorized"
    assert container.fetches == 2


def test_a_new_key_used_after_the_cooldown_is_accepted_at_once(container: Container, issuer: Issuer) -> None:
    assert container.ask() == "authorized"
    issuer.document = BOTH
    assert container.ask_after(COOLDOWN, NEXT, "next") == "authorized"
    assert container.fetches == 2


def test_a_rotation_refuses_no_token_of_the_old_key_before_it_is_withdrawn(
    container: Container, issuer: Issuer
) -> None:
    assert container.ask() == "authorized"
    issuer.document = BOTH
    for _ in range(10):
        assert container.ask_after(LIFETIME / 4, NEXT, "next") == "authorized"
        assert container.ask() == "authorized"
    issuer.document = WITHOUT_OLD
    assert container.ask_after(LIFETIME) == "unknown_key"
    assert container.ask(NEXT, "next") == "authorized"


def test_a_look_up_of_another_kid_withdraws_a_key_before_its_lifetime_ends(
    container: Container, issuer: Issuer
) -> None:
    assert container.ask() == "authorized"
    issuer.document = WITHOUT_OLD
    assert container.ask_after(COOLDOWN, NEXT, "next") == "authorized"
    assert container.ask() == "unknown_key"
    assert container.fetches == 2


def test_another_key_with_a_known_kid_replaces_it_after_the_lifetime(container: Container, issuer: Issuer) -> None:
    assert container.ask() == "authorized"
    issuer.document = key_set(jwk("next"))
    assert container.ask_after(LIFETIME - 0.001, key="next") == "bad_signature"
    assert container.ask_after(0.001, key="next") == "authorized"
    assert container.ask() == "bad_signature"


def test_a_withdrawn_key_that_is_published_again_is_accepted(container: Container, issuer: Issuer) -> None:
    assert container.ask() == "authorized"
    issuer.document = WITHOUT_OLD
    assert container.ask_after(LIFETIME) == "unknown_key"
    issuer.document = BOTH
    assert container.ask_after(COOLDOWN) == "authorized"


def test_a_revoked_key_is_refused_at_once_although_it_is_published(issuer: Issuer) -> None:
    issuer.document = BOTH
    container = Container(get=issuer.get, revoked={KID})
    for wait in (0, COOLDOWN, LIFETIME, LIFETIME + GRACE):
        assert container.ask_after(wait) == "revoked_key"
        assert container.ask(NEXT, "next") == "authorized"


@pytest.mark.parametrize("seed", [None, BOTH], ids=["cold", "seeded"])
def test_a_revoked_key_is_refused_without_the_issuer(issuer: Issuer, seed: bytes | None) -> None:
    issuer.go_down()
    container = Container(get=issuer.get, revoked={KID}, bundled=seed)
    container.keys.warm()
    for wait in (0, COOLDOWN, LIFETIME, GRACE - LIFETIME):
        assert container.ask_after(wait) == "revoked_key"
        assert container.ask(NEXT, "next") == ("authorized" if seed else "keys_unavailable")


def test_a_revoked_key_causes_no_request_to_the_issuer(issuer: Issuer) -> None:
    container = Container(get=issuer.get, revoked={KID})
    for _ in range(100):
        assert container.ask_after(COOLDOWN) == "revoked_key"
    assert container.fetches == 0


def test_only_a_full_kid_revokes_a_key(issuer: Issuer) -> None:
    for other in (KID[:-1], KID.upper(), f"{KID} ", "*", ""):
        assert Container(get=issuer.get, revoked={other}).ask() == "authorized"
