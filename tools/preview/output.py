"""Prints a preview as text for a terminal, or as Markdown for a page."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.text import Text

from tools.preview.resource_diff import ACTIONS, UNKNOWN, Difference, Group, readable
from tools.preview.route_access_diff import Notice

_SIGNS = {"add": ("+", "green"), "remove": ("-", "red"), "replace": ("±", "magenta")}
_CHANGE = ("~", "yellow")
REMOVED = (
    "A removed route stays in the next deployment: a public one is served until you run "
    "`pulumi up --replace '**petstore-deployment'`. See docs/operations.md#remove-a-route."
)


class Preview(NamedTuple):
    """The differences between two programs. `title` names the stack and the base revision."""

    title: str
    notices: Sequence[Notice]
    groups: Sequence[Group]
    asides: Sequence[str] = ()

    @property
    def summary(self) -> str:
        if not self.groups and not self.notices:
            return "no change"
        count = Counter[str]()
        for group in self.groups:
            count[group.action] += len(group.names)
        warnings = sum(notice.is_warning for notice in self.notices)
        listed = [f"{count[action]} to {action}" for action in (*ACTIONS.values(), UNKNOWN) if count[action]]
        if warnings:
            listed.append(f"{warnings} {'WARNING' if warnings == 1 else 'WARNINGS'}")
        return ", ".join(listed) or "no resource to change"

    @property
    def hints(self) -> list[str]:
        removed = any(notice.label == "removed" for notice in self.notices)
        return [*([REMOVED] if removed else ()), *self.asides]


def text(preview: Preview) -> Iterator[Text]:
    """The lines of a preview for a terminal."""
    if not preview.groups and not preview.notices:
        yield Text(f"{preview.title}: {preview.summary}")
        yield from (Text(hint) for hint in preview.hints)
        return
    yield Text(preview.title, "bold")
    if preview.notices:
        yield Text("\nAccess", "bold")
    label, subject = (max((len(readable(each[at])) for each in preview.notices), default=0) for at in (0, 1))
    for notice in preview.notices:
        mark, style = ("!", "bold red") if notice.is_warning else (" ", "")
        head = f"{mark} {notice.label.ljust(label)}  {readable(notice.subject).ljust(subject)}"
        yield Text(f"{head}  {readable(_course(notice))}", style)
    yield from (Text(f"  {hint}", "dim") for hint in preview.hints)
    if preview.groups:
        yield Text("\nResources", "bold")
    for group in preview.groups:
        sign, style = _SIGNS.get(group.action, _CHANGE)
        yield Text(f"{sign} {group.action} {_heading(group)}", style)
        yield from (Text(f"    {each.path}: {each.was} -> {each.now}") for each in group.differences)
    yield Text(f"\n{preview.summary}", "bold")


def as_json(preview: Preview) -> str:
    groups = [
        group._asdict() | {"differences": [each._asdict() for each in group.differences]} for group in preview.groups
    ]
    notices = [notice._asdict() for notice in preview.notices]
    summary = {"title": preview.title, "summary": preview.summary, "notices": notices}
    return json.dumps({**summary, "groups": groups, "hints": preview.hints}, indent=2)


def markdown(preview: Preview) -> str:
    """The preview as Markdown. Text from the programs is in code spans, so it has no effect as Markdown."""
    lines = [f"### {_code(preview.title)}", "", f"**{preview.summary}**", ""]
    warnings = [f"> - {_notice(notice)}" for notice in preview.notices if notice.is_warning]
    if warnings:
        lines += ["> [!WARNING]", "> This change may allow requests that are refused today:", ">", *warnings, ""]
    if others := [f"- {_notice(notice)}" for notice in preview.notices if not notice.is_warning]:
        lines += [*others, ""]
    if preview.hints:
        lines += [*preview.hints, ""]
    if preview.groups:
        lines += ["<details><summary>Resources</summary>", ""]
        for group in preview.groups:
            lines.append(f"- {group.action} {_code(_heading(group))}")
            lines += [f"  - {_difference(each)}" for each in group.differences]
        lines += ["", "</details>", "", ""]
    return "\n".join(lines)


def _notice(notice: Notice) -> str:
    return f"**{notice.label}** {_code(notice.subject)}: {_code(_course(notice))}"


def _difference(difference: Difference) -> str:
    return f"{_code(difference.path)}: {_code(difference.was)} → {_code(difference.now)}"


def _course(notice: Notice) -> str:
    return " -> ".join(filter(None, (notice.was, notice.now)))


def _heading(group: Group) -> str:
    names = ", ".join(readable(name) for name in group.names[:3])
    more = f" and {len(group.names) - 3} more" if len(group.names) > 3 else ""
    return readable(f"{group.type} {names}{more}")


def _code(value: str) -> str:
    """A code span, with more backticks around it than within it. https://spec.commonmark.org/0.31.2/#code-spans"""
    value = readable(value)
    fence = "`" * (1 + max(map(len, re.findall("`+", value)), default=0))
    pad = " " if "`" in value or not value.strip() else ""
    return f"{fence}{pad}{value}{pad}{fence}"
