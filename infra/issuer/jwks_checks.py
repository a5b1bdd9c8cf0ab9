"""Which keys of a key set the function would trust, and why not the others, by the function's own `classify`."""

from collections.abc import Collection
from typing import NamedTuple

from authorizer.key_set import DEFAULT_ALGORITHMS, classify, shown

__all__ = ["KeySet", "judge", "shown"]


class KeySet(NamedTuple):
    """`usable` by their `kid`, or ""; the others a line each: those for another purpose, and those that are wrong."""

    usable: list[str]
    foreign: list[str]
    faulty: list[str]


def judge(document: bytes, algorithms: Collection[str] = DEFAULT_ALGORITHMS) -> KeySet:
    """The keys of a JWKS document for these algorithms. Raises `ValueError` if it is no key set (RFC 7517 5)."""
    candidates, rejected = classify(document, algorithms)
    return KeySet(
        [candidate.kid for candidate in candidates],
        [entry.reason for entry in rejected if not entry.fault],
        [entry.reason for entry in rejected if entry.fault],
    )
