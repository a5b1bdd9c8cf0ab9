"""Runs a command on a pseudo-terminal, as a person does."""

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tools.project import ROOT


@contextmanager
def on_terminal(command: list[str], term: str = "xterm") -> "Iterator[tuple[subprocess.Popen[bytes], Iterator[bytes]]]":
    """A context with the process and its output, in pieces. Its end waits for the process. `term`: TERM."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": term}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        yield process, _pieces(ours)
    os.close(ours)


def _pieces(terminal: int) -> Iterator[bytes]:
    with suppress(OSError):  # the end-of-file error on Linux
        while piece := os.read(terminal, 4096):
            yield piece
