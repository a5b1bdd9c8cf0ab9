"""Faults of an issuer that prevent a fetch of its key set, each as a context manager."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.testkit.loopback import Answer, Exchange, Server, response, serving
from tests.testkit.tokens import key_set

Inject = Callable[[Server], AbstractContextManager[None]]
WELL = response(key_set())


@dataclass(frozen=True)
class Fault:
    """`slow`: the fault lasts until the client gives up. `retry_after`: the server's Retry-After, in seconds.

    `heard`: whether requests reach the server.
    """

    inject: Inject
    slow: bool = False
    heard: bool = True
    retry_after: float = 0


def answers(answer: bytes | Answer, *, slow: bool = False, retry_after: float = 0) -> Fault:
    @contextmanager
    def inject(server: Server) -> Iterator[None]:
        well = server.answer
        server.say(answer)
        yield
        server.answer = well

    return Fault(inject, slow=slow, retry_after=retry_after)


def says(body: bytes) -> Fault:
    return answers(response(body))


def shows(tls: ssl.SSLContext) -> Fault:
    """A certificate other than the usual one."""

    @contextmanager
    def inject(server: Server) -> Iterator[None]:
        usual, server.tls = server.tls, tls
        yield
        server.tls = usual

    return Fault(inject, heard=False)


@contextmanager
def redirects_elsewhere(server: Server) -> Iterator[None]:
    with serving(WELL) as elsewhere:
        with answers(response(key_set(), status="302 Found", Location=elsewhere.url)).inject(server):
            yield
        assert elsewhere.requests == []


@contextmanager
def redirects_in_a_loop(server: Server) -> Iterator[None]:
    with answers(response(status="301 Moved Permanently", Location=server.url)).inject(server):
        yield


@contextmanager
def _resolving(getaddrinfo: Callable[..., Any]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@contextmanager
def no_such_name(_: Server) -> Iterator[None]:
    def fail(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with _resolving(fail):
        yield


@contextmanager
def no_name_server(_: Server) -> Iterator[None]:
    over = threading.Event()

    def wait(*_: object) -> None:
        over.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with _resolving(wait):
        try:
            yield
        finally:
            over.set()


def _at(port: int) -> Callable[..., Any]:
    return lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]


@contextmanager
def refuses(_: Server) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with _resolving(_at(port)):
        yield


@contextmanager
def does_not_accept(_: Server) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        address = deaf.getsockname()
        with socket.create_connection(address), _resolving(_at(address[1])):  # fills the queue
            yield


def drips(exchange: Exchange) -> None:
    exchange.drip(WELL)


def waits_within_the_body(exchange: Exchange) -> None:
    exchange.send(WELL[:-2])
    exchange.say_nothing()
