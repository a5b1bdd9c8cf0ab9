"""A folder has at most one run, described by a locked file, and a run leaves no process or file behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.cloud.emulator import end_leftover
from tests.testkit.terminal import on_terminal
from tools import running
from tools.__main__ import main
from tools.project import ROOT

RUN = running.Run("http://127.0.0.1:9/", "https://petstore.example/api", 0)
# A parent of MiniStack that prints its child's process id, and then waits.
PARENT = """
import sys
from local.cloud.emulator import Emulator
with Emulator() as emulator:
    print(emulator.process, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(running, "PATH", tmp_path / "running.json")
    return tmp_path / "running.json"


@pytest.fixture
def parent(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command, pipe = [sys.executable, "-c", PARENT], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.kill()


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "still not so"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Whether a process runs. A zombie, whose parent has not waited for it yet, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline()


@pytest.mark.usefixtures("path")
def test_a_run_is_found_while_it_lasts():
    assert running.find() is None
    with running.claim() as announce:
        assert running.find() is None  # It is still starting.
        announce(RUN)
        assert running.find() == RUN
        assert running.find_leftover() is None
    assert running.find() is None


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("command", ["up", "emulator"])
def test_a_second_run_in_the_folder_is_refused(command: str, capsys: pytest.CaptureFixture[str]):
    with running.claim() as announce:
        announce(RUN)
        assert main([command]) == 1
        assert running.find() == RUN
    assert capsys.readouterr().err == (
        "error: `make up` or `make emulator` runs in this folder already. Stop it with Ctrl-C first.\n"
    )


@pytest.mark.parametrize("text", ["", "{", "[]", '{"issuer": 1}', json.dumps(RUN._asdict())])
def test_the_file_of_an_ended_run_is_ignored(text: str, path: Path, capsys: pytest.CaptureFixture[str]):
    path.write_text(text, encoding="utf-8")
    assert main(["token"]) == 1
    assert capsys.readouterr().err.startswith("error: no issuer is running")
    with running.claim() as announce:
        announce(RUN)
        assert running.find() == RUN


def test_a_corrupt_run_file_is_one_clear_line(path: Path, capsys: pytest.CaptureFixture[str]):
    with running.claim():
        path.write_text("{", encoding="utf-8")
        assert main(["token"]) == 1
    assert capsys.readouterr().err.startswith("error: .build/running.json: does not describe a run")


@pytest.mark.usefixtures("path")
def test_an_issuer_that_has_stopped_is_one_clear_line(capsys: pytest.CaptureFixture[str]):
    with running.claim() as announce:
        announce(RUN)
        assert main(["token"]) == 1
    assert capsys.readouterr().err.startswith("error: http://127.0.0.1:9/: the issuer gives no token. ")


def test_ministack_ends_with_its_parent_and_removes_its_folder(parent: "subprocess.Popen[str]", tmp_path: Path):
    ministack = int(first_line(parent))
    assert list(tmp_path.glob("petstore-*"))
    parent.kill()
    wait_until(lambda: not is_alive(ministack))
    assert list(tmp_path.glob("petstore-*")) == []


def test_a_leftover_ministack_is_ended_and_another_program_is_not(parent: "subprocess.Popen[str]"):
    ministack = int(first_line(parent))
    os.kill(ministack, signal.SIGSTOP)  # It cannot end by itself.
    parent.kill()
    parent.wait()
    assert end_leftover(ministack)
    wait_until(lambda: not is_alive(ministack))
    assert not end_leftover(ministack)
    assert not end_leftover(os.getpid())


# The state at which Ctrl-C arrives, by the command's standard error and its folder for temporary files.
MOMENTS: dict[str, Callable[[str, Path], bool]] = {
    "MiniStack starts": lambda _, folder: any(folder.glob("petstore-*")),
    "the deployment begins": lambda output, _: "Deploying" in output,
    "MiniStack has a function": lambda _, folder: any(folder.glob("petstore-*/*lambda*")),
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "kill", "closed"])
def test_a_stop_at_any_moment_leaves_nothing(number: int, moment: str, tmp_path: Path):
    folder, errors = tmp_path / "temporary", tmp_path / "errors"
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder)}
    command = [sys.executable, "-m", "tools", "demo"]
    with errors.open("w") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)
    wait_until(lambda: MOMENTS[moment](errors.read_text(), folder) or process.poll() is not None)
    process.send_signal(number)
    status = process.wait(60)
    output = errors.read_text()
    assert (status, output.endswith("stopped\n")) == (130, True), output
    assert "Traceback" not in output
    # Another test's build may have such a folder at the same time, and removes it.
    for unfinished in (ROOT / ".build").glob("tmp*"):
        wait_until(lambda unfinished=unfinished: not unfinished.exists())
    # A MiniStack that has just started ends when it sees that its parent has ended.
    wait_until(lambda: not any(_has(int(path.name), str(folder)) for path in Path("/proc").glob("[0-9]*")))
    assert list(folder.iterdir()) == []


def test_a_stop_shows_the_terminals_cursor_again():
    with on_terminal([sys.executable, "-m", "tools", "demo"]) as (process, pieces):
        output = b""
        while b"Deploying" not in output:
            output += next(pieces)
        process.send_signal(signal.SIGINT)
        output += b"".join(pieces)
    assert process.returncode == 130
    assert b"\x1b[?25l" in output
    assert output.rfind(b"\x1b[?25h") > output.rfind(b"\x1b[?25l")


def _has(pid: int, folder: str) -> bool:
    """Whether a running process uses this folder for its temporary files."""
    try:
        return folder.encode() in Path(f"/proc/{pid}/environ").read_bytes() and is_alive(pid)
    except OSError:
        return False
