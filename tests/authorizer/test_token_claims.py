"""`authorizer.token`: which claims are accepted, by a clock that stands still. Every refusal has a class of its own."""

import json

import pytest

from authorizer import errors
from authorizer.token import Identity
from tests.authorizer.judge import judge
from tests.authorizer.tokens import AUDIENCE, ISSUER, NOW, OMIT, SUBJECT, claims, short, token, with_raw

pytestmark = pytest.mark.usefixtures("frozen")

DATES = ["exp", "nbf", "iat"]


@pytest.mark.parametrize("name", ["exp", "iss", "aud", "sub"])
def test_a_token_without_one_of_the_required_claims_is_refused(name: str) -> None:
    with pytest.raises(errors.MissingClaim):
        judge(token(body=claims(**{name: OMIT})))


@pytest.mark.parametrize("name", ["iat", "azp"])
def test_a_token_without_another_claim_is_accepted(name: str) -> None:
    assert judge(token(body=claims(**{name: OMIT}))).subject == SUBJECT


@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize("value", [str(NOW + 60), f" {NOW} ", "soon", "", True, False, None, [NOW + 60], [], {}, "1e9"])
def test_a_date_that_is_no_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(errors.MalformedClaims):
        judge(token(body=claims(**{name: value})))


@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5000, "0x7fffffff", "01"], ids=short)
def test_a_date_that_is_no_finite_json_number_is_refused(name: str, value: str) -> None:
    with pytest.raises(errors.MalformedClaims):
        judge(token(body=with_raw(claims(**{name: OMIT}), f'"{name}":{value}')))


@pytest.mark.parametrize("leeway", [0, 10, 60])
def test_a_token_is_accepted_until_its_exp_and_the_leeway_have_come(leeway: int) -> None:
    assert judge(token(body=claims(exp=NOW + 1)), leeway=leeway).subject == SUBJECT
    assert judge(token(body=claims(exp=NOW - leeway + 1)), leeway=leeway).subject == SUBJECT
    for exp in (NOW - leeway, NOW - leeway - 1, NOW - 3600, 0, -1, -1.5):
        with pytest.raises(errors.Expired):
            judge(token(body=claims(exp=exp)), leeway=leeway)


def test_a_fraction_of_a_second_is_a_date() -> None:
    assert judge(token(body=claims(exp=NOW + 60.5, nbf=NOW - 0.5, iat=1.8e9))).subject == SUBJECT
    with pytest.raises(errors.Expired):
        judge(token(body=claims(exp=NOW - 0.5)))


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize("leeway", [0, 10, 60])
def test_a_token_is_accepted_from_its_nbf_and_iat_less_the_leeway_on(name: str, leeway: int) -> None:
    for date in (NOW, NOW + leeway, 0, -1):
        assert judge(token(body=claims(**{name: date})), leeway=leeway).subject == SUBJECT
    for date in (NOW + leeway + 1, NOW + 86_400):
        with pytest.raises(errors.NotYetValid):
            judge(token(body=claims(**{name: date})), leeway=leeway)


@pytest.mark.parametrize(
    "iss",
    [
        *(ISSUER[:-1], ISSUER + "/", ISSUER.upper(), ISSUER.replace("https", "http"), ISSUER + ".evil.example/", ""),
        *(f" {ISSUER}", f"{ISSUER} ", [ISSUER], {ISSUER: 1}, 1, True, "tenant.example", ISSUER[:8], "https://other.example/"),
    ],
)
def test_an_issuer_that_is_not_ours_to_the_letter_is_refused(iss: object) -> None:
    with pytest.raises(errors.WrongIssuer):
        judge(token(body=claims(iss=iss)))


@pytest.mark.parametrize("aud", [AUDIENCE, [AUDIENCE], [AUDIENCE, f"{ISSUER}userinfo"], ["x", AUDIENCE]])
def test_an_audience_is_ours_or_holds_ours(aud: object) -> None:
    assert judge(token(body=claims(aud=aud))).subject == SUBJECT


@pytest.mark.parametrize(
    "aud",
    [
        *("https://other.example/", AUDIENCE[:-1], AUDIENCE + "/", AUDIENCE.upper(), f"{AUDIENCE} {AUDIENCE}", " "),
        *([[AUDIENCE]], [AUDIENCE, 1], [AUDIENCE, None], ["other"], [""], 1, True, {AUDIENCE: 1}, [AUDIENCE + "2"]),
    ],
)
def test_an_audience_that_neither_is_nor_holds_ours_is_refused(aud: object) -> None:
    with pytest.raises(errors.WrongAudience):
        judge(token(body=claims(aud=aud)))


@pytest.mark.parametrize("name", ["iss", "aud", "sub"])
def test_a_claim_that_is_null_is_missing(name: str) -> None:
    with pytest.raises(errors.MissingClaim):
        judge(token(body=claims(**{name: None})))


@pytest.mark.parametrize("aud", ["", [], {}, 0, False])
def test_an_empty_audience_is_missing(aud: object) -> None:
    with pytest.raises(errors.MissingClaim):
        judge(token(body=claims(aud=aud)))


