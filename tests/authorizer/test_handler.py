"""`authorizer.handler` as Lambda loads it: in a process of its own, with an environment and a key set over HTTP."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.authorizer.events import event
from tests.authorizer.gateway import arn
from tests.authorizer.iam import allows
from tests.authorizer.loopback import Server, response, serving
from tests.authorizer.tokens import AUDIENCE, ISSUER, SUBJECT, claims, key_set, token

ROOT = Path(__file__).resolve().parents[2]
# Answers the events on standard input, a line each, with the answer or the name and text of the exception.
PROGRAM = """
import json, sys
from authorizer.handler import handler
for line in sys.stdin:
    try:
        print(json.dumps({"answer": handler(json.loads(line), None)}))
    except Exception as error:
        print(json.dumps({"raised": [type(error).__name__, str(error)]}))
"""


@pytest.fixture
def keys() -> Iterator[Server]:
    with serving(response(key_set())) as server:
        yield server


def fresh(seconds: int = 600) -> str:
    """A token for the clock of the other process, which is not frozen."""
    return token(body=claims(iat=int(time.time()), exp=int(time.time()) + seconds, scope="create:pets"))


def run(url: str, *events: dict[str, Any], **changes: str) -> tuple[list[dict[str, Any]], str]:
    """What the process wrote on standard output, each line as JSON; and its standard error."""
    environment = {
        "TOKEN_ISSUER": ISSUER,
        "AUDIENCE": AUDIENCE,
        "JWKS_URI": url,
        "ROUTES": "GET /pets\nPOST /pets create:pets",
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        cwd=ROOT,
        env=environment | changes,
        input="".join(json.dumps(it) + "\n" for it in events),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_the_handler_answers_events_with_one_fetch_of_the_keys(keys: Server) -> None:
    given = [event(fresh(), method="POST"), event(fresh(-600)), event(fresh()) | {"methodArn": None}]
    lines, complaints = run(keys.url, *given)
    assert complaints == ""
    decisions, answers = lines[::2], lines[1::2]
    assert [it["reason"] for it in decisions] == ["authorized", "expired", "malformed_event"]
    first = answers[0]["answer"]
    assert first["principalId"] == SUBJECT
    assert allows(first["policyDocument"], arn("POST", "/pets"))
    assert answers[1] == {"raised": ["Exception", "Unauthorized"]}
    assert answers[2]["raised"][0] == "MalformedEvent"
    assert len(keys.requests) == 1


def test_the_keys_are_read_at_the_start_before_any_token(keys: Server) -> None:
    assert run(keys.url) == ([], "")
    assert len(keys.requests) == 1


def test_the_leeway_of_the_environment_is_used(keys: Server) -> None:
    late = event(fresh(-30))
    assert "answer" in run(keys.url, late, LEEWAY_SECONDS="60")[0][-1]
    assert run(keys.url, late)[0][-1] == {"raised": ["Exception", "Unauthorized"]}


@pytest.mark.parametrize("name", ["TOKEN_ISSUER", "AUDIENCE"])
def test_an_unset_variable_stops_the_start_before_any_event_is_answered(keys: Server, name: str) -> None:
    lines, complaints = run(keys.url, event(fresh()), **{name: ""})
    assert lines == []
    assert f"MisconfiguredEnvironment: {name} is not set" in complaints
    assert keys.requests == []


def test_an_issuer_that_is_down_at_the_start_stops_the_token_and_not_the_start() -> None:
    with serving(response(status="503 Unavailable")) as down:
        lines, complaints = run(down.url, event(fresh()))
    assert complaints == ""
    refresh, decision, answer = lines
    assert (refresh["event"], refresh["error"]) == ("jwks_refresh_failed", "status 503")
    assert decision["reason"] == "keys_unavailable"
    assert answer["raised"][0] == "KeysUnavailable"
    assert len(down.requests) == 1
