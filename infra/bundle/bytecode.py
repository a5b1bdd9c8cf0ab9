"""Python modules compiled ahead for the Lambda. Its code folder is read-only, so that without this every cold start
compiles them again, which takes longer than all the rest of it."""

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
    version: str  # with its third number


@cache
def interpreter(version: str) -> Interpreter | None:
    """A CPython of this minor version ("3.13") on this machine: only its like can load what it makes.

    Where there is none, a warning says so and what it costs.
    """
    for path in _candidates(version):
        with suppress(OSError, subprocess.TimeoutExpired):  # a file of that name that is no Python, or none that works
            command = [path, "-I", "-S", "-c", _WHO]
            answer = subprocess.run(command, capture_output=True, check=False, timeout=10)
            if answer.stdout.startswith(f"cpython {version} ".encode()):
                return Interpreter(path, answer.stdout.decode().split()[2])
    pulumi.log.warn(
        f"no Python {version} was found on this machine, so the authorizer goes out uncompiled and its cold starts "
        f"take some 0.2 s longer; install Python {version}, or name one that is here by "
        "`pulumi config set lambdaRuntime`"
    )
    return None


def compiled(python: Interpreter, sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """The `.pyc` files of these modules, by the paths in the zip where that Python looks for them.

    Raises `pulumi.RunError` where they cannot be compiled.
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
    """This Python, those on the PATH, and where pyenv and uv keep the ones that they do not put there."""
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
