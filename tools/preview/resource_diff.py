"""Describes a plan for a reader: groups equal steps, and lists differences of values by their paths."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from tools.preview.mock_recorder import Resource
from tools.preview.plan import FORCES_REPLACEMENT, Step, plan

WIDTH = 100  # characters of a value; a longer one is cut around the difference
ACTIONS = {"create": "add", "delete": "remove", "replace": "replace", "update": "change"}
UNKNOWN = (
    "update or replace"  # for a type that is not in the planner's table: AWS may not support changes of its inputs
)
_ABSENT: Any = object()
_MARKER = re.compile(r"\b(ARN|ID|INVOKE)\(([^()]+)\)")
_DIGEST = re.compile(r"\b([0-9a-f]{10})[0-9a-f]{30,}\b")
_WORDS = {"ARN": "ARN", "ID": "id", "INVOKE": "invoke ARN"}


class Difference(NamedTuple):
    """A changed value. `path` is its path in the inputs, such as `environment.variables.ROUTES[2]`."""

    path: str
    was: str
    now: str


class Group(NamedTuple):
    """Resources of one type that have the same step and differences. `action` is a value of `ACTIONS`, or `UNKNOWN`."""

    action: str
    type: str
    names: tuple[str, ...]
    differences: tuple[Difference, ...]


def groups(before: Iterable[Resource], after: Iterable[Resource]) -> list[Group]:
    """The steps from one program to the other, in groups: additions, then removals, replacements and changes.

    The order does not depend on that of the declarations, which differs from run to run on a busy machine.
    """
    found: dict[tuple[str, str, tuple[Difference, ...]], list[str]] = {}
    steps = plan(before, after)
    order = [*ACTIONS].index
    for step in sorted(steps, key=lambda step: (order(step.action), step.resource.type, step.resource.name)):
        kind = step.resource.type.removeprefix("aws:")
        action = UNKNOWN if step.action == "update" and kind not in FORCES_REPLACEMENT else ACTIONS[step.action]
        found.setdefault((action, _short(kind), tuple(_of(step))), []).append(step.resource.name)
    return [Group(action, kind, tuple(names), many) for (action, kind, many), names in found.items()]


def _short(kind: str) -> str:
    """The short name of a type: `apigateway:Method` for `apigateway/method:Method`."""
    module, _, name = kind.rpartition(":")
    return f"{module.partition('/')[0]}:{name}"


def _of(step: Step) -> Iterator[Difference]:
    was = step.was.inputs if step.was else {}
    for name in step.changed if step.action != "delete" else ():
        one, other = was.get(name, _ABSENT), step.resource.inputs.get(name, _ABSENT)
        many = list(differences(one, other, name))
        # The text is the same, but it comes from a replaced resource.
        yield from many or [Difference(name, readable(one), "a new one, known after its creation")]


def differences(was: Any, now: Any, path: str) -> Iterator[Difference]:
    """The differences between two JSON values. Strings are compared by line, and JSON documents in strings by value."""
    was, now = _taken_apart(was, now)
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted(was.keys() | now.keys()):
            part = f"{path}.{key}" if re.fullmatch(r"\w+", key) else f'{path}["{key}"]'
            yield from differences(was.get(key, _ABSENT), now.get(key, _ABSENT), part)
    elif isinstance(was, list) and isinstance(now, list):
        yield from _in_lists(was, now, path)
    elif was != now:
        yield Difference(readable(path), *_excerpts(readable(was), readable(now)))


def _taken_apart(was: Any, now: Any) -> tuple[Any, Any]:
    if not isinstance(was, str) or not isinstance(now, str):
        return was, now
    try:
        documents = json.loads(was), json.loads(now)
    except ValueError:
        documents = None
    if documents and all(isinstance(document, dict | list) for document in documents):
        return documents
    return (was.splitlines(), now.splitlines()) if "\n" in was + now else (was, now)


def _in_lists(was: list[Any], now: list[Any], path: str) -> Iterator[Difference]:
    """The differences between two lists after their common beginning and before their common end, item by item."""
    start = _in_common(was, now)
    end = _in_common(was[start:][::-1], now[start:][::-1])
    rest = zip_longest(was[start : len(was) - end], now[start : len(now) - end], fillvalue=_ABSENT)
    for at, (one, other) in enumerate(rest, start):
        yield from differences(one, other, f"{path}[{at}]")


def _in_common(one: Any, other: Any) -> int:
    """The number of equal items or characters at the start of both."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))


def readable(value: Any) -> str:
    """The value on one line, without control characters. Values that only AWS knows are described in words."""
    if value is _ABSENT:
        return "(none)"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    text = _MARKER.sub(lambda marker: f"<{_WORDS[marker[1]]} of {marker[2]}>", text)
    text = _DIGEST.sub(r"\1...", text)
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _excerpts(was: str, now: str) -> tuple[str, str]:
    start = max(0, _in_common(was, now) - WIDTH // 3) if max(len(was), len(now)) > WIDTH else 0
    return _excerpt(was, start), _excerpt(now, start)


def _excerpt(text: str, start: int) -> str:
    return ("..." if start else "") + text[start : start + WIDTH] + ("..." if len(text) > start + WIDTH else "")
