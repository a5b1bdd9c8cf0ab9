"""Caches the issuer's signing keys in the container, so that any number of tokens causes few fetches."""

import threading
import time
from collections.abc import Callable, Collection
from typing import NamedTuple

from authorizer import fetch, log
from authorizer.errors import KeysUnavailable, Reason, Refused
from authorizer.key_set import DEFAULT_ALGORITHMS, Key, KeySet
from authorizer.token import Header

# All in seconds.
LIFETIME = 300.0  # a key set is used for this time before the next fetch, and so is a withdrawn key
MAX_LIFETIME = 900.0  # the issuer's Cache-Control may extend the lifetime up to this, and never shortens it
GRACE = 3600.0  # in addition, known keys are used while the issuer cannot be reached
COOLDOWN = 30.0  # between two fetches, such as for unknown `kid`s
BACKOFF = 5.0, 60.0  # after the first failed fetch, doubled with each further one up to the second figure
SETBACK = 60.0  # a clock may be set back by this; keys are then used for as much longer
MAX_RETRY_AFTER = 300.0  # the longest Retry-After that is respected


class _Held(NamedTuple):
    """A key set, the time of its fetch, and its lifetime in seconds until the next fetch."""

    key_set: KeySet
    since: float
    lifetime: float


class Jwks:
    """Looks up the keys of one issuer; safe to call from several threads.

    `bundled` is the key set before the first fetch; `revoked` has the `kid` of each revoked key. Ages come from the
    wall clock, because the monotonic clock stops while Lambda freezes the container.
    """

    def __init__(
        self,
        url: str,
        *,
        algorithms: Collection[str] = DEFAULT_ALGORITHMS,
        bundled: bytes | None = None,
        revoked: Collection[str] = (),
        get: Callable[[str], fetch.Document] = fetch.get,
        clock: Callable[[], float] = time.time,
        write: Callable[..., None] = log.write,
    ) -> None:
        self._url, self._algorithms, self._revoked = url, algorithms, revoked
        self._get, self._clock, self._write = get, clock, write
        self._held = _Held(KeySet(), float("-inf"), LIFETIME)  # replaced as a whole: threads read it without the lock
        self._read_at = float("-inf")  # the time of the issuer's last answer
        self._failed_at = float("-inf")
        self._failures = 0  # since the last success
        self._pause = 0.0  # seconds after the last failure
        self._lock = threading.Lock()
        if bundled is not None:
            try:
                self._hold(fetch.Document(bundled))
            except ValueError as error:
                self._write(event="bundled_keys_not_used", reason=str(error))

    @property
    def key_set(self) -> KeySet:
        """The cached keys, without a fetch."""
        return self._held.key_set

    def key(self, header: Header) -> Key:
        """The key for a token with this header.

        Raises `Refused` if the key set does not have the key and is at most `COOLDOWN` seconds old. Raises
        `KeysUnavailable` if the key set is older and cannot be fetched.
        """
        if header.algorithm not in self._algorithms:
            raise Refused(Reason.UNSUPPORTED_ALGORITHM)
        if header.kid in self._revoked:
            raise Refused(Reason.REVOKED_KEY)
        held = self._held
        if (key := held.key_set.find(header)) and self._since(held.since) < held.lifetime:
            return key
        with self._lock:  # threads that waited use the result of the first one
            if self._since(self._read_at) >= COOLDOWN and self._since(self._failed_at) >= self._pause:
                self._refresh()
            held = self._held
            if (key := held.key_set.find(header)) and self._since(held.since) < held.lifetime + GRACE:
                return key
            if self._failures:
                raise KeysUnavailable("the issuer's key set cannot be read, and no key known from before fits")
        usable = [key for key in held.key_set.keys if key.algorithm == header.algorithm]
        if usable and header.kid and not any(key.kid for key in usable):
            raise Refused(Reason.UNNAMED_KEYS)
        if usable and not header.kid and not (header.thumbprint and any(key.thumbprints for key in usable)):
            raise Refused(Reason.MISSING_KID)
        raise Refused(Reason.UNKNOWN_KEY)

    def warm(self) -> None:
        """Fetch the key set before the first token, unless keys are bundled. A failure affects the first token only."""
        with self._lock:
            if self._held.since == float("-inf"):
                self._refresh()

    def _since(self, moment: float) -> float:
        age = self._clock() - moment
        # If the clock was set back further, the age is unknown.
        return max(age, 0.0) if age > -SETBACK else float("inf")

    def _refresh(self) -> None:
        try:
            self._hold(self._get(self._url))
        except (fetch.FetchError, ValueError) as error:
            first, most = BACKOFF
            self._pause = min(first * 2 ** min(self._failures, 10), most)
            if isinstance(error, fetch.FetchError) and error.retry_after:
                self._pause = max(self._pause, min(error.retry_after, MAX_RETRY_AFTER))
            self._failures += 1
            self._failed_at = self._clock()
            held = self._held
            age = 0.0 if held.since == float("-inf") else min(self._since(held.since), held.lifetime + GRACE)
            metrics = {log.JWKS_FAILURES: self._failures, log.JWKS_AGE: round(age)}
            known = len(held.key_set.keys)  # cached keys stay: neither an outage nor an invalid answer removes them
            self._write(log.REFRESH_FAILED, event="jwks_refresh_failed", error=str(error), known=known, **metrics)
        else:
            self._failures, self._pause = 0, 0.0
            self._read_at = self._held.since

    def _hold(self, document: fetch.Document) -> None:
        """Replace the cached keys. Raises `ValueError` if the document has no usable key."""
        from authorizer.keys import read_key_set  # noqa: PLC0415 - loads PyJWT while the issuer answers

        lifetime = min(max(document.max_age or 0.0, LIFETIME), MAX_LIFETIME)
        key_set = read_key_set(document.body, self._algorithms, self._revoked)
        if key_set.faults and key_set.faults != self._held.key_set.faults:
            self._write(event="jwks_keys_refused", reasons=key_set.faults[:5])
        self._held = _Held(key_set, self._clock(), lifetime)
