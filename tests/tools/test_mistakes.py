"""A user's mistake gives one clear error with the place and the fix, in every command that can detect it."""

import errno
import io
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.testkit.tokens import claims, token
from tools import project, running
from tools.__main__ import COMMANDS, main
from tools.errors import describe
from tools.project import ROOT, stack_config

ROUTES = (ROOT / "routes.py").read_text(encoding="utf-8")
CONFIG = """\
config:
  aws:region: us-east-1
  petstore:tokenIssuer: http://127.0.0.1:9/
  petstore:audience: https://petstore.example/api
"""
TOKEN = token(body=claims(exp=int(time.time()) + 600))
SMOKE = ("smoke", "--url", "http://127.0.0.1:9", "--wait", "0", "--token")
# Each command that reads the program or a stack file, with its arguments for the stack dev.
COMMAND = {
    "policy": ("policy",),
    "doctor": ("doctor",),
    "openapi": ("openapi",),
    "explain": ("explain", "--stack", "dev", "--jwks", "jwks.json", "x"),
    "smoke": (*SMOKE, TOKEN),
    "smoke --stack": ("smoke", "--stack", "dev", *SMOKE[1:], TOKEN),
    "preview": ("run-program", ".", "dev"),  # the process in which `preview` runs each side
    "up": ("deploy-program", "http://127.0.0.1:9"),  # the process in which `up` deploys
    "demo": ("deploy-program", "http://127.0.0.1:9", "--examples"),
}
READ_ROUTES = ("policy", "doctor", "openapi", "explain", "smoke", "preview", "up", "demo")
READ_FILES = ("policy", "doctor", "openapi", "explain", "smoke --stack", "preview")
SLOW = pytest.mark.slow  # it runs the program
READ_SETTINGS = ("doctor", "openapi", "explain")


@dataclass(frozen=True)
class CommandResult:
    status: int
    result: str
    error: str

    def is_clear(self, status: int, *words: str) -> None:
        """Assert the exit status and these words, in at most three lines and without a traceback."""
        assert self.status == status, self.error
        lines = self.error.strip().splitlines()
        assert lines[0].startswith("error: "), self.error
        assert len(lines) <= 3, self.error
        assert "Traceback" not in self.error
        assert "internal error" not in self.error
        assert all(word in self.error for word in words), self.error


