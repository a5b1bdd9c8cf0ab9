"""Creates the candidates' environments in `.build/benchmarks/`."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from authorizer.environment import BUNDLED_KEYS
from infra.bundle.build import BUILD, ROOT, build
from infra.bundle.wheels import Target
from tools.install import requirements

FOLDER = BUILD / "benchmarks"
SOURCE = ROOT / "lab" / "benchmarks" / "peers"


class EnvironmentFault(Exception):
    """A package manager failed. The message contains its output."""


def bundle() -> Path:
    """The function as in Lambda: the unzipped bundle, read-only."""
    archive = build(Target.this_machine()).resolve()
    folder = FOLDER / archive.stem
    if not folder.exists():
        for older in FOLDER.glob("authorizer-*"):
            shutil.rmtree(older)
        unfinished = folder.with_suffix(".unfinished")
        with zipfile.ZipFile(archive) as members:
            members.extractall(unfinished)
        unfinished.rename(folder)
    return folder


def with_bundled_keys(ours: Path, folder: Path, keys: dict[str, Any]) -> Path:
    """A copy of the function with this key set in its bundle."""
    copy = folder / "bundled-keys"
    shutil.copytree(ours, copy)
    (copy / "authorizer" / BUNDLED_KEYS).write_text(json.dumps(keys), encoding="utf-8")
    return copy


def peers(node: bool) -> Path:
    """The folder with the drivers and the peers, and with npm's packages if Node is installed."""
    folder = FOLDER / "peers"
    lock = SOURCE / "package-lock.json"
    if node and not _is_current(folder, lock):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    _run([sys.executable, "-m", "compileall", "-q", str(folder), "-x", "node_modules"])
    if node and not _is_current(folder, lock):
        _run(["npm", "ci", "--no-update-notifier"], folder)
        _mark(folder, lock)
    return folder


def packages() -> tuple[Path, Path]:
    """The Python peers' packages as `pip install --target` writes them, and the same without `.pyc` files."""
    compiled, bare = FOLDER / "python", FOLDER / "python-without-pyc"
    lock = FOLDER / "requirements.txt"
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock.write_text("\n".join(requirements("benchmarks")) + "\n", encoding="utf-8")
    if not _is_current(compiled, lock):
        for folder in (compiled, bare):
            shutil.rmtree(folder, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        _run([*pip, "--require-hashes", "--requirement", str(lock), "--target", str(compiled), "--compile"])
        shutil.copytree(compiled, bare, ignore=shutil.ignore_patterns("__pycache__"))
        _mark(compiled, lock)
    return compiled, bare


def versions(node: str | None) -> dict[str, str]:
    """The versions of Node and of the compared packages, by name."""
    found: dict[str, str] = {}
    for info in sorted((FOLDER / "python").glob("*.dist-info")):
        name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
        if name in ("pyjwt", "cryptography", "requests", "joserfc"):
            found[name] = version
    if node:
        found["Node"] = _run([node, "--version"]).strip().removeprefix("v")
        asked = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))["dependencies"]
        for name in asked:
            installed = FOLDER / "peers" / "node_modules" / name / "package.json"
            found[name] = json.loads(installed.read_text(encoding="utf-8"))["version"]
    return found


def _is_current(folder: Path, lock: Path) -> bool:
    mark = folder / ".lock"
    return mark.exists() and mark.read_text(encoding="utf-8") == _digest(lock)


def _mark(folder: Path, lock: Path) -> None:
    (folder / ".lock").write_text(_digest(lock), encoding="utf-8")


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()


def _run(command: list[str], folder: Path = ROOT) -> str:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        raise EnvironmentFault(f"{' '.join(command[:4])} failed:\n{result.stderr.strip()[-2000:]}")
    return result.stdout
