"""`authorizer.keys`: the keys of a key set that may verify a token."""

import json
import math
from typing import Any

import pytest

from authorizer.key_set import ROCA_PRIMES, classify
from tests.testkit.clock import signing_keys
from tests.testkit.tokens import KID, OMIT, b64u, jwk, key_set, rsa_key, uint

OTHER = "key-2"
MODULUS = rsa_key("other").public_key().public_numbers().n


def usable(*keys: object) -> list[str]:
    """The `kid` of each usable key, in a set that has another good key."""
    return sorted(set(signing_keys(key_set(jwk(), *keys))) - {KID, ""})


def other(**changes: Any) -> dict[str, Any]:
    return jwk("other", **{"kid": OTHER, **changes})


def test_a_key_verifies_signatures_of_its_private_half() -> None:
    found = signing_keys(key_set(jwk(), other()))
    assert set(found) == {KID, OTHER}
    assert found[KID].public_numbers() == rsa_key().public_key().public_numbers()
    assert found[OTHER].public_numbers() == rsa_key("other").public_key().public_numbers()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"use": OMIT},
        {"alg": OMIT},
        {"use": OMIT, "alg": OMIT, "key_ops": OMIT},
        {"key_ops": ["verify"]},
        {"key_ops": ["sign", "verify"]},
        {"x5t": "abc", "x5c": ["MIIC"], "unknown": {"a": [1]}},
        {"n": b64u(b"\0" + MODULUS.to_bytes(256, "big"))},
        {"e": "Aw"},
        {"e": uint(2**32 - 1)},
        {"e": b64u(b"\0\0\0\0\1\0\1")},
    ],
)
def test_a_key_for_rs256_signatures_is_usable_with_any_other_members(changes: dict[str, Any]) -> None:
    assert usable(other(**changes)) == [OTHER]


@pytest.mark.parametrize(
    "changes",
    [
        *({"use": odd} for odd in ("enc", "", "SIG", None, ["sig"])),
        *({"alg": odd} for odd in ("RS512", "RS384", "PS256", "HS256", "none", "", "rs256", None, ["RS256"])),
        *(
            {"key_ops": odd}
            for odd in (
                *(["sign"], ["encrypt", "decrypt"], ["verify", "encrypt"], [], "verify", None),
                *({"verify": 1}, [["verify"]], ["verify", ["sign"]]),
            )
        ),
        *({"kty": odd} for odd in ("EC", "oct", "OKP", "rsa", "", None, OMIT, ["RSA"])),
        *({"kid": odd} for odd in (OMIT, None, "", 2, ["key-2"], {"a": 1}, True)),
        {"n": uint(MODULUS - 1)},
        {"e": uint(65536)},
        {"d": uint(rsa_key("other").private_numbers().d)},
        *({name: ""} for name in ("d", "p", "q", "dp", "dq", "qi", "oth")),
    ],
)
def test_a_key_not_for_rs256_signatures_is_ignored(changes: dict[str, Any]) -> None:
    assert usable(other(**changes)) == []


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": OTHER, "x": uint(MODULUS), "y": "AQAB"},
        {"kty": "oct", "kid": OTHER, "k": "c2VjcmV0", "alg": "HS256"},
        {"kty": "oct", "kid": OTHER, "k": "c2VjcmV0"},
    ],
)
def test_a_key_of_another_type_is_ignored(key: dict[str, Any]) -> None:
    assert usable(key) == []
    assert usable(key, other()) == [OTHER]
    assert usable(other(), key) == [OTHER]


def test_a_key_of_less_than_2048_bits_is_ignored() -> None:
    assert usable(jwk("weak", 1024, kid=OTHER)) == []
    assert usable(other(n=uint(MODULUS >> 1 | 1))) == []


def test_a_key_of_more_than_8192_bits_is_ignored() -> None:
    assert usable(other(n=uint((1 << 8191) + 1))) == [OTHER]
    assert usable(other(n=uint((1 << 8192) + 1))) == []


@pytest.mark.parametrize("exponent", [0, 1, 2, 4, 65536, 2**32 + 1, 2**2048 + 1])
def test_a_key_with_a_weak_or_huge_exponent_is_ignored(exponent: int) -> None:
    assert usable(other(e=uint(exponent) or "AA")) == []


@pytest.mark.parametrize("member", ["n", "e"])
@pytest.mark.parametrize(
    "value", [OMIT, None, "", 65537, ["AQAB"], "A", "AQA=", "A+AB", "A/AB", "AQ AB", "AQAB\n", "é", "AA"]
)
def test_a_malformed_number_invalidates_only_its_own_key(member: str, value: object) -> None:
    assert usable(other(**{member: value})) == []


@pytest.mark.parametrize("modulus", [uint(MODULUS) + "==", uint(MODULUS) + "\n", f" {uint(MODULUS)}"])
def test_a_valid_modulus_with_a_bad_encoding_is_ignored(modulus: str) -> None:
    assert usable(other(n=modulus)) == []


