"""Defines calls of an API over real HTTP, with expected and actual answers, and prints them in a table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

TIMEOUT = 30  # seconds; API Gateway itself gives a request 29

Check = Callable[[requests.Response], str | None]


@dataclass(frozen=True)
class Call:
    """A request, and its expected answer.

    `check` checks more than the status, and returns the mistake or None. `body` is sent as JSON.
    """

    title: str
    expected: int
    method: str = "GET"
    path: str = "/pets"
    authorization: str | None = field(default=None, repr=False)
    check: Check = lambda _: None
    body: Mapping[str, Any] | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": self.authorization} if self.authorization else {}

    def problem_of(self, response: requests.Response) -> str | None:
        return self.check(response) if response.status_code == self.expected else None


@dataclass(frozen=True)
class Outcome:
    """The answer to a call. If there was no response, `status` is None and `problem` has the reason."""

    call: Call
    status: int | None
    problem: str | None
    seconds: float = 0
    tries: int = 1

    @property
    def as_expected(self) -> bool:
        return self.status == self.call.expected and self.problem is None

    @property
    def actual(self) -> str:
        return ", ".join(str(part) for part in (self.status, self.problem) if part is not None)


def without_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An `auth` for the `requests` library that stops it from sending credentials of a .netrc instead of the token."""
    return request


def tabulate(
    console: Console, outcomes: Iterable[Outcome], *, title: str, last: str, cell: Callable[[Outcome], str]
) -> bool:
    """Print a table of the outcomes while the calls run, and return whether each call got the expected answer.

    `last` is the name of the last column, and `cell` returns its content.
    """
    table = Table("", "call", "to", "expected", "actual", last, title=escape(title))
    table.columns[2].overflow = "fold"
    for column in (3, 4, 5):
        table.columns[column].justify = "right"
    made: list[Outcome] = []
    with console.status("Calling ...") as status:
        for outcome in outcomes:
            made.append(outcome)
            call = outcome.call
            status.update(f"Calling: {call.title}")
            mark = Text("ok", "green") if outcome.as_expected else Text("NO", "red")
            target = Text(f"{call.method} {call.path}")
            table.add_row(mark, Text(call.title), target, str(call.expected), Text(outcome.actual), cell(outcome))
    console.print(table)
    good = sum(outcome.as_expected for outcome in made)
    console.print(f"{good} of {len(made)} calls answered as they should")
    return good == len(made) > 0
