"""The issuer's signing keys, kept in the container: few fetches, however many tokens and however the issuer fares."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from authorizer import fetch, log
from authorizer.errors import KeysUnavailable, UnknownKey
from authorizer.keys import signing_keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

LIFETIME = 300.0  # seconds a key set serves before it is read anew: a withdrawn key is trusted no longer than this
GRACE = 3600.0  # seconds beyond that for which known keys go on serving while the issuer cannot be reached
COOLDOWN = 30.0  # seconds between two fetches for the sake of a `kid` that the set does not hold
BACKOFF = 5.0, 60.0  # seconds after the first failed fetch, doubled with each further one up to the second figure


class Jwks:
    """Looks up a key by `kid`; safe to call from several threads.

    Ages come from the wall clock, because the monotonic one stands still while Lambda freezes the container.
    """

    def __init__(
        self, url: str, *, get: Callable[[str], bytes] = fetch.get, clock: Callable[[], float] = time.time
    ) -> None:
        self._url, self._get, self._clock = url, get, clock
        self._keys: dict[str, RSAPublicKey] = {}
        self._read_at = float("-inf")  # when the keys in hand were read
        self._failed_at = float("-inf")
        self._failures = 0  # since the last success
        self._lock = threading.Lock()

    def key(self, kid: str) -> "RSAPublicKey":
        """The signing key with this `kid`.

        Raises `UnknownKey` where the issuer does not publish one (as of at most `COOLDOWN` seconds ago), and
        `KeysUnavailable` where that cannot be known because the key set cannot be read.
        """
        key = self._keys.get(kid)
        if key is not None and self._age() < LIFETIME:
            return key
        with self._lock:  # those who waited find what the first one fetched
            if self._age() >= (LIFETIME if kid in self._keys else COOLDOWN) and not self._backing_off():
                self._refresh()
            key, age = self._keys.get(kid), self._age()
            if key is not None and age < LIFETIME + GRACE:
                return key
            if self._failures or age >= LIFETIME:
                raise KeysUnavailable("the issuer's key set cannot be read, and no key known from before fits")
            raise UnknownKey

    def known(self, kid: str) -> bool:
        """Whether the key set in hand holds this `kid`; asks nobody."""
        return kid in self._keys

    def warm(self) -> None:
        """Read the key set ahead of the first token. A failure is logged and left to the first token."""
        with self._lock:
            self._refresh()

    def _age(self) -> float:
        age = self._clock() - self._read_at
        return age if age >= 0 else float("inf")  # the clock was set back: nothing is known of the set's age

    def _backing_off(self) -> bool:
        if not self._failures:
            return False
        first, most = BACKOFF
        return 0 <= self._clock() - self._failed_at < min(first * 2 ** min(self._failures - 1, 10), most)

    def _refresh(self) -> None:
        try:
            self._keys = signing_keys(self._get(self._url))
        except (fetch.FetchError, ValueError) as error:
            # The keys in hand stay: an outage, or an answer that is no key set, takes nothing from them.
            self._failures += 1
            self._failed_at = self._clock()
            log.write(event="jwks_refresh_failed", error=str(error), failures=self._failures, known=len(self._keys))
        else:
            self._failures = 0
            self._read_at = self._clock()
