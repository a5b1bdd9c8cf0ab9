"""Which keys of a key set the function would trust, and why not the others; plain arithmetic, no cryptography here."""

from typing import Any, NamedTuple, cast

from authorizer.base64url import decode
from authorizer.strict_json import parse_object

MIN_BITS, MAX_BITS = 2048, 8192
_PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth"))
_PRIMES = [number for number in range(3, 168) if all(number % smaller for smaller in range(2, number))]


class KeySet(NamedTuple):
    """`usable` by their `kid`; the others a line each: those that are not for RS256, and those that are and no good."""

    usable: list[str]
    foreign: list[str]
    faulty: list[str]


def judge(document: bytes) -> KeySet:
    """The keys of a JWKS document as `authorizer.keys.signing_keys` takes them: a test holds the two together.

    Raises `ValueError` where the document is no key set (RFC 7517 5).
    """
    entries: object = parse_object(document).get("keys")
    if not isinstance(entries, list):
        raise ValueError("`keys` is not a list")
    found = KeySet([], [], [])
    named: dict[str, list[dict[str, Any]]] = {}
    for entry in cast("list[Any]", entries):
        jwk = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        kid = jwk.get("kid")
        if jwk.get("kty") != "RSA":
            found.foreign.append(f"{shown(kid)} is of kty {shown(jwk.get('kty'))}")
        elif not isinstance(kid, str) or not kid:
            found.faulty.append("one has no kid")
        else:
            named.setdefault(kid, []).append(jwk)
    for kid, (first, *others) in named.items():
        use, fault = _another_use(first), _fault(first)
        if any(other != first for other in others):
            found.faulty.append(f"{shown(kid)} is the kid of several keys")
        elif use:
            found.foreign.append(f"{shown(kid)} is for {use}")
        elif fault:
            found.faulty.append(f"{shown(kid)} {fault}")
        else:
            found.usable.append(kid)
    return found


def shown(value: object) -> str:
    """What somebody else wrote, fit for a terminal: ASCII, in quotes, not too long."""
    text = ascii(value)
    return text if len(text) <= 320 else f"{text[:320]}..."


def _another_use(jwk: dict[str, Any]) -> str | None:
    if jwk.get("use", "sig") != "sig":
        return f"use {shown(jwk['use'])}"
    if jwk.get("alg", "RS256") != "RS256":
        return f"alg {shown(jwk['alg'])}"
    operations: Any = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return f"key_ops {shown(jwk['key_ops'])}"
    if any(each not in ("verify", "sign") for each in cast("list[Any]", operations)):
        return f"key_ops {shown(jwk['key_ops'])}"
    return None


def _fault(jwk: dict[str, Any]) -> str | None:
    modulus, exponent = _unsigned(jwk.get("n")), _unsigned(jwk.get("e"))
    if not _PRIVATE.isdisjoint(jwk):
        return "is published with its private half: whoever has read it can sign"
    if not modulus or not exponent:
        return "has no n or e in base64url"
    if not MIN_BITS <= modulus.bit_length() <= MAX_BITS:
        return f"has {modulus.bit_length()} bits; {MIN_BITS} is the least (RFC 7518 3.3) and {MAX_BITS} the most"
    if not 3 <= exponent < 2**32 or not modulus & exponent & 1:
        return "is no sound RSA key: n and e must be odd, e from 3 to 2^32"
    if all(modulus % prime in {pow(65537, power, prime) for power in range(prime)} for prime in _PRIMES):
        return "can be factored (ROCA, CVE-2017-15361)"
    return None


def _unsigned(value: object) -> int:
    """A Base64urlUInt (RFC 7518 2), or 0 for what is none."""
    try:
        return int.from_bytes(decode(value.encode()), "big") if isinstance(value, str) else 0
    except ValueError:
        return 0
