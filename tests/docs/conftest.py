"""Helpers for the tests of the pages: the command blocks of a page, and a shell that runs them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Protocol

import pytest

from local.cloud.issuer import CLIENT_ID, CLIENT_SECRET
from local.cloud.sandbox import Sandbox
from tools.project import ROOT

BASH = ("/usr/bin/env", "bash", "-euo", "pipefail", "-c")


class Shell(Protocol):
    """Runs a command block in its own shell, with `typed` as standard input, and returns its output."""

    def __call__(self, block: str, typed: str = "") -> str: ...


def blocks(page: str) -> list[str]:
    """The command blocks of a page, in order, by its path in the repository."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)
        for indent, block in re.findall(r"^( *)```console\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    ]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """One sandbox for all blocks of a module, with fakes for the Pulumi CLI and the GitHub CLI."""
    tmp_path = tmp_path_factory.mktemp("pages")
    for name, module in (("pulumi", "tests.testkit.fake_pulumi"), ("gh", "tests.testkit.fake_gh")):
        stand_in = tmp_path / name
        stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n', encoding="utf-8")
        stand_in.chmod(0o755)
    with Sandbox() as sandbox:
        sandbox.emulator.wait()
        environment = {
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "FAKE_STATE": str(tmp_path),
            "FAKE_EMULATOR": sandbox.emulator.url,
            "FAKE_BACKEND": f"{sandbox.backend.url}/petstore",
            "ISSUER": sandbox.issuer.issuer,
            "AUDIENCE": sandbox.issuer.audience,
            "CLIENT_ID": CLIENT_ID,
            "CLIENT_SECRET": CLIENT_SECRET,
        }

        def run(block: str, typed: str = "") -> str:
            command = [*BASH, block]
            result = subprocess.run(
                command, cwd=ROOT, env=environment, input=typed, capture_output=True, text=True, check=False
            )
            assert result.returncode == 0, f"{block}\n{result.stdout}{result.stderr}"
            return result.stdout

        yield run
