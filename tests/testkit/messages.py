"""The texts of all mistakes that tests provoke, in one file; `python -m tests.testkit.messages` updates it.

Tests assert a mistake's key and rule and pass it through `seen`, so that a text can change without a change of a test.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache

from infra.mistakes import Mistake
from tools.project import ROOT

FILE = ROOT / "tests" / "infra" / "config" / "messages.txt"
_UPDATE = "UPDATE_MESSAGES"


def seen(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Return the mistakes. Fails if the file has another text for one of the mistakes."""
    lines = {f"{mistake.rule}: {mistake}" for mistake in mistakes}
    if _UPDATE in os.environ:
        FILE.write_text("".join(f"{line}\n" for line in sorted(set(known()) | lines)), encoding="utf-8")
        known.cache_clear()
    missing = lines - set(known())
    assert not missing, f"not in {FILE.name}; run `python -m tests.testkit.messages`, and read the diff: {missing}"
    return list(mistakes)


@cache
def known() -> list[str]:
    return FILE.read_text(encoding="utf-8").splitlines()


def main() -> int:
    # PyYAML has two parsers with different texts, and a machine may have only one of them.
    kept = [line for line in known() if line.startswith("not-a-document: ")]
    FILE.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    tests = (ROOT / "tests").rglob("test_*.py")
    files = [str(path) for path in tests if "testkit.messages import seen" in path.read_text(encoding="utf-8")]
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:randomly", *files]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, _UPDATE: "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
