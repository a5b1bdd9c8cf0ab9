"""Servers on loopback that answer as a test says, with any violation of the protocol."""

import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

import pytest

from authorizer.fetch import FetchError, get

Answer = Callable[["Exchange"], None]


class Server(socketserver.ThreadingTCPServer):
    """Records the head of each request, and whether a client hung up before the end of the answer."""

    daemon_threads = True

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.answer, self.tls = answer, tls
        self.requests: list[str] = []
        self.hung_up = threading.Event()
        self.stopped = threading.Event()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server_address[1]}/jwks.json"

    def say(self, answer: bytes | Answer) -> None:
        """Give this answer from now on."""
        self.answer = _respond(answer)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: clients may disconnect at any time."""


class Exchange(socketserver.StreamRequestHandler):
    """One request, and the methods to answer it."""

    def setup(self) -> None:
        self.here = cast("Server", self.server)
        if self.here.tls:
            self.request = self.here.tls.wrap_socket(self.request, server_side=True)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def finish(self) -> None:
        super().finish()
        if self.here.tls:
            self.request.close()  # The server knows only the socket below TLS.

    def handle(self) -> None:
        head = ""
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            head += line.decode("latin-1")
        if head:
            self.here.requests.append(head)
            self.here.answer(self)
        else:
            self.here.hung_up.set()

    def send(self, data: bytes) -> None:
        self.request.sendall(data)

    def drip(self, data: bytes) -> None:
        """Send byte by byte, until the client hangs up or the test ends."""
        try:
            for at in range(len(data)):
                self.send(data[at : at + 1])
                if self.here.stopped.wait(0.02):
                    return
        except OSError:
            self.here.hung_up.set()

    def reset(self) -> None:
        """Close the connection with a RST, as a crash does."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()

    def say_nothing(self) -> None:
        """Wait for the client to hang up."""
        with suppress(OSError):
            if not self.request.recv(1):
                self.here.hung_up.set()


def _respond(answer: bytes | Answer) -> Answer:
    return (lambda exchange: exchange.send(answer)) if isinstance(answer, bytes) else answer


def response(body: bytes = b"", *, status: str = "200 OK", length: int | None = None, **headers: str) -> bytes:
    """An HTTP/1.1 answer. `length` overrides the Content-Length; a negative one omits it."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {size}"] if size >= 0 else []
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def serving(answer: bytes | Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A running server that gives this answer to every request."""
    with Server(_respond(answer), tls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join(10)


def refusal(answer: bytes | Answer, deadline: float = 10) -> str:
    """The message of the error for this answer."""
    with serving(answer) as server, pytest.raises(FetchError) as refused:
        get(server.url, deadline)
    assert len(server.requests) == 1
    return str(refused.value)


def chunked(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + f"{len(body):x}".encode() + b"\r\n" + body + b"\r\n0\r\n\r\n"
