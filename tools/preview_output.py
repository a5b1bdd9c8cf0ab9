"""Reads the result, the errors and the violations from the output of `pulumi preview --diff`."""

import itertools
import re

FAILED = ":x: failed"
_DIAGNOSTIC = re.compile(
    r"^ *((?:error|warning): .+)"
    r"((?:\n  - .+)*)"  # our own errors list the mistakes with their fixes
    r"(?:\nTraceback \(most recent call last\):(?:\n[ \t].*)*(\n\S.*))?",
    re.MULTILINE,
)
# The CLI writes no space and no line break between the resource and the policy's description. The next lines are the
# rule's message: `renderDiffPolicyViolationEvent` in its pkg/backend/display/diff.go.
_VIOLATION = re.compile(
    r"^ +\S+@v\S* (\[.+?\])(?: \[.+?\])*  ([\w-]+)(?:  \((\S+: .+?)\)(?=[^\s)]|$))?(.*)"
    r"((?:\n(?!Resources:|(?:error|warning|info|debug): |[-+~<=>])\S.*)*)",
    re.MULTILINE,
)


def verdict(preview: str) -> str:
    """The result of a preview: the changes of its summary, "no change", or `FAILED`.

    The summary comes at the end (`renderSummaryEvent` in the Pulumi CLI's pkg/backend/display/diff.go). A preview
    without a summary, or with a status of `make plan` other than 0, failed.
    """
    summaries = re.findall(r"^Resources:\n((?: {4}.+(?:\n|\Z))+)", preview, re.MULTILINE)
    status = re.findall(r"^make plan: exit status (\d+)$", preview, re.MULTILINE)
    error = re.search(r"^error: |^ +\S+@v\S* \[mandatory\]", preview, re.MULTILINE)
    if not summaries or status[-1:] not in ([], ["0"]) or error:
        return FAILED
    lines = [line.strip() for line in summaries[-1].splitlines()]
    if any(re.fullmatch(r"\d+ (errored|awaiting)", line) for line in lines):
        return FAILED
    if re.fullmatch(r"\d+ unchanged", "\n".join(lines)):
        return "no change"
    # The last line can be the total: "39 changes. 129 unchanged".
    changes = [line for line in lines if not re.fullmatch(r"(\d+ changes)?(\. )?(\d+ unchanged)?", line)]
    # The text becomes a heading, so it has no symbols and no Markdown.
    return ", ".join(re.sub(r"^\W+|[^\w -]", "", line) for line in changes)[:300] or FAILED


def notes(preview: str, room: int) -> list[str]:
    """Errors, violations and then warnings, each with its fix.

    These lines are formatted as code, because they quote foreign text.
    """
    found: list[str] = []
    for level, rule, resource, description, message in _VIOLATION.findall(preview):
        found.append(_item(f"{level} {rule}, {resource}" if resource else f"{level} {rule}", message or description))
    found += [_item(head, mistakes + last) for head, mistakes, last in _DIAGNOSTIC.findall(preview)]
    found = sorted(dict.fromkeys(found), key=lambda item: item.startswith(("- `` warning", "- `` [advisory")))
    sizes = itertools.accumulate(map(len, found))
    listed = [item for item, size in zip(found, sizes, strict=True) if size <= room]
    return listed if listed == found else [*listed, f"- and {len(found) - len(listed)} more, below"]


def _item(head: str, detail: str) -> str:
    lines = [head, *(line.removeprefix("  - ") for line in detail.splitlines() if line.strip())]
    return "\n  - ".join(["- " + _code(lines[0]), *map(_code, lines[1:11])])


def _code(line: str) -> str:
    return "`` {} ``".format(line.replace("`", "'")[:500])
