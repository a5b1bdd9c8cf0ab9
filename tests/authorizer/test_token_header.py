"""`authorizer.token`: which headers and signatures are accepted. Every refusal has a class of its own."""

import json
from typing import Any

import pytest

from authorizer import errors
from authorizer.token import key_id
from tests.authorizer.clock import Issuer
from tests.authorizer.judge import judge
from tests.authorizer.tokens import (
    KID,
    NOW,
    OMIT,
    SUBJECT,
    Sign,
    b64u,
    claims,
    es256,
    header,
    hs256,
    jwk,
    key_set,
    ps256,
    public_material,
    rs256,
    rs384,
    rs512,
    rsa_key,
    short,
    token,
    uint,
    with_raw,
)

pytestmark = pytest.mark.usefixtures("frozen")


def test_a_token_the_issuer_signed_with_rs256_is_accepted() -> None:
    assert judge(token()).subject == SUBJECT
    assert key_id(token()) == KID


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "none ", "", "rs256", "RS256 ", "RSA", "HS256", "EdDSA"])
def test_any_other_name_of_an_algorithm_is_refused(alg: str) -> None:
    for sign in (rs256(), lambda _: b""):
        with pytest.raises(errors.UnsupportedAlgorithm):
            judge(token(header(alg=alg), sign=sign))


@pytest.mark.parametrize("alg", [OMIT, None, True, 256, ["RS256"], {"RS256": 1}])
def test_an_algorithm_that_is_no_text_is_refused(alg: object) -> None:
    with pytest.raises(errors.UnsupportedAlgorithm):
        judge(token(header(alg=alg)))


@pytest.mark.parametrize("material", public_material())
def test_a_public_key_is_no_hmac_secret(material: str) -> None:
    forged = token(header(alg="HS256"), sign=hs256(public_material()[material]))
    with pytest.raises(errors.UnsupportedAlgorithm):
        judge(forged)


@pytest.mark.parametrize(("alg", "sign"), [("RS384", rs384), ("RS512", rs512), ("PS256", ps256), ("ES256", es256)])
def test_other_algorithms_of_the_right_key_are_refused(alg: str, sign: Sign) -> None:
    with pytest.raises(errors.UnsupportedAlgorithm):
        judge(token(header(alg=alg), sign=sign))
    with pytest.raises(errors.BadSignature):
        judge(token(header(), sign=sign))


@pytest.mark.parametrize("kid", [OMIT, None, 1, True, [KID], {"kid": KID}, ""])
def test_a_token_without_a_kid_is_refused_though_there_is_one_key_only(kid: object) -> None:
    with pytest.raises(errors.MalformedHeader):
        judge(token(header(kid=kid)))


@pytest.mark.parametrize("kid", ["key-2", "KEY-1", "key-1 ", "key", "../key-1", "https://evil.example/", "k" * 5000, "\ud800"], ids=short)
def test_a_kid_the_issuer_does_not_publish_is_refused(kid: str) -> None:
    with pytest.raises(errors.UnknownKey):
        judge(token(header(kid=kid)))


def test_the_kid_chooses_the_key() -> None:
    issuer = Issuer(key_set(jwk(), jwk("next", kid="key-2")))
    assert judge(token(header(kid="key-2"), sign=rs256("next")), issuer=issuer).subject == SUBJECT
    with pytest.raises(errors.BadSignature):
        judge(token(header(kid="key-2")), issuer=issuer)


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_the_token_brings_along_is_ignored(name: str) -> None:
    values: dict[str, Any] = {"jwk": jwk("attacker"), "x5c": ["MIIB"], "jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"}
    brought = header(**{name: values[name]})
    issuer = Issuer()
    assert judge(token(brought), issuer=issuer).subject == SUBJECT
    with pytest.raises(errors.BadSignature):
        judge(token(brought, sign=rs256("attacker")), issuer=issuer)
    with pytest.raises(errors.MalformedHeader):
        judge(token(brought | {"kid": None}, sign=rs256("attacker")), issuer=issuer)


