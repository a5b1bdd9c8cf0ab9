"""Events as API Gateway sends them to a TOKEN authorizer, and the authorizer's answers and log lines."""

import json
from typing import Any

import pytest

from authorizer.decision import Authorizer
from authorizer.environment import Environment
from authorizer.issuer import Issuer
from tests.testkit.clock import URL
from tests.testkit.gateway import arn, table
from tests.testkit.tokens import AUDIENCE, ISSUER, token

ROUTES = table(
    *("GET /", "GET /pets", "POST /pets create:pets", "GET /pets/{petId}", "GET /pets/mine mine"),
    "GET /files/{path+} files",
    "GET /dogs/",
)


TRUSTED = Issuer(ISSUER, URL, (AUDIENCE,))


def environment_of(*issuers: Issuer, **changes: Any) -> Environment:
    """The function's environment in these tests: the usual issuer and routes, no leeway."""
    return Environment(issuers or (TRUSTED,), **{"leeway": 0, "routes": ROUTES, **changes})


def event(jws: str | None = None, path: str = "/pets", method: str = "GET") -> dict[str, Any]:
    """The event for a request with this method, path and bearer token, by default an acceptable one."""
    authorization = f"Bearer {token() if jws is None else jws}"
    return {"type": "TOKEN", "authorizationToken": authorization, "methodArn": arn(method, path)}


def refused(authorizer: Authorizer, given: Any) -> Exception:
    """The error that the authorizer raises for the event."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each test checks the type
        authorizer.answer(given)
    return caught.value


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The only line of the log."""
    (line,) = logged_lines(capsys)
    return line


def logged_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines of the log since the last call."""
    written = capsys.readouterr()
    assert written.err == ""
    assert written.out.endswith("\n")
    return [json.loads(line) for line in written.out.splitlines()]


def without_metrics(line: dict[str, Any]) -> dict[str, Any]:
    """The line without its metrics, which `tests.testkit.emf` reads."""
    return {name: value for name, value in line.items() if name not in ("_aws", "function")}
