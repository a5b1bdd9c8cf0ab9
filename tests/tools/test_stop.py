"""Ctrl-C stops a command whatever runs at that moment, and a program that ignores a closed terminal goes on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.project import ROOT

COMMAND = """\
import os, signal, sys, time, weakref
from tools import __main__ as tools

class Thing: pass

def main(_):
    if "callback" in sys.argv:
        thing = Thing()
        reference = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT))
        del thing  # Python ignores an exception of the callback
    else:
        os.kill(os.getpid(), signal.Signals[sys.argv[1]])
    end = time.monotonic() + 20
    while "SIGHUP" not in sys.argv and time.monotonic() < end:
        time.sleep(0.01)
    return 7

sys.modules["example"] = sys.modules["__main__"]
tools.COMMANDS = (tools.Command("example", "", "", "example:main"),)
sys.exit(tools.main(["example"]))
"""


def run(*words: str, hangup: signal.Handlers = signal.SIG_DFL) -> "subprocess.CompletedProcess[str]":
    """Run the command. It inherits this way to handle SIGHUP, which `nohup` ignores."""
    former = signal.signal(signal.SIGHUP, hangup)
    try:
        command = [sys.executable, "-c", COMMAND, *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    finally:
        signal.signal(signal.SIGHUP, former)


@pytest.mark.parametrize("moment", ["callback", "SIGINT", "SIGTERM", "SIGHUP"])
def test_a_stop_ends_with_130(moment: str):
    result = run(moment)
    assert (result.returncode, result.stderr) == (130, "stopped\n")


# Python imports this at its start. It presses Ctrl-C when a module is first imported.
AT_IMPORT = """\
import os, signal, sys

class Finder:
    def find_spec(name, *_):
        if name == os.environ["MOMENT"]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder)
"""


@pytest.mark.parametrize(
    ("command", "moment"),
    [
        *(
            ("tools", moment)
            for moment in ("tools.__main__", "argparse", "inspect", "tools.errors", "local.demo", "yaml")
        ),
        *(("lab.scaling", moment) for moment in ("lab.scaling", "lab.scaling.__main__", "argparse", "rich.console")),
        *((f"lab.{name}", "argparse") for name in ("aws_contract", "benchmarks", "fuzz", "mutation")),
    ],
)
def test_a_stop_while_a_command_is_imported_is_one_line(command: str, moment: str, tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text(AT_IMPORT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "MOMENT": moment}
    words = [sys.executable, "-m", command, *(["demo"] if command == "tools" else [])]
    result = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (130, "stopped\n")


def test_a_closed_terminal_that_is_to_be_ignored_stops_nothing():
    assert run("SIGHUP", hangup=signal.SIG_IGN).returncode == 7
