"""A test that hangs is ended and named, for any kind of wait and without a tool of the operating system."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TESTS = """
import asyncio, signal, threading
import pulumi
from tools.preview.mock_recorder import declare

def test_fine():
    pass

def test_lock():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM, signal.SIGINT, signal.SIGTERM])
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

def test_program():
    def program():
        never = asyncio.get_event_loop().create_future()
        pulumi.CustomResource("aws:a/b:C", "y", {"z": pulumi.Output.from_input(never)})

    declare(program=program)
"""


@pytest.mark.slow
def test_a_hung_lock_and_a_hung_program_are_ended_and_named_and_the_other_tests_run(tmp_path: Path):
    (tmp_path / "test_hung.py").write_text(TESTS, encoding="utf-8")
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-o", "faulthandler_timeout=2"]
    command = [sys.executable, "-m", "pytest", "-n", "1", "-p", "no:cacheprovider", *options, str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert sorted(set(re.findall(r"crashed while running '.*::(\w+)'", result.stdout))) == ["test_lock", "test_program"]
    assert "2 failed, 1 passed" in result.stdout
    assert result.returncode == 1
    assert "declare(program=program)" in result.stderr or "in test_program" in result.stderr  # the place where it hung


GNU = (
    r"\b(timeout|gtimeout|setsid|nproc|tac|stdbuf|realpath|sha256sum|md5sum|shuf|numfmt|getopt|flock)\b",
    r"\b(readlink -[efm]|sed (-\w+ )*(-i|-r|--)|xargs (-\w+ )*(-r|-d|--)|grep (-\w+ )*(-\w*P|--))",
    r"\b(date (-d|--)|cp (-a|-\w*t|--))",
    r"\b(sort -V|stat -c|mktemp --|ls --|touch -d|find [^|]*-printf|head -n -|base64 -w)",
)


def test_no_make_target_needs_a_tool_or_option_of_gnu():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = [line for line in text.splitlines() if line.startswith("\t") or "$(shell" in line]
    assert len(commands) > 50
    assert [line for line in commands for pattern in GNU if re.search(pattern, line)] == []
