"""Issuer faults on a real socket: the authorizer reacts to all of them in the same way.

Known keys stay valid for the lifetime and the grace period. Every other token gets 500, neither 401 nor Allow. The
authorizer fetches the key set once per pause, and the first token after the fault finds the keys.
"""

import gzip
import json
import ssl
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from authorizer.fetch import MAX_BYTES
from authorizer.jwks import BACKOFF, COOLDOWN, GRACE, LIFETIME
from tests.testkit.certificates import Authority, trusted
from tests.testkit.clock import NEXT
from tests.testkit.container import Container
from tests.testkit.faults import (
    WELL,
    Fault,
    answers,
    does_not_accept,
    drips,
    no_name_server,
    no_such_name,
    redirects_elsewhere,
    redirects_in_a_loop,
    refuses,
    says,
    shows,
    waits_within_the_body,
)
from tests.testkit.loopback import Exchange, Server, chunked, response, serving
from tests.testkit.tokens import KID, jwk, key_set

pytestmark = pytest.mark.usefixtures("frozen", "no_leftover_threads")

SHORT = 0.05  # seconds until the client gives up a slow server
UNAVAILABLE = "keys_unavailable"

error = partial(response, key_set())  # a body that must be ignored
BOMB = gzip.compress(bytes(10_000_000))
ENCRYPTION = json.dumps({"keys": [jwk(use="enc")]}).encode()
CERTIFICATES = json.dumps({KID: "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n"}).encode()

FAULTS: dict[str, Fault] = {
    "no such name": Fault(no_such_name, heard=False),
    "no name server": Fault(no_name_server, slow=True, heard=False),
    "connection refused": Fault(refuses, heard=False),
    "does not accept": Fault(does_not_accept, slow=True, heard=False),
    "connection reset": answers(Exchange.reset),
    "hangs up": answers(b""),
    "says nothing": answers(Exchange.say_nothing, slow=True),
    "byte by byte": answers(drips, slow=True),
    "waits within the body": answers(waits_within_the_body, slow=True),
    "not HTTP": answers(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "204": answers(error(status="204 No Content")),
    "redirect elsewhere": Fault(redirects_elsewhere),
    "redirect loop": Fault(redirects_in_a_loop),
    "403": answers(error(status="403 Forbidden")),
    "404": answers(error(status="404 Not Found")),
    "429": answers(error(status="429 Too Many Requests"), retry_after=30),
    "429 for 2 minutes": answers(error(status="429 Too Many Requests", Retry_After="120"), retry_after=120),
    "500": answers(error(status="500 Internal Server Error")),
    "503": answers(error(status="503 Service Unavailable")),
    "503 for 2 minutes": answers(error(status="503 Service Unavailable", Retry_After="120"), retry_after=120),
    "HTML": says(b"<!doctype html><title>Maintenance</title>"),
    "nothing in 200": says(b""),
    "truncated JSON": says(key_set()[:-2]),
    "shorter than its length": answers(response(key_set(), length=len(key_set()) + 1)),
    "cut off in a chunk": answers(chunked(key_set())[:-20]),
    "10 MB in chunks": answers(chunked(key_set() + b" " * 10_000_000)),
    "one byte too many": says(key_set().ljust(MAX_BYTES + 1)),
    "gzip bomb": answers(response(BOMB, Content_Encoding="gzip")),
    "gzip bomb, unannounced": says(BOMB),
    "gzip": answers(response(gzip.compress(key_set()), Content_Encoding="gzip")),
    "UTF-16": says(key_set().decode().encode("utf-16")),
    "100,000 brackets": says(b"[" * 100_000),
    "an array": says(b"[" + key_set() + b"]"),
    "no keys": says(b"{}"),
    "empty key set": says(b'{"keys":[]}'),
    "keys an object": says(json.dumps({"keys": {KID: jwk()}}).encode()),
    "keys null": says(b'{"keys":null}'),
    "keys for encryption": says(ENCRYPTION),
    "certificates by kid": says(CERTIFICATES),
}
TLS_FAULTS: dict[str, Callable[[Authority], ssl.SSLContext]] = {
    "expired": lambda authority: authority.server((2000, 2001)),
    "not valid yet": lambda authority: authority.server((2099, 2100)),
    "for another address": lambda authority: authority.server(address="127.0.0.2"),
    "self-signed": lambda authority: authority.server(self_signed=True),
    "none": lambda _: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(WELL) as running:
        yield running


@pytest.fixture
def tls_server(authority: Authority) -> Iterator[Server]:
    with trusted(authority), serving(WELL, authority.server()) as running:
        yield running


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def pauses(fault: Fault, failures: int) -> list[float]:
    """The pauses in seconds, one after each failure."""
    first, most = BACKOFF
    return [max(min(first * 2**failure, most), fault.retry_after) for failure in range(failures)]


def check_outage(fault: Fault, server: Server) -> None:
    """Check a container that starts during the fault and one that knew the keys before."""
    cold, warm = Container(server.url), Container(server.url)
    assert warm.ask() == "authorized"
    requests, fetches = len(server.requests), warm.fetches
    with fault.inject(server):
        if fault.slow:
            cold.deadline = warm.deadline = SHORT
        _check_cold(cold, fault)
        _check_warm(warm, fault)
        made = cold.fetches + warm.fetches - fetches
    heard = len(server.requests) - requests
    assert heard <= made if fault.slow else heard == (made if fault.heard else 0)
    cold.deadline = warm.deadline = 10
    for container, failures in ((cold, 3), (warm, 4)):
        _check_recovery(container, pauses(fault, failures)[-1])


def _check_cold(cold: Container, fault: Fault) -> None:
    for failures, pause in enumerate(pauses(fault, 2), 1):
        assert [cold.ask(), cold.ask("forged"), cold.ask_after(pause - 0.001)] == [UNAVAILABLE] * 3
        assert cold.fetches == failures
        cold.clock.forward(0.001)
    assert cold.ask() == UNAVAILABLE
    assert cold.fetches == 3


def _check_warm(warm: Container, fault: Fault) -> None:
    assert (warm.ask_after(COOLDOWN, NEXT, "next"), warm.ask(), warm.fetches) == (UNAVAILABLE, "authorized", 2)
    assert (warm.ask_after(LIFETIME - COOLDOWN), warm.ask(NEXT, "next"), warm.fetches) == ("authorized", UNAVAILABLE, 3)
    assert (warm.ask_after(GRACE - 1), warm.fetches) == ("authorized", 4)
    assert warm.ask(key="attacker") == "bad_signature"
    assert (warm.ask_after(1), warm.fetches) == (UNAVAILABLE, 4)
    assert (warm.ask_after(pauses(fault, 3)[-1] - 1), warm.ask("forged"), warm.fetches) == (UNAVAILABLE, UNAVAILABLE, 5)


def _check_recovery(container: Container, pause: float) -> None:
    fetches = container.fetches
    assert (container.ask_after(pause - 0.001), container.fetches) == (UNAVAILABLE, fetches)
    assert (container.ask_after(0.001), container.fetches) == ("authorized", fetches + 1)
    assert (container.ask("forged"), container.fetches) == ("unknown_key", fetches + 1)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_issuer_is_an_outage_and_not_the_callers_fault(server: Server, name: str) -> None:
    check_outage(FAULTS[name], server)


@pytest.mark.parametrize("name", TLS_FAULTS)
def test_an_invalid_certificate_of_the_issuer_is_an_outage(tls_server: Server, authority: Authority, name: str) -> None:
    check_outage(shows(TLS_FAULTS[name](authority)), tls_server)
