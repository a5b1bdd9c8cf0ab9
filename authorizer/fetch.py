"""One HTTP GET of the issuer's key set, with limits for time and size, and without redirects."""

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
RATE_LIMITED = 30.0  # seconds without a request after a 429 that has no Retry-After
MAX_BYTES = 150_000  # the limit of API Gateway's own JWT authorizer (HTTP APIs)

# Firewalls in front of issuers refuse clients without a User-Agent.
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "petstore-jwt-authorizer"}

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?([0-9]+)", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]+")
MANY_SECONDS = 2.0**31  # the meaning of any greater number (RFC 9111 1.2.2)


class Document(NamedTuple):
    """A body, and the seconds for which it is fresh (RFC 9111 4.2), or None if the response does not say."""

    body: bytes
    max_age: float | None = None


class FetchError(Exception):
    """The document could not be read. `retry_after`: seconds until the next request is allowed; set for status 429."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()  # about 20 ms: once


def get(url: str, deadline: float = DEADLINE) -> Document:
    """Fetch the document at `url`, without redirects. Raises `FetchError` without a 200 in `deadline` seconds."""
    expired = threading.Event()
    streams: list[socket.socket] = []
    outcome: list[Document | Exception] = []

    def work() -> None:
        try:
            with closing(_connection(url, deadline)) as connection:
                connection.connect()
                streams.append(connection.sock)  # http.client drops it for some responses
                if not expired.is_set():
                    outcome.append(_read(connection, url))
        except Exception as error:  # the waiting thread raises any error that a hostile server causes
            outcome.append(error)

    # A socket's timeout starts again with each byte, and name resolution has none, so another thread limits the time.
    worker = threading.Thread(target=work, daemon=True)
    try:
        worker.start()
    except RuntimeError as error:  # the process cannot start another thread
        raise FetchError(str(error)) from None
    worker.join(deadline)
    expired.set()  # before the socket closes, so that a later connection notices
    if not outcome:
        for stream in streams:
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)  # ends the worker's read; close() alone would not
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
            raise FetchError("a compressed answer, which was not requested")
        body = response.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise FetchError(f"more than {MAX_BYTES} bytes")
        if response.length:  # the number of missing bytes, by Content-Length
            raise FetchError(f"cut off {response.length} bytes before its end")
    return Document(body, _max_age(response))


def _max_age(response: http.client.HTTPResponse) -> float | None:
    """The response's `max-age` minus its `Age` in caches; 0 seconds for a response that must not be stored."""
    control = ", ".join(response.headers.get_all("Cache-Control", ()))  # several lines are one list (RFC 9110 5.3)
    if "no-store" in control.lower() or "no-cache" in control.lower():
        return 0.0
    found = _MAX_AGE.search(control)
    age = _seconds(response.headers.get("Age")) or 0.0
    return None if found is None else min(float(found[1]), MANY_SECONDS) - age


def _retry_after(response: http.client.HTTPResponse) -> float | None:
    if response.status not in (429, 503):
        return None
    # A date, the other format (RFC 9110 10.2.3), is ignored, because clocks differ.
    asked = _seconds(response.headers.get("Retry-After"))
    return RATE_LIMITED if asked is None and response.status == 429 else asked


def _seconds(text: str | None) -> float | None:
    return min(float(text), MANY_SECONDS) if text and _SECONDS.fullmatch(text) else None
