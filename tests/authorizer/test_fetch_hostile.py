"""`authorizer.fetch` against servers on loopback whose answers are too long, too slow or missing."""

import socket
import threading
from contextlib import suppress
from typing import Any

import pytest

from authorizer.fetch import MAX_BYTES, FetchError, get
from tests.testkit.loopback import Exchange, chunked, refusal, response, serving

pytestmark = [pytest.mark.usefixtures("no_leftover_threads")]

SHORT = 0.3
OVERSIZE = b"x" * (MAX_BYTES + 1)
# If the server stops sending, the socket's own timeout may come first.
TOO_LATE = ("no complete answer within 0.3 s", "TimeoutError: timed out")


@pytest.mark.parametrize(
    "answer",
    [response(OVERSIZE), response(OVERSIZE, length=-1), chunked(OVERSIZE), response(OVERSIZE, length=10**12)],
    ids=["with a length", "without a length", "in chunks", "with a false length"],
)
def test_a_body_of_more_than_150000_bytes_is_refused(answer: bytes) -> None:
    assert refusal(answer) == "more than 150000 bytes"


def test_an_endless_body_is_not_read_to_the_end() -> None:
    def answer(exchange: Exchange) -> None:
        exchange.send(response(length=-1))
        with suppress(OSError):
            while not exchange.here.stopped.is_set():
                exchange.send(b"x" * 4096)

    assert refusal(answer) == "more than 150000 bytes"


def test_a_body_shorter_than_its_length_is_not_awaited_beyond_the_deadline() -> None:
    def answer(exchange: Exchange) -> None:
        exchange.send(response(b"{}", length=100))
        exchange.say_nothing()

    assert refusal(answer, SHORT) in TOO_LATE


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"])
def test_a_server_that_sends_byte_by_byte_is_given_up_at_the_deadline(before: bytes) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.send(before)
        exchange.drip(response(b"x" * 500))

    with serving(answer) as server:
        with pytest.raises(FetchError) as refused:
            get(server.url, SHORT)
        assert str(refused.value) in TOO_LATE
        assert server.hung_up.wait(10)


@pytest.mark.parametrize("before", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
def test_a_server_that_sends_byte_by_byte_and_closes_is_given_up_at_the_deadline(before: bytes) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.send(before)
        exchange.drip(b"x" * 5000)

    with serving(answer) as server:
        with pytest.raises(FetchError) as refused:
            get(server.url, SHORT)
        assert str(refused.value) in TOO_LATE
        assert server.hung_up.wait(10)


def test_a_body_that_ends_before_its_length_is_refused() -> None:
    assert refusal(response(b"{}", length=100)) == "cut off 98 bytes before its end"


def test_a_server_that_sends_nothing_is_given_up_at_the_deadline() -> None:
    with serving(Exchange.say_nothing) as server:
        with pytest.raises(FetchError) as refused:
            get(server.url, SHORT)
        assert str(refused.value) in TOO_LATE
        assert server.hung_up.wait(10)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_does_not_accept_is_given_up_at_the_deadline(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, pytest.raises(FetchError):
        get(f"{scheme}://127.0.0.1:{deaf.getsockname()[1]}/", SHORT)


def test_a_connection_made_after_the_deadline_is_closed_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    over, resolve = threading.Event(), socket.getaddrinfo

    def resolve_late(*arguments: Any) -> Any:
        over.wait(10)
        return resolve(*arguments)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_late)
    with serving(response(b"{}")) as server:
        with pytest.raises(FetchError, match=TOO_LATE[0]):
            get(server.url, SHORT)
        over.set()
        assert server.hung_up.wait(10)
    assert server.requests == []


def test_a_thread_that_cannot_start_is_a_fetch_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", full)
    with pytest.raises(FetchError, match="can't start new thread"):
        get("http://127.0.0.1:1/")
