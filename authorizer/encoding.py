"""Base64url and JSON, in the strict forms of JOSE. Standard library only."""

import binascii
import json
from typing import Any, cast

_STANDARD_ALPHABET = bytes.maketrans(b"-_+/=", b"+/!!!")  # a ! is in no alphabet


def decode_base64url(text: bytes) -> bytes:
    """The bytes that the text encodes, without padding (RFC 7515 2). Raises `ValueError` for any other character."""
    padded = text.translate(_STANDARD_ALPHABET) + b"=" * (-len(text) % 4)
    return binascii.a2b_base64(padded, strict_mode=True)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member name is twice in one object")
    return members


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_not_json)


def parse_json(document: bytes) -> Any:
    """The JSON value in these bytes (RFC 8259). `json.loads` would accept UTF-16, NaN and repeated names.

    Raises `ValueError` for any encoding except UTF-8 (8.1), a byte order mark, NaN or Infinity (6), and a repeated
    member name (4). The same is true for a number with thousands of digits, and for nesting that is too deep to read.
    """
    try:
        return _DECODER.decode(document.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_object(document: bytes) -> dict[str, Any]:
    """The JSON object in these bytes. Raises `ValueError` as `parse_json` does, or if they encode another type."""
    value = parse_json(document)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return cast("dict[str, Any]", value)