@pytest.mark.parametrize("crit", [["exp"], ["urn:example:x"], ["b64"], [], None, "exp", {}, 1, [1], False])
def test_a_critical_extension_is_refused_in_any_shape(crit: object) -> None:
    with pytest.raises(errors.MalformedHeader):
        judge(token(header(crit=crit, exp=1)))


@pytest.mark.parametrize("b64", [False, None, 0, 1, "true", "false", []])
def test_an_unencoded_payload_is_refused_marked_or_not(b64: object) -> None:
    with pytest.raises(errors.MalformedHeader):
        judge(token(header(b64=b64)))
    with pytest.raises(errors.MalformedHeader):
        judge(token(header(b64=b64, crit=["b64"])))


@pytest.mark.parametrize(
    "head",
    [
        *(b"", b" ", b"alg=RS256", b"null", b"[]", b'["RS256"]', b'"RS256"', b"1", b"true", b"{", b"{}x", b"{'alg':1}"),
        json.dumps(header()).encode("utf-16"),
        json.dumps(header()).encode("utf-16-le"),
        json.dumps(header()).encode("utf-32"),
        b"\xef\xbb\xbf" + json.dumps(header()).encode(),
        json.dumps(header()).encode() + b"\0",
        json.dumps(header()).encode()[:-1] + b',"x":"\xff"}',
        with_raw(header(), f'"alg":"{header()["alg"]}"'),
        with_raw(header(), f'"kid":"{KID}"'),
        with_raw(header(), '"\\u0061lg":"none"'),
        with_raw(header(), '"x":{"y":1,"y":1}'),
        with_raw(header(), '"x":NaN'),
        with_raw(header(), '"x":-Infinity'),
        with_raw(header(), f'"x":{"9" * 5000}'),
        with_raw(header(), f'"x":{"[" * 3000}{"]" * 3000}'),
        with_raw(header(), f'"x":{"[" * 100_000}'),
        with_raw(header(), '"x":' + '{"x":' * 3000 + "1" + "}" * 3000),
    ],
)
def test_a_header_that_is_not_one_plain_json_object_is_refused(head: bytes) -> None:
    for judged in (key_id, judge):
        with pytest.raises(errors.MalformedHeader):
            judged(token(head))


def test_unknown_members_of_a_header_are_ignored() -> None:
    assert judge(token(header(typ="at+jwt", x=[1, {"y": None}], b64=True))).subject == SUBJECT


def forgeries() -> dict[str, str]:
    head, body, signature = token().split(".")
    *_, other = token(body=claims(sub="auth0|other")).split(".")
    modulus = rsa_key().public_key().public_numbers().n
    raw = int.from_bytes(rs256()(f"{head}.{body}".encode()), "big")
    return {
        "none": f"{head}.{body}.",
        "zeros": f"{head}.{body}.{b64u(bytes(256))}",
        "one byte": f"{head}.{body}.AA",
        "truncated": f"{head}.{body}.{signature[:-2]}",
        "longer": f"{head}.{body}.{b64u(rs256()(f'{head}.{body}'.encode()) + bytes(1))}",
        "out of range": f"{head}.{body}.{uint(raw + modulus)}",
        "of another token": f"{head}.{body}.{other}",
        "other claims": f"{head}.{b64u(json.dumps(claims(exp=NOW + 9999)).encode())}.{signature}",
        "other header": f"{b64u(json.dumps(header(x=1)).encode())}.{body}.{signature}",
        "attacker's key": token(sign=rs256("attacker")),
    }


@pytest.mark.parametrize("forgery", forgeries())
def test_a_signature_that_is_not_the_issuers_for_these_bytes_is_refused(forgery: str) -> None:
    with pytest.raises(errors.BadSignature):
        judge(forgeries()[forgery])


@pytest.mark.parametrize("body", [claims(exp=1), claims(iss="x"), b"no json", {}])
def test_the_signature_is_judged_before_the_claims(body: object) -> None:
    with pytest.raises(errors.BadSignature):
        judge(token(body=body, sign=rs256("attacker")))
