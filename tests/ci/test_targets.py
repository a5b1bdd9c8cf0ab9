"""`make plan`, `apply`, `drift` and `destroy`: their calls of the Pulumi CLI, which a script replaces and records."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.preview_output import FAILED, verdict
from tools.project import ROOT

Make = Callable[..., "subprocess.CompletedProcess[str]"]
NAME = f"stack-{os.getpid()}"  # contains the process id, because other tests run at the same time
PLAN = ROOT / ".build" / f"{NAME}.plan.json"
PREVIEW = ROOT / ".build" / f"{NAME}.preview.txt"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Runs a target with a fake `pulumi`, which records its arguments; variables set its output and status."""
    stand_in = tmp_path / "pulumi"
    stand_in.write_text(
        f"#!{sys.executable} -IS\nimport os, sys, pathlib, signal\n"
        "if sys.argv[1:] == ['version']: sys.exit(print(os.environ.get('VERSION', 'v3.272.0')))\n"
        f"with open({str(tmp_path / 'recorded_calls')!r}, 'a') as file: print(*sys.argv[1:], file=file)\n"
        "plan = sys.argv[sys.argv.index('--plan') + 1] if '--plan' in sys.argv else None\n"
        "if plan: assert pathlib.Path(plan).read_text() == '{}'\n"
        "if 'WAITS' in os.environ: open(os.environ['WAITS'], 'w').close(); signal.pause()\n"
        "print(os.environ.get('SAYS', '')); sys.exit(int(os.environ.get('ENDS', '0')))\n",
        encoding="utf-8",
    )
    stand_in.chmod(0o755)

    def run(*words: str, then: int | None = None, **environment: str) -> "subprocess.CompletedProcess[str]":
        ours = ("CI", "STACK", "MAKEFLAGS", "MAKELEVEL")
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        own = {**kept, "PATH": f"{tmp_path}:{os.environ['PATH']}", **environment}
        # -o setup: the environments exist, because this test runs in one of them.
        command = ["make", "-o", "setup", *words]
        pipe = subprocess.PIPE
        # In its own process group, like a command in a shell, so that Ctrl-C reaches all of it.
        with subprocess.Popen(
            command, cwd=ROOT, env=own, stdout=pipe, stderr=pipe, text=True, process_group=0
        ) as process:
            if then:
                Path(environment["WAITS"]).read_text(encoding="utf-8")  # a FIFO: blocks until the fake opens it
                os.killpg(process.pid, then)
            output, errors = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, output, errors)

    return run


@pytest.fixture
def recorded_calls(tmp_path: Path) -> Callable[[], str]:
    return lambda: (tmp_path / "recorded_calls").read_text(encoding="utf-8").splitlines()[-1]


@pytest.mark.parametrize("stack", ["../dev", "org/dev", "a b", "it's", "'; touch hacked; '"])
@pytest.mark.parametrize("target", ["plan", "apply", "doctor"])
def test_an_impossible_stack_name_is_refused_by_make(make: Make, tmp_path: Path, target: str, stack: str):
    result = make(target, f"STACK={stack}")
    assert result.returncode == 2
    assert re.fullmatch(r"Makefile:\d+: \*\*\* STACK: (has a quote|is not the name of a stack).*\n", result.stderr)
    assert not (tmp_path / "recorded_calls").exists()


@pytest.mark.parametrize("python", ["", "no-such-python", "false"])
def test_an_unusable_python_is_refused(make: Make, python: str):
    result = make("rename", "NAME=petstore", f"PYTHON={python}")
    assert result.returncode == 2
    assert result.stderr.startswith(f"error: PYTHON: is not Python 3.11.2 or newer, got {python}. ")


@pytest.mark.parametrize("target", ["plan", "apply", "drift", "destroy", "revoke", "smoke"])
def test_a_target_needs_the_name_of_a_stack(make: Make, tmp_path: Path, target: str):
    result = make(target)
    assert result.returncode != 0
    assert f"which stack? make {target} STACK=dev" in result.stderr
    assert not (tmp_path / "recorded_calls").exists()


def test_a_plan_is_shown_saved_and_checked_against_the_policies(make: Make, recorded_calls: Callable[[], str]):
    result = make("plan", f"STACK={NAME}", SAYS="39 changes")
    try:
        assert (result.returncode, result.stdout) == (0, "39 changes\n")
        assert PREVIEW.read_text(encoding="utf-8") == "39 changes\n\nmake plan: exit status 0\n"
    finally:
        PREVIEW.unlink()
    words = recorded_calls()
    assert words.startswith(f"preview --stack {NAME} ")
    assert "--policy-pack policy" in words
    assert f"--save-plan .build/{NAME}.plan.json" in words


def test_a_failed_plan_fails_the_target_with_its_reason(make: Make):
    PLAN.parent.mkdir(exist_ok=True)
    PLAN.touch()
    result = make("plan", f"STACK={NAME}", SAYS="error: listed twice", ENDS="3")
    assert PREVIEW.read_text(encoding="utf-8").endswith("\nmake plan: exit status 3\n")
    PREVIEW.unlink()
    assert not PLAN.exists(), "it could be applied in the place of the one that failed"
    assert result.returncode != 0
    assert "error: listed twice" in result.stdout


@pytest.fixture
def planned():
    PLAN.parent.mkdir(exist_ok=True)
    PLAN.write_text("{}", encoding="utf-8")
    yield
    assert not list(PLAN.parent.glob(f"{NAME}.plan.*.json")), "a plan that was used is left"
    PLAN.unlink(missing_ok=True)


