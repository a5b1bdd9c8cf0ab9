"""`tools.progress`: the output during a long step."""

import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest

from tools.project import ROOT

STEP = "from tools.progress import progress\nwith progress('Deploying ...'):\n    pass\n"


@pytest.mark.parametrize(("term", "moves"), [("xterm", True), ("dumb", False)])
def test_a_terminal_that_cannot_move_its_cursor_gets_a_plain_line(term: str, moves: bool):
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": term}
    command = [sys.executable, "-c", STEP]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        output = b""
        with suppress(OSError):  # the end-of-file error on Linux
            while more := os.read(ours, 4096):
                output += more
    os.close(ours)
    assert process.returncode == 0
    assert b"Deploying ..." in output
    assert (b"\x1b[?25l" in output) == moves
