"""A clock and an issuer that a test controls, for `Jwks`."""

from threading import Event, Lock
from typing import Any

from authorizer.errors import KeysUnavailable, Refused
from authorizer.fetch import Document, FetchError
from authorizer.jwks import Jwks
from authorizer.keys import read_key_set
from authorizer.token import Header
from tests.testkit.tokens import KID, NOW, key_set

URL = "https://tenant.example/.well-known/jwks.json"
NEXT = "key-2"  # the `kid` of a key that the issuer publishes later


class Clock:
    """A clock in seconds that only a test advances."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


class Issuer:
    """Answers with `document`, fresh for `max_age`, or raises `error` if it is set; counts the fetches.

    Each fetch waits `overlap` seconds for a concurrent one, which happens without a lock.
    """

    def __init__(self, document: bytes | None = None) -> None:
        self.document = key_set() if document is None else document
        self.max_age: float | None = None
        self.error: Exception | None = None
        self.fetches = 0
        self.overlap = 0.0
        self._lock = Lock()
        self._crowded, self._waiting = Event(), False

    def get(self, url: str) -> Document:
        assert url == URL
        with self._lock:
            self.fetches += 1
            waiting = self._waiting
            self._waiting = True
        if waiting:
            self._crowded.set()
        self._crowded.wait(self.overlap)
        self._waiting = False
        if self.error:
            raise self.error
        return Document(self.document, self.max_age)

    def go_down(self, retry_after: float | None = None) -> None:
        self.error = FetchError("status 503", retry_after)

    def come_back(self) -> None:
        self.error = None


def named(kid: str, algorithm: str = "RS256") -> Header:
    return Header(algorithm, kid)


def signing_keys(document: bytes, *algorithms: str) -> dict[str, Any]:
    """The usable keys of a key set by their `kid`. Raises `ValueError` if there is none."""
    return {key.kid: key.public for key in read_key_set(document, algorithms or ("RS256",)).keys}


def kids(keys: Jwks) -> set[str]:
    """The `kid` of each known key."""
    return {key.kid for key in keys.key_set.keys}


def outcome(keys: Jwks, kid: str = KID) -> str:
    """The result of a look-up: "found", or the reason."""
    try:
        keys.key(named(kid))
    except (KeysUnavailable, Refused) as error:
        return error.reason
    return "found"
