"""Ctrl-C stops a command whatever runs at that moment, and a program that ignores a closed terminal goes on."""

import signal
import subprocess
import sys

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


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", COMMAND, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("moment", ["callback", "SIGINT", "SIGTERM", "SIGHUP"])
def test_a_stop_ends_with_130(moment: str):
    result = run(moment)
    assert (result.returncode, result.stderr) == (130, "stopped\n")


def test_a_closed_terminal_that_is_to_be_ignored_stops_nothing():
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the child inherits it, as under nohup
    try:
        assert run("SIGHUP").returncode == 7
    finally:
        signal.signal(signal.SIGHUP, former)
