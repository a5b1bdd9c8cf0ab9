"""The parts of the local run: the emulator's process, the issuer, the deployment."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from pulumi.runtime.mocks import MockResourceArgs

from local.cloud.backend import Backend
from local.cloud.emulator import Emulator
from local.cloud.issuer import CLIENT_ID, CLIENT_SECRET, Issuer
from local.cloud.sandbox import Sandbox
from local.cloud.servers import HOST, Request, is_free
from local.engine.deploy import Deployer, DeploymentError
from tests.conftest import Api
from tests.testkit.rebinding import listening, rebound
from tools import running
from tools.__main__ import main
from tools.project import ROOT, ProgramError, stack_config


def test_the_emulator_uses_loopback_only_gets_no_secret_of_this_machine_and_ends(
    monkeypatch: pytest.MonkeyPatch,
):
    # A missing environment variable must not be inherited from this machine.
    monkeypatch.setenv("AUDIENCE", "https://elsewhere.example")
    with Emulator() as emulator:
        pid = emulator.process
        folder = emulator._folder
        assert {address for address, _ in listening(pid)} == {HOST}
        assert b"AUDIENCE" not in Path(f"/proc/{pid}/environ").read_bytes()
    assert not folder.exists()
    assert is_free(emulator.port)
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.invalid"},
    ],
    ids=["page", "sandboxed-page", "no-cors", "rebound-name"],
)
def test_a_web_page_can_call_only_the_deployed_api_of_the_emulator(api: Api, headers: dict[str, str]):
    url = api.sandbox.emulator.url
    function = f"/2015-03-31/functions/{api.sandbox.authorizer}"
    assert requests.get(url + function, timeout=20).status_code == 200
    below = f"/restapis/{api.deployed.rest_api_id}/test"
    for method, path in (
        *(("GET", function), ("POST", f"{function}/invocations"), ("POST", "/_ministack/reset"), ("GET", below)),
        *(("OPTIONS", function), ("GET", "/?Action=ListRoles"), ("GET", f"{below}/_user_request_x")),
    ):
        refused = requests.request(method, url + path, headers=headers, data="{}", timeout=20)
        assert (refused.status_code, refused.text) == (403, "not for web pages\n"), path
        assert "Access-Control-Allow-Origin" not in refused.headers
    if "Host" not in headers:
        assert requests.get(f"{api.deployed.invoke_url}/", headers=headers, timeout=20).status_code == 200


def test_a_port_in_use_is_named():
    with pytest.raises(OSError, match=r"port \d+ of Pulumi\.local\.yaml is taken"), Sandbox(fixed_ports=True):
        Sandbox(fixed_ports=True)


def test_an_unknown_resource_type_is_an_error_that_names_it():
    deployer = Deployer("http://127.0.0.1:9", "us-east-1")
    args = MockResourceArgs("aws:sqs/queue:Queue", "jobs", {}, custom=True)
    with pytest.raises(DeploymentError, match=r"jobs: .* no entry for aws:sqs/queue:Queue"):
        deployer.new_resource(args)


def test_an_input_unknown_to_aws_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("local.engine.deploy.reset", lambda _: None)
    deployer = Deployer("http://127.0.0.1:9", "us-east-1")
    inputs = {"restApi": "a", "stageName": "s", "deployment": "d", "colour": "red"}
    args = MockResourceArgs("aws:apigateway/stage:Stage", "stage", inputs, custom=True)
    with pytest.raises(DeploymentError, match='Unknown parameter in input: "colour"'):
        deployer.new_resource(args)


@pytest.mark.slow
def test_a_program_with_a_wrong_configuration_is_not_deployed(
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
):
    config = {**stack_config("local"), "petstore:audience": ""}
    monkeypatch.setattr("local.cloud.sandbox.stack_config", lambda _: config)
    with pytest.raises(ProgramError, match="petstore:audience: is not set"):
        api.sandbox.deploy()
    assert api.call("GET", "/pets", api.sandbox.issuer.mint()).status_code == 200, "what was there is served no more"


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("ROUTES = [", "ROUTES = ]", "routes.py:{line}: SyntaxError: unmatched ']'. Correct"),
        (
            'Route("POST"',
            'Rout("POST"',
            'routes.py:{line}: Rout("POST", "/pets", scopes=["create:pets"]),\nNameError: ',
        ),
        ('scopes=["create:pets"]', "scope=1", "TypeError: Route.__init__() got an unexpected keyword argument 'scope'"),
    ],
)
def test_a_mistake_in_the_program_is_shown_with_its_line_only(tmp_path: Path, right: str, wrong: str, words: str):
    for name in ("authorizer", "infra", "local", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("__main__.py", "welcome.html", "Pulumi.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    program = (ROOT / "routes.py").read_text(encoding="utf-8")
    assert right in program
    (tmp_path / "routes.py").write_text(program.replace(right, wrong), encoding="utf-8")
    command = [sys.executable, "-m", "tools", "deploy-program", "http://127.0.0.1:9"]
    config = json.dumps(stack_config("local"))
    result = subprocess.run(command, cwd=tmp_path, input=config, capture_output=True, text=True, check=False)
    assert (result.returncode, "outputs" in result.stdout) == (1, False)
    line = program[: program.index(right)].count("\n") + 1
    assert words.format(line=line) in result.stderr
    assert len(result.stderr.splitlines()) <= 2


def test_the_issuer_has_the_endpoints_of_a_tenant():
    with Issuer("https://api.example") as issuer:
        discovery = requests.get(f"{issuer.issuer}.well-known/openid-configuration", timeout=10).json()
        keys = requests.get(discovery["jwks_uri"], timeout=10).json()["keys"]
        asked = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        asked |= {"audience": "https://api.example", "scope": "create:pets"}
        answer = requests.post(discovery["token_endpoint"], json=asked, timeout=10)
        form = requests.post(discovery["token_endpoint"], data=asked, timeout=10)
        wrong = [
            requests.post(discovery["token_endpoint"], json=asked | change, timeout=10).status_code
            for change in ({"client_secret": "x"}, {"audience": "x"}, {"grant_type": "password"})
        ]
    assert discovery["issuer"] == issuer.issuer
    assert [(key["kid"], key["use"], key["alg"]) for key in keys] == [("local-1", "sig", "RS256")]
    assert (answer.status_code, answer.json()["scope"], answer.json()["token_type"]) == (200, "create:pets", "Bearer")
    assert form.status_code == 200
    assert wrong == [401, 403, 403]


def test_a_new_pet_never_gets_the_id_of_another():
    backend = Backend()
    path = "/petstore/pets"
    assert backend.answer(Request("DELETE", f"{path}/1", {}, {}, b"")).status == 204
    created = json.loads(backend.answer(Request("POST", path, {}, {}, b'{"type": "dog"}')).body)["pet"]
    listed = json.loads(backend.answer(Request("GET", path, {}, {}, b"")).body)
    assert [pet["id"] for pet in listed] == [2, 3, created["id"]]
    assert created["id"] == 4


def test_without_a_running_issuer_there_is_no_token_and_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(running, "PATH", tmp_path / "running.json")
    assert main(["token"]) == 1
    assert capsys.readouterr() == ("", "error: no issuer is running; start one with `make up` or `make emulator`\n")


@pytest.mark.slow
def test_up_serves_tokens_follows_changes_and_stops_on_ctrl_c():
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "tools", "up", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    guard = threading.Timer(60, process.kill)
    guard.start()
    try:
        assert process.stdout
        url = _until(process, "the API is at ").split()[-1]
        page = _until(process, "Try it in a browser: ").split()[-1]
        assert "eyJ" not in _until(process, "curl -H")
        _until(process, "Watching for changes")
        assert _deployments(page) == 1
        ports = {port for _, port in listening(process.pid)}
        assert len(ports) == 5, "the emulator, the issuer, the backend, the page, the gateway"
        for port in ports:
            assert set(rebound(port)) <= {400, 403, 421}, port
        token = _local("token", "--scope", "create:pets").stdout.strip()
        assert _status("POST", url, token) == 201
        for _ in range(2):  # Editors save by renaming: the second time, the name is another file's.
            _save_by_renaming(ROOT / "welcome.html")
            _until(process, "welcome.html changed; deploying")
            assert _until(process, "the API is at ").split()[-1] == url
        assert _status("POST", url, token) == 201
        assert _deployments(page) == 3
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    finally:
        guard.cancel()
        process.kill()
        process.communicate()
    assert running.find() is None
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    with pytest.raises(requests.ConnectionError):
        requests.get(page, timeout=5)


def _deployments(page: str) -> int:
    """The number of deployments that the page shows."""
    return requests.get(f"{page}deployment", timeout=30).json()["number"]


def _save_by_renaming(path: Path) -> None:
    copy = path.with_name(f"{path.name}.new")
    shutil.copy(path, copy)
    copy.replace(path)


def _local(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def _until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"ended without saying {words!r}")


def _status(method: str, url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, f"{url}/pets", headers=headers, json={"type": "dog"}, timeout=30).status_code
