"""`authorizer.key_set`: the keys that may verify a token, the reasons against the others, and the key for a token."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from authorizer.key_set import Key, KeySet, Rejected, classify, quoted
from authorizer.token import Header
from tests.testkit.tokens import KID, OMIT, b64u, jwk, key_set, rsa_key, uint

ALL = ("EdDSA", "ES384", "ES256", "RS256")
P256, P384 = 2**256 - 2**224 + 2**192 + 2**96 - 1, 2**384 - 2**128 - 2**96 + 2**32 - 1
P25519 = 2**255 - 19


def ec_jwk(x: bytes, y: bytes, curve: str = "P-256") -> dict[str, Any]:
    return {"kty": "EC", "crv": curve, "kid": "ec", "x": b64u(x), "y": b64u(y)}


def point(curve: ec.EllipticCurve, secret: int) -> tuple[int, int]:
    numbers = ec.derive_private_key(secret, curve).public_key().public_numbers()
    return numbers.x, numbers.y


def ed_jwk(octets: bytes) -> dict[str, Any]:
    return {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": b64u(octets)}


def only(key: dict[str, Any], *algorithms: str) -> object:
    """The candidate, or the rejected entry, of a key set with one entry."""
    candidates, rejected = classify(key_set(key), algorithms or ALL)
    (found,) = [*candidates, *rejected]
    return found


def is_usable(key: dict[str, Any]) -> bool:
    return not isinstance(only(key), Rejected)


@pytest.mark.parametrize("secret", range(1, 9))
@pytest.mark.parametrize(
    ("curve", "name", "size", "prime"),
    [(ec.SECP256R1(), "P-256", 32, P256), (ec.SECP384R1(), "P-384", 48, P384)],
    ids=["P-256", "P-384"],
)
def test_a_point_of_the_curve_is_a_key_and_any_other_pair_of_numbers_is_not(
    curve: ec.EllipticCurve, name: str, size: int, prime: int, secret: int
) -> None:
    x, y = point(curve, secret)

    def accepts(x: int, y: int, x_size: int = size, y_size: int = size) -> bool:
        return is_usable(ec_jwk(x.to_bytes(x_size), y.to_bytes(y_size), name))

    assert accepts(x, y)
    assert accepts(x, prime - y)
    assert not accepts(x, y + 1)
    assert not accepts(x, y - 1)
    assert not accepts(x + 1, y)
    assert not accepts(y, x)
    assert not accepts(x, y, x_size=size + 1)
    assert not accepts(x, y, y_size=size + 1)
    assert not accepts(x, y, size + 1, size + 1)


@pytest.mark.parametrize(("x", "name"), [(0, "P-256"), (5, "P-256"), (0, "P-384"), (2, "P-384")])
def test_a_coordinate_that_is_not_less_than_the_prime_is_not_a_key(x: int, name: str) -> None:
    prime, curve = (P256, ec.SECP256R1()) if name == "P-256" else (P384, ec.SECP384R1())
    compressed = b"\2" + x.to_bytes(prime.bit_length() // 8)
    y = ec.EllipticCurvePublicKey.from_encoded_point(curve, compressed).public_numbers().y
    size = prime.bit_length() // 8
    assert is_usable(ec_jwk(x.to_bytes(size), y.to_bytes(size), name))
    assert not is_usable(ec_jwk((x + prime).to_bytes(size), y.to_bytes(size), name))


SOUND = [  # the public keys of the first tests of RFC 8032 7.1, and small y
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    *(f"{y:02x}{'00' * 30}{sign}" for y in (3, 4, 5, 6) for sign in ("00", "80")),
]
UNSOUND = {
    **{f"no point has y = {y}": y.to_bytes(32, "little") for y in (2, 7, 8, 11)},
    "order 1": (1).to_bytes(32, "little"),
    "order 1, sign": (1 | 1 << 255).to_bytes(32, "little"),
    "order 2": (P25519 - 1).to_bytes(32, "little"),
    "order 2, sign": (P25519 - 1 | 1 << 255).to_bytes(32, "little"),
    "order 4": bytes(32),
    "order 4, sign": (1 << 255).to_bytes(32, "little"),
    **{
        f"order 8: {start}{last}": bytes.fromhex(start + rest + last)
        for start, rest, lasts in (
            ("26e8", "958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc", ("05", "85")),
            ("c717", "6a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03", ("7a", "fa")),
        )
        for last in lasts
    },
    "y is the prime": P25519.to_bytes(32, "little"),
    **{f"y is {y} more than the prime": (P25519 + y).to_bytes(32, "little") for y in (1, 3, 18)},
    "31 bytes": bytes.fromhex(SOUND[0])[:31],
    "33 bytes": bytes.fromhex(SOUND[0]) + bytes(1),
    "no bytes": b"",
}


@pytest.mark.parametrize("octets", SOUND)
def test_a_point_of_ed25519_is_a_key(octets: str) -> None:
    assert is_usable(ed_jwk(bytes.fromhex(octets)))


@pytest.mark.parametrize("case", UNSOUND)
def test_bytes_that_are_no_point_or_one_of_low_order_are_not_a_key(case: str) -> None:
    fault = "'ed' has no sound point of Ed25519 (RFC 7518 6.2.1, RFC 8032 5.1.3)"
    assert only(ed_jwk(UNSOUND[case])) == Rejected(fault, fault=True)


PUBLIC = jwk()
PURPOSES: dict[str, dict[str, Any]] = {
    "'key-1' is for kty 'oct'": jwk(kty="oct", use="enc", alg="x"),
    "'key-1' is for kty None": jwk(kty=OMIT, crv="x"),
    "'key-1' is for crv 'P-521'": jwk(kty="EC", crv="P-521", alg="ES512", use="enc"),
    "'key-1' is for crv 'X25519'": jwk(kty="OKP", crv="X25519", use="enc"),
    "'key-1' is for crv None": jwk(kty="EC"),
    "'key-1' is for alg 'RSA-OAEP'": jwk(alg="RSA-OAEP", use="enc"),
    "'key-1' is for alg 'ES384'": jwk(kty="EC", crv="P-256", alg="ES384"),
    "'key-1' is for use 'enc'": jwk(use="enc", key_ops=["encrypt"]),
    "'key-1' is for key_ops ['encrypt']": jwk(key_ops=["encrypt"]),
    "'key-1' is for key_ops 'verify'": jwk(key_ops="verify"),
    "'key-1' is for key_ops ['sign']": jwk(key_ops=["sign"]),
    "2 is for use None": jwk(kid=2, use=None),
}


@pytest.mark.parametrize("reason", PURPOSES)
def test_an_entry_for_another_purpose_is_no_fault_and_its_first_odd_member_is_named(reason: str) -> None:
    assert only(PURPOSES[reason]) == Rejected(reason, fault=False)


ODD = "is no sound RSA key: n and e must be odd, e from 3 to 2^32"
FAULTS: dict[str, dict[str, Any]] = {
    "2 is a kid of the wrong type": jwk(kid=2),
    "'key-1' has no n or e in base64url": jwk(n="A"),
    "one without a kid has no n or e in base64url": jwk(e=OMIT, kid=OMIT),
    "'key-1' has 2047 bits; 2048 is the least (RFC 7518 3.3) and 8192 the most": jwk(n=uint((1 << 2047) - 1)),
    "'key-1' has 8193 bits; 2048 is the least (RFC 7518 3.3) and 8192 the most": jwk(n=uint((1 << 8192) + 1)),
    f"'key-1' {ODD}": jwk(e=uint(2**32 + 1)),
    f"one without a kid {ODD}": jwk(kid="", e=uint(1)),
    "'key-1' is published with its private half: every reader can sign": jwk(d="", e=uint(1)),
    "'ec' has no sound point of P-384 (RFC 7518 6.2.1, RFC 8032 5.1.3)": ec_jwk(bytes(48), bytes(48), "P-384"),
}


@pytest.mark.parametrize("reason", FAULTS)
def test_a_wrong_key_is_a_fault_that_is_described(reason: str) -> None:
    assert only(FAULTS[reason]) == Rejected(reason, fault=True)


@pytest.mark.parametrize("bits", [2048, 8192])
def test_a_key_of_the_least_or_the_most_bits_is_used(bits: int) -> None:
    assert is_usable(jwk(n=uint((1 << bits - 1) + 1)))


@pytest.mark.parametrize("exponent", [3, 2**32 - 1])
def test_the_least_and_the_greatest_exponent_are_used(exponent: int) -> None:
    assert is_usable(jwk(e=uint(exponent)))


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256"])
def test_an_rsa_key_serves_the_algorithm_that_it_names(algorithm: str) -> None:
    (found,), _ = classify(key_set(jwk(alg=algorithm)), (*ALL, algorithm))
    assert found.algorithms == (algorithm,)


def test_a_candidate_has_its_public_members_and_every_algorithm_that_it_serves() -> None:
    x, y = point(ec.SECP256R1(), 5)
    curve = ec_jwk(x.to_bytes(32), y.to_bytes(32)) | {"x5t": "b", "use": "sig", "n": "AQAB"}
    rsa = jwk(alg=OMIT, x5c=["MIIC"], x5t="a") | {"x5t#S256": "c"}
    (first, second), rejected = classify(key_set(rsa, curve), ("RS512", "ES256", "PS256", "EdDSA"))
    assert rejected == []
    assert (first.kid, first.algorithms, first.thumbprints) == (KID, ("PS256", "RS512"), {"a", "c"})
    assert first.jwk == {name: PUBLIC[name] for name in ("kty", "n", "e")}
    assert first.material == ("RSA", "", rsa_key().public_key().public_numbers().n, 65537)
    assert (second.kid, second.algorithms, second.thumbprints) == ("ec", ("ES256",), {"b"})
    assert second.jwk == {name: curve[name] for name in ("kty", "crv", "x", "y")}
    assert second.material == ("EC", "P-256", x, y)


def test_entries_of_one_kid_and_key_are_one_candidate_for_all_their_algorithms_and_thumbprints() -> None:
    entries = [jwk(alg="RS512", x5t="a"), jwk(alg="PS256", x5t=7), jwk() | {"x5t#S256": "b"}]
    (found,), rejected = classify(key_set(*entries), ("RS512", "RS256"))
    assert (found.algorithms, found.thumbprints) == (("RS256", "RS512"), {"a", "b"})
    assert rejected == [Rejected("'key-1' is for alg 'PS256'", fault=False)]


def test_a_fault_of_one_entry_is_found_behind_a_sound_one_of_the_same_material() -> None:
    x, y = (number.to_bytes(32) for number in point(ec.SECP256R1(), 5))
    candidates, rejected = classify(key_set(ec_jwk(x, y), ec_jwk(b"\0" + x, y)), ALL)
    assert candidates == []
    assert [entry.reason.split(" (")[0] for entry in rejected] == ["'ec' has no sound point of P-256"]


def test_keys_of_different_types_or_curves_with_one_kid_are_ambiguous() -> None:
    x, y = (number.to_bytes(32) for number in point(ec.SECP256R1(), 5))
    for other in (jwk(kid="ec"), ec_jwk(x, y, "P-384"), ed_jwk(bytes.fromhex(SOUND[0])) | {"kid": "ec"}):
        _, rejected = classify(key_set(ec_jwk(x, y), other), ALL)
        assert rejected == [Rejected("'ec' is the kid of several keys", fault=True)]


def test_keys_without_a_kid_differ_by_their_material() -> None:
    candidates, rejected = classify(key_set(jwk(kid=OMIT), jwk("next", kid=None), jwk(kid="")), ALL)
    assert [(it.kid, it.material[2]) for it in candidates] == [
        ("", rsa_key(name).public_key().public_numbers().n) for name in ("issuer", "next")
    ]
    assert rejected == []


@pytest.mark.parametrize("leak", [jwk(kid="b", d=""), jwk(use="enc", q=""), jwk(kid=2, oth=[]), jwk(alg="x", p=None)])
def test_a_key_whose_private_half_is_in_any_entry_is_not_used(leak: dict[str, Any]) -> None:
    candidates, rejected = classify(key_set(jwk(), leak, jwk("next", kid="next")), ALL)
    assert [it.kid for it in candidates] == ["next"]
    expected = "'key-1' is published with its private half: every reader can sign"
    assert Rejected(expected, fault=True) in rejected


def test_a_private_member_of_a_symmetric_key_leaks_no_other_key() -> None:
    assert only(jwk(kty="oct", d="")) == Rejected("'key-1' is for kty 'oct'", fault=False)
    candidates, _ = classify(key_set(jwk(kty="oct", d=""), jwk(kty=["RSA"], d=""), jwk()), ALL)
    assert [it.kid for it in candidates] == [KID]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(("a", "'a'"), (None, "None"), ("é\x1b[1m\n", "'\\xe9\\x1b[1m\\n'"), (["a"], "['a']")),
        *(("x" * 318, f"'{'x' * 318}'"), ("x" * 319, f"'{'x' * 319}...")),
    ],
    ids=["text", "null", "escapes", "list", "longest", "too long"],
)
def test_a_foreign_value_is_quoted_in_ascii_up_to_a_length(value: object, text: str) -> None:
    assert quoted(value) == text


def found(header: Header, *keys: Key) -> object:
    key = KeySet(keys).find(header)
    return key and key.public


A, B = Key("a", "RS256", 1, frozenset({"x"})), Key("b", "RS256", 2, frozenset({"y", "z"}))
UNNAMED, OTHER = Key("", "RS256", 3), Key("", "RS256", 4)


def test_a_key_is_found_by_its_kid_and_algorithm() -> None:
    assert found(Header("RS256", "a"), A, B) == 1
    assert found(Header("RS256", "b"), A, B) == 2
    assert found(Header("RS256", "c"), A, B) is None
    assert found(Header("RS512", "a"), A, B) is None
    assert found(Header("RS512", "a"), A, A._replace(algorithm="RS512", public=5)) == 5
    assert found(Header("RS256", "a"), A, A._replace(public=5)) is None
    assert found(Header("RS256", "a"), A, A) == 1


def test_without_kid_or_thumbprint_the_only_key_of_the_algorithm_is_found() -> None:
    assert found(Header("RS256"), A) == 1
    assert found(Header("RS256")) is None
    assert found(Header("RS256"), A, B) is None
    assert found(Header("RS256"), A, A._replace(kid="alias")) == 1
    assert found(Header("RS256"), A, B._replace(algorithm="RS512")) == 1


def test_a_key_without_a_kid_is_found_for_any_kid_only_if_no_key_has_one() -> None:
    assert found(Header("RS256", "a"), UNNAMED) == 3
    assert found(Header("RS256", "a"), UNNAMED, OTHER) is None
    assert found(Header("RS256", "c"), UNNAMED, A) is None
    assert found(Header("RS256", "c"), A) is None
    assert found(Header("RS256", "a"), UNNAMED, A) == 1
    assert found(Header("RS256", "c"), UNNAMED, A._replace(algorithm="RS512")) == 3


def test_a_thumbprint_chooses_among_keys_that_have_thumbprints_if_there_is_no_kid() -> None:
    assert found(Header("RS256", "", "x"), A, B) == 1
    assert found(Header("RS256", "", "z"), A, B) == 2
    assert found(Header("RS256", "", "w"), A) is None
    assert found(Header("RS256", "", "x"), UNNAMED) == 3
    assert found(Header("RS256", "", "y"), UNNAMED, B) == 2
    assert found(Header("RS256", "a", "y"), A, B) == 1
