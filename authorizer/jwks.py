"""The issuer's signing keys, kept in the container: few fetches, however many tokens and however the issuer fares."""

import threading
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple

from authorizer import fetch, log, metrics
from authorizer.errors import KeysUnavailable, RevokedKey, UnknownKey
from authorizer.keys import signing_keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

LIFETIME = 300.0  # seconds a key set serves before it is read anew: while the issuer is well, a withdrawn key no longer
# Unless the issuer's Cache-Control asks for more: then for as long, up to this. It may not ask for less: issuers count
# requests, and a fleet of containers that each read anew every few seconds would be answered 429.
MAX_LIFETIME = 900.0
GRACE = 3600.0  # seconds beyond that for which known keys go on serving while the issuer cannot be reached
COOLDOWN = 30.0  # seconds between two readings, such as for the sake of a `kid` that the set does not hold
BACKOFF = 5.0, 60.0  # seconds after the first failed fetch, doubled with each further one up to the second figure
SETBACK = 60.0  # seconds by which a clock may be corrected backwards; keys may then serve for as much longer
MAX_RETRY_AFTER = 300.0  # seconds for which an issuer may ask to be left alone


class _Held(NamedTuple):
    """A key set in hand: since when, and how long it serves before it is read anew."""

    keys: "dict[str, RSAPublicKey]"
    since: float
    lifetime: float


class Jwks:
    """Looks up a key by `kid`; safe to call from several threads.

    `seed` is a key set that came with the function, which serves until the first fetch; a `kid` in `revoked` is never
    trusted, whoever publishes it. Ages come from the wall clock, because the monotonic one stands still while Lambda
    freezes the container.
    """

    def __init__(
        self,
        url: str,
        *,
        seed: bytes | None = None,
        revoked: Collection[str] = (),
        get: Callable[[str], fetch.Document] = fetch.get,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url, self._revoked, self._get, self._clock = url, revoked, get, clock
        self._held = _Held({}, float("-inf"), LIFETIME)  # replaced as a whole: threads read it without the lock
        self._read_at = float("-inf")  # when the issuer was last heard
        self._failed_at = float("-inf")
        self._failures = 0  # since the last success
        self._pause = 0.0  # seconds after the last failure
        self._lock = threading.Lock()
        if seed is not None:
            try:
                self._hold(fetch.Document(seed))
            except ValueError as error:
                log.write(event="seed_not_used", reason=str(error))

    def key(self, kid: str) -> "RSAPublicKey":
        """The signing key with this `kid`.

        Raises `RevokedKey`; `UnknownKey` where the issuer does not publish one, as of at most `COOLDOWN` seconds ago;
        and `KeysUnavailable` where that cannot be known because the key set cannot be read.
        """
        if kid in self._revoked:
            raise RevokedKey
        held = self._held
        if kid in held.keys and self._since(held.since) < held.lifetime:
            return held.keys[kid]
        with self._lock:  # those who waited find what the first one fetched
            if self._since(self._read_at) >= COOLDOWN and self._since(self._failed_at) >= self._pause:
                self._refresh()
            held = self._held
            if kid in held.keys and self._since(held.since) < held.lifetime + GRACE:
                return held.keys[kid]
            if self._failures:
                raise KeysUnavailable("the issuer's key set cannot be read, and no key known from before fits")
            raise UnknownKey

    def known(self, kid: str) -> bool:
        """Whether the key set in hand holds this `kid`; asks nobody."""
        return kid in self._held.keys

    def warm(self) -> None:
        """Read the key set ahead of the first token, unless one came along. A failure is left to the first token."""
        with self._lock:
            if not self._held.keys:
                self._refresh()

    def _since(self, moment: float) -> float:
        age = self._clock() - moment
        # A clock that was corrected by a moment is no matter. After a greater step, nothing is known of any age.
        return max(age, 0.0) if age > -SETBACK else float("inf")

    def _refresh(self) -> None:
        try:
            self._hold(self._get(self._url))
        except (fetch.FetchError, ValueError) as error:
            # The keys in hand stay: an outage, or an answer that is no key set, takes nothing from them.
            first, most = BACKOFF
            self._pause = min(first * 2 ** min(self._failures, 10), most)
            if isinstance(error, fetch.FetchError) and error.retry_after:
                self._pause = max(self._pause, min(error.retry_after, MAX_RETRY_AFTER))
            self._failures += 1
            self._failed_at = self._clock()
            held = self._held
            age = min(self._since(held.since), held.lifetime + GRACE) if held.keys else 0.0
            log.write(
                metrics.REFRESH_FAILED,
                event="jwks_refresh_failed",
                error=str(error),
                known=len(held.keys),
                jwks_failures=self._failures,
                jwks_age_seconds=round(age),
            )
        else:
            self._failures, self._pause = 0, 0.0
            self._read_at = self._held.since

    def _hold(self, document: fetch.Document) -> None:
        """Take these keys in the place of those in hand. Raises `ValueError` where it has none."""
        lifetime = min(max(document.max_age or 0.0, LIFETIME), MAX_LIFETIME)
        self._held = _Held(signing_keys(document.body), self._clock(), lifetime)
