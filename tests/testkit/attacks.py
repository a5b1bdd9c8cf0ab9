"""Helpers for the tests of PyJWT's advisories: a forged token, and the decision about it."""

from collections.abc import Callable

import pytest

from authorizer.decision import Authorizer
from tests.testkit.events import event, logged_lines, refused
from tests.testkit.gateway import arn
from tests.testkit.iam import allows
from tests.testkit.tokens import header, hs256, token

Refusal = Callable[[str], str]


def refusal_by(authorizer: Authorizer, capsys: pytest.CaptureFixture[str]) -> Refusal:
    """Returns a function that asserts a token's refusal with 401, and returns the logged reason."""

    def reason(jws: str) -> str:
        assert refused(authorizer, event(jws)).args == ("Unauthorized",)
        return logged_lines(capsys)[-1]["reason"]

    return reason


def is_allowed(authorizer: Authorizer, jws: str | None = None) -> bool:
    """Whether a token, by default an acceptable one, allows a request."""
    return allows(authorizer.answer(event(jws))["policyDocument"], arn("GET", "/pets"))


def hmac_token(secret: bytes) -> str:
    return token(header(alg="HS256"), sign=hs256(secret))
