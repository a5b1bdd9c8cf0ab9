"""Changes to a token's encoded parts, as a list of `[part, change, argument]`."""

from collections.abc import Callable, Iterable
from typing import Any

from tests.authorizer.corpus.signing import Jwk, decoded, number
from tests.testkit.tokens import b64u

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

Change = Callable[[str, Any], str]


def _flip(part: str, at: int) -> str:
    octets = bytearray(decoded(part))
    octets[at] ^= 1
    return b64u(bytes(octets))


def _pad(part: str, _: None) -> str:
    assert len(part) % 4, "nothing is missing"
    return part + "=" * (-len(part) % 4)


def _unused_bits(part: str, bits: int) -> str:
    """Changes the last character's bits that encode no byte, so that the part decodes to the same bytes."""
    other = part[:-1] + _ALPHABET[_ALPHABET.index(part[-1]) ^ bits]
    assert other != part
    assert decoded(other) == decoded(part), "no bits are unused"
    return other


def _standard_alphabet(part: str, _: None) -> str:
    other = part.replace("-", "+").replace("_", "/")
    assert other != part, "both alphabets write it alike"
    return other


def _halves(part: str) -> tuple[bytes, bytes]:
    octets = decoded(part)
    return octets[: len(octets) // 2], octets[len(octets) // 2 :]


def _negated(s: bytes, order: int) -> bytes:
    return (order - int.from_bytes(s)).to_bytes(len(s))


_TEXT: dict[str, Change] = {
    "is": lambda _, text: text,
    "append": lambda part, text: part + text,
    "insert": lambda part, text: part[:20] + text + part[20:],
    "pad": _pad,
    "impossible length": lambda part, _: part + "A" * ((1 - len(part)) % 4),
    "flip": _flip,
    "unused bits": _unused_bits,
    "standard alphabet": _standard_alphabet,
    "prepend octets": lambda part, octets: b64u(bytes.fromhex(octets) + decoded(part)),
    "append octets": lambda part, octets: b64u(decoded(part) + bytes.fromhex(octets)),
    "drop octets": lambda part, count: b64u(decoded(part)[:-count]),
    "swap halves": lambda part, _: b64u(_halves(part)[1] + _halves(part)[0]),
    "negate s": lambda part, order: b64u(_halves(part)[0] + _negated(_halves(part)[1], int(order, 16))),
    "twice": lambda part, _: b64u(decoded(part) * 2),
    "every octet": lambda part, octet: b64u(bytes.fromhex(octet) * len(decoded(part))),
}


def changed(
    parts: dict[str, str], changes: Iterable[list[Any]], key: Jwk, token: Callable[[dict[str, Any]], str]
) -> dict[str, str]:
    """Apply each change to the parts. `token` builds the other token from which a part is taken."""
    parts = dict(parts)
    for name, change, *arguments in changes:
        argument: Any = arguments[0] if arguments else None
        match change:
            case "plus modulus":  # the same residue, but out of range
                parts[name] = b64u((number(parts[name]) + number(key["n"])).to_bytes(257, "big"))
            case "is modulus":
                parts[name] = key["n"]
            case "of":
                parts[name] = token(argument).split(".")[["header", "claims", "signature"].index(name)]
            case _:
                parts[name] = _TEXT[change](parts[name], argument)
    return parts
