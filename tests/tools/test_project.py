"""A mistake in a stack file is reported with its place and the fix, by every command that reads one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools import project
from tools.project import PROJECT, ROOT, ProgramError, modules, must_be_plain, stack_config, unread_environment

MISTAKES = {
    "a tab": (b"config:\n\taws:region: x\n", "line 2, column 1: not YAML: ", "Indent with spaces."),
    "a tab after spaces": (b"config:\n  a:b: x\n \tc:d: y\n", "line 3, column 2: not YAML: ", "Indent with spaces."),
    "an indentation": (
        b"config:\n  a:b: x\n   c:d: y\n",
        "line 3, column 7: not YAML: ",
        "Correct this line or the one",
    ),
    "an open quote": (b'config:\n  a:b: "x\n', "line 3, column 1: not YAML: ", "Correct this line or the one before."),
    "an unknown tag": (b"config:\n  a:b: !x y\n", "line 2, column 8: not YAML: ", "Correct this line"),
    "a control character": (b"config:\n  a:b: \x01\n", "not YAML: ", "Remove the character."),
    "Latin-1": (b"config:\n  a:b: caf\xe9\n", "line 2, column 11: not UTF-8, got the byte 0xe9. ", "encoding UTF-8."),
    "UTF-16": ("config:".encode("utf-16"), "line 1, column 1: not UTF-8, got the byte 0xff. ", "encoding UTF-8."),
    "a list": (b"- config:\n", "the file is not a mapping of keys to values, got a list. ", "Write `config:`"),
    "text": (b"config\n", "the file is not a mapping of keys to values, got text. ", "Write `config:`"),
    "a list of keys": (
        b"config:\n  - a:b: x\n",
        "config is not a mapping of keys to values, got a list. ",
        "Write `co",
    ),
    "a number as a key": (b"config:\n  1: x\n", "a key is not a string, got 1. ", "Put it in quotes."),
    "no value": (b"config:\n  a:b:\n", "a:b: has no value. ", "Write one after the colon, or remove the key."),
    "a date": (b"config:\n  a:b: 2026-01-01\n", "a:b: not a value of JSON, got a date. ", "Put it in quotes."),
    "no date": (b"config:\n  a:b: 2026-02-31\n", "a:b: not a value of JSON, got a date. ", "Put it in quotes."),
    "no number": (b"config:\n  a:b: !!int x\n", "a value cannot be read: ", "Put it in quotes."),
    "itself": (b"config:\n  a:b: &x [*x]\n", "a:b: not a value of JSON, got a list. ", "Put it in quotes."),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(project, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("text", "what", "fix"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_reported_with_its_place_and_the_fix(folder: Path, text: bytes, what: str, fix: str):
    (folder / "Pulumi.dev.yaml").write_bytes(text)
    with pytest.raises(ProgramError) as refused:
        stack_config("dev")
    message = str(refused.value)
    assert message.startswith(f"Pulumi.dev.yaml: {what}")
    assert fix in message
    assert "\n" not in message
    assert "git" not in message


EMPTY = (b"", b"# only a comment\n", b"config:\n", b"config: {}\n", b"encryptionsalt: x\n", b"---\n")


@pytest.mark.parametrize("text", EMPTY)
def test_a_file_without_configuration_is_an_empty_one_as_for_the_cli(folder: Path, text: bytes):
    (folder / "Pulumi.dev.yaml").write_bytes(text)
    assert stack_config("dev") == {}


def test_a_key_without_a_namespace_is_the_projects_own_as_for_the_cli(folder: Path):
    text = "\ufeffconfig:\n  audience: a\n  aws:region: b\n  accessLog: true\n  x:list: [1, ä]\n"
    (folder / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")
    own = {f"{PROJECT}:audience": "a", f"{PROJECT}:accessLog": "true"}
    assert stack_config("dev") == own | {"aws:region": "b", "x:list": '[1, "\\u00e4"]'}


# Values without quotes that Pulumi's parser, gopkg.in/yaml.v3 3.0.1 with the SDK 3.272, has read as this text.
TEXT = (
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "5:00",
    "190:20:30",
    "1:2.5",
    "0xZZ",
    "0o8",
    "1e",
    "_1",
    "=",
    "1,000",
    "12:30:45",
)
NUMBERS = {
    "5": "5",
    "+5": "5",
    "-5": "-5",
    "0x10": "16",
    "0X1F": "31",
    "0o17": "15",
    "0b101": "5",
    "017": "15",
    "08": "8",
    "1_000": "1000",
    "1.0": "1",
    "1.": "1",
    ".5": "0.5",
    "1.10": "1.1",
    "1e3": "1000",
    "-2E+05": "-200000",
    "18446744073709551615": "18446744073709551615",
    "True": "true",
    "FALSE": "false",
    '"5:00"': "5:00",
    "'0x10'": "0x10",
}


@pytest.mark.parametrize(("written", "value"), [*((text, text) for text in TEXT), *NUMBERS.items()])
def test_a_value_without_quotes_is_read_as_by_the_cli(folder: Path, written: str, value: str):
    (folder / "Pulumi.dev.yaml").write_text(f"config:\n  a:b: {written}\n  c:d: [{written}]\n", encoding="utf-8")
    config = stack_config("dev")
    assert config["a:b"] == value
    if written != "1,000":
        assert [x if isinstance(x, str) else json.dumps(x) for x in json.loads(config["c:d"])] == [value]


@pytest.mark.parametrize("stack", ["nowhere", "folder"])
def test_a_missing_file_is_named_with_the_existing_ones(folder: Path, stack: str):
    (folder / "Pulumi.dev.yaml").touch()
    (folder / "elsewhere").mkdir()
    with pytest.raises(ProgramError, match=f"there is no file Pulumi.{stack}.yaml; stacks with a file: dev$"):
        stack_config(stack)


@pytest.mark.parametrize("text", ["name: shop\n", "\ufeffname: 'shop' # ours\n", '# x\nname:  "shop"\r\n'])
def test_a_projects_name_is_read_unchanged(tmp_path: Path, text: str):
    (tmp_path / "Pulumi.yaml").write_text(text, encoding="utf-8")
    assert project.project_name(tmp_path) == "shop"


@pytest.mark.parametrize("text", ["", "runtime: python\n", "name: a b\n", "name:\n", " name: x\n"])
def test_a_project_without_a_name_is_refused(tmp_path: Path, text: str):
    (tmp_path / "Pulumi.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ProgramError, match=r"^Pulumi\.yaml: has no project name\. Add "):
        project.project_name(tmp_path)


def test_the_packages_that_the_pulumi_cli_installs_are_no_modules_of_the_project(tmp_path: Path):
    for name in ("component/schema.py", "component/inner/own.py", "component/.venv/lib/site-packages/foreign.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in modules("component", root=tmp_path)]
    assert found == ["component/inner/own.py", "component/schema.py"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program, made of links, with its own stack files."""
    folder = tmp_path_factory.mktemp("program")
    for name in ("__main__.py", "routes.py", "welcome.html", "Pulumi.yaml", "infra", "authorizer", "policy", "local"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "tools").mkdir()
    for path in (ROOT / "tools").iterdir():
        # A copy, because the project's folder is derived from the module's path.
        target = folder / "tools" / path.name
        target.write_bytes(path.read_bytes()) if path.name == "project.py" else target.symlink_to(path)
    return folder


