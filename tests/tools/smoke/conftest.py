"""Runs the smoke command in this process, isolated from this machine's settings, and checks for secrets."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests.testkit.tokens import claims, token
from tests.tools.smoke.fake_api import FakeApi
from tools import project
from tools.__main__ import main
from tools.project import PROJECT

AUDIENCE = "https://petstore.example/api"
SECRET = "s3cret/of+the=application"
Run = Callable[..., "CommandResult"]


def access_token(**changes: object) -> str:
    return token(body=claims(exp=int(time.time()) + 600, **changes))


@dataclass
class CommandResult:
    status: int
    out: str
    err: str
    words: str = field(init=False)

    def __post_init__(self) -> None:
        self.words = " ".join((self.out + self.err).replace("│", " ").split())


def assert_silent(text: str, *secrets: str) -> None:
    """Assert that the text has no secret and no part of a token, not even the beginning that all tokens share."""
    for secret in (*secrets, *(part for each in secrets for part in each.split(".")), "eyJ"):
        assert not secret or secret not in text


@pytest.fixture
def fake_api() -> Iterator[FakeApi]:
    with FakeApi() as running:
        running.token = access_token()
        yield running


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A netrc file with which `requests` would log in to this machine."""
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a `pulumi` on the PATH that knows the stack dev with these outputs."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    def install(**outputs: str) -> None:
        stand_in = tmp_path / "bin" / "pulumi"
        stand_in.write_text(
            f"#!{sys.executable}\nimport sys\nwords = sys.argv[1:]\n"
            "if words[:3] != ['stack', 'output', '--json'] or words[words.index('--stack') + 1] != 'dev':\n"
            "    sys.exit(\"error: no stack named 'dev' found\")\n"
            f"print({json.dumps(outputs)!r})\n",
            encoding="utf-8",
        )
        stand_in.chmod(0o755)

    return install


@pytest.fixture
def stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Creates a project with this configuration in its only stack, dev."""
    monkeypatch.setattr("tools.pulumi_cli.ROOT", project.ROOT)  # reads Pulumi.yaml; may be imported later
    monkeypatch.setattr(project, "ROOT", tmp_path)

    def write(others: Mapping[str, object] | None = None, **keys: object) -> None:
        config = {**(others or {}), **{f"{PROJECT}:{key}": value for key, value in keys.items()}}
        (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")

    return write


@pytest.fixture
def smoke(fake_api: FakeApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command with these arguments, CLIENT_ID and CLIENT_SECRET; asserts that it prints no token or secret."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str, client_id: str = "", client_secret: str = "") -> CommandResult:
        monkeypatch.setenv("CLIENT_ID", client_id)
        monkeypatch.setenv("CLIENT_SECRET", client_secret)
        try:
            status = main(["smoke", *words])
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        output = capsys.readouterr()
        result = CommandResult(status, output.out, output.err)
        assert_silent(result.out + result.err, fake_api.token, client_secret)
        for request in fake_api.requests:
            sent = request.headers.get("Authorization", "").partition(" ")[2]
            assert not sent or sent not in result.out + result.err
        return result

    return run
