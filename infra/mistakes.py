"""How the program says that something is configured wrongly."""

from collections.abc import Sequence
from typing import NamedTuple

import pulumi

_LONGEST = 200  # characters of a value that are shown


class Problem(NamedTuple):
    """What is wrong with a value: `rule` is its id, such as `plain-http`; `fix` a sentence."""

    rule: str
    what: str
    fix: str


class Mistake(NamedTuple):
    """A problem and its place: `key` of the configuration, or a route. `got`: the value, as Python writes it."""

    key: str
    rule: str
    what: str
    fix: str
    got: str = ""

    @classmethod
    def of(cls, key: str, problem: Problem, got: str = "") -> "Mistake":
        return cls(key, *problem, got)

    def __str__(self) -> str:
        got = f", got {shortened(self.got)}" if self.got else ""
        return f"{self.key}: {self.what}{got}. {self.fix}"


class ConfigurationError(pulumi.RunError):
    """All mistakes of one stack, a line each. Pulumi prints it without a traceback and touches no resource."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
        super().__init__(f"{count} in the configuration or the routes:\n{lines}")
        self.mistakes = list(mistakes)


def shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
