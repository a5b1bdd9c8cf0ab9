"""`python -m tools smoke`: its output, its exit status, and that it prints no secret."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.cloud.issuer import CLIENT_ID, Issuer
from local.cloud.servers import Answer
from tests.tools.smoke.conftest import AUDIENCE, SECRET, Run, access_token, assert_silent
from tests.tools.smoke.fake_api import NOT_YET, FakeApi
from tools.project import ROOT

GOOD = [
    "ok public, no token GET / 200 200 1",
    "ok no token GET /pets 401 401 1",
    "ok a forged signature GET /pets 401 401 1",
    "ok the token GET /pets 200 200 1",
    "ok the token, without create:pets POST /pets 403 403 1",
]
Install = Callable[..., None]


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer(AUDIENCE) as running:
        yield running


def test_a_correct_api_ends_with_0_and_a_line_for_each_call(smoke: Run, fake_api: FakeApi):
    result = smoke("--url", fake_api.url, "--token", fake_api.token)
    assert (result.status, result.err) == (0, "")
    assert [line for line in GOOD if line not in result.words] == []
    assert result.words.endswith("5 of 5 calls answered as they should")


def test_a_token_with_all_scopes_expects_403_on_an_unknown_path(smoke: Run, fake_api: FakeApi):
    fake_api.token = access_token(scope="create:pets")
    result = smoke("--url", f"{fake_api.url}/", "--token", fake_api.token)
    assert result.status == 0
    assert "ok no such path; the token may call all GET /smoke-test 403 403 1" in result.words
    assert f"{fake_api.url}/" not in result.out, "the URL ends with a slash, and each path begins with one"


def test_a_token_is_read_from_standard_input(smoke: Run, fake_api: FakeApi, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{fake_api.token}\n"))
    assert smoke("--url", fake_api.url, "--token", "-").status == 0


def test_an_unexpected_answer_ends_with_1(smoke: Run, fake_api: FakeApi):
    fake_api.override = lambda request: Answer(401) if request.path == "/pets" else None
    result = smoke("--url", fake_api.url, "--token", fake_api.token, "--wait", "0")
    assert (result.status, result.err) == (1, "")
    assert "NO no token GET /pets 401 401, no WWW-Authenticate: Bearer 1" in result.words
    assert "NO the token GET /pets 200 401 1" in result.words
    assert "1 of 5 calls answered as they should" in result.words


def test_a_403_without_its_reason_is_unexpected(smoke: Run, fake_api: FakeApi):
    fake_api.override = lambda request: NOT_YET if request.method == "POST" else None
    result = smoke("--url", fake_api.url, "--token", fake_api.token, "--wait", "0")
    assert result.status == 1
    assert "NO the token, without create:pets POST /pets 403 403, no insufficient_scope 1" in result.words


def test_a_403_of_another_kind_on_an_unknown_path_is_unexpected(smoke: Run, fake_api: FakeApi):
    fake_api.token = access_token(scope="create:pets")
    fake_api.override = lambda request: NOT_YET if request.path == "/smoke-test" else None
    result = smoke("--url", fake_api.url, "--token", fake_api.token, "--wait", "0")
    assert result.status == 1
    assert "GET /smoke-test 403 403, no Missing Authentication Token 1" in result.words


def test_an_unprotected_api_ends_with_1_and_names_each_allowed_call(smoke: Run, fake_api: FakeApi):
    fake_api.override = lambda request: Answer.json({"sent": dict(request.headers)})
    result = smoke("--url", fake_api.url, "--token", fake_api.token)
    assert result.status == 1
    assert result.words.count("ALLOWED: ") == 3
    assert "ALLOWED: GET /pets, no token: 200 instead of 401." in result.words
    assert "NO a forged signature GET /pets 401 200 1" in result.words
    assert "2 of 5 calls answered as they should" in result.words


def test_the_number_of_tries_is_shown(smoke: Run, fake_api: FakeApi):
    fake_api.next_answers = [NOT_YET]
    result = smoke("--url", fake_api.url, "--token", fake_api.token)
    assert result.status == 0
    assert "ok public, no token GET / 200 200 2" in result.words


def test_an_api_that_does_not_answer_ends_with_1(smoke: Run, fake_api: FakeApi):
    fake_api.stop()
    result = smoke("--url", fake_api.url, "--token", fake_api.token, "--wait", "0")
    assert result.status == 1
    assert f"NO the token GET /pets 200 nothing listens on 127.0.0.1:{fake_api.port} 1" in result.words


def test_the_url_comes_from_the_stacks_outputs(smoke: Run, fake_api: FakeApi, pulumi: Install, stack_file: Install):
    stack_file(audience=AUDIENCE)
    pulumi(invokeUrl=fake_api.url, restApiId="abc", stageName="test")
    assert smoke("--stack", "dev", "--token", fake_api.token).status == 0


def test_the_routes_of_a_stack_with_an_openapi_document_are_called(
    smoke: Run, fake_api: FakeApi, pulumi: Install, stack_file: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("infra.openapi.file.ROOT", tmp_path)
    (tmp_path / "dogs.yaml").write_text("openapi: 3.1.0\npaths:\n  /dogs:\n    get: {}\n", encoding="utf-8")
    pulumi(invokeUrl=fake_api.url, restApiId="abc", stageName="test")
    stack_file(openapi="dogs.yaml")
    assert "the token GET /dogs 200" in smoke("--stack", "dev", "--token", fake_api.token, "--wait", "0").words
    stack_file(openapi="cats.yaml")
    result = smoke("--stack", "dev", "--token", fake_api.token)
    assert (result.status, "petstore:openapi: is not a file of this project, got 'cats.yaml'" in result.err) == (
        2,
        True,
    )


def test_a_stack_on_the_embedded_aws_is_called_there(
    smoke: Run, fake_api: FakeApi, pulumi: Install, stack_file: Install
):
    stack_file({"aws:endpoints": [{"apigateway": fake_api.url}]}, audience=AUDIENCE)
    pulumi(invokeUrl="https://abc.execute-api.us-east-1.amazonaws.com/test", restApiId="abc", stageName="test")
    smoke("--stack", "dev", "--token", fake_api.token, "--wait", "0")
    assert {request.path.partition("_user_request_")[0] for request in fake_api.requests} == {"/restapis/abc/test/"}


def test_no_token_is_fetched_if_nothing_is_deployed(smoke: Run, issuer: Issuer, pulumi: Install, stack_file: Install):
    stack_file(tokenIssuer=issuer.issuer, audience=AUDIENCE)
    pulumi()
    result = smoke("--stack", "dev", client_id=CLIENT_ID, client_secret=SECRET)
    assert (result.status, result.out) == (2, "")
    assert result.err == "error: stack dev has no output 'invokeUrl' yet: run `pulumi up`\n"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"tokenIssuer": {"secure": "v1:abc:def"}, "audience": AUDIENCE}, "petstore:tokenIssuer is encrypted"),
        ({"audience": AUDIENCE}, "has no tokenIssuer; run `pulumi config set --plaintext tokenIssuer VALUE`"),
        ({"tokenIssuer": "http://tenant.example/", "audience": AUDIENCE}, "a secret cannot go to this issuer"),
    ],
)
def test_a_configuration_without_a_usable_issuer_ends_with_2(
    smoke: Run, fake_api: FakeApi, stack_file: Install, config: dict[str, object], words: str
):
    stack_file(**config)
    result = smoke("--stack", "dev", "--url", fake_api.url, client_id="us", client_secret=SECRET)
    assert (result.status, fake_api.requests) == (2, [])
    assert words in result.err
    assert "v1:abc" not in result.err


def test_with_a_url_and_a_token_no_issuer_is_needed(smoke: Run, fake_api: FakeApi, stack_file: Install):
    stack_file(tokenIssuer={"secure": "v1:abc:def"})
    assert smoke("--stack", "dev", "--url", fake_api.url, "--token", fake_api.token).status == 0


def test_without_the_cli_or_the_stack_it_ends_with_2(
    smoke: Run, fake_api: FakeApi, pulumi: Install, stack_file: Install, tmp_path: Path
):
    stack_file(audience=AUDIENCE)
    assert "the Pulumi CLI is not installed" in (result := smoke("--stack", "dev", "--token", fake_api.token)).err
    assert result.status == 2
    pulumi(invokeUrl=fake_api.url)
    result = smoke("--stack", "us/petstore/dev", "--token", fake_api.token)
    assert (result.status, result.err) == (2, "error: `pulumi stack output` printed: no stack named 'dev' found\n")
    (tmp_path / "bin" / "pulumi").write_text("#!/bin/sh\necho error: PULUMI_ACCESS_TOKEN must be set >&2; exit 1\n")
    assert smoke("--stack", "dev", "--token", fake_api.token).err.endswith("must be set; log in with `pulumi login`\n")
    result = smoke("--stack", "prod", "--token", fake_api.token)
    assert (result.status, result.err) == (2, "error: there is no file Pulumi.prod.yaml; stacks with a file: dev\n")


@pytest.mark.parametrize(("client_id", "client_secret"), [("", ""), ("us", ""), ("", SECRET), ("us", SECRET)], ids=repr)
def test_without_a_token_or_credentials_it_ends_with_2_and_the_fix(
    smoke: Run, fake_api: FakeApi, client_id: str, client_secret: str
):
    result = smoke("--url", fake_api.url, client_id=client_id, client_secret=client_secret)
    assert (result.status, result.out, fake_api.requests) == (2, "", [])
    assert result.err.startswith("error: no token: use --token -, or set CLIENT_ID and CLIENT_SECRET")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "Add --stack NAME or --url URL"),
        (
            ["--url", "http://api.example.com"],
            "a token cannot go there: it is http://, so others on the network could forge",
        ),
        (
            ["--url", "https://user:{token}@api.example.com"],
            "a token cannot go there: it is not a plain https://",
        ),
        (["--url", "https://api.example.com", "--path", "{token}"], "argument --path: not a path such as /pets/1"),
        (["--url", "https://api.example.com", "--wait", "{token}"], "argument --wait: not a number of seconds"),
        (["--url", "https://api.example.com", "--wait", "nan"], "argument --wait: not a number of seconds"),
        (["--url", "https://api.example.com", "--client-id", "us"], "not allowed with argument --token"),
        (["--url", "https://api.example.com", "{token}"], "these arguments are not understood"),
        (["--url", "https://api.example.com", "--tokn={token}"], "these arguments are not understood"),
        (["--url", "https://api.example.com", "--s={token}"], "these arguments are not understood"),
        (["--url", "https://api.example.com", "--token", "not.{token}"], "the token is not a JWT"),
    ],
)
def test_wrong_usage_ends_with_2_and_prints_no_part_of_a_token(
    smoke: Run, fake_api: FakeApi, words: list[str], expected: str
):
    result = smoke("--token", fake_api.token, *(word.format(token=fake_api.token) for word in words))
    assert result.status == 2
    assert expected in result.err


def test_json_has_the_calls_that_the_table_shows(smoke: Run, fake_api: FakeApi):
    result = smoke("--url", fake_api.url, "--token", fake_api.token, "--json", "--wait", "0")
    found = json.loads(result.out)
    assert (list(found), found["url"]) == (["url", "ok", "calls"], fake_api.url)
    assert found["ok"] == (result.status == 0)
    names = ["title", "method", "path", "expected", "status", "problem", "tries", "ok"]
    assert all(list(call) == names for call in found["calls"])
    assert {call["expected"] for call in found["calls"]} >= {200, 401}


def test_piped_output_is_plain_text(fake_api: FakeApi):
    command = [sys.executable, "-m", "tools", "smoke", "--url", fake_api.url, "--token", "-"]
    environment = {"PATH": "", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    result = subprocess.run(
        command, cwd=ROOT, env=environment, input=fake_api.token, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert_silent(result.stdout, fake_api.token)


def test_the_help_explains_the_command(smoke: Run):
    result = smoke("--help")
    assert result.status == 0
    for word in (
        "--stack",
        "--url",
        "--token",
        "--client-id",
        "CLIENT_SECRET",
        "--wait",
        "can see a command's arguments",
    ):
        assert word in result.words


@pytest.mark.parametrize(
    ("given", "kept"), [("", "127.0.0.1,localhost"), (".corp", ".corp,127.0.0.1,localhost"), ("*", "*")]
)
def test_no_proxy_settings_for_this_machine_are_respected(given: str, kept: str):
    command = [sys.executable, "-c", "import os, tools.smoke.stack; print(os.environ['no_proxy'])"]
    environment = {"PATH": "", "no_proxy": given}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == f"{kept}\n"
