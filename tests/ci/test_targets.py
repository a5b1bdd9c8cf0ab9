"""`make plan`, `apply`, `drift`, `destroy`: what they ask of the Pulumi CLI, played here by a script that keeps it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.project import ROOT

Make = Callable[..., "subprocess.CompletedProcess[str]"]
NAME = f"stack-{os.getpid()}"  # of this process alone: others run beside it
PLAN = ROOT / ".build" / f"{NAME}.plan.json"
PREVIEW = ROOT / ".build" / f"{NAME}.preview.txt"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Runs a target with `pulumi` played: its words are in `asked`, what it says and how it ends in the environment."""
    stand_in = tmp_path / "pulumi"
    stand_in.write_text(
        f"#!{sys.executable}\nimport os, sys, pathlib\n"
        f"pathlib.Path({str(tmp_path / 'asked')!r}).write_text(' '.join(sys.argv[1:]))\n"
        "print(os.environ.get('SAYS', '')); sys.exit(int(os.environ.get('ENDS', '0')))\n",
        encoding="utf-8",
    )
    stand_in.chmod(0o755)

    def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        ours = ("CI", "STACK", "MAKEFLAGS", "MAKELEVEL")
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        own = {**kept, "PATH": f"{tmp_path}:{os.environ['PATH']}", **environment}
        # -o setup: the environments are there, or this would not run.
        command = ["make", "-o", "setup", *words]
        return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[], str]:
    return lambda: (tmp_path / "asked").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["plan", "apply", "drift", "destroy"])
def test_no_stack_is_taken_that_was_not_named(make: Make, tmp_path: Path, target: str):
    result = make(target)
    assert result.returncode != 0
    assert f"which stack? make {target} STACK=dev" in result.stderr
    assert not (tmp_path / "asked").exists()


def test_a_plan_is_shown_kept_and_asked_of_the_policies(make: Make, asked: Callable[[], str]):
    result = make("plan", f"STACK={NAME}", SAYS="39 changes")
    try:
        assert (result.returncode, result.stdout) == (0, "39 changes\n")
        assert PREVIEW.read_text(encoding="utf-8") == "39 changes\n"
    finally:
        PREVIEW.unlink()
    words = asked()
    assert words.startswith(f"preview --stack {NAME} ")
    assert "--policy-pack policy" in words
    assert f"--save-plan .build/{NAME}.plan.json" in words


def test_a_plan_that_cannot_be_made_fails_and_says_why(make: Make):
    PLAN.parent.mkdir(exist_ok=True)
    PLAN.touch()
    result = make("plan", f"STACK={NAME}", SAYS="error: listed twice", ENDS="3")
    PREVIEW.unlink()
    assert not PLAN.exists(), "it could be applied in the place of the one that failed"
    assert result.returncode != 0
    assert "error: listed twice" in result.stdout


@pytest.fixture
def planned():
    PLAN.parent.mkdir(exist_ok=True)
    PLAN.write_text("{}", encoding="utf-8")
    yield
    PLAN.unlink()


def test_without_a_plan_nothing_is_updated(make: Make, tmp_path: Path):
    result = make("apply", "STACK=unplanned")
    assert result.returncode != 0
    assert "error: unplanned has no plan; say make plan STACK=unplanned" in result.stderr
    assert not (tmp_path / "asked").exists()


@pytest.mark.usefixtures("planned")
def test_an_update_is_the_plans(make: Make, asked: Callable[[], str]):
    assert make("apply", STACK=NAME).returncode == 0
    assert asked().startswith(f"up --stack {NAME} --plan .build/{NAME}.plan.json --policy-pack policy ")


@pytest.mark.parametrize(("target", "environment"), [("apply", {}), ("drift", {}), ("destroy", {"CI": "true"})])
@pytest.mark.usefixtures("planned")
def test_what_goes_wrong_fails(make: Make, target: str, environment: dict[str, str]):
    assert make(target, f"STACK={NAME}", ENDS="255", **environment).returncode != 0


def test_drift_is_what_a_preview_after_a_refresh_would_change(make: Make, asked: Callable[[], str]):
    make("drift", "STACK=dev")
    assert asked() == "preview --stack dev --refresh --expect-no-changes --diff --non-interactive"


def test_a_person_is_asked_before_a_stack_is_destroyed(make: Make, asked: Callable[[], str]):
    for environment in ({}, {"CI": "false"}):
        make("destroy", "STACK=dev", **environment)
        assert "--yes" not in asked()
    make("destroy", "STACK=dev", CI="true")
    assert "--yes" in asked()
