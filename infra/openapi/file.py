"""Reads an OpenAPI document as plain data: strings, lists and mappings."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import yaml  # a requirement of Pulumi

from authorizer.encoding import parse_object
from infra.mistakes import Problem
from infra.names import ROOT

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html: its limit.
MAX_BYTES = 6 * 1024 * 1024
MAX_DEPTH = 100  # the documents of large APIs are nested some thirty deep
_YAML: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml's, if present
_parse = cast("Callable[..., Iterator[yaml.Event]]", yaml.parse)  # pyright: ignore[reportUnknownMemberType] - untyped
_END = object()


class Refused(Exception):
    """The document has a part that the program cannot implement. The arguments are those of a `Problem`."""

    def __init__(self, rule: str, what: str, fix: str) -> None:
        super().__init__(f"{what}. {fix}")
        self.problem = Problem(rule, what, fix)


def file_name(value: str) -> Problem | None:
    path = Path(value)
    if path.is_absolute() or ".." in path.parts or not (ROOT / path).resolve().is_relative_to(ROOT):
        return Problem(
            "outside-project",
            "is not a file of this project",
            "Move the document into this folder and use its relative path.",
        )
    if not (ROOT / path).is_file():
        return Problem(
            "no-file", "is not a file of this project", "Correct the path, which is relative to the project's folder."
        )
    return None


def read(name: str) -> dict[str, Any]:
    """Read the document in this file of the project. Raises `Refused`."""
    with (ROOT / name).open("rb") as file:
        return parse(file.read(MAX_BYTES + 1))


def parse(content: bytes) -> dict[str, Any]:
    """The document in these bytes: JSON if they begin with a brace, YAML otherwise.

    All YAML scalars stay strings, so that a path or scope called `no` does not become a boolean. Raises `Refused` for
    other formats, for a duplicate key in a mapping, and for aliases, which can expand a small file without limit.
    """
    if len(content) > MAX_BYTES:
        raise Refused("too-large", f"is larger than {MAX_BYTES:,} bytes", "Remove examples, or split the API.")
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        document: object = parse_object(content) if content.startswith(b"{") else _yaml(content.decode("utf-8"))
    except (ValueError, yaml.YAMLError) as error:
        raise Refused(
            "not-a-document", f"is neither JSON nor YAML: {' '.join(str(error).split())}", "Correct it."
        ) from None
    if not isinstance(document, dict):
        raise Refused("not-a-mapping", "is not a mapping with openapi, info and paths", "Correct it.")
    return cast("dict[str, Any]", document)


def _yaml(text: str) -> object:
    # Events instead of PyYAML's constructors, which follow aliases and keep the last of two keys. Also, libyaml's
    # composer ends the process if a document is nested deeply.
    events = _parse(text, Loader=_YAML)
    kept = (event for event in events if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent))
    document = _value(kept, 0)
    after = [type(event) for event in (next(kept, None), next(kept, None))]
    if document is not _END and after != [yaml.DocumentEndEvent, yaml.StreamEndEvent]:
        raise Refused("several-documents", "has more than one document", "Keep one.")
    return document


def _value(events: Iterator[yaml.Event], depth: int) -> object:
    event = next(events)
    line = f"line {event.start_mark.line + 1}"
    if depth > MAX_DEPTH:
        raise Refused("too-deep", f"is nested more than {MAX_DEPTH} levels deep on {line}", "Simplify it.")
    match event:
        case yaml.ScalarEvent():
            return cast("str", event.value)
        case yaml.SequenceStartEvent():
            return list(iter(lambda: _value(events, depth + 1), _END))
        case yaml.MappingStartEvent():
            found: dict[object, object] = {}
            for key in iter(lambda: _value(events, depth + 1), _END):
                if not isinstance(key, str) or key in found:
                    raise Refused(
                        "duplicate-key",
                        f"has a key on {line} that is a duplicate or not a string, {key!r}",
                        "Correct it.",
                    )
                found[key] = _value(events, depth + 1)
            return found
        case yaml.AliasEvent():
            raise Refused(
                "alias",
                f"has a YAML alias (*{event.anchor}) on {line}",
                "Write its content instead, or use a $ref.",
            )
        case _:
            return _END


def resolve(document: Mapping[str, Any], node: object) -> dict[str, Any]:
    """This mapping, or the one in the document to which its $ref refers. Raises `Refused`."""
    seen: set[str] = set()
    while isinstance(node, dict) and "$ref" in node:
        reference = str(cast("dict[str, Any]", node)["$ref"])
        if not reference.startswith("#/"):
            raise Refused(
                "ref-elsewhere",
                "has a $ref to another document, which the program does not read",
                "Bundle all documents into one.",
            )
        if reference in seen:
            raise Refused("ref-circle", f"has a $ref that leads back to itself, {reference!r}", "Correct it.")
        seen.add(reference)
        node = _at(document, reference)
    if not isinstance(node, dict):
        raise Refused("not-a-mapping", "is not a mapping", "Correct it.")
    return cast("dict[str, Any]", node)


def _at(document: Mapping[str, Any], reference: str) -> object:
    """The value to which a JSON pointer in a URI's fragment refers (RFC 6901 6)."""
    node: object = document
    for part in reference[2:].split("/"):
        key = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and re.fullmatch("[0-9]{1,6}", key):
            node = dict(enumerate(cast("list[object]", node))).get(int(key))
        else:
            node = cast("dict[str, object]", node).get(key) if isinstance(node, dict) else None
        if node is None:
            raise Refused("ref-nowhere", f"has a $ref to a part that does not exist, {reference!r}", "Correct it.")
    return node
