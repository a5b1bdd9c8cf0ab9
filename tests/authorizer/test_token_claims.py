"""`authorizer.token`: the claims that are accepted. Each refusal has its own exception class."""

import json

import pytest

from authorizer import errors
from tests.testkit.tokens import AUDIENCE, ISSUER, NOW, OMIT, SUBJECT, claims, token, with_raw
from tests.testkit.verify import verified

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.mark.parametrize("name", ["exp", "iss", "aud", "sub"])
def test_a_token_without_a_required_claim_is_refused(name: str) -> None:
    with pytest.raises(errors.Refused, match=r"^missing_claim$"):
        verified(token(body=claims(**{name: OMIT})))


@pytest.mark.parametrize("name", ["iat", "azp"])
def test_a_token_without_an_optional_claim_is_accepted(name: str) -> None:
    assert verified(token(body=claims(**{name: OMIT}))).subject == SUBJECT


@pytest.mark.parametrize(
    "iss",
    [
        *(ISSUER[:-1], ISSUER + "/", ISSUER.upper(), ISSUER.replace("https", "http"), ISSUER + ".evil.example/", ""),
        *(
            f" {ISSUER}",
            f"{ISSUER} ",
            [ISSUER],
            {ISSUER: 1},
            1,
            True,
            "tenant.example",
            ISSUER[:8],
            "https://other.example/",
        ),
    ],
)
def test_only_the_exact_issuer_is_accepted(iss: object) -> None:
    with pytest.raises(errors.Refused, match=r"^wrong_issuer$"):
        verified(token(body=claims(iss=iss)))


@pytest.mark.parametrize("aud", [AUDIENCE, [AUDIENCE], [AUDIENCE, f"{ISSUER}userinfo"], ["x", AUDIENCE]])
def test_an_audience_that_is_or_contains_ours_is_accepted(aud: object) -> None:
    assert verified(token(body=claims(aud=aud))).subject == SUBJECT


@pytest.mark.parametrize(
    "aud",
    [
        *("https://other.example/", AUDIENCE[:-1], AUDIENCE + "/", AUDIENCE.upper(), f"{AUDIENCE} {AUDIENCE}", " "),
        *([[AUDIENCE]], [AUDIENCE, 1], [AUDIENCE, None], ["other"], [""], 1, True, {AUDIENCE: 1}, [AUDIENCE + "2"]),
    ],
)
def test_any_other_audience_is_refused(aud: object) -> None:
    with pytest.raises(errors.Refused, match=r"^wrong_audience$"):
        verified(token(body=claims(aud=aud)))


@pytest.mark.parametrize("name", ["iss", "aud", "sub"])
def test_a_claim_that_is_null_is_missing(name: str) -> None:
    with pytest.raises(errors.Refused, match=r"^missing_claim$"):
        verified(token(body=claims(**{name: None})))


@pytest.mark.parametrize("aud", ["", [], {}, 0, False])
def test_an_empty_audience_is_missing(aud: object) -> None:
    with pytest.raises(errors.Refused, match=r"^missing_claim$"):
        verified(token(body=claims(aud=aud)))


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
    with pytest.raises(errors.Refused, match=r"^malformed_claims$"):
        verified(token(body=body))


@pytest.mark.parametrize("cnf", [{"jkt": "0ZcOCORZNYy"}, {"x5t#S256": "bwcK0esc3"}, {}, None, "", False])
def test_a_sender_constrained_token_is_refused(cnf: object) -> None:
    with pytest.raises(errors.Refused, match=r"^sender_constrained$"):
        verified(token(body=claims(cnf=cnf)))


@pytest.mark.parametrize("jti", [1, None, ["a"], True])
def test_a_jti_that_is_not_a_string_is_refused(jti: object) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_claims$"):
        verified(token(body=claims(jti=jti)))
