"""Renames the project, and with it the namespace of its configuration keys.

Standard library only, so that it runs before anything is installed.
"""

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.errors import ToolError, UsageError

ROOT = Path(__file__).resolve().parent.parent
# https://www.pulumi.com/docs/iac/concepts/projects/: letters, digits, - _ . and at most 100 of them.
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_PROVIDERS = ("aws", "auth0", "pulumi")  # namespaces of providers
_SHARED = ("audience",)  # a key of the project that a provider also has
_HIDDEN = (".ci", ".github")  # the project's folders whose name begins with a dot
# Names that YAML does not read as a string without quotes.
_QUOTED = re.compile(r"[^A-Za-z].*|true|false|yes|no|on|off|y|n|null", re.IGNORECASE)


class RenameError(ToolError):
    """Nothing was renamed. The message has the reason and the fix."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the new name: at most 100 letters, digits, - _ and .")


def main(options: argparse.Namespace) -> int:
    """Give the project another name: in Pulumi.yaml, and in each place that names a configuration key."""
    name: str = options.name
    if not _NAME.fullmatch(name) or name in _PROVIDERS:
        why = f"the name of a provider, got {name}" if name in _PROVIDERS else f"not a project name, got {name!r}"
        raise UsageError(f"NAME: {why}. Use letters, digits, - _ and . only, for example: make rename NAME=shop")
    for line in rename(ROOT, name) or [f"Nothing to change: the project's name is {name}."]:
        print(line)
    return 0


def rename(root: Path, name: str) -> list[str]:
    """Rename the project in this folder, and return a line for each file that was changed.

    Comments, order, encoding and line ends do not change. Raises `RenameError` before it writes anything.
    """
    project = root / "Pulumi.yaml"
    before = project.read_bytes()
    title = re.search(rb"""(?m)^(\xef\xbb\xbf)?name:[ \t]*(["']?)([\w.-]+)\2""", before)
    keys = _declared(before)
    if not title or not keys:
        raise RenameError("Pulumi.yaml: has no project name or no config. Restore both, then rename.")
    old = {title[3], *_namespaces(root, keys)} - {name.encode()}
    written = f'"{name}"' if _QUOTED.fullmatch(name) else name
    changed: dict[Path, tuple[bytes, int]] = {}
    if old:
        stacks = [path.name[len("Pulumi.") : -len(".yaml")].encode() for path in root.glob("Pulumi.*.yaml")]
        names, options, places = (b"|".join(map(re.escape, sorted(words))) for words in (old, keys, stacks))
        # NAME:KEY, and NAME-STACK, the beginning of names in AWS. `my-NAME:audience` belongs to another project.
        used = re.compile(
            rb"(?<![\w./-])(?:%b)(?=:(?:%b)\b)|(?<![\w.-])(?:%b)(?=-(?:<stack>|(?:%b)\b))"
            % (names, options, names, places or b"<stack>")
        )
        for path in _files(root):
            text, count = used.subn(name.encode(), path.read_bytes())
            if count:
                changed[path] = text, count
    if title[3] != name.encode():
        text, count = changed.pop(project, (before, 0))
        at = text.index(title[0])
        head = (title[1] or b"") + b"name: " + written.encode()
        changed[project] = (
            text[:at] + head + text[at + len(title[0]) :],
            count + 1,
        )  # last: an interrupted run can start again
    for path, (text, _) in changed.items():
        path.write_bytes(text)
    return [f"{path.relative_to(root)}: {_times(count)}" for path, (_, count) in changed.items()]


def _declared(project: bytes) -> list[bytes]:
    """The keys that Pulumi.yaml declares."""
    block = re.search(rb"(?m)^config:.*\n((?:[ \t#\r].*\n?|\n)*)", project)
    return re.findall(rb"(?m)^  ([A-Za-z]\w*):", block[1]) if block else []


def _namespaces(root: Path, keys: Sequence[bytes]) -> Iterator[bytes]:
    """The names of the project in the stack files. `pulumi new` does not change the old name there."""
    for path in root.glob("Pulumi.*.yaml"):
        for namespace, key in re.findall(rb"""(?m)^[ \t]+["']?([\w.-]+):(\w+)["']?[ \t]*:""", path.read_bytes()):
            if key in keys and key.decode() not in _SHARED and namespace.decode() not in _PROVIDERS:
                yield namespace


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if (not name.startswith(".") or name in _HIDDEN) and name not in ("node_modules", "__pycache__")
        )
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _times(count: int) -> str:
    return "1 place" if count == 1 else f"{count} places"
