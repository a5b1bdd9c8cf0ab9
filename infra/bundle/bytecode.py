"""Compiles Python modules for the Lambda.

Lambda's code folder is read-only, so otherwise every cold start would compile them again, which takes longer than the
rest of the start.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pulumi

SCRIPT = Path(__file__).with_name("precompile.py")
_WHO = "import sys; print(sys.implementation.name, '%d.%d %d.%d.%d' % (sys.version_info[:2] + sys.version_info[:3]))"


class Interpreter(NamedTuple):
    path: str
    version: str  # with the patch number


@cache
def interpreter(version: str) -> Interpreter | None:
    """Find a CPython of this minor version ("3.13") on this machine, because bytecode depends on the version.

    If there is none, logs a warning with the consequence and returns None.
    """
    for path in _candidates(version):
        with suppress(OSError, subprocess.TimeoutExpired):  # a file with that name that is not a working Python
            command = [path, "-I", "-S", "-c", _WHO]
            answer = subprocess.run(command, capture_output=True, check=False, timeout=10)
            if answer.stdout.startswith(f"cpython {version} ".encode()):
                return Interpreter(path, answer.stdout.decode().split()[2])
    pulumi.log.warn(
        f"Python {version} is not on this machine, so the authorizer is not compiled and its cold starts take about "
        f"0.2 s longer. Install Python {version}, or choose a version that is here with "
        "`pulumi config set lambdaRuntime`."
    )
    return None


def compiled(python: Interpreter, sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """The `.pyc` files of these modules, by their path in the zip, at which that Python searches for them.

    Raises `pulumi.RunError` if they cannot be compiled.
    """
    result = subprocess.run(
        [python.path, "-I", "-S", str(SCRIPT)],
        input=json.dumps({path: source.decode() for path, source in sources.items()}),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise pulumi.RunError(f"{python.path} could not compile the authorizer:\n{result.stderr.strip()}")
    return {path: base64.b64decode(pyc) for path, pyc in json.loads(result.stdout).items()}


def _candidates(version: str) -> Iterator[str]:
    """The Pythons to try: this one, those on the PATH, and those in the folders of pyenv and uv."""
    yield sys.executable
    for folder in os.get_exec_path():
        found = shutil.which(f"python{version}", path=folder)
        if found:
            yield found
    for root, pattern in (
        (Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")), f"versions/{version}.*/bin/python{version}"),
        (Path.home() / ".local/share/uv/python", f"cpython-{version}.*/bin/python{version}"),
    ):
        yield from map(str, sorted(root.glob(pattern)))
