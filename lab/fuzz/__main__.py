"""`python -m lab.fuzz [--seconds 60] [--seed N]`, or `python -m lab.fuzz FILE ...` to see findings again.

Hypothesis draws inputs. With atheris (the group `fuzz` of pyproject.toml), coverage guides the second half of the run.
"""

import argparse
import hashlib
import importlib
import io
import secrets
import sys
import time
from contextlib import redirect_stderr
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from typing import Any

import hypothesis
from hypothesis import HealthCheck, given, settings

BUILD = Path(__file__).resolve().parents[2] / ".build" / "fuzz"
CORPUS = BUILD / "corpus"
FIRST = 5_000  # inputs that the corpus holds at first
LONGEST = 12_000  # bytes of an input, more than an Authorization header may have
CALM = settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31), help="of a run that is to be repeated")
    parser.add_argument("findings", nargs="*", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.findings:
        target = importlib.import_module("lab.fuzz.target")
        for path in arguments.findings:
            target.run(path.read_bytes())
        return 0
    rmtree(CORPUS, ignore_errors=True)
    CORPUS.mkdir(parents=True)
    guided = find_spec("atheris") is not None
    print(f"{arguments.seconds} s, seed {arguments.seed}, atheris: {'yes' if guided else 'no'}", flush=True)
    if not guided:
        _by_chance(arguments.seconds, arguments.seed)
        return 0
    atheris: Any = importlib.import_module("atheris")
    with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["authorizer", "jwt"]):
        importlib.import_module("lab.fuzz.target")
    # Random changes of bytes rarely make JSON of another type, so the fuzzer starts with Hypothesis's inputs.
    _by_chance(arguments.seconds // 2, arguments.seed)
    _by_coverage(arguments.seconds - arguments.seconds // 2, arguments.seed)
    return 0


def _by_chance(seconds: int, seed: int) -> None:
    """Try random inputs. Saves the input of a finding and raises its exception."""
    target, seeds = importlib.import_module("lab.fuzz.target"), importlib.import_module("lab.fuzz.seeds")
    tried, last, inputs = 0, b"", seeds.inputs()

    def attempt(data: bytes) -> None:
        nonlocal tried, last
        tried, last = tried + 1, data
        if tried <= FIRST:
            (CORPUS / _name(data)).write_bytes(data)
        target.run(data)

    end = time.perf_counter() + seconds
    try:
        for data in seeds.seeds():
            attempt(data)
        while time.perf_counter() < end:
            hypothesis.seed(seed)(CALM(given(inputs)(attempt)))()
            seed += 1
    except Exception:
        (BUILD / f"crash-{_name(last)}").write_bytes(last)  # the smallest is tried last
        print(f"found after {tried} executions, saved as .build/fuzz/crash-{_name(last)}", file=sys.stderr)
        raise
    print(f"by chance: {tried} executions, {tried // max(seconds, 1)} a second, nothing found", flush=True)


def _by_coverage(seconds: int, seed: int) -> None:
    """Fuzz with libFuzzer, which ends the process: with 0, or with another code after it has saved a finding.

    An input that takes 10 seconds is also a finding.
    """
    atheris: Any = importlib.import_module("atheris")
    options = {
        "max_total_time": seconds,
        "seed": seed,
        "max_len": LONGEST,
        "timeout": 10,
        "artifact_prefix": f"{BUILD}/",
    }
    options |= {"verbosity": 0, "print_final_stats": 1}
    arguments = [f"-{name}={value}" for name, value in options.items()]
    atheris.Setup([sys.argv[0], *arguments, str(CORPUS)], importlib.import_module("lab.fuzz.target").run)
    atheris.Fuzz()


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