@pytest.mark.parametrize("command", ["demo", "emulator", "up"])
def test_every_command_that_reads_the_local_stack_shows_its_mistake(program: Path, command: str):
    (program / "Pulumi.local.yaml").write_bytes(b"config:\n\taws:region: x\n")
    words = [sys.executable, "-m", "tools", command]
    result = subprocess.run(words, cwd=program, capture_output=True, text=True, check=False)
    assert result.stderr.startswith("error: Pulumi.local.yaml: line 2, column 1: not YAML: ")
    assert result.stderr.endswith("Indent with spaces.\n")
    assert result.returncode == 1


SERVER_SETTINGS = "  tokenIssuer: a\n  audience: b\n  backendUrl: c\n"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("", "aws:endpoints is missing. Add it, or run `make rename NAME="),
        (
            f"config:\n  aws:endpoints: []\n{SERVER_SETTINGS}",
            "aws:endpoints names no api",
        ),
        (
            f"config:\n  aws:endpoints: [{{apigateway: 'http://x:y'}}]\n{SERVER_SETTINGS}",
            "not a URL: ",
        ),
    ],
    ids=["empty", "no endpoint", "no port"],
)
def test_a_local_stack_without_the_settings_of_its_servers_is_refused(program: Path, config: str, expected: str):
    (program / "Pulumi.local.yaml").write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "tools", "demo"]
    result = subprocess.run(command, cwd=program, capture_output=True, text=True, check=False)
    assert result.stderr.startswith("error: Pulumi.local.yaml: ")
    assert expected in result.stderr
    assert (result.returncode, "Traceback" in result.stderr) == (1, False)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("environment: [kennel/dev]", "(kennel/dev)"),
        ("environment:\n  - kennel/dev\n  - shared@3", "(kennel/dev, shared@3)"),
        ("environment: kennel/dev", "(kennel/dev)"),
        ("environment: {imports: [kennel/dev], values: {}}", "(kennel/dev)"),
        ("environment: {values: {pulumiConfig: {}}}", "(in the file)"),
    ],
)
def test_an_environment_of_pulumi_esc_is_named(folder: Path, text: str, names: str):
    (folder / "Pulumi.dev.yaml").write_text(f"{text}\nconfig: {{}}\n", encoding="utf-8")
    assert f"an environment of Pulumi ESC {names}, which only the Pulumi CLI can open" in unread_environment("dev")