Run = Callable[..., CommandResult]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project folder without a mistake, in which the commands run."""
    for name in ("__main__.py", "routes.py", "welcome.html", "Pulumi.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "Pulumi.dev.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "jwks.json").write_text('{"keys": []}', encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "routes", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(project, "ROOT", tmp_path)
    monkeypatch.setattr(running, "PATH", tmp_path / "running.json")
    monkeypatch.setattr("infra.bundle.build.BUILD", tmp_path / ".build")
    yield tmp_path
    for name in ("routes", "helper"):
        sys.modules.pop(name, None)


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> CommandResult:
        config = json.dumps(stack_config("local", ROOT)) if words[0] == "deploy-program" else ""
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(config.encode())))
        monkeypatch.setattr("tools.openapi.BUILD", folder / ".build")
        capsys.readouterr()
        status = main(words)
        printed = capsys.readouterr()
        return CommandResult(status, printed.out, printed.err)

    return call


# The text in routes.py that is replaced, its replacement, and words of the error.
IN_ROUTES: dict[str, tuple[str, str, str]] = {
    "missing comma": ('query=["type", "page"]),', 'query=["type", "page"])', "routes.py:11: SyntaxError: "),
    "unmatched bracket": ("ROUTES = [", "ROUTES = ]", "routes.py:9: SyntaxError: "),
    "wrong indentation": ("WELCOME =", "  WELCOME =", "routes.py:7: IndentationError: "),
    "scope for scopes": ("scopes=", "scope=", "routes.py:12: Route("),
    "unknown name": ('Route("POST"', 'Rout("POST"', "routes.py:12: Rout("),
    "missing argument": ('Route("GET", "/pets/{petId}")', 'Route("GET")', "routes.py:13: Route("),
    "ROUTES renamed": ("ROUTES = [", "ROUTE = [", "routes.py: has no ROUTES."),
    "a tuple": ('Route("GET", "/pets/{petId}")', '("GET", "/pets/{petId}")', "ROUTES[3]"),
    "a path that is a number": ('"/pets/{petId}"', "5", "path is not a string, got 5"),
    "public as text": ("public=True", 'public="false"', "public is neither True nor False"),
    "None": ("ROUTES = [", "ROUTES = None and [", "ROUTES: is not a list of routes"),
    "unknown method": ('"POST", "/pets"', '"PSOT", "/pets"', "has an unknown method"),
    "unknown module": ("from pathlib", "import no_such\nfrom pathlib", "routes.py:3: import no_such"),
    "an error at import": ("ROUTES = [", "raise OSError('no disk')\nROUTES = [", "routes.py:9: raise OSError"),
    "an exit": ("ROUTES = [", "raise SystemExit(0)\nROUTES = [", "routes.py:9: raise SystemExit(0)"),
    "a NUL byte": ("ROUTES = [", "ROUTES = [\0", "has a NUL byte"),
    "welcome.html missing": ('"welcome.html"', '"wellcome.html"', "routes.py:7: WELCOME"),
}


@pytest.mark.parametrize("mistake", IN_ROUTES)
@pytest.mark.parametrize("command", READ_ROUTES)
def test_a_mistake_in_the_routes_is_shown_with_its_place(command: str, mistake: str, folder: Path, run: Run):
    right, wrong, words = IN_ROUTES[mistake]
    assert right in ROUTES
    (folder / "routes.py").write_text(ROUTES.replace(right, wrong, 1), encoding="utf-8")
    result = run(*COMMAND[command])
    result.is_clear(2 if command in ("explain", "smoke") else 1, words)


@pytest.mark.parametrize("kind", [ModuleNotFoundError, ImportError], ids=["no file", "a folder"])
def test_a_routes_module_without_a_file_is_not_reported_as_lacking_its_list(kind: type[ImportError]):
    assert describe(kind("from routes", name="routes")) == "routes.py: there is no such file. Restore it."


# The content of a module that routes.py imports, and words of the error.
IN_HELPERS = {
    "unknown module": ("import no_such\n", "helper.py:1: import no_such"),
    "a wrong value": ("\nPATH = 1 + 'a'\n", "helper.py:2: PATH = "),
    "a circle": ("from routes import ROUTES\n", "helper.py:1: from routes import ROUTES"),
}


@pytest.mark.parametrize("mistake", IN_HELPERS)
@pytest.mark.parametrize("command", READ_ROUTES)
def test_a_mistake_in_a_module_that_the_routes_import_is_shown_there(
    command: str, mistake: str, folder: Path, run: Run
):
    text, words = IN_HELPERS[mistake]
    (folder / "helper.py").write_text(text, encoding="utf-8")
    (folder / "routes.py").write_text(ROUTES.replace("from pathlib", "import helper\nfrom pathlib"), encoding="utf-8")
    result = run(*COMMAND[command])
    result.is_clear(2 if command in ("explain", "smoke") else 1, words)


@pytest.mark.parametrize("command", [pytest.param("preview", marks=SLOW), "openapi", "explain"])
def test_output_of_the_routes_is_not_in_the_result(command: str, folder: Path, run: Run):
    (folder / "routes.py").write_text(f"{ROUTES}\nprint('noise')\n", encoding="utf-8")
    result = run(*COMMAND[command])
    assert "noise" in result.error
    assert "noise" not in result.result


# The content of Pulumi.dev.yaml, and words of the error; None if there is no file.
IN_FILES: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "stack"),
    "a tab": (b"config:\n\taws:region: us-east-1\n", "Pulumi.dev.yaml: line 2, column 1: not YAML"),
    "wrong indentation": (b"config:\n  a: 1\n   b: 2\n", "Pulumi.dev.yaml: line 3"),
    "no colon": (b"config\n  a\n", "Pulumi.dev.yaml: the file is not a mapping"),
    "Latin-1": ("config:\n  a: Größe\n".encode("latin-1"), "Pulumi.dev.yaml: line 2, column 8: not UTF-8"),
    "a key twice": (b"config:\n  a: 1\n  b: 1\n  a: 2\n", "line 4, column 3: not YAML: the key a is there twice"),
    "a list": (b"config:\n  - a\n", "Pulumi.dev.yaml: config is not a mapping"),
    "a number as a key": (b"config:\n  5: a\n", "Pulumi.dev.yaml: a key is not a string, got 5"),
    "a key without a value": (b"config:\n  petstore:audience:\n", "Pulumi.dev.yaml: petstore:audience: has no value"),
    "a date": (b"config:\n  petstore:audience: 2020-01-01\n", "Pulumi.dev.yaml: petstore:audience: not a value"),
    "not a date": (b"config:\n  petstore:audience: 2020-02-31\n", "Pulumi.dev.yaml: petstore:audience: not a value"),
    "not a number": (b"config:\n  petstore:audience: !!int x\n", "Pulumi.dev.yaml: a value cannot be read"),
    "an alias": (b"config: *nothing\n", "Pulumi.dev.yaml: line 1"),
    "a control character": (b"config:\n  a: \x01\n", "Pulumi.dev.yaml: not YAML"),
}


@pytest.mark.parametrize("mistake", IN_FILES)
@pytest.mark.parametrize("command", READ_FILES)
def test_a_mistake_in_a_stack_file_is_shown_with_its_place(command: str, mistake: str, folder: Path, run: Run):
    content, words = IN_FILES[mistake]
    (folder / "Pulumi.dev.yaml").unlink()
    if content is not None:
        (folder / "Pulumi.dev.yaml").write_bytes(content)
    result = run(*COMMAND[command])
    result.is_clear(2 if command.partition(" ")[0] in ("explain", "smoke") else 1, words)
    assert "git checkout" not in result.error


@pytest.mark.parametrize("place", ["a folder", "a link to nothing", "a link to itself"])
@pytest.mark.parametrize("command", sorted({*READ_FILES} - {"policy"}))
def test_a_stack_file_that_is_no_file_is_not_listed_among_those_that_exist(
    command: str, place: str, folder: Path, run: Run
):
    file = folder / "Pulumi.dev.yaml"
    file.unlink()
    if place == "a folder":
        file.mkdir()
    else:
        file.symlink_to(file if "itself" in place else folder / "nothing")
    (folder / "Pulumi.prod.yaml").write_text(CONFIG, encoding="utf-8")
    status = 2 if command.partition(" ")[0] in ("explain", "smoke") else 1
    run(*COMMAND[command]).is_clear(status, "stacks with a file: prod")


@pytest.mark.slow
def test_the_policy_check_runs_without_a_folder_that_is_named_like_a_stack_file(folder: Path, run: Run):
    (folder / "Pulumi.prod.yaml").mkdir()
    result = run("policy")
    assert result.status == 0, result.error


@pytest.mark.parametrize("stack", ["../x", "a b", "/etc/passwd"])
def test_a_name_that_is_no_stacks_is_repeated_as_it_was_given(stack: str, run: Run):
    run("doctor", stack).is_clear(1, f"there is no file Pulumi.{stack}.yaml; stacks with a file: dev")


# Keys that are added to Pulumi.dev.yaml or removed from it, and words of the error.
IN_KEYS: dict[str, tuple[dict[str, object], str]] = {
    "a typo": (
        {"petstore:audiense": "x"},
        "Did you mean petstore:audience?",
    ),
    "an unknown key": ({"petstore:colour": "red"}, "petstore:colour: is not a key"),
    "another project": ({"shop:audience": "x"}, "Run `make rename NAME=petstore`, or write petstore:audience"),
    "no namespace": ({"stageName": "no/stage"}, "petstore:stageName"),
    "an address without a host": ({"petstore:tokenIssuer": "http://"}, "petstore:tokenIssuer"),
    "text for a number": ({"petstore:logRetentionInDays": "month"}, "petstore:logRetentionInDays"),
    "text for a flag": ({"petstore:accessLog": "yes"}, "petstore:accessLog"),
    "an unknown runtime": ({"petstore:lambdaRuntime": "python2.7"}, "petstore:lambdaRuntime"),
    "a missing document": ({"petstore:openapi": "no-such.yaml"}, "petstore:openapi"),
    "encrypted": ({"petstore:audience": {"secure": "v1:abc"}}, "petstore:audience is encrypted"),
}


@pytest.mark.parametrize("mistake", IN_KEYS)
@pytest.mark.parametrize("command", READ_SETTINGS)
def test_a_mistake_in_a_key_is_shown_with_its_name(command: str, mistake: str, folder: Path, run: Run):
    keys, words = IN_KEYS[mistake]
    config = yaml.safe_load(CONFIG)["config"] | keys
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    run(*COMMAND[command]).is_clear(2 if command == "explain" else 1, words)


@pytest.mark.parametrize("key", ["tokenIssuer", "audience"])
@pytest.mark.parametrize("content", ["", "config:\n", None], ids=["empty file", "empty config", "without the key"])
@pytest.mark.parametrize("command", READ_SETTINGS)
def test_the_fix_for_a_missing_key_is_a_command_and_a_line(
    command: str, content: str | None, key: str, folder: Path, run: Run
):
    if content is None:
        content = "".join(line for line in CONFIG.splitlines(keepends=True) if key not in line)
    (folder / "Pulumi.dev.yaml").write_text(content, encoding="utf-8")
    result = run(*COMMAND[command])
    result.is_clear(2 if command == "explain" else 1, f"`pulumi config set --plaintext {key} VALUE`")
    assert f"`petstore:{key}: VALUE` below `config:` in Pulumi.dev.yaml" in result.error


USAGE = {
    "no option of doctor": (("doctor", "--no-such"), "--no-such"),
    "two stacks": (("doctor", "dev", "prod"), "prod"),
    "a port that is text": (("up", "--port", "x"), "--port"),
    "a port that is too high": (("up", "--port", "65536"), "to 65535, got '65536'"),
    "a port below zero": (("up", "--port=-1"), "to 65535, got '-1'"),
    "no stack to revoke": (("revoke",), "stack"),
    "no folder to report": (("report",), "folder"),
    "a value of none": (("policy", "x"), "x"),
    "no API": (("smoke",), "--stack NAME or --url URL"),
    "an address of another kind": (("openapi", "--url", "ftp://x"), "--url"),
    "an unknown route": (("explain", "--route", "GET /cats", "x"), "--route"),
    "an unknown stack": (("explain", "--stack", "cats", "x"), "--stack"),
    "no file": (("explain", "--file", "no-such"), "--file: the file cannot be read: No such file"),
    "no key set": (("explain", "--jwks", "no-such", "x"), "--jwks: the file cannot be read: No such file"),
    "a folder as the file": (("explain", "--file", "."), "--file: the file cannot be read: Is a directory"),
    "no token": (("explain",), "no token"),
    "a provider as the name": (("rename", "aws"), "NAME: the name of a provider"),
    "an unknown command": (("explian",), "no such command"),
}


@pytest.mark.parametrize("mistake", USAGE)
def test_wrong_usage_ends_with_2(mistake: str, run: Run):
    words, named = USAGE[mistake]
    run(*words).is_clear(2, named)


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_an_unknown_option_ends_with_2_in_every_command(command: str, run: Run):
    run(command, "--no-such-option=1").is_clear(2, "--help")


@pytest.mark.parametrize("value", ["no-such.yaml", "infra", "[a, b]"])
def test_a_document_that_smoke_cannot_read_is_shown_with_its_key(value: str, folder: Path, run: Run):
    (folder / "Pulumi.dev.yaml").write_text(f"{CONFIG}  petstore:openapi: {value}\n", encoding="utf-8")
    run(*COMMAND["smoke --stack"]).is_clear(2, "Pulumi.dev.yaml: ", "petstore:openapi: ")


@pytest.mark.parametrize("command", READ_SETTINGS)
def test_paths_of_a_document_that_are_no_mapping_are_named(
    command: str, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("infra.openapi.file.ROOT", folder)
    (folder / "api.yaml").write_text("openapi: 3.1.0\npaths: []\n", encoding="utf-8")
    with (folder / "Pulumi.dev.yaml").open("a", encoding="utf-8") as file:
        file.write("  petstore:openapi: api.yaml\n  petstore:backendUrl: https://backend.example\n")
    run(*COMMAND[command]).is_clear(2 if command == "explain" else 1, "api.yaml: paths: is not a mapping")


@pytest.mark.parametrize("number", [errno.EEXIST, errno.ENOTDIR])
def test_a_file_instead_of_a_folder_is_not_reported_as_a_mistake_in_the_program(number: int):
    error = OSError(number, os.strerror(number), str(ROOT / ".build"))
    assert describe(error) == f".build: {os.strerror(number)}. A folder belongs there: remove the file, or rename it."


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_is_not_reported_as_a_mistake_in_the_program(number: int):
    error = OSError(number, os.strerror(number), str(ROOT / ".build" / "bundle.zip"))
    assert describe(error) == f".build/bundle.zip: {os.strerror(number)}. Check the disk, and that you may write to it."
