"""Selects the keys of a key set that may verify a token (RFC 7517, 7518, 8037). Standard library only."""

from collections.abc import Collection
from typing import Any, NamedTuple, cast

from authorizer.encoding import decode_base64url, parse_object
from authorizer.token import Header

# Every algorithm that can be configured (RFC 7518 3.1, RFC 8037 3.1), with the `kty` and `crv` of its keys.
ALGORITHMS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256"), ("RSA", "")),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "EdDSA": ("OKP", "Ed25519"),
}
DEFAULT_ALGORITHMS = ("RS256",)

MIN_BITS = 2048  # RFC 7518 3.3
MAX_BITS = 8192  # verification gets slower with every bit; a longer key is a mistake or an attack
# The modulus of keys from a certain maker's chips (ROCA, CVE-2017-15361) is a power of 65537 modulo each of these.
ROCA_PRIMES = (
    *(3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109),
    *(113, 127, 131, 137, 139, 149, 151, 157, 163, 167),
)
_P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1, 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_P384 = (
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
)
_CURVES = {"P-256": _P256, "P-384": _P384}  # the prime and `b` of y² = x³ - 3x + b (NIST SP 800-186 3.2.1)
_PUBLIC = {"RSA": ("n", "e"), "EC": ("x", "y"), "OKP": ("x",)}
_PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth"))  # RFC 7518 6.2.2, 6.3.2; RFC 8037 2
_THUMBPRINTS = ("x5t#S256", "x5t")

Material = tuple[str | int, ...]


class Key(NamedTuple):
    """A public key for one algorithm. `kid` is "" if the issuer gives it none."""

    kid: str
    algorithm: str
    public: Any
    thumbprints: frozenset[str] = frozenset()


class KeySet(NamedTuple):
    """The usable keys of an issuer. `faults` describes the unusable keys for its algorithms."""

    keys: tuple[Key, ...] = ()
    faults: tuple[str, ...] = ()

    def find(self, header: Header) -> Key | None:
        """The key that a token's header names, or None. Without a `kid`, it is the only key for the algorithm.

        `kid` is optional in headers and in keys (RFC 7515 4.1.4, RFC 7517 4.5).
        """
        usable = [key for key in self.keys if key.algorithm == header.algorithm]
        if header.kid:
            named = [key for key in usable if key.kid == header.kid]
            usable = named or (usable if not any(key.kid for key in usable) else [])
        elif header.thumbprint and any(key.thumbprints for key in usable):
            usable = [key for key in usable if header.thumbprint in key.thumbprints]
        # One key may be published under several names.
        return usable[0] if usable and all(key.public == usable[0].public for key in usable[1:]) else None


class Candidate(NamedTuple):
    """A key that may verify tokens. `jwk` has its public members. Entries with equal `material` are the same key."""

    kid: str
    algorithms: tuple[str, ...]
    thumbprints: frozenset[str]
    jwk: dict[str, str]
    material: Material


class Rejected(NamedTuple):
    """An unused entry. `fault` is true if it is for a configured algorithm, and false if it has another purpose."""

    reason: str
    fault: bool


def classify(
    document: bytes, algorithms: Collection[str] = DEFAULT_ALGORITHMS
) -> tuple[list[Candidate], list[Rejected]]:
    """The keys of a JWKS document that may verify signatures of these algorithms, and the other keys with reasons.

    First, entries for another purpose (`kty`, `crv`, `use`, `alg`, `key_ops`) are dropped (RFC 7517 5). Entries with
    the same `kid` are one key if their key material is the same; otherwise, none of them is used. An entry without
    `alg` serves every configured algorithm of its type. Raises `ValueError` if the document is not a key set.
    """
    entries: object = parse_object(document).get("keys")
    if not isinstance(entries, list):
        raise ValueError("`keys` is not a list")
    jwks = [cast("dict[str, Any]", entry) if isinstance(entry, dict) else {} for entry in cast("list[Any]", entries)]
    leaked = {_material(jwk) for jwk in jwks if jwk.get("kty") in tuple(_PUBLIC) and not _PRIVATE.isdisjoint(jwk)}
    candidates: list[Candidate] = []
    rejected: list[Rejected] = []
    groups: dict[object, list[dict[str, Any]]] = {}
    for jwk in jwks:
        kid, purpose = jwk.get("kid"), _other_purpose(jwk, algorithms)
        if purpose:
            rejected.append(Rejected(f"{quoted(kid)} is for {purpose}", fault=False))
        elif not isinstance(kid, str | None):
            rejected.append(Rejected(f"{quoted(kid)} is a kid of the wrong type", fault=True))
        else:
            groups.setdefault(kid or _material(jwk), []).append(jwk)
    for kid, group in groups.items():
        name, material = kid if isinstance(kid, str) else "", _material(group[0])
        called = quoted(name) if name else "one without a kid"
        fault = next((found for found in map(_fault, group) if found), "")
        if any(_material(jwk) != material for jwk in group):
            rejected.append(Rejected(f"{called} is the kid of several keys", fault=True))
        elif material in leaked:
            rejected.append(Rejected(f"{called} is published with its private half: every reader can sign", fault=True))
        elif fault:
            rejected.append(Rejected(f"{called} {fault}", fault=True))
        else:
            candidates.append(_candidate(name, group, material, algorithms))
    return candidates, rejected