@pytest.mark.parametrize("second", [jwk(kid=OTHER), jwk("weak", 1024, kid=OTHER), other(n="A"), other(e="Aw")])
@pytest.mark.parametrize("turned", [False, True])
def test_a_kid_shared_by_two_keys_identifies_neither(second: dict[str, Any], *, turned: bool) -> None:
    pair = [other(), second]
    assert usable(*(reversed(pair) if turned else pair)) == []
    assert usable(*pair, other()) == []


def test_a_key_listed_twice_is_one_key() -> None:
    assert usable(other(), other()) == [OTHER]


@pytest.mark.parametrize("entry", [None, 1, "key", [], [jwk()], True, {}])
def test_an_entry_that_is_not_a_key_is_ignored(entry: object) -> None:
    assert usable(entry) == []
    assert usable(entry, other()) == [OTHER]


def test_other_members_of_a_key_set_are_ignored() -> None:
    document = {"keys": [jwk()], "x": 1, "jwks_uri": "https://evil.example/"}
    assert set(signing_keys(json.dumps(document).encode())) == {KID}


@pytest.mark.parametrize("keys", [None, {}, {KID: jwk()}, "keys", 1, True])
def test_a_document_whose_keys_are_not_a_list_is_refused(keys: object) -> None:
    with pytest.raises(ValueError, match=r"^`keys` is not a list$"):
        signing_keys(json.dumps({"keys": keys}).encode())


@pytest.mark.parametrize("keys", [[], [None], [jwk("weak", 1024)], [jwk(use="enc")], [jwk(), jwk("other")]])
def test_a_key_set_without_a_usable_key_is_refused(keys: list[object]) -> None:
    with pytest.raises(ValueError, match=r"^no usable key for RS256: "):
        signing_keys(json.dumps({"keys": keys}).encode())


def test_the_configured_algorithms_choose_the_keys() -> None:
    document = key_set(jwk(), other(alg="RS512"))
    assert set(signing_keys(document, "RS512")) == {OTHER}
    assert set(signing_keys(document, "RS512", "RS256")) == {KID, OTHER}
    with pytest.raises(ValueError, match=r"^no usable key for RS384, ES256: 'key-1' is for alg 'RS256'; 'key-2' is"):
        signing_keys(document, "RS384", "ES256")


def test_the_error_has_at_most_five_reasons_and_faults_are_the_first() -> None:
    others = [other(kid=f"a-{number}", use="enc") for number in range(4)]
    faults = [other(kid=f"z-{number}", e="AA") for number in range(2)]
    with pytest.raises(ValueError, match=r"^no usable key") as refused:
        signing_keys(key_set(*others, *faults))
    reasons = [f"'z-{number}' has no n or e in base64url" for number in range(2)]
    reasons += [f"'a-{number}' is for use 'enc'" for number in range(3)]
    assert str(refused.value) == f"no usable key for RS256: {'; '.join(reasons)}"
    with pytest.raises(ValueError, match=r"^no usable key for RS256: the key set is empty$"):
        signing_keys(b'{"keys":[]}')


@pytest.mark.parametrize(
    "document",
    [
        *(b"", b" ", b"null", b"1", b"[]", b'"text"', b"{}", b"<html></html>", b"[" * 100_000, key_set()[:-1]),
        *(b"\xef\xbb\xbf" + key_set(), key_set().decode().encode("utf-16"), b"\xff" + key_set(), key_set() + b"x"),
        key_set()[:-1] + b',"keys":[]}',
        key_set()[:-1] + b',"x":NaN}',
        json.dumps([jwk()]).encode(),
        b'{"key-1":"-----BEGIN CERTIFICATE-----"}',
    ],
)
def test_a_document_that_is_not_a_key_set_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is for the log only
        signing_keys(document)


PRIMES = [number for number in range(2, 168) if all(number % smaller for smaller in range(2, number))]


def roca(bits: int = 2048, residues: int = 39) -> int:
    """An odd modulus like those of CVE-2017-15361: a power of 65537 modulo each of the first primes."""
    primorial = math.prod(PRIMES[:residues])
    return pow(65537, 1234567, primorial) + primorial * (1 << (bits - primorial.bit_length()))


def test_a_key_with_the_roca_weakness_is_not_usable() -> None:
    assert usable(other(n=uint(roca()))) == []
    assert usable(other(n=uint(roca(residues=20)))) == [OTHER]
    _, rejected = classify(key_set(other(n=uint(roca()))))
    assert [entry.reason for entry in rejected] == ["'key-2' can be factored (ROCA, CVE-2017-15361)"]


def test_the_roca_check_uses_every_odd_prime_of_the_smallest_weak_keys() -> None:
    assert list(ROCA_PRIMES) == PRIMES[1:]