@pytest.mark.parametrize("text", ["", "environment:", "environment: []", "config: {environment: x}"])
def test_a_file_without_an_environment_has_none(folder: Path, text: str):
    (folder / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")
    assert unread_environment("dev") == ""


@pytest.mark.parametrize("value", ["{secure: AB}", "[{issuer: {secure: AB}, audience: a}]", "{a: [{secure: AB}]}"])
def test_an_encrypted_value_is_recognised_in_any_place(folder: Path, value: str):
    (folder / "Pulumi.dev.yaml").write_text(f"config: {{issuers: {value}}}\n", encoding="utf-8")
    with pytest.raises(ProgramError, match=rf"^Pulumi.dev.yaml: {PROJECT}:issuers is encrypted"):
        must_be_plain(stack_config("dev"), "dev")


@pytest.mark.parametrize("config", ["petstore:audience: secure", "aws:profile: {secure: AAAB}", "audience: '{secure}'"])
def test_plain_values_and_other_namespaces_do_not_stop_the_command(folder: Path, config: str):
    (folder / "Pulumi.dev.yaml").write_text(f"config:\n  {config}\n", encoding="utf-8")
    must_be_plain(stack_config("dev"), "dev")


SHORT = {f"{PROJECT}:tokenIssuer": "https://a.example/", f"{PROJECT}:audience": "api"}
LISTED = [{"issuer": "https://a.example/", "audience": ["api"], "jwksUri": "https://a.example/keys"}, {"issuer": "x"}]


@pytest.mark.parametrize("config", [SHORT, {f"{PROJECT}:issuers": json.dumps(LISTED)}])
def test_the_issuer_of_the_local_run_replaces_the_first_one_in_either_form(config: dict[str, str]):
    assert project.first_issuer(config) == ("https://a.example/", "api")
    ours = project.with_first_issuer(config, "http://127.0.0.1:9/")
    assert project.first_issuer(ours) == ("http://127.0.0.1:9/", "api")
    assert "keys" not in str(ours)
    assert ours.keys() == config.keys()
    assert ('"issuer": "x"' in str(ours)) == (config is not SHORT)


@pytest.mark.parametrize("issuers", ["", "x", "[1]", "{}", "[]"])
def test_a_list_of_issuers_with_a_mistake_is_reported_by_the_program(issuers: str):
    config = {**SHORT, f"{PROJECT}:issuers": issuers}
    assert project.first_issuer(config) == ("https://a.example/", "api")
    assert project.with_first_issuer(config, "y")[f"{PROJECT}:issuers"] == issuers
