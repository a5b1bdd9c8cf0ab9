"""Runs the program of a folder for a stack, in a separate process, and returns its resources.

Each folder's program runs with its own `infra/`, `authorizer/` and `routes.py`, and with this project's recorder. It
needs neither AWS nor the issuer.
"""

import argparse
import dataclasses
import gc
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tools.preview.mock_recorder import Resource, declare
from tools.program import main_program
from tools.project import ROOT, ProgramError, must_be_plain, project_name, stack_config

# Placeholders for a stack without these two keys, which cannot be mistaken for real values.
_UNSET = {"tokenIssuer": "https://token-issuer-is-not-set.example/", "audience": "audience-is-not-set"}


class Program(NamedTuple):
    """The resources of one program, with the configuration of its stack."""

    resources: list[Resource]
    config: dict[str, str]


def start(folder: Path, stack: str) -> subprocess.Popen[str]:
    """Start the process that runs the program; `result` waits for it."""
    command = [sys.executable, "-m", "tools", "run-program", str(folder), stack]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def result(process: subprocess.Popen[str]) -> Program:
    """Wait for the process, and return the program. Raises `ProgramError` with the output if the program fails."""
    out, err = process.communicate()
    if process.returncode:
        raise ProgramError(err.strip().removeprefix("error: ") or f"it ended with status {process.returncode}")
    return from_json(out)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path)
    parser.add_argument("stack")


def main(options: argparse.Namespace) -> int:
    """Print the resources of the program in a folder for a stack, as JSON."""
    gc.disable()  # collection would find nothing before the process ends
    folder, stack = options.folder, options.stack
    os.chdir(folder)  # as the engine does
    sys.path.insert(0, str(folder))
    project = project_name(folder)  # The base may have another project name.
    config = stack_config(stack, folder)
    must_be_plain(config, stack)
    several = f"{project}:issuers" in config
    unset = {} if several else {f"{project}:{key}": value for key, value in _UNSET.items()}
    offline = {key: "false" for key in config if key == f"{project}:bundleKeys"}  # a base may not have this key
    declared = declare({**unset, **config, **offline}, partial(main_program, folder), stack, project=project)
    print(to_json(Program(declared.resources, config)))
    return 0


def to_json(program: Program) -> str:
    resources = [dataclasses.asdict(resource) for resource in program.resources]
    return json.dumps({"resources": resources, "config": program.config}, default=_plain)


def from_json(text: str) -> Program:
    found = json.loads(text, parse_float=_number)
    return Program([Resource(**each) for each in found["resources"]], found["config"])


def _plain(value: Any) -> Any:
    """The value as JSON. An archive or a file becomes its name without the folder; the name contains a hash."""
    for attribute in ("assets", "text", "uri"):
        if hasattr(value, attribute):
            return getattr(value, attribute)
    return Path(value.path).name


def _number(text: str) -> float:
    """The number, without a fraction if it is whole, because the engine has one type of number."""
    value = float(text)
    return int(value) if value.is_integer() else value
