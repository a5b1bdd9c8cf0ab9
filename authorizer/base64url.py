"""Base64url without padding, as JOSE has it (RFC 7515 2)."""

import binascii

_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")


def decode(text: bytes) -> bytes:
    """The bytes that the text stands for. Raises `ValueError` for any other character than base64url's."""
    if b"+" in text or b"/" in text or b"=" in text:
        raise ValueError("not base64url")
    padded = text.translate(_STANDARD_ALPHABET) + b"=" * (-len(text) % 4)
    return binascii.a2b_base64(padded, strict_mode=True)
