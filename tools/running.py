"""Finds and describes the run of `make up` or `make emulator` in this folder.

The run has a file, which it locks. A lock always ends with its process, so a file without a lock is a leftover.
"""

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TextIO

from tools.project import ROOT, ProgramError

PATH = ROOT / ".build" / "running.json"
_TRIES, _PAUSE = 20, 0.05  # a reader also holds the lock for a moment


class Run(NamedTuple):
    """A run of `make up` or `make emulator`. `emulator` is the process id of its MiniStack."""

    issuer: str
    audience: str
    emulator: int


def find() -> Run | None:
    """The current run; None if there is none. Raises `ProgramError` if its file cannot be read."""
    try:
        with PATH.open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read(file)
            return None
    except FileNotFoundError:
        return None


def find_leftover() -> Run | None:
    """A run that ended without cleaning up, for example after `kill -9`."""
    try:
        with PATH.open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return _read(file)
    except (OSError, ProgramError):
        return None


@contextmanager
def claim() -> Iterator[Callable[[Run], None]]:
    """A context in which this process is the folder's run. Yields a function that writes the description of the run.

    Raises `ProgramError` if there is another run.
    """
    PATH.parent.mkdir(exist_ok=True)
    with PATH.open("a+", encoding="utf-8") as file:
        _lock(file)
        file.truncate(0)

        def announce(run: Run) -> None:
            file.write(json.dumps(run._asdict()))
            file.flush()

        try:
            yield announce
        finally:
            file.truncate(0)  # not removed: another run may be about to lock it


def _lock(file: TextIO) -> None:
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        else:
            return
    raise ProgramError("`make up` or `make emulator` runs in this folder already. Stop it with Ctrl-C first.")


def _read(file: TextIO) -> Run | None:
    text = file.read()
    try:
        return Run(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        fix = "Stop the run with Ctrl-C, and start it again."
        raise ProgramError(f".build/{PATH.name}: does not describe a run of `make up`. {fix}") from None
