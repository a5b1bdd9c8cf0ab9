"""The lifetime of a key set: the issuer's Cache-Control, within bounds."""

import pytest

from authorizer.fetch import Document, get
from authorizer.jwks import LIFETIME, MAX_LIFETIME, Jwks
from tests.testkit.clock import NEXT, Clock, Issuer, outcome
from tests.testkit.container import Container
from tests.testkit.loopback import response, serving
from tests.testkit.tokens import jwk, key_set, short


@pytest.mark.parametrize(
    ("control", "max_age"),
    [
        *(("max-age=600", 600), ("Max-Age=600", 600), ('max-age="600"', 600), ("max-age=0", 0), ("max-age=007", 7)),
        *(("public, max-age=15, stale-while-revalidate=15, stale-if-error=86400", 15), ("public,max-age=15", 15)),
        *(("max-age=600, no-store", 0), ("NO-CACHE", 0), ("private, max-age=600, must-revalidate", 600)),
        *(("s-maxage=600", None), ("x-max-age=600", None), ("max-age", None), ("max-age=", None), ("", None)),
        *(("max-age=-1", None), ("max-age=soon", None), ("max-age =600", None), ("maxage=600", None)),
        ("max-age=" + "9" * 5000, 2**31),
    ],
    ids=short,
)
def test_max_age_is_read_from_cache_control(control: str, max_age: float | None) -> None:
    with serving(response(b"{}", Cache_Control=control)) as server:
        assert get(server.url, 10) == Document(b"{}", max_age)


def test_several_cache_control_headers_are_combined() -> None:
    answer = response(b"{}", Cache_Control="max-age=900").replace(b"\r\n\r\n", b"\r\nCache-Control: no-store\r\n\r\n")
    with serving(answer) as server:
        assert get(server.url, 10).max_age == 0
    with serving(answer.replace(b"max-age=900", b"public").replace(b"no-store", b"max-age=600")) as server:
        assert get(server.url, 10).max_age == 600


@pytest.mark.parametrize(
    ("age", "max_age"),
    [
        *(("0", 600), ("100", 500), ("700", -100), ("-1", 600), ("old", 600), ("", 600), ("1.5", 600)),
        ("9" * 5000, 600 - 2**31),
    ],
    ids=short,
)
def test_the_age_header_is_subtracted(age: str, max_age: float) -> None:
    with serving(response(b"{}", Cache_Control="max-age=600", Age=age)) as server:
        assert get(server.url, 10).max_age == max_age


def test_an_age_without_a_max_age_is_ignored() -> None:
    with serving(response(b"{}", Age="100")) as server:
        assert get(server.url, 10) == Document(b"{}", None)


@pytest.mark.parametrize(
    ("max_age", "lifetime"),
    [
        *((None, LIFETIME), (0, LIFETIME), (15, LIFETIME), (-100, LIFETIME), (300, LIFETIME)),
        *((301, 301), (600, 600), (899, 899), (900, 900), (901, MAX_LIFETIME), (86_400, MAX_LIFETIME), (1e9, 900)),
    ],
)
def test_the_lifetime_is_the_max_age_within_bounds(
    keys: Jwks, issuer: Issuer, clock: Clock, max_age: float | None, lifetime: float
) -> None:
    issuer.max_age = max_age
    assert outcome(keys) == "found"
    issuer.document = key_set(jwk("next", kid=NEXT))
    clock.forward(lifetime - 0.001)
    assert (outcome(keys), issuer.fetches) == ("found", 1)
    clock.forward(0.001)
    assert (outcome(keys), issuer.fetches) == ("unknown_key", 2)


def test_each_answer_sets_a_new_lifetime(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    issuer.max_age = 900
    assert outcome(keys) == "found"
    issuer.max_age = None
    clock.forward(900)
    assert (outcome(keys), issuer.fetches) == ("found", 2)
    clock.forward(LIFETIME)
    assert (outcome(keys), issuer.fetches) == ("found", 3)


def test_a_refused_answer_does_not_extend_the_lifetime(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    good = issuer.document
    assert outcome(keys) == "found"
    issuer.document, issuer.max_age = b'{"keys":[]}', 900
    clock.forward(LIFETIME)
    assert (outcome(keys), issuer.fetches) == ("found", 2)
    issuer.document, issuer.max_age = good, None
    clock.forward(5)
    assert (outcome(keys), issuer.fetches) == ("found", 3)


def test_a_long_lifetime_does_not_delay_a_new_key(keys: Jwks, issuer: Issuer, clock: Clock) -> None:
    issuer.max_age = 86_400
    assert outcome(keys) == "found"
    issuer.document = key_set(jwk(), jwk("next", kid=NEXT))
    clock.forward(30)
    assert outcome(keys, NEXT) == "found"
    assert issuer.fetches == 2


@pytest.mark.usefixtures("frozen")
def test_the_header_of_a_real_answer_sets_the_lifetime() -> None:
    with serving(response(key_set(), Cache_Control="max-age=800", Age="100")) as server:
        container = Container(server.url)
        assert container.ask() == container.ask_after(699.999) == "authorized"
        assert len(server.requests) == 1
        assert container.ask_after(0.001) == "authorized"
        assert len(server.requests) == 2
