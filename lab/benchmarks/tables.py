"""Formats the figures of a run as tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from textwrap import fill
from typing import Any

from rich.table import Table as RichTable

from lab.benchmarks import load, measure, resources
from lab.benchmarks.candidates import FLOOR, OURS
from lab.benchmarks.resources import Row
from lab.benchmarks.targets import MEGABYTE, Verdict, ratio, resource_verdicts, verdicts

WIDTH = 120


@dataclass(frozen=True)
class Table:
    """A table. `notes` are the paragraphs after it. The first column is text, and the others are figures."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    notes: tuple[str, ...] = ()

    def markdown(self) -> str:
        lines = [self.columns, ("---", *("--:" for _ in self.columns[1:])), *self.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return "\n\n".join([f"### {self.title}", table, *(fill(note, WIDTH) for note in self.notes)])

    def rich(self) -> RichTable:
        table = RichTable(*self.columns, title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*row)
        return table


def tables(command: str, found: dict[str, Any]) -> Iterator[Table]:
    """The results of a run of this command, in the order of the document."""
    if command == "bench":
        yield _targets(verdicts(found))
        yield from _speed(found)
        yield from _resources(found)
    elif command == "resources":
        yield _targets(resource_verdicts(found["rows"]))
        yield _declared(found["rows"])
    else:
        yield from _load(found)


def _targets(found: Iterable[Verdict]) -> Table:
    rows, notes = [], []
    for verdict in found:
        if verdict.why and not verdict.met and verdict.why not in notes:
            notes.append(verdict.why)
        mark = "" if verdict.met or not verdict.why else f" ({notes.index(verdict.why) + 1})"
        rows.append((verdict.question, verdict.target, verdict.measured, ("yes" if verdict.met else "**no**") + mark))
    numbered = tuple(f"({number}) {note}" for number, note in enumerate(notes, 1))
    return Table("Targets", ("question", "target", "measured", "met"), rows, numbered)


def _speed(found: dict[str, Any]) -> Iterator[Table]:
    warm, rejects = found["warm"], found["rejects"]
    rows = [(name, f"{ratio(warm, name, FLOOR):.2f}", f"{median(warm[name]) / 1e3:.1f}") for name in warm]
    yield Table(
        "A warm decision: event to policy, keys in memory",
        ("candidate", "x floor", "µs here"),
        sorted(rows, key=lambda row: float(row[1])),
        (
            f"{measure.WARM_ROUNDS} rounds with all candidates, each in a separate process on one core. The table has "
            "medians, each compared with the floor of its own round. Naive and Pulumi's example fetch the key set in "
            "each call, here from the loopback interface. From the internet, a fetch is slower.",
        ),
    )
    rows = [(kind, f"{ratio(rejects, kind, FLOOR):.2f}") for kind in rejects if kind != FLOOR]
    yield Table("A refusal by ours", ("refused header", "x floor"), rows)


def _resources(found: dict[str, Any]) -> Iterator[Table]:
    cold, memory = found["cold"], found["memory"]
    rows = [
        (
            name,
            f"{ratio(cold, name, OURS):.2f}",
            f"{median(cold[name]):.0f}",
            f"{median(memory[name]) / MEGABYTE:.0f}" if name in memory else "-",
        )
        for name in sorted(cold, key=lambda name: ratio(cold, name, OURS))
    ]
    note = (
        f"{measure.COLD_ROUNDS} rounds, from the start of the process to the first byte of the first answer. This "
        "includes the imports and the fetch of the key set over TLS, with a trust store of the usual size. No peer is "
        "bundled or minified."
    )
    yield Table("A cold start, and the memory it takes", ("candidate", "x ours", "ms here", "peak MB"), rows, (note,))
    asked = ("known", "new key at once", "new key later")
    rows = [
        (name, str(told["fetches"]), *("yes" if told[question] else "no" for question in asked))
        for name, told in found["fetches"].items()
    ]
    yield Table(
        f"{measure.UNKNOWN} tokens with unknown `kid`s",
        ("candidate", "fetches", "known key serves", "new key at once", f"new key {measure.COOLDOWN} s later"),
        rows,
        ("The issuer publishes the new key right after the requests with unknown ones.",),
    )
    rows = [(target, f"{size / MEGABYTE:.2f}") for target, size in found["zips"].items()]
    yield Table("The zip", ("target", "MB"), rows)


def _declared(rows: Sequence[Row]) -> Table:
    shown = [
        (row.api, row.integration, str(row.resources), f"{row.seconds:.2f}", str(resources.OPENAPI_BODY))
        for row in rows
    ]
    notes = (
        "Routes without a page have GET and POST on each path, with a scope, and CORS is on. `resources` are those of "
        "the whole program without its components, which Pulumi counts as well. `seconds` is the fastest of "
        f"{resources.ROUNDS} runs under Pulumi's mocks: no AWS, no engine.",
        "`OpenAPI body` counts the API alone, as pulumi-aws-apigateway declares it for HTTP backends: "
        f"{resources.OPENAPI_BODY} resources (RestApi with the document as its body, Deployment, Stage). Each Lambda "
        "route adds one permission. The count comes from that library's source; the library was not run. 15 resources "
        "of this program belong to no route, such as the API, its gateway responses, the authorizer and the stage. "
        "With an OpenAPI body, a preview shows a changed route as a changed text.",
    )
    columns = ("API", "integration", "resources", "seconds", "OpenAPI body")
    return Table("By number of routes", columns, shown, notes)


def _load(found: dict[str, Any]) -> Iterator[Table]:
    told = found["decisions"]
    memory = told["memory"]
    growth = (max(memory) - memory[0]) / MEGABYTE
    rows = [
        ("decisions, each compared with the one expected", f"{told['count']:,}"),
        ("different tokens", f"{told['tokens']:,}"),
        ("of them refused", f"{told['refused']:.0%}"),
        ("wrong answers", "0"),
        (f"growth of memory after the first {load.WARM_UP:,}; at most {load.GROWTH} MB", f"{growth:.1f} MB"),
    ]
    yield Table("In process", ("", ""), rows)
    rows = [
        (str(told["connections"]), f"{told['count']:,}", "0", f"{told['memory'] / MEGABYTE:.0f}")
        for told in found["requests"]
    ]
    note = "The memory is that of MiniStack and its workers, not of the authorizer."
    yield Table("Through MiniStack", ("connections", "requests", "wrong answers", "MB"), rows, (note,))
