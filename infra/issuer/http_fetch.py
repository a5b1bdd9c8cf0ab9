"""Fetches an issuer's document to this machine, and describes failures in plain words."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

import requests

from authorizer.fetch import HEADERS, MAX_BYTES
from infra.config import validators
from infra.issuer.jwks_checks import quoted

TIMEOUT = 8.0  # seconds, for the connection and for each read
DEADLINE = (
    10.0  # seconds for everything: name resolution has no timeout, and one byte per second never reaches a read timeout
)
_CORRECT = "correct the configured issuer, or jwksUri for a key set elsewhere"
_OPEN = "allow everyone to read it: the function sends no credentials"
_LATER = "try again later; if it persists, ask the issuer's operator"

T = TypeVar("T")


class Document(NamedTuple):
    """A body, and the seconds that its transfer took."""

    body: bytes
    seconds: float


class Unreadable(Exception):
    """The document could not be fetched. The arguments of the exception are the reason and the fix."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def read(url: str) -> Document:
    """The body of `url`, if the function would accept it: status 200, uncompressed, complete, no redirect.

    Raises `Unreadable` for any other response.
    """
    started = time.monotonic()
    try:
        # The function's headers: an issuer's firewall may refuse others, and the function does not decompress.
        with requests.get(url, headers=HEADERS, timeout=TIMEOUT, allow_redirects=False, stream=True) as response:
            return Document(_body(response), time.monotonic() - started)
    except Unreadable:
        raise
    except Exception as error:  # libraries below requests raise their own errors, too
        raise unreachable(url, error) from None


def started(work: Callable[[], T]) -> Callable[[], T | Unreadable]:
    """Start this work in a thread.

    The returned function waits for the result, until `DEADLINE` seconds after the start.
    """
    outcome: list[T | Unreadable] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Unreadable as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    until = time.monotonic() + DEADLINE

    def wait() -> T | Unreadable:
        thread.join(max(until - time.monotonic(), 0))
        return outcome[0] if outcome else _silent(DEADLINE)

    return wait


def _silent(seconds: float) -> Unreadable:
    return Unreadable(
        f"no complete answer within {seconds:g} s", "check the firewalls between this machine and the issuer"
    )


def _body(response: requests.Response) -> bytes:
    status, location = response.status_code, response.headers.get("Location")
    if 300 <= status < 400:
        to = f" to {quoted(location)}" if location else ""
        raise Unreadable(f"status {status}, a redirect{to}, which the function does not follow", _CORRECT)
    if status == 429 or status >= 500:
        raise Unreadable(f"status {status}", _LATER)
    if status in (401, 403):
        raise Unreadable(f"status {status}", f"{_OPEN}; or {_CORRECT}")
    if status != 200:
        raise Unreadable(f"status {status}", _CORRECT)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise Unreadable(
            "a compressed answer, which was not requested", "configure the issuer to serve it uncompressed"
        )
    body = b""
    for piece in response.iter_content(16_384):
        body += piece
        if len(body) > MAX_BYTES:
            raise Unreadable(f"more than {MAX_BYTES} bytes", _CORRECT)
    return body


def unreachable(url: str, error: BaseException) -> Unreadable:
    """The description of an exception of `requests` for this URL, without any part of the request or a response."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    if isinstance(error, requests.exceptions.ProxyError):
        return Unreadable("this machine's proxy does not answer", "check HTTPS_PROXY and NO_PROXY")
    while below := error.__cause__ or error.__context__:  # the cause is below layers of wrapping
        error = below
    match error:
        case socket.gaierror():
            what, fix = f"the name {parts.hostname} is not known", f"{_CORRECT}, or check this machine's DNS"
        case ssl.SSLCertVerificationError():
            what = f"its certificate is not valid: {error.verify_message}"
            fix = "renew it; if a proxy here intercepts TLS, set REQUESTS_CA_BUNDLE to the proxy's authority"
        case ssl.SSLError():
            what, fix = f"{where} does not speak TLS ({error.reason})", _CORRECT
        case TimeoutError():
            return _silent(TIMEOUT)
        case ConnectionRefusedError():
            what, fix = (
                f"nothing listens on {where}",
                "run `make emulator`" if validators.is_loopback(url) else _CORRECT,
            )
        case OSError(strerror=str(reason)):
            what, fix = f"the connection broke off: {quoted(reason)}", _LATER
        case _:
            what, fix = f"the connection broke off: {type(error).__name__}", _LATER
    return Unreadable(what, fix)
