"""Runs the corpus against the function that a component declares, with only its zip and its variables."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest

from local.cloud.servers import Answer, Request, Server
from routes import ROUTES as PROGRAM
from tests.authorizer.corpus import export
from tests.authorizer.corpus.builder import Case, CaseBuilder
from tests.component.conftest import COMPONENTS, construct
from tests.testkit.events import ROUTES
from tests.testkit.gateway import arn
from tests.testkit.iam import allows
from tests.testkit.tokens import AUDIENCE, ISSUER, NOW
from tools.preview.mock_recorder import Declared, declare

# A bundle for this machine needs an issuer on this machine. It is as long as the corpus's issuer,
# so that tokens have the same padding. Some cases use a similar name.
NAME = "https://localhost:1234/"
HOSTS = (urlsplit(ISSUER).netloc, urlsplit(NAME).netloc)
KEY_SETS = export.written_key_sets()
PROCESS = Path(__file__).with_name("lambda_process.py")


class Issuer(Server):
    """An issuer that publishes the key set that a test gives it."""

    document = b""

    def answer(self, request: Request) -> Answer:
        assert request.path == "/jwks.json"
        return Answer(200, self.document)


class Function:
    """A declared function, in a process that has only its zip."""

    def __init__(self, archive: str, folder: Path) -> None:
        zipfile.ZipFile(archive).extractall(folder)
        command = [sys.executable, "-I", "-S", str(PROCESS), str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def answer(self, declared: dict[str, Any], event: dict[str, str]) -> dict[str, Any]:
        """The answer to the first event, and the output."""
        assert self._process.stdin
        assert self._process.stdout
        variables = declared["environment"]["variables"]
        start = {"handler": declared["handler"], "environment": variables, "now": NOW, "event": event}
        self._process.stdin.write(json.dumps(start) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as server:
        yield server


def declared_function(trust: dict[str, Any], leeway: int, issuer: Issuer) -> dict[str, Any]:
    """The inputs of the function that a component declares for the corpus.

    In a program, the corpus's path /dogs/ is a mistake.
    """
    usual = {"issuer": NAME, "audience": AUDIENCE, "jwksUri": f"{issuer.url}/jwks.json"}
    routes = [
        {"method": it.method, "path": it.path, "scopes": sorted(it.scopes)} for it in ROUTES if it.path != "/dogs/"
    ]
    inputs = {**usual, **trust, "leewayInSeconds": leeway, "routes": routes, "preflight": False, "bundleKeys": False}
    return construct("JwtAuthorizerFunction", inputs).one("Function").inputs


def outcome(case: Case, answered: dict[str, Any]) -> tuple[str | int, str]:
    """The gateway's answer, and the logged reason."""
    lines = map(json.loads, answered["printed"].splitlines())
    (reason,) = [line["reason"] for line in lines if line["event"] == "decision"]
    match answered["outcome"]:
        case {"policyDocument": policy}:
            return "allow" if allows(policy, arn(case.method, case.path)) else 403, reason
        case ["Exception", "Unauthorized"]:
            return 401, reason
        case _:
            return 500, reason


@pytest.mark.slow
def test_every_case_of_the_corpus_gets_the_expected_answer(issuer: Issuer, tmp_path: Path):
    builder = CaseBuilder(export.fixed_keys(), NOW, NAME)
    cases = [builder.case(json.loads(json.dumps(written).replace(*HOSTS))) for written in export.written_cases()]
    trusted = {case.name: json.dumps([case.trust, case.leeway]) for case in cases}
    functions = {each: declared_function(*json.loads(each), issuer=issuer) for each in trusted.values()}
    (archive,) = {function["code"].path for function in functions.values()}
    answers = dict[str, tuple[str | int, str]]()
    with Function(archive, tmp_path) as function:
        for case in cases:
            issuer.document = builder.key_set(KEY_SETS[case.keys])
            event = {"authorizationToken": case.authorization, "methodArn": arn(case.method, case.path)}
            answered = function.answer(functions[trusted[case.name]], {"type": "TOKEN", **event})
            answers[case.name] = outcome(case, answered)
    expected = {case.name: (case.expect, case.reason) for case in cases}
    assert {name: it for name, it in answers.items() if it != expected[name]} == {}


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_declares_the_function_of_the_program(component: str):
    def function(declared: Declared) -> dict[str, Any]:
        inputs = declared.one("Function").inputs
        return {**inputs, "code": inputs["code"].path, "name": "", "role": ""}

    routes = [{"method": it.method, "path": it.path, "scopes": list(it.scopes)} for it in PROGRAM if not it.public]
    program = declare({"petstore:backendUrl": "https://backend.example"})
    assert function(construct(component, {"routes": routes})) == function(program)
