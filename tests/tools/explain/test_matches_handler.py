"""`python -m tools explain` gives the handler's answer for any token, and prints no part of it."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any, cast

import pytest
import time_machine
from hypothesis import given, settings
from rich.console import Console

from authorizer.decision import Authorizer
from authorizer.errors import Failure
from authorizer.issuer import Issuer as Trusted
from authorizer.jwks import Jwks
from infra.api.routes import Route
from tests.authorizer.corpus import export
from tests.authorizer.corpus.builder import CaseBuilder
from tests.authorizer.test_corpus import trusted
from tests.testkit import strategies
from tests.testkit.clock import NEXT, URL, Issuer
from tests.testkit.events import ROUTES, TRUSTED, environment_of
from tests.testkit.gateway import arn
from tests.testkit.iam import allows
from tests.testkit.tokens import ISSUER, NOW, OMIT, jwk, key_set, token
from tools.explain.diagnose import Examined, examine
from tools.explain.evaluate import Answer, Evaluator, KeySource
from tools.explain.report import About, as_json, report, rows

SETTINGS = settings(max_examples=150, deadline=None, derandomize=True, database=None)
DECLARED = [Route(route.method, route.path, scopes=sorted(route.scopes)) for route in ROUTES]
WRITTEN = list(export.written_cases())
BUILDER = CaseBuilder(export.fixed_keys(), NOW)
TWO_KEYS = key_set(jwk(), jwk("next", kid=NEXT))


def handled(authorization: str, document: bytes, leeway: int, issuer: Trusted) -> tuple[list[int], str]:
    """The response on each route that the handler's decision leads to, and the logged reason for the first."""
    environment = environment_of(issuer, leeway=leeway)
    authorizer = Authorizer(environment, {ISSUER: Jwks(URL, algorithms=issuer.algorithms, get=Issuer(document).get)})
    statuses: list[int] = []
    with redirect_stdout(io.StringIO()) as log:
        for route in ROUTES:
            path = route.path.replace("{petId}", "1").replace("{path+}", "1")
            event = {"type": "TOKEN", "authorizationToken": authorization, "methodArn": arn(route.method, path)}
            try:
                answer = authorizer.answer(event)
                statuses.append(200 if allows(answer["policyDocument"], event["methodArn"]) else 403)
            except Failure:
                statuses.append(500)
            except Exception:
                statuses.append(401)
    decisions = [line for line in map(json.loads, log.getvalue().splitlines()) if line["event"] == "decision"]
    return statuses, decisions[0]["reason"]


ABOUT = About("the stack dev", ISSUER, "https://petstore.example/api", "", 300)


def agrees(authorization: str, document: bytes, leeway: int = 0, issuer: Trusted = TRUSTED) -> None:
    environment = environment_of(issuer, leeway=leeway)
    with time_machine.travel(NOW, tick=False):
        evaluator = Evaluator(environment, KeySource(Issuer(document).get))
        answers = [evaluator.answer(authorization, route) for route in DECLARED]
        expected, reason = handled(authorization, document, leeway, issuer)
        assert [answer.status for answer in answers] == expected
        examined = examine(authorization, evaluator)
        failed = [row.check for row in rows(examined, answers) if row.verdict == "failed"]
        assert len(failed) == (expected[0] in (401, 500))
        assert examined.failed[:1] == ([reason] if failed else [])
        result = printed(examined, answers)
    assert result.replace("\n", "").isprintable()
    for secret in secrets(authorization):
        assert secret not in result


_printed: dict[str, str] = {}


def printed(examined: Examined, answers: list[Answer]) -> str:
    """The report. It is rendered once for each content, because that takes most of the time."""
    content = as_json(ABOUT, examined, answers, answers[:2])
    if content not in _printed:
        written = io.StringIO()
        report(Console(file=written, width=600), ABOUT, examined, answers, answers[:2])
        _printed[content] = written.getvalue()
    return f"{_printed[content]}\n{content}"


def secrets(authorization: str) -> Iterator[str]:
    token = authorization.rsplit(" ", maxsplit=1)[-1]
    yield from (text for text in (authorization, token, *token.split(".")) if len(text) > 20)


@pytest.mark.parametrize("written", WRITTEN, ids=[written["name"] for written in WRITTEN])
def test_a_case_of_the_corpus(written: dict[str, Any]):
    case = BUILDER.case(written)
    agrees(case.authorization, BUILDER.key_set(export.written_key_sets()[case.keys]), case.leeway, trusted(case))


@given(strategies.AUTHORIZATIONS)
@SETTINGS
def test_any_value_of_the_authorization_header(authorization: Any):
    agrees(cast("str", authorization) if isinstance(authorization, str) else repr(authorization), TWO_KEYS)


@given(strategies.HEADERS)
@SETTINGS
def test_any_header(header: bytes):
    agrees(f"Bearer {token(header, OMIT)}", TWO_KEYS)


@given(strategies.PAYLOADS)
@SETTINGS
def test_any_payload_signed_by_the_issuer(payload: bytes):
    agrees(f"Bearer {token(body=payload)}", TWO_KEYS)


@given(strategies.KEY_SETS)
@SETTINGS
def test_any_key_set(document: bytes):
    agrees(f"Bearer {token()}", document)
