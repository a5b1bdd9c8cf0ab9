"""Every command says what it is for, and does nothing else when it is asked."""

import re
import subprocess
import sys

import pytest

from tools.project import ROOT

COMMANDS = [
    *(
        "local",
        "tools.audit",
        "tools.doctor",
        "tools.explain",
        "tools.policy_check",
        "tools.openapi",
        "local.page.browser",
    ),
    *(
        "local.page.pictures",
        "tools.preview",
        "tools.pulumi_cli",
        "tools.rename",
        "tools.revoke",
        "tools.sbom",
        "tools.smoke",
        "tools.report",
        "lab.benchmarks",
        "lab.fuzz",
    ),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_tells_how_it_is_used(command: str):
    words = [sys.executable, "-m", command, "--help"]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"usage: python -m {command} ")


def test_no_command_of_the_makefile_is_forgotten():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    called = set(re.findall(r"\$\(PY\) -m (\S+)", makefile))
    # The packages of scaling are installed when it is first used.
    assert called - {*COMMANDS, "pip", "pytest", "lab.scaling"} == set()
