"""The invariants of every answer of the authorizer: it is well-formed and contains no part of the token."""

import io
import json
import traceback
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from typing import Any, NamedTuple

import time_machine

from authorizer.decision import Authorizer
from authorizer.errors import Failure
from authorizer.jwks import Jwks
from tests.testkit import oracle
from tests.testkit.clock import NEXT, URL, Issuer
from tests.testkit.events import environment_of
from tests.testkit.gateway import arn, table
from tests.testkit.iam import allows
from tests.testkit.tokens import ISSUER, KID, NOW, jwk, key_set, rsa_key

LEEWAY = 10
GUARDED = arn("POST", "/pets")
ROUTES = table("GET /pets", "POST /pets create:pets", "GET /pets/{petId}", "GET /files/{path+} files")
TELLING = 20  # characters: shorter pieces of a token may occur in the log by chance


class Outcome(NamedTuple):
    """An answer or an error, and the output."""

    answer: dict[str, Any] | None
    error: Exception | None
    written: str


@cache
def published() -> dict[str, Any]:
    """The issuer's two keys, each with its `kid`, which a test may confuse."""
    return {KID: rsa_key().public_key(), NEXT: rsa_key("next").public_key()}


def outcome(event: Any, document: bytes | None = None) -> Outcome:
    """The answer of a new authorizer to the event at `NOW`; checks the invariants."""
    keys = key_set(jwk(), jwk("next", kid=NEXT)) if document is None else document
    environment = environment_of(leeway=LEEWAY)
    authorizer = Authorizer(environment, {ISSUER: Jwks(URL, get=Issuer(keys).get)})
    written, answer, error = io.StringIO(), None, None
    with time_machine.travel(NOW, tick=False), redirect_stdout(written), redirect_stderr(written):
        try:
            answer = authorizer.answer(event)
        except Exception as caught:  # Any error is checked.
            error = caught
    found = Outcome(answer, error, written.getvalue())
    _assert_clean(found)
    _assert_silent(found, event)
    return found


def agreed(event: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to the event; asserts that the oracle agrees."""
    answer, error, _ = outcome(event)
    try:
        claims = oracle.claims_of(event["authorizationToken"], published(), LEEWAY)
    except oracle.Undecided:
        return answer
    assert not isinstance(error, Failure), "the keys and the event are in order"
    assert (answer is not None) == (claims is not None), f"authorizer: {answer}, oracle: {claims}"
    if answer is not None and claims is not None:
        scope, scp, permissions = (claims.get(name) for name in ("scope", "scp", "permissions"))
        granted = [word for text in (scope, scp) if isinstance(text, str) for word in text.split(" ")]
        granted += [word for words in (scope, scp, permissions) if isinstance(words, list) for word in words]
        assert allows(answer["policyDocument"], GUARDED) == ("create:pets" in granted)
        assert answer["principalId"] == claims["sub"] or answer["principalId"].startswith("sha256:")
    return answer


def _assert_clean(found: Outcome) -> None:
    decisions = [json.loads(line) for line in found.written.splitlines()]
    assert [line["event"] for line in decisions].count("decision") == 1
    assert decisions[-1]["reason"] != "internal_error", "".join(traceback.format_exception(found.error))
    if found.answer is None:
        unauthorized = type(found.error) is Exception and found.error.args == ("Unauthorized",)
        assert unauthorized or isinstance(found.error, Failure), repr(found.error)
        assert decisions[-1]["outcome"] == ("unauthorized" if unauthorized else "error")
        return
    assert set(found.answer) == {"principalId", "policyDocument", "context"}
    assert isinstance(found.answer["principalId"], str)
    assert all(isinstance(it, str) for pair in found.answer["context"].items() for it in pair)
    assert isinstance(allows(found.answer["policyDocument"], GUARDED), bool)  # strict parsing
    json.dumps(found.answer, ensure_ascii=False).encode()  # The Lambda runtime writes UTF-8.
    assert decisions[-1]["outcome"] in ("allow", "deny")


def _assert_silent(found: Outcome, event: Any) -> None:
    output = [found.written, repr(found.answer), *traceback.format_exception(found.error)]
    for secret in _secrets(event.get("authorizationToken") if isinstance(event, dict) else None):
        for spelt in (secret, ascii(secret)[1:-1], json.dumps(secret)[1:-1]):
            assert not any(spelt in text for text in output), "a piece of the token was printed"


def _secrets(authorization: object) -> Iterator[str]:
    """The token, its parts, and its `kid` if the issuer does not publish it."""
    if isinstance(authorization, bytes):
        authorization = authorization.decode("latin-1")
    if not isinstance(authorization, str):
        return
    token = authorization.split(" ")[-1]
    yield from (text for text in (authorization, token, *token.split(".")) if len(text) > TELLING)
    kid = oracle.kid_of(token)
    if kid is not None and kid not in published() and len(kid) > TELLING:
        yield kid
