"""The command table: each command has a help text and is started in one way."""

import ast
import re

import pytest

from tools.__main__ import COMMANDS, main
from tools.project import ROOT, modules


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_each_command_has_a_help_text(command: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    result = capsys.readouterr()
    assert (stopped.value.code, result.err) == (0, "")
    assert re.match(rf"usage: python -m tools {command} .*\n\n[A-Z]", result.out.replace("\n  ", " ")), result.out


def test_the_help_lists_every_command_with_a_line(capsys: pytest.CaptureFixture[str]):
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for command in COMMANDS:
        assert bool(command.group) == (f"  {command.name:<10} {command.help}" in lines)
        assert not command.group or command.group in lines
    assert all(len(line) <= 80 for line in lines)


def test_every_command_in_the_makefile_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    called = set(re.findall(r"-m tools ([a-z-]+)", makefile))
    assert called == {command.name for command in COMMANDS if command.group}


def test_commands_are_started_in_one_way_only():
    started = {
        path.relative_to(ROOT).as_posix()
        for path in modules("tools", "local")
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    # Other Python interpreters run these: MiniStack's, and one without packages.
    assert started == {"tools/__main__.py", "local/cloud/origin_guard.py", "tools/install.py"}


def test_a_command_is_imported_only_when_it_runs():
    tree = ast.parse((ROOT / "tools" / "__main__.py").read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert {name for name in imported if name.startswith(("tools", "local", "lab"))} == {"tools.errors"}


@pytest.mark.parametrize(
    "words", [[], ["no-such-command"], ["doctor", "--no-such-option"], ["revoke"], ["up", "--port", "x"]]
)
def test_wrong_usage_ends_with_2_and_names_the_help(words: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(words) == 2
    result = capsys.readouterr()
    assert "--help" in result.out + result.err
    assert len(result.err.splitlines()) <= 1
