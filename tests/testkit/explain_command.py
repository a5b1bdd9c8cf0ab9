"""`python -m tools explain` in this process, for a stack file and an issuer of the test."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.testkit.issuer import AUDIENCE
from tools import running
from tools.__main__ import main
from tools.project import PROJECT, STACK


@dataclass(frozen=True)
class ExplainResult:
    """The exit status and the output, the latter also without table borders and with single spaces."""

    status: int
    written: str

    @property
    def words(self) -> str:
        return " ".join(self.written.replace("│", " ").replace("┃", " ").split())

    @property
    def answers(self) -> dict[str, int]:
        """The status for each route; an allowed request is 200."""
        rows = [[cell.strip() for cell in line.split("│")] for line in self.written.splitlines()]
        return {
            row[1]: int(row[2].replace("allowed", "200"))
            for row in rows
            if len(row) == 5 and (row[2].isdecimal() or row[2] == "allowed")
        }


Explain = Callable[..., ExplainResult]


def explainer(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], issuer: str
) -> Explain:
    """Returns a function that runs the command with these arguments; `keys` are those of Pulumi.dev.yaml."""
    monkeypatch.setattr("tools.project.ROOT", folder)
    monkeypatch.setattr(running, "PATH", folder / "running.json")
    monkeypatch.setenv("COLUMNS", "600")

    def explain(*arguments: str, stdin: bytes = b"", **keys: Any) -> ExplainResult:
        config = {"tokenIssuer": issuer, "audience": AUDIENCE, **keys}
        text = yaml.safe_dump({"config": {f"{PROJECT}:{key}": value for key, value in config.items()}})
        (folder / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
        status = main(["explain", *arguments])
        result = capsys.readouterr()
        return ExplainResult(status, result.out + result.err)

    return explain


@contextmanager
def announce_run(folder: Path, issuer: str, audience: str) -> Iterator[None]:
    """Write the run file of `make up`, in a folder with a minimal local stack."""
    config = {"petstore:tokenIssuer": "http://127.0.0.1:1/", "petstore:audience": audience}
    (folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    with running.claim() as announce:
        announce(running.Run(issuer, audience, 0))
        yield
