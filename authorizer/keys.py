"""Reads keys and verifies signatures, with PyJWT's public classes of `jwt.algorithms`."""

from collections.abc import Collection

from jwt.algorithms import get_default_algorithms

from authorizer.key_set import ALGORITHMS, DEFAULT_ALGORITHMS, Key, KeySet, classify

_PYJWT = {name: algorithm for name, algorithm in get_default_algorithms().items() if name in ALGORITHMS}


def verifies(key: Key, signed: bytes, signature: bytes) -> bool:
    """Whether this key has signed these bytes (RFC 7515 5.2). The token does not choose the algorithm."""
    return _PYJWT[key.algorithm].verify(signed, key.public, signature)


def read_key_set(
    document: bytes, algorithms: Collection[str] = DEFAULT_ALGORITHMS, revoked: Collection[str] = ()
) -> KeySet:
    """A JWKS document's usable keys without the revoked ones, under any `kid`. Raises `ValueError` if it is empty."""
    candidates, rejected = classify(document, algorithms)
    faults = tuple(entry.reason for entry in rejected if entry.fault)
    if not candidates:
        others = "; ".join(entry.reason for entry in sorted(rejected, key=lambda entry: not entry.fault)[:5])
        raise ValueError(f"no usable key for {', '.join(algorithms)}: {others or 'the key set is empty'}")
    distrusted = {candidate.material for candidate in candidates if candidate.kid in revoked}
    return KeySet(
        tuple(
            Key(candidate.kid, name, _PYJWT[name].from_jwk(dict(candidate.jwk)), candidate.thumbprints)
            for candidate in candidates
            if candidate.material not in distrusted
            for name in candidate.algorithms
        ),
        faults,
    )
