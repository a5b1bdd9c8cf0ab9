"""Writes the figures of a run to the terminal and into docs/benchmarks.md."""

import os
import platform
import time
from pathlib import Path
from textwrap import fill
from typing import Any

from rich.console import Console

from infra.bundle.build import ROOT
from lab.benchmarks.tables import WIDTH, tables

DOCUMENT = ROOT / "docs" / "benchmarks.md"
_TITLES = {"bench": "Side by side", "resources": "The resources of an API", "load": "Under load"}
_COMMANDS = {"bench": "make bench", "resources": "python -m lab.benchmarks resources", "load": "make load"}
_HEAD = """# How fast is the authorizer?

A warm decision takes less time than one bare `jwt.decode`. A new process answers sooner than a simple authorizer with
requests and PyJWT. `make bench` and `make load` write this page, so do not edit it.

Compare ratios of one table, not times of two machines or two days. A candidate's time counts only if the candidate
allowed a good token and refused a forged one, an expired one and two foreign ones. The floor, which only verifies a
signature, had to refuse only the forged one. *Ours* is the bundle that Lambda gets, in a read-only folder. The peers
run with compiled `.pyc` files and without the logging of their originals, which makes them faster."""


def show(console: Console, command: str, found: dict[str, Any]) -> None:
    for table in tables(command, found):
        console.print(table.rich())


def write(command: str, found: dict[str, Any]) -> Path:
    """Write this run's section of the document; the other one stays. Returns the path relative to the project."""
    sections = {command: f"Not measured yet: `{_COMMANDS[command]}`." for command in _TITLES} | _written()
    about = f"`{_COMMANDS[command]}`, {time.strftime('%Y-%m-%d')}, {_machine()}."
    versions = found.get("versions", {})
    if versions:
        about += f" {', '.join(f'{name} {version}' for name, version in versions.items())}."
        about += "" if "Node" in versions else " **Node and npm were not found: no npm peers.**"
    about = fill(about, WIDTH, break_on_hyphens=False)
    sections[command] = "\n\n".join([about, *(table.markdown() for table in tables(command, found))])
    chapters = (f"## {title}\n\n{sections[command]}" for command, title in _TITLES.items())
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text("\n\n".join([_HEAD, *chapters]) + "\n", encoding="utf-8")
    return DOCUMENT.relative_to(ROOT)


def _written() -> dict[str, str]:
    """The sections of the current document, by the command that writes them."""
    text = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    commands = {title: command for command, title in _TITLES.items()}
    chapters = (chapter.partition("\n") for chapter in f"\n{text}".split("\n## ")[1:])
    return {commands[title]: body.strip() for title, _, body in chapters if title in commands}


def _machine() -> str:
    """A general description of the machine, without a host name or path."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return f"{platform.system()}, {model}, {os.cpu_count()} cores, Python {platform.python_version()}"
