"""`python -m tools.explain` in this process, on a stack file and with an issuer of the test's own."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.testkit.issuer import AUDIENCE
from tools.explain import __main__ as command
from tools.explain import sources
from tools.project import PROJECT, STACK


@dataclass(frozen=True)
class Explained:
    """The exit status, all that was written, and both without the tables' lines and with single spaces."""

    status: int
    written: str

    @property
    def words(self) -> str:
        return " ".join(self.written.replace("│", " ").replace("┃", " ").split())

    @property
    def answers(self) -> dict[str, int]:
        """By route."""
        rows = [[cell.strip() for cell in line.split("│")] for line in self.written.splitlines()]
        return {row[1]: int(row[2]) for row in rows if len(row) == 5 and row[2].isdecimal()}


Explain = Callable[..., Explained]


def explainer(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], issuer: str
) -> Explain:
    """Runs the command with these arguments; `keys` are those of Pulumi.dev.yaml."""
    monkeypatch.setattr("tools.project.ROOT", folder)
    monkeypatch.setattr(sources, "RUNNING", folder / "running.json")
    monkeypatch.setenv("COLUMNS", "600")

    def explain(*arguments: str, stdin: bytes = b"", **keys: Any) -> Explained:
        config = {"tokenIssuer": issuer, "audience": AUDIENCE, **keys}
        text = yaml.safe_dump({"config": {f"{PROJECT}:{key}": value for key, value in config.items()}})
        (folder / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
        try:
            status = command.main(arguments)
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        told = capsys.readouterr()
        return Explained(status, told.out + told.err)

    return explain


def announce(folder: Path, issuer: str, audience: str) -> None:
    """As `make up` does, in a folder whose local stack has no other file than this needs."""
    config = {"petstore:tokenIssuer": "http://127.0.0.1:1/", "petstore:audience": "https://other.example"}
    (folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    (folder / "running.json").write_text(json.dumps({"issuer": issuer, "audience": audience}), encoding="utf-8")
