"""`tools.progress`: the output during a long step."""

import sys

import pytest

from tests.testkit.terminal import on_terminal

STEP = "from tools.progress import progress\nwith progress('Deploying ...'):\n    pass\n"


@pytest.mark.parametrize(("term", "moves"), [("xterm", True), ("dumb", False)])
def test_a_terminal_that_cannot_move_its_cursor_gets_a_plain_line(term: str, moves: bool):
    with on_terminal([sys.executable, "-c", STEP], term) as (process, pieces):
        output = b"".join(pieces)
    assert process.returncode == 0
    assert b"Deploying ..." in output
    assert (b"\x1b[?25l" in output) == moves