def test_without_a_plan_nothing_is_deployed(make: Make, tmp_path: Path):
    result = make("apply", "STACK=unplanned")
    assert result.returncode != 0
    assert (
        "error: unplanned: there is no plan, or it was applied already. Run `make plan STACK=unplanned`"
        in result.stderr
    )
    assert not (tmp_path / "recorded_calls").exists()


@pytest.mark.usefixtures("planned")
def test_apply_deploys_the_saved_plan(make: Make, recorded_calls: Callable[[], str]):
    assert make("apply", STACK=NAME).returncode == 0
    assert re.match(
        rf"up --stack {NAME} --plan \.build/{NAME}\.plan\.\d+\.json --policy-pack policy ", recorded_calls()
    )


@pytest.mark.parametrize("ends", ["0", "255"])
@pytest.mark.usefixtures("planned")
def test_a_plan_is_applied_once_even_if_the_deployment_fails(make: Make, tmp_path: Path, ends: str):
    first = make("apply", STACK=NAME, ENDS=ends)
    assert (first.returncode == 0) == (ends == "0")
    assert (f"its plan is used up. Run `make plan STACK={NAME}`" in first.stderr) == (ends != "0")
    assert not PLAN.exists()
    assert f"Run `make plan STACK={NAME}`" in make("apply", STACK=NAME).stderr
    assert len((tmp_path / "recorded_calls").read_text(encoding="utf-8").splitlines()) == 1


@pytest.fixture
def fifo(tmp_path: Path) -> str:
    os.mkfifo(tmp_path / "fifo")
    return str(tmp_path / "fifo")


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("planned")
def test_an_interrupted_deployment_has_used_its_plan(make: Make, fifo: str, signal_number: int):
    result = make("apply", STACK=NAME, then=signal_number, WAITS=fifo)
    assert result.returncode != 0
    assert f"its plan is used up. Run `make plan STACK={NAME}`" in result.stderr
    assert not PLAN.exists()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_plan_is_reported_as_failed(make: Make, fifo: str, signal_number: int):
    make("plan", f"STACK={NAME}", then=signal_number, WAITS=fifo)
    preview = PREVIEW.read_text(encoding="utf-8")
    PREVIEW.unlink()
    assert verdict(preview) == FAILED


@pytest.mark.usefixtures("planned")
def test_of_two_deployments_at_once_only_one_uses_the_plan(make: Make, tmp_path: Path):
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda _: make("apply", STACK=NAME).returncode, range(4)))
    assert ended.count(0) == 1
    assert len((tmp_path / "recorded_calls").read_text(encoding="utf-8").splitlines()) == 1


@pytest.fixture
def without_the_cli(tmp_path: Path) -> str:
    """A PATH with the tools of the Makefile, but without `pulumi`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("awk", "cat", "grep", "make", "mkdir", "mv", "rm", "sh", "tr"):
        (folder / name).symlink_to(shutil.which(name) or name)
    return str(folder)


@pytest.mark.parametrize("target", ["plan", "apply", "drift", "destroy"])
@pytest.mark.parametrize("version", [None, "v3.218.9", "v3.99.0", "v2.300.0"])
@pytest.mark.usefixtures("planned")
def test_without_the_cli_or_with_an_old_one_a_target_prints_what_to_install(
    make: Make, tmp_path: Path, without_the_cli: str, target: str, version: str | None
):
    environment = {"VERSION": version} if version else {"PATH": without_the_cli}
    result = make(target, f"STACK={NAME}", **environment)
    PREVIEW.unlink(missing_ok=True)
    (output,) = [line for line in (result.stdout + result.stderr).splitlines() if not line.startswith("make: ")]
    assert output.startswith(
        "error: pulumi: the Pulumi CLI is " + ("too old, got version" if version else "not installed")
    )
    assert output.endswith("Install version 3.219.0 or newer: https://www.pulumi.com/docs/install/")
    assert result.returncode != 0
    assert not (tmp_path / "recorded_calls").exists()
    assert PLAN.exists() == (target != "plan"), "an update that never began has not used its plan"


@pytest.mark.parametrize("version", ["v3.219.0", "v3.1000.0-dev", "v4.0.0", "a build of our own"])
def test_a_new_cli_is_accepted(make: Make, tmp_path: Path, version: str):
    assert make("drift", "STACK=dev", VERSION=version).returncode == 0
    assert (tmp_path / "recorded_calls").exists()


@pytest.mark.parametrize(("target", "environment"), [("apply", {}), ("drift", {}), ("destroy", {"CI": "true"})])
@pytest.mark.usefixtures("planned")
def test_a_failing_command_fails_the_target(make: Make, target: str, environment: dict[str, str]):
    assert make(target, f"STACK={NAME}", ENDS="255", **environment).returncode != 0


def test_drift_is_the_preview_after_a_refresh(make: Make, recorded_calls: Callable[[], str]):
    make("drift", "STACK=dev")
    assert recorded_calls() == "preview --stack dev --refresh --expect-no-changes --diff --non-interactive"


def test_destroy_asks_for_confirmation(make: Make, recorded_calls: Callable[[], str]):
    for environment in ({}, {"CI": "false"}):
        make("destroy", "STACK=dev", **environment)
        assert "--yes" not in recorded_calls()
    make("destroy", "STACK=dev", CI="true")
    assert "--yes" in recorded_calls()
