"""JSON as RFC 8259 has it. `json.loads` alone also takes UTF-16, NaN, and an object that says two things at once."""

import json
from typing import Any, cast


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member name stands twice in one object")
    return members


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_not_json)


def parse(document: bytes) -> Any:
    """The JSON value in these bytes.

    Raises `ValueError` for whatever is not one: another encoding than UTF-8 (8.1), a byte order mark, NaN or
    Infinity (6), a repeated member name (4), numbers of thousands of digits, nesting too deep to read.
    """
    try:
        return _DECODER.decode(document.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_object(document: bytes) -> dict[str, Any]:
    """The JSON object in these bytes. Raises `ValueError` as `parse` does, and for another value."""
    value = parse(document)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return cast("dict[str, Any]", value)
