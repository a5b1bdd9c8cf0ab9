"""Runs an input.

The first byte selects the kind of the rest, in which a value from this run's key replaces the mark `~`. So a finding
does not depend on the keys of a run, and contains no signature.
"""

import json
from collections.abc import Callable
from typing import Any

from tests.testkit import oracle
from tests.testkit.clock import signing_keys
from tests.testkit.events import event as request
from tests.testkit.invariants import agreed, outcome
from tests.testkit.tokens import b64u, header, jwk, rs256, rsa_key, token

MARK = b"~"


def authorization(text: bytes) -> None:
    """Run an Authorization value, in which the mark is the signature of the text before it."""
    head, mark, tail = text.decode("utf-8", "surrogateescape").partition(MARK.decode())
    if mark:
        signed = head.rpartition(" ")[2].removesuffix(".")
        head += b64u(rs256()(signed.encode("utf-8", "surrogateescape")))
    agreed(request() | {"authorizationToken": head + tail})


def signed_parts(text: bytes) -> None:
    """Run a header and a payload with a zero byte between them, which this function signs."""
    header, _, payload = text.partition(b"\0")
    agreed(request(token(header, payload)))


def key_set(text: bytes) -> None:
    """Run a JWKS document, in which the mark is the modulus."""
    document = text.replace(MARK, jwk()["n"].encode())
    try:
        keys = signing_keys(document)
    except ValueError:
        keys = {}
    assert all(key.key_size >= 2048 for key in keys.values())
    answer, _, _ = outcome(request(), document)
    if answer is not None:
        assert oracle.key_for(document, header()) == rsa_key().public_key()


def event(text: bytes) -> None:
    """Run an event as a JSON object, or the method ARN of an event. The mark is a token."""
    decoded = text.decode("utf-8", "surrogateescape").replace(MARK.decode(), token())
    try:
        given: Any = json.loads(decoded)
    except (ValueError, RecursionError):
        given = request() | {"methodArn": decoded}
    if isinstance(given, dict):
        answer, _, _ = outcome(given)
        if answer is not None:
            stage = "/".join(given["methodArn"].split("/")[:2])
            resources = [it for each in answer["policyDocument"]["Statement"] for it in each["Resource"]]
            assert not set(stage) & set("*?$")
            assert all(it.startswith(f"{stage}/") for it in resources)


KINDS: dict[bytes, Callable[[bytes], None]] = {
    b"A": authorization,
    b"S": signed_parts,
    b"K": key_set,
    b"E": event,
}


def run(data: bytes) -> None:
    """Run the input. Raises an exception if an invariant is violated."""
    kinds = list(KINDS.values())
    (KINDS.get(data[:1]) or kinds[sum(data[:1]) % len(kinds)])(data[1:])
