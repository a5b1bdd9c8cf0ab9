"""Time and an issuer in the tests' hands, for `Jwks`."""

from threading import Lock

from authorizer.fetch import FetchError
from tests.authorizer.tokens import NOW, key_set

URL = "https://tenant.example/.well-known/jwks.json"


class Clock:
    """Seconds, which pass only when told to."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


class Issuer:
    """Answers with `document`, or raises `error` where there is one; counts the fetches."""

    def __init__(self, document: bytes | None = None) -> None:
        self.document = key_set() if document is None else document
        self.error: Exception | None = None
        self.fetches = 0
        self._lock = Lock()

    def get(self, url: str) -> bytes:
        assert url == URL
        with self._lock:
            self.fetches += 1
        if self.error:
            raise self.error
        return self.document

    def go_down(self) -> None:
        self.error = FetchError("status 503")

    def come_back(self) -> None:
        self.error = None
