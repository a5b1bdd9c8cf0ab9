"""The smoke test of the program on an embedded AWS, over real HTTP."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import boto3
import pytest

from local.cloud.issuer import CLIENT_ID, CLIENT_SECRET, Issuer
from local.cloud.sandbox import Deployed, Sandbox
from local.engine.aws_parameters import REST_API_ID
from routes import ROUTES
from tests.tools.smoke.conftest import CommandResult, Run, assert_silent
from tests.tools.smoke.test_run import Clock
from tools.project import PROJECT, ROOT, STACK, stack_config
from tools.smoke import select_calls
from tools.smoke.run import make_calls
from tools.smoke.token import Token

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("smoke")]  # It has its own sandbox.


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def deployed(sandbox: Sandbox) -> Deployed:
    return sandbox.deploy()


def test_it_passes_with_a_token_from_client_credentials(
    sandbox: Sandbox, deployed: Deployed, smoke: Run, pulumi: Callable[..., None], stack_file: Callable[..., None]
):
    stack_file(tokenIssuer=sandbox.issuer.issuer, audience=sandbox.issuer.audience)
    pulumi(invokeUrl=deployed.invoke_url, restApiId=REST_API_ID, stageName="test")
    result = smoke("--stack", "dev", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert (result.status, result.err) == (0, "")
    assert "ok the token, without create:pets POST /pets 403 403 1" in result.words
    result = smoke("--stack", "dev", "--scope", "create:pets", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert (result.status, result.err) == (0, "")
    assert "ok no such path; the token may call all GET /smoke-test 403 403 1" in result.words
    result = smoke("--stack", "dev", "--client-id", "other", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert (result.status, result.out) == (2, "")
    assert "access_denied: CLIENT_ID (or --client-id) and CLIENT_SECRET are not those of one" in result.err


def test_it_passes_in_a_pipe_and_changes_no_data_in_the_backend(sandbox: Sandbox, deployed: Deployed):
    before = len(sandbox.backend.requests)
    result = piped(sandbox, deployed)
    assert (result.status, result.err) == (0, "")
    assert {request.method for request in sandbox.backend.requests[before:]} == {"GET"}


def test_a_method_without_its_authorizer_is_reported_at_once(sandbox: Sandbox, deployed: Deployed):
    client = boto3.client(
        "apigateway",
        endpoint_url=sandbox.emulator.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    (pets,) = [each for each in client.get_resources(restApiId=REST_API_ID)["items"] if each["path"] == "/pets"]

    def authorize(kind: str) -> None:
        patch = [{"op": "replace", "path": "/authorizationType", "value": kind}]
        for method in ("GET", "POST"):
            client.update_method(restApiId=REST_API_ID, resourceId=pets["id"], httpMethod=method, patchOperations=patch)

    authorize("NONE")
    try:
        result = piped(sandbox, deployed)
    finally:
        authorize("CUSTOM")
        client.close()
    assert (result.status, result.err) == (1, "")
    assert "ALLOWED: GET /pets, no token: 200 instead of 401." in result.words
    assert "ALLOWED: GET /pets, a forged signature: 200 instead of 401." in result.words
    assert "NO the token, without create:pets POST /pets 403 200 1" in result.words
    assert sandbox.backend.requests[-1].body == b"", "the call that came through could have created something"
    assert "2 of 5 calls answered as they should" in result.words


def test_a_wrong_audience_fails_it(sandbox: Sandbox, deployed: Deployed):
    result = piped(sandbox, deployed, sandbox.issuer.mint(aud="https://other.example"))
    assert result.status == 1
    assert "NO the token GET /pets 200 401 1" in result.words


def test_with_several_issuers_the_local_one_replaces_the_first_and_all_tokens_pass(
    monkeypatch: pytest.MonkeyPatch,
):
    with Issuer("other-api") as other:
        listed = [
            {"issuer": "http://127.0.0.1:4567/", "audience": ["kennel-api"], "jwksUri": "http://127.0.0.1:4567/keys"},
            {"issuer": other.issuer, "audience": "other-api"},
        ]
        config = {key: it for key, it in stack_config(STACK).items() if not key.endswith(("tokenIssuer", "audience"))}
        config[f"{PROJECT}:issuers"] = json.dumps(listed)
        monkeypatch.setattr("local.cloud.sandbox.stack_config", lambda _: config)
        with Sandbox() as sandbox:
            deployed = sandbox.deploy()
            assert sandbox.issuer.audience == "kennel-api"
            assert piped(sandbox, deployed).status == 0
            assert piped(sandbox, deployed, other.mint()).status == 0
            assert piped(sandbox, deployed, other.mint(aud="kennel-api")).status == 1
            other.stop()
            assert piped(sandbox, deployed).status == 0


def test_it_waits_for_the_end_of_the_deployment():
    with Sandbox() as sandbox:
        sandbox.emulator.wait()
        url = sandbox.emulator.invoke_url(REST_API_ID, "test")
        clock = Clock(then=sandbox.deploy)
        calls = select_calls.calls(ROUTES, Token.parse(sandbox.issuer.mint()))
        output: list[str] = []
        outcomes = list(make_calls(url, calls, clock.budget(60), output.append))
    assert [outcome.as_expected for outcome in outcomes] == [True] * 5
    assert [outcome.tries for outcome in outcomes] == [2, 1, 1, 1, 1]
    assert output == []


def piped(sandbox: Sandbox, deployed: Deployed, token: str = "") -> CommandResult:
    token = token or sandbox.issuer.mint()
    command = [sys.executable, "-m", "tools", "smoke", "--url", deployed.invoke_url, "--token", "-", "--wait", "0"]
    environment = {"PATH": "", "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}
    result = subprocess.run(
        command, cwd=ROOT, env=environment, input=token, capture_output=True, text=True, check=False
    )
    assert_silent(result.stdout + result.stderr, token)
    return CommandResult(result.returncode, result.stdout, result.stderr)
