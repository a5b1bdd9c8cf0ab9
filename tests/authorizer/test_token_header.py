"""`authorizer.token`: the headers and signatures that are accepted. Each refusal has its own exception class."""

import json

import pytest

from authorizer import errors
from tests.testkit.clock import Issuer
from tests.testkit.tokens import (
    KID,
    OMIT,
    SUBJECT,
    header,
    jwk,
    key_set,
    rs256,
    short,
    token,
    with_raw,
)
from tests.testkit.verify import verified

pytestmark = pytest.mark.usefixtures("frozen")


def test_a_token_the_issuer_signed_with_rs256_is_accepted() -> None:
    assert verified(token()).subject == SUBJECT


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "nOnE", "none ", "", "rs256", "RS256 ", "RSA", "HS256", "EdDSA"]
)
def test_any_other_algorithm_is_refused(alg: str) -> None:
    for sign in (rs256(), lambda _: b""):
        with pytest.raises(errors.Refused, match=r"^unsupported_algorithm$"):
            verified(token(header(alg=alg), sign=sign))


@pytest.mark.parametrize("alg", [OMIT, None, True, 256, ["RS256"], {"RS256": 1}])
def test_an_algorithm_that_is_not_a_string_is_refused(alg: object) -> None:
    with pytest.raises(errors.Refused, match=r"^unsupported_algorithm$"):
        verified(token(header(alg=alg)))


@pytest.mark.parametrize("kid", [None, 1, True, [KID], {"kid": KID}, ""])
def test_a_kid_that_is_not_a_string_is_refused_even_if_there_is_only_one_key(kid: object) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_header$"):
        verified(token(header(kid=kid)))


@pytest.mark.parametrize("name", ["x5t#S256", "x5t"])
def test_a_token_without_a_kid_may_name_its_key_by_a_thumbprint(name: str) -> None:
    issuer = Issuer(key_set(jwk(kid=OMIT) | {name: "ours"}, jwk("next", kid=OMIT) | {name: "theirs"}))
    assert verified(token(header(kid=OMIT, **{name: "ours"})), issuer=issuer).subject == SUBJECT
    assert verified(token(header(kid=OMIT, x5t="theirs") | {name: "ours"}), issuer=issuer).subject == SUBJECT
    assert verified(token(header(kid=OMIT, **{name: "theirs"}), sign=rs256("next")), issuer=issuer).subject == SUBJECT
    with pytest.raises(errors.Refused, match=r"^bad_signature$"):
        verified(token(header(kid=OMIT, **{name: "theirs"})), issuer=issuer)
    with pytest.raises(errors.Refused, match=r"^unknown_key$"):
        verified(token(header(kid=OMIT, **{name: "another's"})), issuer=issuer)
    for odd in (None, 1, ["ours"], OMIT):
        with pytest.raises(errors.Refused, match=r"^missing_kid$"):
            verified(token(header(kid=OMIT, **{name: odd})), issuer=issuer)


def test_a_token_without_a_kid_is_verified_by_the_only_key() -> None:
    assert verified(token(header(kid=OMIT))).subject == SUBJECT
    with pytest.raises(errors.Refused, match=r"^bad_signature$"):
        verified(token(header(kid=OMIT), sign=rs256("attacker")))


@pytest.mark.parametrize(
    "kid", ["key-2", "KEY-1", "key-1 ", "key", "../key-1", "https://evil.example/", "k" * 5000, "\ud800"], ids=short
)
def test_a_kid_the_issuer_does_not_publish_is_refused(kid: str) -> None:
    with pytest.raises(errors.Refused, match=r"^unknown_key$"):
        verified(token(header(kid=kid)))


@pytest.mark.parametrize("crit", [["exp"], ["urn:example:x"], ["b64"], [], None, "exp", {}, 1, [1], False])
def test_a_critical_extension_is_refused_in_any_form(crit: object) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_header$"):
        verified(token(header(crit=crit, exp=1)))


@pytest.mark.parametrize("b64", [False, None, 0, 1, "true", "false", []])
def test_an_unencoded_payload_is_refused_with_and_without_crit(b64: object) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_header$"):
        verified(token(header(b64=b64)))
    with pytest.raises(errors.Refused, match=r"^malformed_header$"):
        verified(token(header(b64=b64, crit=["b64"])))


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
        with_raw(header(), f'"x":{"[" * 100_000}'),
    ],
)
def test_a_header_that_is_not_one_plain_json_object_is_refused(head: bytes) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_header$"):
        verified(token(head))


@pytest.mark.parametrize(
    "nested", ["[" * 3000 + "]" * 3000, '{"x":' * 3000 + "1" + "}" * 3000], ids=["lists", "objects"]
)
def test_a_deeply_nested_header_is_accepted_or_refused_without_a_crash(nested: str) -> None:
    try:
        read = verified(token(with_raw(header(), f'"x":{nested}'))).subject
    except errors.Refused:  # Python 3.11 and 3.12 stop at this depth; later versions do not.
        read = SUBJECT
    assert read == SUBJECT


@pytest.mark.parametrize("typ", [OMIT, "JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "application/jwt"])
def test_a_token_with_the_type_of_access_tokens_is_accepted(typ: object) -> None:
    assert verified(token(header(typ=typ))).subject == SUBJECT


@pytest.mark.parametrize("typ", ["logout+jwt", "dpop+jwt", "JWE", "JOSE", "", "at+jwt2", "text/jwt", None, 1, ["JWT"]])
def test_a_token_with_another_type_is_refused(typ: object) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_header$"):
        verified(token(header(typ=typ)))


@pytest.mark.parametrize("cty", ["JWT", "jwt", "application/jwt", "Application/JWT"])
def test_a_nested_token_is_refused(cty: str) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_header$"):
        verified(token(header(cty=cty)))


def test_unknown_members_of_a_header_are_ignored() -> None:
    assert verified(token(header(typ="at+jwt", x=[1, {"y": None}], b64=True))).subject == SUBJECT
