"""Lists the keys of a key set that the function would trust, and the reasons against the others."""

from collections.abc import Collection
from typing import NamedTuple

from authorizer.key_set import DEFAULT_ALGORITHMS, classify, quoted

__all__ = ["KeySet", "quoted", "select_keys"]


class KeySet(NamedTuple):
    """`usable` has the `kid` of each usable key, or "".

    The others have a line for each key that is wrong or for another purpose.
    """

    usable: list[str]
    foreign: list[str]
    faulty: list[str]


def select_keys(document: bytes, algorithms: Collection[str] = DEFAULT_ALGORITHMS) -> KeySet:
    """The keys of a JWKS document for these algorithms.

    Raises `ValueError` if the document is no key set (RFC 7517 5).
    """
    candidates, rejected = classify(document, algorithms)
    return KeySet(
        [candidate.kid for candidate in candidates],
        [entry.reason for entry in rejected if not entry.fault],
        [entry.reason for entry in rejected if entry.fault],
    )
