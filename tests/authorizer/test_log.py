"""`authorizer.log`: the format of a line, and the description of an error."""

import subprocess
import sys

import pytest

from authorizer.log import place, write
from tests.testkit.process import ROOT


def test_a_line_is_one_compact_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    write(event="decision", reason="a\nb", kid=None)
    assert capsys.readouterr().out == '{"event":"decision","reason":"a\\nb","kid":null}\n'


def test_a_line_is_written_even_if_the_process_is_killed_afterwards() -> None:
    program = "import os; from authorizer.log import write; write(event='decision'); os._exit(1)"
    command = [sys.executable, "-B", "-c", program]
    # No variable is inherited: PYTHONUNBUFFERED would hide a missing flush.
    result = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, timeout=60, check=False)
    assert result.stdout == b'{"event":"decision"}\n'


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert place(ValueError("words")) == "?"
