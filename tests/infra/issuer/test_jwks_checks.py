"""The preflight check accepts the same keys as the function, and gives the reason for each."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from infra.issuer.jwks_checks import select_keys
from tests.authorizer.test_keys import roca
from tests.testkit import strategies
from tests.testkit.clock import signing_keys
from tests.testkit.tokens import OMIT, b64u, jwk, key_set, rsa_key, uint

MODULUS = rsa_key().public_key().public_numbers().n
FOREIGN: dict[str, tuple[dict[str, Any], str]] = {
    "symmetric": ({"kty": "oct", "kid": "a", "k": "c2VjcmV0", "alg": "HS256"}, "'a' is for kty 'oct'"),
    "no kty": (jwk(kty=OMIT), "'key-1' is for kty None"),
    "for encryption": (jwk(use="enc"), "'key-1' is for use 'enc'"),
    "use null": (jwk(use=None), "for use None"),
    "RS512": (jwk(alg="RS512"), "for alg 'RS512'"),
    "alg null": (jwk(alg=None), "for alg None"),
    "key_ops to sign": (jwk(key_ops=["sign"]), "for key_ops ['sign']"),
    "key_ops and more": (jwk(key_ops=["verify", "encrypt"]), "for key_ops ['verify', 'encrypt']"),
    "key_ops a text": (jwk(key_ops="verify"), "for key_ops 'verify'"),
    "key_ops null": (jwk(key_ops=None), "for key_ops None"),
    "a terminal's escape": (jwk(use="\x1b[2J\u202e"), r"'\x1b[2J\u202e'"),
    "a letter that looks like another": (jwk(use="s\u0456g"), r"'s\u0456g'"),
    "a long story": (jwk(use="x" * 9999), f"'{'x' * 319}..."),
}
FAULTY: dict[str, tuple[dict[str, Any], str]] = {
    "kid a number": (jwk(kid=1), "1 is a kid of the wrong type"),
    "1024 bits": (jwk("weak", 1024), "'key-1' has 1024 bits; 2048 is the least"),
    "2047 bits": (jwk(n=uint(MODULUS >> 1 | 1)), "has 2047 bits"),
    "8193 bits": (jwk(n=uint((1 << 8192) + 1)), "has 8193 bits"),
    "even modulus": (jwk(n=uint(MODULUS & ~1)), "no sound RSA key"),
    "exponent 1": (jwk(e="AQ"), "no sound RSA key"),
    "exponent even": (jwk(e=uint(65536)), "no sound RSA key"),
    "exponent huge": (jwk(e=uint(2**32 + 1)), "no sound RSA key"),
    "n padded": (jwk(n=uint(MODULUS) + "=="), "no n or e in base64url"),
    "n not ASCII": (jwk(n="é"), "no n or e in base64url"),
    "no e": (jwk(e=OMIT), "no n or e in base64url"),
    "private half": (jwk(d=uint(rsa_key().private_numbers().d)), "private half"),
    "ROCA": (jwk(n=uint(roca())), "CVE-2017-15361"),
}
GOOD = {
    "as published": jwk(),
    "no use, no alg": jwk(use=OMIT, alg=OMIT),
    "key_ops": jwk(key_ops=["sign", "verify", "verify"]),
    "leading zero": jwk(n=b64u(b"\0" + MODULUS.to_bytes(256, "big"))),
    "8192 bits": jwk(n=uint((1 << 8191) + 1)),
    "exponent 3": jwk(e="Aw"),
    "almost ROCA": jwk(n=uint(roca(residues=35))),
}
NEXT_TO_GOOD = jwk("other", kid="good")


@pytest.mark.parametrize("name", GOOD)
def test_a_key_that_the_function_trusts_is_usable(name: str):
    document = key_set(GOOD[name])
    assert select_keys(document) == (["key-1"], [], [])
    assert set(signing_keys(document)) == {"key-1"}


@pytest.mark.parametrize("name", [*FOREIGN, *FAULTY])
def test_a_key_that_the_function_ignores_is_not_usable_and_has_a_reason(name: str):
    key, words = (FOREIGN | FAULTY)[name]
    document = key_set(key, NEXT_TO_GOOD)
    usable, foreign, faulty = select_keys(document)
    assert usable == ["good"] == list(signing_keys(document))
    (result,) = foreign if name in FOREIGN else faulty
    assert words in result
    assert not (faulty if name in FOREIGN else foreign)


@pytest.mark.parametrize("second", [jwk("other"), jwk("weak", 1024), jwk(e="Aw")])
def test_a_kid_shared_by_several_keys_identifies_none(second: dict[str, Any]):
    document = key_set(jwk(), second, NEXT_TO_GOOD)
    assert select_keys(document) == (["good"], [], ["'key-1' is the kid of several keys"])
    assert set(signing_keys(document)) == {"good"}


def test_a_key_listed_twice_is_one_key():
    assert select_keys(key_set(jwk(), jwk())).usable == list(signing_keys(key_set(jwk(), jwk()))) == ["key-1"]


@pytest.mark.parametrize("entry", [None, 1, "key", []])
def test_an_entry_that_is_not_a_key_does_not_affect_the_others(entry: object):
    assert select_keys(key_set(entry, jwk())).usable == ["key-1"]


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"{}", b'{"keys":{}}', b'{"keys":[],"keys":[]}', b"\xff", b"[" * 9999]
)
def test_a_document_that_is_not_a_key_set_is_refused(document: bytes):
    with pytest.raises(ValueError):  # noqa: PT011 - the message comes from another module
        select_keys(document)


@given(strategies.KEY_SETS)
@settings(max_examples=250, deadline=None, derandomize=True, database=None)
def test_preflight_and_the_function_accept_the_same_keys_of_any_document(document: bytes):
    try:
        usable = select_keys(document).usable
    except ValueError:
        usable = []
    try:
        trusted = list(signing_keys(document))
    except ValueError:
        trusted = []
    assert usable == trusted


@pytest.mark.parametrize("kid", [OMIT, None, ""])
def test_a_key_without_a_kid_is_usable(kid: object):
    assert select_keys(key_set(jwk(kid=kid), NEXT_TO_GOOD)).usable == ["", "good"]


def test_keys_are_checked_for_the_configured_algorithms():
    document = key_set(jwk(alg="PS256"), NEXT_TO_GOOD)
    assert select_keys(document, ("PS256",)) == (["key-1"], ["'good' is for alg 'RS256'"], [])


def test_usable_keys_are_listed_by_kid_in_the_issuers_order():
    assert select_keys(json.dumps({"keys": [NEXT_TO_GOOD, jwk()]}).encode()).usable == ["good", "key-1"]
