"""One HTTP GET that cannot hang, grow or wander: the issuer's key set."""

import http.client
import re
import socket
import ssl
import threading
from contextlib import closing, suppress
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

DEADLINE = 2.0  # seconds for everything: name resolution, connection, TLS, the last byte
RATE_LIMITED = 30.0  # seconds to leave a server alone that has answered 429 and not said for how long
MAX_BYTES = 150_000  # what API Gateway's own JWT authorizer (HTTP APIs) reads at most

# Firewalls in front of issuers refuse clients without a name.
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "petstore-jwt-authorizer"}

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?([0-9]+)", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]+")
MANY_SECONDS = 2.0**31  # what a greater number stands for (RFC 9111 1.2.2)


class Document(NamedTuple):
    """A body, and for how many seconds its sender holds it to be fresh (RFC 9111 4.2), where it says so."""

    body: bytes
    max_age: float | None = None


class FetchError(Exception):
    """The document could not be read; the message is fit for a log.

    `retry_after`: the seconds for which the server asks to be left alone. With status 429 it is never None.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()  # about 20 ms: once


def get(url: str, deadline: float = DEADLINE) -> Document:
    """What `url` answers with status 200; redirects are not followed and nothing is decompressed.

    Raises `FetchError` on anything else, at the latest after `deadline` seconds.
    """
    expired = threading.Event()
    streams: list[socket.socket] = []
    outcome: list[Document | Exception] = []

    def work() -> None:
        try:
            with closing(_connection(url, deadline)) as connection:
                connection.connect()
                streams.append(connection.sock)  # http.client lets go of it while it reads certain answers
                if not expired.is_set():
                    outcome.append(_read(connection, url))
        except Exception as error:  # whatever a hostile server provokes, the waiting thread is told
            outcome.append(error)

    # A socket's timeout starts again with each byte, and name resolution has none: another thread bounds the whole.
    worker = threading.Thread(target=work, daemon=True)
    try:
        worker.start()
    except RuntimeError as error:  # no room for one more thread
        raise FetchError(str(error)) from None
    worker.join(deadline)
    expired.set()  # first this, then the socket: one that is connected later finds it set
    if not outcome:
        for stream in streams:
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)  # wakes the worker out of its read; close() alone would not
        raise FetchError(f"no complete answer within {deadline:g} s")
    answer = outcome[0]
    if isinstance(answer, Document):
        return answer
    raise answer if isinstance(answer, FetchError) else FetchError(f"{type(answer).__name__}: {answer}"[:200])


def _connection(url: str, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=timeout, context=_tls())
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)


def _read(connection: http.client.HTTPConnection, url: str) -> Document:
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    connection.request("GET", target, headers=HEADERS)
    with connection.getresponse() as response:
        if response.status != 200:
            raise FetchError(f"status {response.status}", _retry_after(response))
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise FetchError("a compressed answer, which was not asked for")
        body = response.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise FetchError(f"more than {MAX_BYTES} bytes")
        if response.length:  # of what Content-Length promised, so much is missing
            raise FetchError(f"cut off {response.length} bytes before its end")
    return Document(body, _max_age(response))


def _max_age(response: http.client.HTTPResponse) -> float | None:
    """`max-age` less the `Age` in caches on the way. What must not be stored at all is fresh for 0 seconds."""
    control = ", ".join(response.headers.get_all("Cache-Control", ()))  # several lines are one list (RFC 9110 5.3)
    if "no-store" in control.lower() or "no-cache" in control.lower():
        return 0.0
    found = _MAX_AGE.search(control)
    age = _seconds(response.headers.get("Age")) or 0.0
    return None if found is None else min(float(found[1]), MANY_SECONDS) - age


def _retry_after(response: http.client.HTTPResponse) -> float | None:
    if response.status not in (429, 503):
        return None
    # Its other form, a date (RFC 9110 10.2.3), is as good as none: clocks differ.
    asked = _seconds(response.headers.get("Retry-After"))
    return RATE_LIMITED if asked is None and response.status == 429 else asked


def _seconds(text: str | None) -> float | None:
    return min(float(text), MANY_SECONDS) if text and _SECONDS.fullmatch(text) else None
