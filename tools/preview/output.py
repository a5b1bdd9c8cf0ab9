"""A preview as text for a terminal, and as Markdown for a page."""

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
    "A removed route is in one deployment more: until `pulumi up --replace '**petstore-deployment'`, "
    "a public one is still served: docs/operations.md#remove-a-route."
)


class Preview(NamedTuple):
    """What stands between two programs. `title`: of which stack, compared with what."""

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
        loud = sum(notice.loud for notice in self.notices)
        listed = [f"{count[action]} to {action}" for action in (*ACTIONS.values(), UNKNOWN) if count[action]]
        if loud:
            listed.append(f"{loud} {'WARNING' if loud == 1 else 'WARNINGS'}")
        return ", ".join(listed) or "no resource to change"

    @property
    def hints(self) -> list[str]:
        removed = any(notice.label == "removed" for notice in self.notices)
        return [*([REMOVED] if removed else ()), *self.asides]


def text(preview: Preview) -> Iterator[Text]:
    """Its lines."""
    if not preview.groups and not preview.notices:
        yield Text(f"{preview.title}: {preview.summary}")
        yield from (Text(hint) for hint in preview.hints)
        return
    yield Text(preview.title, "bold")
    if preview.notices:
        yield Text("\nWho is let in", "bold")
    label, subject = (max((len(readable(each[at])) for each in preview.notices), default=0) for at in (0, 1))
    for notice in preview.notices:
        mark, style = ("!", "bold red") if notice.loud else (" ", "")
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
    """For a job's summary. Whatever came from the programs stands in code spans: it is shown, and does nothing."""
    lines = [f"### {_code(preview.title)}", "", f"**{preview.summary}**", ""]
    loud = [f"> - {_notice(notice)}" for notice in preview.notices if notice.loud]
    if loud:
        lines += ["> [!WARNING]", "> This change may let in who is kept out today:", ">", *loud, ""]
    if quiet := [f"- {_notice(notice)}" for notice in preview.notices if not notice.loud]:
        lines += [*quiet, ""]
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
    """A code span, fenced by more backticks than it holds. https://spec.commonmark.org/0.31.2/#code-spans"""
    value = readable(value)
    fence = "`" * (1 + max(map(len, re.findall("`+", value)), default=0))
    pad = " " if "`" in value or not value.strip() else ""
    return f"{fence}{pad}{value}{pad}{fence}"