def quoted(value: object) -> str:
    """A foreign string that is safe for a terminal: ASCII, in quotes, not too long."""
    text = ascii(value)
    return text if len(text) <= 320 else f"{text[:320]}..."


def _candidate(name: str, group: list[dict[str, Any]], material: Material, algorithms: Collection[str]) -> Candidate:
    first = group[0]
    serves = {algorithm for jwk in group for algorithm in algorithms if _serves(jwk, algorithm)}
    thumbprints = {jwk[member] for jwk in group for member in _THUMBPRINTS if isinstance(jwk.get(member), str)}
    public = {member: first[member] for member in ("kty", "crv", *_PUBLIC[first["kty"]]) if member in first}
    return Candidate(name, tuple(sorted(serves)), frozenset(thumbprints), public, material)


def _serves(jwk: dict[str, Any], algorithm: str) -> bool:
    kty, curve = ALGORITHMS[algorithm]
    return jwk.get("kty") == kty and (not curve or jwk.get("crv") == curve) and jwk.get("alg", algorithm) == algorithm


def _other_purpose(jwk: dict[str, Any], algorithms: Collection[str]) -> str:
    """The member that gives the entry another purpose than signatures of these algorithms, or ""."""
    operations: Any = jwk.get("key_ops", ["verify"])
    tests = {
        "kty": any(jwk.get("kty") == ALGORITHMS[name][0] for name in algorithms),
        "crv": any(_serves({**jwk, "alg": name}, name) for name in algorithms),
        "alg": any(_serves(jwk, name) for name in algorithms),
        "use": jwk.get("use", "sig") == "sig",
        "key_ops": isinstance(operations, list)
        and "verify" in operations
        and all(each in ("verify", "sign") for each in cast("list[Any]", operations)),
    }
    return next((f"{member} {quoted(jwk.get(member))}" for member, passed in tests.items() if not passed), "")


def _material(jwk: dict[str, Any]) -> Material:
    kty: str = jwk["kty"]
    return (kty, str(jwk.get("crv", "")), *(int.from_bytes(_octets(jwk.get(member))) for member in _PUBLIC[kty]))


def _octets(value: object) -> bytes:
    """The bytes of a member in base64url, or no bytes if it is not base64url."""
    try:
        return decode_base64url(value.encode()) if isinstance(value, str) else b""
    except ValueError:
        return b""


def _fault(jwk: dict[str, Any]) -> str:
    octets = [_octets(jwk.get(member)) for member in _PUBLIC[jwk["kty"]]]
    if jwk["kty"] == "RSA":
        return _rsa_fault(*map(int.from_bytes, octets))
    is_sound: bool = _is_sound_ed25519(*octets) if jwk["kty"] == "OKP" else _is_on_curve(jwk["crv"], *octets)
    return "" if is_sound else f"has no sound point of {jwk['crv']} (RFC 7518 6.2.1, RFC 8032 5.1.3)"


def _rsa_fault(modulus: int, exponent: int) -> str:
    if not modulus or not exponent:
        return "has no n or e in base64url"
    if not MIN_BITS <= modulus.bit_length() <= MAX_BITS:
        return f"has {modulus.bit_length()} bits; {MIN_BITS} is the least (RFC 7518 3.3) and {MAX_BITS} the most"
    if not 3 <= exponent < 2**32 or not modulus & exponent & 1:
        return "is no sound RSA key: n and e must be odd, e from 3 to 2^32"
    if all(modulus % prime in {pow(65537, power, prime) for power in range(prime)} for prime in ROCA_PRIMES):
        return "can be factored (ROCA, CVE-2017-15361)"
    return ""


def _is_on_curve(curve: str, x_octets: bytes, y_octets: bytes) -> bool:
    prime, b = _CURVES[curve]
    x, y = int.from_bytes(x_octets), int.from_bytes(y_octets)
    sizes = {len(x_octets), len(y_octets)}
    return sizes == {prime.bit_length() // 8} and max(x, y) < prime and (y * y - x**3 + 3 * x - b) % prime == 0


def _is_sound_ed25519(octets: bytes) -> bool:
    """Whether these bytes encode a point that is not one of the eight of low order, for which anyone can sign."""
    prime = 2**255 - 19
    y = int.from_bytes(octets, "little") & (2**255 - 1)
    if len(octets) != 32 or not 0 < y < prime:
        return False
    x_squared = (y * y - 1) * pow(-121665 * pow(121666, -1, prime) * y * y + 1, -1, prime) % prime
    # Orders 1 and 2 have x = 0, and order 4 has y = 0. If x² is -y², the order is 8, because the double has y = 0.
    return pow(x_squared, prime // 2, prime) == 1 and (x_squared + y * y) % prime != 0
