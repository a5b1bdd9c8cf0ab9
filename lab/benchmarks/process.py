"""A candidate's process: the parent starts, measures and ends it."""

import json
import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lab.benchmarks.candidates import Candidate
from lab.benchmarks.events import Events


class WrongAnswer(Exception):
    """A candidate gave an unexpected answer."""


class Driven:
    """A context manager in which the candidate runs, alone on one core if the system supports that."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self._given: Events | None = None
        with _last_core():
            self._process = subprocess.Popen(
                candidate.command,
                env=candidate.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                bufsize=1,
            )

    def ask(self, **command: Any) -> dict[str, Any]:
        stdin, stderr = self._process.stdin, self._process.stderr
        assert stdin is not None
        assert stderr is not None
        with suppress(BrokenPipeError):  # it has ended already, and has printed the reason
            stdin.write(json.dumps(command) + "\n")
        said: list[str] = []
        for line in stderr:
            if line.startswith("{"):
                return json.loads(line)
            said.append(line)
        raise WrongAnswer(f"{self.candidate.name} broke off:\n{''.join(said)[-800:].strip()}")

    def check(self, events: Events, count: int | None = None) -> None:
        """Compare the candidate's answers to `count` events, by default each event once, with the expected ones.

        Raises `WrongAnswer`.
        """
        size = len(events.events) if count is None else count
        new = {} if events is self._given else {"events": events.events, "expected": events.expected}
        self._given = events
        answer = self.ask(**new, check=size)
        if answer["wrong"]:
            raise WrongAnswer(f"{self.candidate.name}: {answer['wrong']} of {size} answers, as {answer['example']}")

    def nanoseconds(self, count: int, *, refused: bool = False) -> float:
        """The mean nanoseconds of `count` answers to the last events, which are all allowed or all refused."""
        answer = self.ask(measure=count)
        if answer["refused"] != (count if refused else 0):
            raise WrongAnswer(f"{self.candidate.name}: {answer['refused']} of {count} refused")
        return answer["ns"] / count

    def memory(self, kind: str) -> int | None:
        """The memory in bytes: now (VmRSS) or at its peak (VmHWM). None on a system without /proc."""
        return status(self._process.pid, kind)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()


def status(pid: int, kind: str) -> int | None:
    """A value of /proc/PID/status, in bytes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{kind}:")), None)


def first_answer(candidate: Candidate, events: Events) -> tuple[float, int | None]:
    """The milliseconds from the start of the process to its first answer, and its peak memory until then in bytes."""
    started = time.perf_counter()
    with Driven(candidate) as driven:
        driven.check(events)
        elapsed = (time.perf_counter() - started) * 1000
        return elapsed, driven.memory("VmHWM")


class _last_core:  # noqa: N801 - reads like a function
    """A context manager in which this thread and its children run on the last core.

    Afterwards, they run on the others.
    """

    def __enter__(self) -> None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(_CORES)})

    def __exit__(self, *_: object) -> None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, _CORES - {max(_CORES)} or _CORES)


_CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
