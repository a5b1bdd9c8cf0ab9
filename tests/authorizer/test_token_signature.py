"""`authorizer.token`: only a signature by the issuer's RS256 key is accepted."""

import json
from typing import Any

import pytest

from authorizer import errors
from tests.testkit.clock import Issuer
from tests.testkit.tokens import (
    NOW,
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
    token,
    uint,
)
from tests.testkit.verify import verified

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.mark.parametrize("material", public_material())
def test_a_public_key_is_not_accepted_as_hmac_secret(material: str) -> None:
    forged = token(header(alg="HS256"), sign=hs256(public_material()[material]))
    with pytest.raises(errors.Refused, match=r"^unsupported_algorithm$"):
        verified(forged)


@pytest.mark.parametrize(("alg", "sign"), [("RS384", rs384), ("RS512", rs512), ("PS256", ps256), ("ES256", es256)])
def test_other_algorithms_with_the_right_key_are_refused(alg: str, sign: Sign) -> None:
    with pytest.raises(errors.Refused, match=r"^unsupported_algorithm$"):
        verified(token(header(alg=alg), sign=sign))
    with pytest.raises(errors.Refused, match=r"^bad_signature$"):
        verified(token(header(), sign=sign))


def test_the_kid_chooses_the_key() -> None:
    issuer = Issuer(key_set(jwk(), jwk("next", kid="key-2")))
    assert verified(token(header(kid="key-2"), sign=rs256("next")), issuer=issuer).subject == SUBJECT
    with pytest.raises(errors.Refused, match=r"^bad_signature$"):
        verified(token(header(kid="key-2")), issuer=issuer)


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_inside_the_token_is_ignored(name: str) -> None:
    values: dict[str, Any] = {
        "jwk": jwk("attacker"),
        "x5c": ["MIIB"],
        "jku": "http://127.0.0.1:1/",
        "x5u": "http://127.0.0.1:1/",
    }
    brought = header(**{name: values[name]})
    issuer = Issuer()
    assert verified(token(brought), issuer=issuer).subject == SUBJECT
    with pytest.raises(errors.Refused, match=r"^bad_signature$"):
        verified(token(brought, sign=rs256("attacker")), issuer=issuer)
    with pytest.raises(errors.Refused, match=r"^malformed_header$"):
        verified(token(brought | {"kid": None}, sign=rs256("attacker")), issuer=issuer)


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
def test_a_signature_by_another_key_or_for_other_bytes_is_refused(forgery: str) -> None:
    with pytest.raises(errors.Refused, match=r"^bad_signature$"):
        verified(forgeries()[forgery])


@pytest.mark.parametrize("body", [claims(exp=1), claims(aud="x"), claims(sub=1), claims(cnf={})])
def test_the_signature_is_verified_before_any_claim_except_the_issuer(body: object) -> None:
    with pytest.raises(errors.Refused, match=r"^bad_signature$"):
        verified(token(body=body, sign=rs256("attacker")))
