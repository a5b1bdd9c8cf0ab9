"""The capacity and cost model. Without options, `python -m lab.scaling` measures and writes docs/scaling.md, in two
and a half minutes. With options, it prints the model's results for your numbers."""

import argparse
import re
import signal
import sys
from dataclasses import fields, replace
from importlib import import_module

from rich.console import Console

from lab.scaling import measure, report, tables
from lab.scaling.model import Load
from lab.scaling.streams import Disagreement
from local.cloud.emulator import EmulatorError
from tools.progress import progress
from tools.project import ProgramError

_OPTIONS = {
    "rps": "requests per second, over all regions",
    "tokens": "distinct tokens in use at a time",
    "ttl": "authorizerResultTtlInSeconds, 0 to 3600",
    "throttle": "throttlingRateLimit, as if all requests were for one method",
    "regions": "regions that serve the API",
    "cold_share": "share of the invocations that start a container, 0 to 1",
    "refused_share": "share of the requests whose token is refused, 0 to 1",
    "warm_ms": "milliseconds of an invocation",
    "cold_ms": "milliseconds of one that starts a container",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.scaling", description=__doc__)
    for field in fields(Load):
        name = f"--{field.name.replace('_', '-')}"
        if field.type is bool:
            parser.add_argument(name, action="store_true", default=argparse.SUPPRESS, help="ship the keys: bundleKeys")
        else:
            about = f"{_OPTIONS[field.name]} (default: {field.default})"
            parser.add_argument(name, type=field.type, default=argparse.SUPPRESS, metavar="N", help=about)
    given = vars(parser.parse_args())
    console = Console()
    if given:
        try:
            load = Load(**given)
        except ValueError as error:
            print(f"error: --{str(error).replace('_', '-', 1)}", file=sys.stderr)
            return 2
        for table in tables.of_loads({"your numbers": load}):
            rows = [tuple(map(_markup, row)) for row in table.rows]
            console.print(replace(table, rows=rows).rich())
            for note in table.notes:
                console.print(_markup(note), highlight=False)
        return 0
    return _measure(console)


def _markup(text: str) -> str:
    """Markdown's emphasis as markup for the terminal."""
    return re.sub(r"\*\*(.+?)\*\*", r"[bold]\1[/bold]", text).replace("`", "")


def _measure(console: Console) -> int:
    # A plain kill cleans up like Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    try:
        with progress("Loading matplotlib, which the first time takes some seconds ...", plain=False):
            plot = import_module("lab.scaling.plot")  # first: it is not among the development packages
        counted = measure.run()
    except ModuleNotFoundError as error:
        print(f"error: {error.name} is not installed; `make scaling` does that", file=sys.stderr)
        return 1
    except (Disagreement, EmulatorError, ProgramError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    with progress("Writing the page ..."):
        plot.draw(report.PICTURE)
        report.write(counted)
    console.print(tables.measured(counted).rich())
    console.print("written to docs/scaling.md and docs/scaling.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
