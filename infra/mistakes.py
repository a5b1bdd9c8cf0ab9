"""The mistakes of a configuration, as data. This module needs no Pulumi, so the policy pack can import its limits."""

import difflib
from collections.abc import Collection
from typing import NamedTuple

_LONGEST = 200  # characters of a value in a message


class Problem(NamedTuple):
    """A mistake in a value. `rule` is the id of the mistake, such as `plain-http`; `fix` is a sentence."""

    rule: str
    what: str
    fix: str


class Mistake(NamedTuple):
    """A problem and its place. `key` is a configuration key or a route; `got` is the value, as Python writes it."""

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


def did_you_mean(name: str, known: Collection[str]) -> str:
    """The fix for an unknown name: a known name that resembles it, or the list of known names."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Use one of {', '.join(known)}."


def shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
