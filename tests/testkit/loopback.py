"""Servers on loopback that answer as the test says, however rude that is."""

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
    """Records the head of each request, and whether a client hung up before it had the whole answer."""

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
        """Say nothing on stderr: clients of these servers come and go as they please."""


class Exchange(socketserver.StreamRequestHandler):
    """One request, and the means to answer it."""

    def setup(self) -> None:
        self.here = cast("Server", self.server)
        if self.here.tls:
            self.request = self.here.tls.wrap_socket(self.request, server_side=True)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def finish(self) -> None:
        super().finish()
        if self.here.tls:
            self.request.close()  # the server knows only the socket below the TLS

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
        """Send byte by byte, until the client hangs up or the test is over."""
        try:
            for at in range(len(data)):
                self.send(data[at : at + 1])
                if self.here.stopped.wait(0.02):
                    return
        except OSError:
            self.here.hung_up.set()

    def reset(self) -> None:
        """Close the connection as a crash does, with a RST."""
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
    """An HTTP/1.1 answer; `length` other than the body's is a lie, and a negative one is left out."""
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
    """The words with which the answer is refused."""
    with serving(answer) as server, pytest.raises(FetchError) as refused:
        get(server.url, deadline)
    assert len(server.requests) == 1
    return str(refused.value)


def chunked(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + f"{len(body):x}".encode() + b"\r\n" + body + b"\r\n0\r\n\r\n"
