"""`make aws-contract` tests all its questions and deletes everything; AWS gave the answers that the project needs."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.api.routes import MAX_POLICY_BYTES
from lab.aws_contract import __main__ as contract
from local.cloud.emulator import Emulator

pytestmark = pytest.mark.xdist_group("aws-contract")
# The behaviour of AWS that the project needs, by question: docs/openapi.md, infra.api.rest_api, infra.api.routes.
RELIED = {
    "route, path and ARN of /paths/fixed/": lambda answer: answer.startswith("200 /paths/fixed "),
    "largest policy that is taken, in KB": lambda answer: answer * 1024 >= MAX_POLICY_BYTES,
    "WWW-Authenticate of a gateway response": lambda answer: answer == "Bearer",
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return boto3.Session()


def left(session: boto3.Session, emulator: Emulator) -> list[Any]:
    iam, functions, logs, gateway = (
        session.client(each, endpoint_url=emulator.url) for each in ("iam", "lambda", "logs", "apigateway")
    )
    return [
        *iam.list_roles()["Roles"],
        *functions.list_functions()["Functions"],
        *logs.describe_log_groups()["logGroups"],
        *gateway.get_rest_apis()["items"],
    ]


@pytest.mark.slow
def test_every_question_has_an_answer_and_everything_is_deleted(
    session: boto3.Session, emulator: Emulator, capsys: pytest.CaptureFixture[str]
):
    assert contract.main(["--endpoint", emulator.url]) == 0
    assert "a mapped header that the client" in capsys.readouterr().out
    assert left(session, emulator) == []
    found = contract.run(session, emulator.url, "petstore-contract-test")
    assert [question for question, good in RELIED.items() if not good(found[question])] == []
    assert not [question for question, answer in found.items() if answer is None or answer in ([], "")]


@pytest.mark.slow
def test_a_failure_half_way_leaves_nothing(
    session: boto3.Session, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    error = {"Error": {"Code": "TooManyRequestsException", "Message": "too many"}}

    def fail(*_: object) -> dict[str, Any]:
        raise ClientError(error, "CreateDeployment")

    monkeypatch.setattr(contract, "answers", fail)
    assert contract.main(["--endpoint", emulator.url]) == 1
    said = capsys.readouterr()
    name = said.out.split()[1]
    assert name.startswith("petstore-contract-")
    assert "TooManyRequestsException" in said.err
    assert said.err.endswith(f". If any {name} is left, delete it.\n")
    assert left(session, emulator) == []


def test_a_missing_region_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    assert contract.main([]) == 1
    assert capsys.readouterr().err == "error: no region. Set AWS_REGION, or the region of your profile.\n"


@pytest.mark.skipif(not contract.RECORDED.exists(), reason="recorded.json is missing: run make aws-contract")
@pytest.mark.parametrize("question", RELIED)
def test_aws_behaves_as_the_project_requires(question: str):
    assert RELIED[question](json.loads(contract.RECORDED.read_text(encoding="utf-8"))[question])
