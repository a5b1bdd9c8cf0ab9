"""`python -m lab.benchmarks`: compares the authorizer with its peers, and checks its answers and memory under load."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
from rich.console import Console

from lab.benchmarks import environments, load, measure, report, resources
from lab.benchmarks.candidates import line_up
from lab.benchmarks.certificates import tls
from lab.benchmarks.issuer import Issuer
from lab.benchmarks.process import WrongAnswer
from local.cloud.emulator import EmulatorError
from tools.project import ProgramError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("bench", help="compare the authorizer with its peers; about 2 minutes")
    commands.add_parser("resources", help="count and time the declared resources; about a minute")
    commands.add_parser("load", help="200,000 decisions in process, 20,000 requests through MiniStack; about 3 minutes")
    arguments = parser.parse_args()
    # A plain kill cleans up like Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    console = Console()
    run = {"bench": bench, "resources": resources.run, "load": load.run}[arguments.command]
    try:
        with console.status("Making the environments ...") as status, tempfile.TemporaryDirectory() as folder:
            found = run(Path(folder), status.update)
    except (WrongAnswer, EmulatorError, ProgramError, environments.EnvironmentFault, pulumi.RunError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    report.show(console, arguments.command, found)
    console.print(f"written to {report.write(arguments.command, found)}")
    return 0


def bench(folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    context, ca, trust = tls(folder)
    with Issuer(context) as issuer:
        lineup = line_up(issuer, ca, trust)
        cold, memory = measure.cold(lineup, issuer, say)
        return {
            "versions": environments.versions(lineup.node),
            "warm": measure.warm(lineup, issuer, say),
            "rejects": measure.rejects(lineup, issuer, say),
            "cold": cold,
            "memory": memory,
            "fetches": measure.fetches(lineup, issuer, say),
            "zips": measure.zips(say),
        }


if __name__ == "__main__":
    sys.exit(main())