@pytest.mark.parametrize("sub", ["a", "auth0|1", "client@clients", "a b", "~", "x" * 255], ids=short)
def test_a_subject_of_printable_ascii_is_accepted(sub: str) -> None:
    assert judge(token(body=claims(sub=sub))).subject == sub


@pytest.mark.parametrize(
    "sub",
    [
        *("", " ", " a", "a ", "x" * 256, "x" * 10_000, "a\r\nX-Admin: 1", "a\n", "\n", "a\0", "a\tb", "\x7f", "é", "用户"),
        *("\ud800", "a\u2028b", "a\u202e", 12345, True, ["a"], {"a": 1}, 1.5),
    ],
    ids=short,
)
def test_any_other_subject_is_refused(sub: object) -> None:
    with pytest.raises(errors.MalformedClaims):
        judge(token(body=claims(sub=sub)))


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"1", b'"text"', b"{", b"[]", json.dumps([claims()]).encode(), b"not json"),
        json.dumps(claims()).encode("utf-16"),
        json.dumps(claims()).encode("utf-16-le"),
        json.dumps(claims()).encode("utf-32"),
        b"\xef\xbb\xbf" + json.dumps(claims()).encode(),
        json.dumps(claims()).encode()[:-1] + b',"x":"\xff"}',
        with_raw(claims(), f'"exp":{NOW + 3600}'),
        with_raw(claims(exp=1), f'"exp":{NOW + 3600}'),
        with_raw(claims(), f'"sub":"{SUBJECT}"'),
        with_raw(claims(), '"s\\u0075b":"admin"'),
        with_raw(claims(), '"x":{"y":1,"y":2}'),
        with_raw(claims(), '"x":NaN'),
        with_raw(claims(), f'"x":{"9" * 5000}'),
        with_raw(claims(), f'"x":{"[" * 10_000}{"]" * 10_000}'),
        with_raw(claims(), '"x":' + '{"x":' * 10_000 + "1" + "}" * 10_000),
        token().encode(),
    ],
)
def test_a_payload_that_is_not_one_plain_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(errors.MalformedClaims):
        judge(token(body=body))


@pytest.mark.parametrize("cnf", [{"jkt": "0ZcOCORZNYy"}, {"x5t#S256": "bwcK0esc3"}, {}, None, "", False])
def test_a_token_bound_to_a_key_of_the_bearers_is_refused(cnf: object) -> None:
    with pytest.raises(errors.SenderConstrained):
        judge(token(body=claims(cnf=cnf)))


@pytest.mark.parametrize("jti", [1, None, ["a"], True])
def test_a_jti_that_is_no_text_is_refused(jti: object) -> None:
    with pytest.raises(errors.MalformedClaims):
        judge(token(body=claims(jti=jti)))


def test_time_is_judged_before_issuer_and_audience() -> None:
    with pytest.raises(errors.Expired):
        judge(token(body=claims(exp=1, iss="x", aud="y")))


@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        ({}, ""),
        ({"scope": "read:pets"}, "read:pets"),
        ({"scope": "read:pets create:pets"}, "read:pets create:pets"),
        ({"permissions": ["read:pets"]}, "read:pets"),
        ({"scope": "openid", "permissions": ["read:pets", "openid"]}, "openid read:pets"),
        ({"scope": "read:pets2"}, "read:pets2"),
        ({"scope": "  a  b "}, "a b"),
        ({"scope": "a\tb"}, ""),
        ({"scope": "a\nb c"}, "c"),
        ({"scope": 'a"b c\\d e'}, "e"),
        ({"scope": "é a"}, "a"),
        ({"scope": ""}, ""),
        *(({"scope": odd}, "") for odd in (None, 1, True, ["read:pets"], {"read:pets": True})),
        *(({"permissions": odd}, "") for odd in (None, 1, True, "read:pets", {"read:pets": True}, [["read:pets"]])),
        ({"permissions": ["a", 1, None, "b c", "", "\ud800", {"d": 1}]}, "a"),
        ({"scp": "read:pets", "scopes": ["read:pets"], "roles": ["read:pets"]}, ""),
    ],
)
def test_scope_and_permissions_grant_what_they_list_and_nothing_else(granted: dict[str, object], expected: str) -> None:
    identity = judge(token(body=claims(**granted)))
    assert identity.scopes == frozenset(expected.split())


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"azp": "a"}, "a"),
        ({"azp": OMIT, "client_id": "c"}, "c"),
        ({"azp": "a", "client_id": "c"}, "a"),
        ({"azp": 1, "client_id": "c"}, "c"),
        ({"azp": "a\r\nb", "client_id": "c"}, "c"),
        ({"azp": OMIT}, ""),
        *(({"azp": odd}, "") for odd in (None, "", ["a"], {"a": 1}, "x" * 256, "é")),
    ],
)
def test_the_client_is_named_by_azp_or_else_client_id(named: dict[str, object], expected: str) -> None:
    assert judge(token(body=claims(**named))) == Identity(SUBJECT, frozenset(), expected)
