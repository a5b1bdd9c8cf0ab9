"""`python -m lab.mutation [MODULE ...]`: exits with 1 if a mutant survives that `lab/mutation/mutants.md` does not
explain, or if that file explains a mutant that no longer exists.

Works on a copy in `.build/mutation`. A run of all modules takes more than an hour.
"""

import argparse
import gc
import importlib
import multiprocessing
import os
import re
import resource
import shutil
import sys
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import pytest

from lab.mutation.mutants import mutants, without_comments

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "lab" / "mutation" / "mutants.md"
WORK = ROOT / ".build" / "mutation"
OUTPUT = WORK / "output.txt"  # of the tests
TESTS = "tests/authorizer"
OPTIONS = ("-x", "--tb=no", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
PAIR = re.compile(r"^-.*\n\+.*$", re.MULTILINE)  # a change in the format of the list
PATIENCE = 600  # seconds for some tests: a mutant that makes them hang is killed
PROCESSOR = 200  # seconds of it, which a busy machine does not make longer
SLOW_TO_LOAD = ("cryptography.x509", "hypothesis.strategies", "jwt", "pulumi", "time_machine")
FAILED = re.compile(rf"^(?:FAILED|ERROR) ({TESTS}/test_\w+\.py(?:::\w+)?)", re.MULTILINE)
RECENT = 12  # tests


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as policy; by default all of them")
    every = sorted(path.stem for path in (ROOT / "authorizer").glob("*.py"))
    modules = parser.parse_args().modules or every
    _copy()
    _warm()
    examples, properties = _test_modules()
    if failed := _failed([*examples, *properties]):
        sys.exit(f"the tests fail without any mutant: {failed}")
    listed = LIST.read_text(encoding="utf-8")
    killed, explained, survived = 0, set[str](), 0
    for module in modules:
        for change, lives in _tried(module, listed):
            if change in listed:
                explained.add(change)
            elif lives:
                survived += 1
                print(f"\nNOT EXPLAINED\n{change}", flush=True)
            else:
                killed += 1
    print(f"\n{killed} mutants killed, {len(explained)} explained in lab/mutation/mutants.md, {survived} survived")
    outdated = [pair for pair in PAIR.findall(listed) if pair not in explained] if modules == every else []
    print(*(f"\nOUTDATED\n{pair}" for pair in outdated), sep="")
    return 1 if survived or outdated else 0


def _copy() -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    for folder in ("authorizer", "infra", "tools", "lab/fuzz", "tests/testkit", TESTS):
        shutil.copytree(ROOT / folder, WORK / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "Pulumi.yaml", "tests/__init__.py"):
        shutil.copy(ROOT / file, WORK / file)


def _warm() -> None:
    """Do the slow preparation once, before the other processes fork from this one."""
    sys.path[0], sys.dont_write_bytecode = str(WORK), False
    for name in SLOW_TO_LOAD:
        importlib.import_module(name)
    rsa_key = importlib.import_module("tests.testkit.tokens").rsa_key
    for name in ("issuer", "attacker", "next", "other"):
        rsa_key(name)
    gc.freeze()


def _tried(module: str, listed: str) -> Iterator[tuple[str, bool]]:
    """The change of each mutant of the module, and whether the mutant survives. Mutants in the list are skipped."""
    path = WORK / "authorizer" / f"{module}.py"
    original = without_comments(path.read_text(encoding="utf-8"))
    every = list(mutants(original))
    examples, properties = _test_modules()
    named = [it for it in examples if it.startswith(f"{TESTS}/test_{module}")]
    others = [it for it in examples if it not in named]
    recent: list[str] = []  # tests that noticed a mutant, because they often notice the next ones, too
    for number, mutant in enumerate(every, 1):
        print(f"\r{path.name} {number}/{len(every)} ", end="", flush=True)
        change = _change(original, mutant)
        if change in listed:
            yield change, True
            continue
        path.write_text(mutant, encoding="utf-8")
        os.utime(path, (number, number))  # otherwise Python may use the bytecode of the previous mutant
        killer = next(filter(None, map(_failed, (recent, named, others, properties))), "")
        if killer.startswith(TESTS):
            recent = [killer, *(it for it in recent if it != killer)][:RECENT]
        yield change, not killer
    path.write_text(original, encoding="utf-8")


def _test_modules() -> tuple[list[str], list[str]]:
    """The test modules with examples, and those that try many inputs, which take most of the time."""
    every = {path: path.read_text(encoding="utf-8") for path in sorted((WORK / TESTS).glob("test_*.py"))}
    found = {path.relative_to(WORK).as_posix(): "hypothesis" in text for path, text in every.items()}
    return [it for it in found if not found[it]], [it for it in found if found[it]]


def _failed(tests: list[str]) -> str:
    """The first of these tests that fails, "?" if that is unknown, or "" if all pass."""
    if not tests:
        return ""
    process = multiprocessing.get_context("fork").Process(target=_pytest, args=(tests,))
    process.start()
    process.join(PATIENCE)
    process.kill()
    process.join()
    failed = FAILED.search(OUTPUT.read_text(encoding="utf-8", errors="replace"))
    return "" if process.exitcode == 0 else failed[1] if failed else "?"


def _pytest(tests: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    os.chdir(WORK)
    output = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os._exit(pytest.main([*OPTIONS, *tests]))


def _change(original: str, mutant: str) -> str:
    """The lines that differ, without their indentation, as the list has them."""
    lines = list(unified_diff(original.splitlines(), mutant.splitlines(), n=0))[2:]
    return "\n".join(line[0] + line[1:].strip() for line in lines if line[0] in "-+")


if __name__ == "__main__":
    sys.exit(main())
