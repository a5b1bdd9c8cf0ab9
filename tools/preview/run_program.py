"""`python -m tools.preview.run_program FOLDER STACK`: what the program in a folder declares for a stack, as JSON.

A process for each folder, so that each runs its own `infra/`, `authorizer/` and `routes.py`; the recorder is this one.
Neither needs AWS, and the issuer is not asked.
"""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pulumi

from tools.preview.mock_recorder import Resource, declare
from tools.program import main_program
from tools.project import ROOT, ProgramError, project_name, stack_config

# For a stack that the two are not set for yet: such a value is not to be taken for somebody's.
_UNSET = {"tokenIssuer": "https://token-issuer-is-not-set.example/", "audience": "audience-is-not-set"}


class Program(NamedTuple):
    """What one program declares, with the configuration of its stack."""

    resources: list[Resource]
    config: dict[str, str]


def start(folder: Path, stack: str) -> subprocess.Popen[str]:
    """Start a process for `result`."""
    command = [sys.executable, "-m", "tools.preview.run_program", str(folder), stack]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def result(process: subprocess.Popen[str]) -> Program:
    """Wait for the program. Raises `ProgramError` with its own words where it does not run."""
    out, err = process.communicate()
    if process.returncode:
        raise ProgramError(err.strip() or f"it ended with status {process.returncode}")
    return from_json(out)


def main(folder: Path, stack: str) -> int:
    for number in (signal.SIGTERM, signal.SIGINT):  # at once: asyncio would let the program end first
        signal.signal(number, lambda *_: sys.exit(130))
    os.chdir(folder)  # as the engine does
    sys.path.insert(0, str(folder))
    try:
        project = project_name(folder)  # the base may have another
        config = stack_config(stack, folder)
        unset = {f"{project}:{key}": value for key, value in _UNSET.items()}
        offline = {key: "false" for key in config if key == f"{project}:seedKeys"}  # a base may not know it
        with contextlib.redirect_stdout(sys.stderr):
            declared = declare({**unset, **config, **offline}, partial(main_program, folder), stack, project=project)
    except (ProgramError, pulumi.RunError) as error:
        print(error, file=sys.stderr)
        return 1
    print(to_json(Program(declared.resources, config)))
    return 0


def to_json(program: Program) -> str:
    resources = [dataclasses.asdict(resource) for resource in program.resources]
    return json.dumps({"resources": resources, "config": program.config}, default=_plain)


def from_json(text: str) -> Program:
    found = json.loads(text, parse_float=_number)
    return Program([Resource(**each) for each in found["resources"]], found["config"])


def _plain(value: Any) -> Any:
    """An archive or a file by its name, not by where it lies; ours are named after their content."""
    for attribute in ("assets", "text", "uri"):
        if hasattr(value, attribute):
            return getattr(value, attribute)
    return Path(value.path).name


def _number(text: str) -> float:
    """The engine has one kind of number; a whole one is written without a fraction."""
    value = float(text)
    return int(value) if value.is_integer() else value


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
