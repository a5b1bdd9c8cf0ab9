"""PyJWT's security advisories about keys and key sets: each attack is tried against this authorizer.

Most concern PyJWK and PyJWKClient. The authorizer does not use them, but the attacks must fail all the same. The ids
are those of https://github.com/jpadilla/pyjwt/security/advisories.
"""

import json

import jwt.algorithms
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from authorizer.decision import Authorizer
from authorizer.environment import parse
from authorizer.errors import MisconfiguredEnvironment
from authorizer.fetch import FetchError, get
from authorizer.jwks import LIFETIME, Jwks
from tests.testkit.attacks import Refusal, hmac_token, is_allowed, refusal_by
from tests.testkit.clock import URL, Clock, Issuer
from tests.testkit.events import environment_of
from tests.testkit.loopback import response, serving
from tests.testkit.tokens import (
    AUDIENCE,
    ISSUER,
    KID,
    b64u,
    header,
    hs256,
    jwk,
    key_set,
    ps256,
    public_material,
    rs256,
    rsa_key,
    token,
)

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def refusal(authorizer: Authorizer, capsys: pytest.CaptureFixture[str]) -> Refusal:
    return refusal_by(authorizer, capsys)


def oct_key(secret: bytes) -> dict[str, str]:
    """A symmetric key with the issuer's `kid`."""
    return {"kty": "oct", "use": "sig", "alg": "HS256", "kid": KID, "k": b64u(secret)}


def test_cve_2025_45768_short_key_is_not_used(issuer: Issuer, refusal: Refusal) -> None:
    issuer.document = key_set(jwk(), jwk("short", 1024, kid="short"))
    signed = token(
        header(kid="short"), sign=lambda data: rsa_key("short", 1024).sign(data, PKCS1v15(), hashes.SHA256())
    )
    assert refusal(signed) == "unknown_key"


def test_ghsa_jq35_7prp_9v3f_the_algorithm_of_a_key_cannot_be_renamed(issuer: Issuer, refusal: Refusal) -> None:
    issuer.document = key_set(jwk("next", kid="key-2"), jwk(alg="PS256"), oct_key(b"secret") | {"kid": "oct"})
    assert refusal(token(sign=ps256)) == "unknown_key"
    assert refusal(token(header(kid="oct"), sign=hs256(b"secret"))) == "unknown_key"


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://tenant.example/jwks.json", "data:application/json,{}"])
def test_ghsa_993g_76c3_p5m4_key_set_is_not_read_from_a_file(url: str, issuer: Issuer, refusal: Refusal) -> None:
    variables = {"TOKEN_ISSUER": ISSUER, "AUDIENCE": AUDIENCE, "JWKS_URI": url, "ROUTES": "GET /pets"}
    with pytest.raises(MisconfiguredEnvironment, match="https"):
        parse(variables)
    with pytest.raises(FetchError):
        get(url)
    assert refusal(token(header(jku=url, kid="attacker"), sign=rs256("attacker"))) == "unknown_key"
    assert issuer.fetches == 1  # The environment checks each part of the configured URL.


def test_ghsa_fhv5_28vv_h8m8_one_failed_fetch_loses_no_key(issuer: Issuer, clock: Clock) -> None:
    environment = environment_of()
    authorizer = Authorizer(environment, {ISSUER: Jwks(URL, get=issuer.get, clock=clock)})
    assert is_allowed(authorizer)
    issuer.go_down()
    clock.forward(LIFETIME + 1)
    assert is_allowed(authorizer)
    assert issuer.fetches == 2


def test_ghsa_pxh4_856f_4h89_public_key_as_an_oct_key_of_the_set_is_not_used(issuer: Issuer, refusal: Refusal) -> None:
    pem = public_material()["pem"]
    issuer.document = key_set(jwk("next", kid="key-2"), oct_key(pem))
    assert refusal(hmac_token(pem)) == "unsupported_algorithm"
    assert refusal(token(sign=hs256(pem))) == "unknown_key"


def test_ghsa_9j54_fg26_wv3r_empty_oct_key_of_the_set_is_not_used(issuer: Issuer, refusal: Refusal) -> None:
    issuer.document = key_set(jwk("next", kid="key-2"), oct_key(b""))
    assert refusal(hmac_token(b"")) == "unsupported_algorithm"
    assert refusal(token(sign=hs256(b""))) == "unknown_key"


def test_ghsa_9v7f_9g4p_ffgj_redirect_to_another_key_set_is_not_followed() -> None:
    with serving(response(key_set(jwk("attacker")))) as attacker:
        for status in ("301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
            with serving(response(status=status, Location=attacker.url)) as here, pytest.raises(FetchError):
                get(here.url)
            assert len(here.requests) == 1
        assert attacker.requests == []


def test_ghsa_2gx3_rcp4_g85q_unknown_kids_cause_no_extra_fetches(issuer: Issuer, refusal: Refusal) -> None:
    assert {refusal(token(header(kid=f"random-{n}"), sign=lambda _: b"x")) for n in range(50)} == {"unknown_key"}
    assert issuer.fetches == 1


def test_ghsa_w6j9_cwv2_h6wq_one_malformed_key_does_not_affect_the_others(
    issuer: Issuer, authorizer: Authorizer
) -> None:
    malformed = [jwk("other", kid=f"odd-{n}", n=odd) for n, odd in enumerate(["", "A", "***", 1, None, [], "AA"])]
    deep = json.loads(f"{'[' * 400}{']' * 400}")
    issuer.document = key_set(*malformed, jwk("other", kid="odd-e", e="AA"), {"kid": "deep", "kty": deep}, deep, jwk())
    assert is_allowed(authorizer)


def test_ghsa_jwrc_g2q2_pq5p_slow_expression_for_pem_is_never_run(
    issuer: Issuer, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[bytes] = []
    monkeypatch.setattr(jwt.algorithms, "is_pem_format", looked_at.append)
    slow = b"-----BEGIN " + b"-----BEGIN " * 1000
    issuer.document = key_set(jwk("next", kid="key-2"), oct_key(slow), jwk("other", kid="pem", n=slow.decode()))
    assert refusal(hmac_token(slow)) == "unsupported_algorithm"
    assert refusal(token(header(kid="pem"))) == "unknown_key"
    assert looked_at == []


def test_ghsa_x33g_cr3x_6449_okp_key_with_different_halves_is_not_used(issuer: Issuer, refusal: Refusal) -> None:
    ours, other = (ed25519.Ed25519PrivateKey.generate() for _ in range(2))
    halves = {"x": b64u(other.public_key().public_bytes_raw()), "d": b64u(ours.private_bytes_raw())}
    issuer.document = key_set(jwk(), {"kty": "OKP", "crv": "Ed25519", "kid": "okp", **halves})
    assert refusal(token(header(alg="EdDSA", kid="okp"), sign=ours.sign)) == "unsupported_algorithm"
    assert refusal(token(header(kid="okp"), sign=ours.sign)) == "unknown_key"
