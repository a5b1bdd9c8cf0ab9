"""One HTTP GET that cannot hang, grow or wander: the issuer's key set."""

import http.client
import socket
import ssl
import threading
from contextlib import closing, suppress
from functools import cache
from urllib.parse import urlsplit

DEADLINE = 2.0  # seconds for everything: name resolution, connection, TLS, the last byte
MAX_BYTES = 150_000  # what API Gateway's own JWT authorizer (HTTP APIs) reads at most

# A name of its own: firewalls in front of issuers turn nameless clients away.
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "petstore-jwt-authorizer"}


class FetchError(Exception):
    """The document could not be read. The message says why, in words fit for a log."""


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()  # about 20 ms: once


def get(url: str, deadline: float = DEADLINE) -> bytes:
    """The body that `url` answers with status 200. Redirects are not followed and nothing is decompressed.

    Raises `FetchError` on anything else, at the latest after `deadline` seconds.
    """
    expired = threading.Event()
    streams: list[socket.socket] = []
    outcome: list[bytes | Exception] = []

    def work() -> None:
        try:
            with closing(_connection(url, deadline)) as connection:
                connection.connect()
                streams.append(connection.sock)  # http.client lets go of it while it reads certain answers
                if not expired.is_set():
                    outcome.append(_read(connection, url))
        except Exception as error:  # whatever a hostile server provokes, the waiting thread is told
            outcome.append(error)

    # A socket's timeout starts anew with each byte, so a dripping server outlasts it; and name resolution has none.
    # Only a second pair of eyes on the clock bounds the whole.
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(deadline)
    expired.set()  # first this, then the socket: one that is connected later finds it set
    if not outcome:
        for stream in streams:
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)  # wakes the worker out of its read; close() alone would not
        raise FetchError(f"no complete answer within {deadline:g} s")
    answer = outcome[0]
    if isinstance(answer, bytes):
        return answer
    raise answer if isinstance(answer, FetchError) else FetchError(f"{type(answer).__name__}: {answer}"[:200])


def _connection(url: str, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=timeout, context=_tls())
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)


def _read(connection: http.client.HTTPConnection, url: str) -> bytes:
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    connection.request("GET", target, headers=_HEADERS)
    with connection.getresponse() as response:
        if response.status != 200:
            raise FetchError(f"status {response.status}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise FetchError("a compressed answer, which was not asked for")
        body = response.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise FetchError(f"more than {MAX_BYTES} bytes")
        if response.length:  # of what Content-Length promised, so much is missing
            raise FetchError(f"cut off {response.length} bytes before its end")
    return body
