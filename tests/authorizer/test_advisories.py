"""PyJWT's security advisories about tokens: each attack is tried against this authorizer.

Many concern HMAC keys. The authorizer does not use them, so these attacks must fail, too. The ids are those of
https://github.com/jpadilla/pyjwt/security/advisories.
"""

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authorizer.decision import Authorizer
from tests.testkit.attacks import Refusal, hmac_token, is_allowed, refusal_by
from tests.testkit.clock import Issuer
from tests.testkit.tokens import (
    ISSUER,
    NOW,
    claims,
    header,
    jwk,
    public_material,
    rs256,
    rsa_key,
    token,
    with_raw,
)

pytestmark = pytest.mark.usefixtures("frozen")

LAST_FIX = (2, 15, 0)  # the first version that fixes all of these
LOCK = Path(__file__).parents[2] / "authorizer" / "requirements.txt"
DEEP = f'"x":{"[" * 3000}'


@pytest.fixture
def refusal(authorizer: Authorizer, capsys: pytest.CaptureFixture[str]) -> Refusal:
    return refusal_by(authorizer, capsys)


def test_the_locked_pyjwt_has_every_fix() -> None:
    locked = re.search(r"^pyjwt==(\d+)\.(\d+)\.(\d+) ", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    assert locked
    assert tuple(map(int, locked.groups())) >= LAST_FIX


def test_cve_2017_11424_pkcs1_pem_as_hmac_secret_is_refused(refusal: Refusal) -> None:
    assert refusal(hmac_token(public_material()["pkcs1 pem"])) == "unsupported_algorithm"


def test_cve_2022_29217_openssh_key_as_hmac_secret_is_refused(refusal: Refusal) -> None:
    for key in (rsa_key(), ed25519.Ed25519PrivateKey.generate()):
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        assert refusal(hmac_token(public)) == "unsupported_algorithm"


def test_cve_2024_53861_part_of_the_issuer_is_refused(refusal: Refusal) -> None:
    for part in (ISSUER[:-1], ISSUER[1:], ISSUER[8:14], "/", ""):
        assert part in ISSUER
        assert refusal(token(body=claims(iss=part))) == "wrong_issuer"


def test_ghsa_752w_5fwx_jx9f_unknown_critical_extension_is_refused(refusal: Refusal) -> None:
    assert refusal(token(header(crit=["x-must-understand"], **{"x-must-understand": True}))) == "malformed_header"


def test_ghsa_xgmm_8j9v_c9wx_jwk_as_hmac_secret_is_refused(refusal: Refusal) -> None:
    assert refusal(hmac_token(json.dumps(jwk()).encode())) == "unsupported_algorithm"


def test_ghsa_w7vc_732c_9m39_unencoded_payload_is_refused_without_extra_work(issuer: Issuer, refusal: Refusal) -> None:
    large = b"{" + b" " * 7000 + b"}"
    for extra in ({"b64": False}, {"b64": False, "crit": ["b64"]}):
        assert refusal(token(header(**extra), large, sign=lambda _: b"x")) == "malformed_header"
    assert issuer.fetches == 0  # refused before any work was done


def test_ghsa_r6x4_923q_g947_jwk_after_a_byte_order_mark_as_hmac_secret_is_refused(refusal: Refusal) -> None:
    assert refusal(hmac_token(b"\xef\xbb\xbf" + json.dumps(jwk()).encode())) == "unsupported_algorithm"


def test_ghsa_ffc3_869f_jxw9_pem_with_other_white_space_as_hmac_secret_is_refused(refusal: Refusal) -> None:
    pem = public_material()["pem"]
    for changed in (pem.replace(b"\n", b"\r\n"), pem.replace(b"\n", b" "), pem.replace(b"-----BEGIN", b" -----BEGIN")):
        assert refusal(hmac_token(changed)) == "unsupported_algorithm"


def test_ghsa_p4g4_x82p_q773_der_as_hmac_secret_is_refused(refusal: Refusal) -> None:
    assert refusal(hmac_token(public_material()["der"])) == "unsupported_algorithm"


def test_ghsa_w2cx_738m_mc7w_jwk_in_a_container_as_hmac_secret_is_refused(refusal: Refusal) -> None:
    for container in ({"keys": [jwk()]}, [jwk()], [[jwk()]], {"a": {"b": jwk()}}):
        assert refusal(hmac_token(json.dumps(container).encode())) == "unsupported_algorithm"


def test_ghsa_8wjv_2p76_3863_deeply_nested_header_is_refused(refusal: Refusal) -> None:
    assert refusal(token(with_raw(header(), DEEP), sign=lambda _: b"x")) == "malformed_header"


def test_ghsa_hxm8_2xgr_2p9m_second_encoding_of_a_token_is_refused(authorizer: Authorizer, refusal: Refusal) -> None:
    accepted = token()
    others = {"A": "B", "Q": "R", "g": "h", "w": "x"}  # sets one of the four unused bits
    for second in (accepted[:-1] + others[accepted[-1]], f"{accepted}==", f"{accepted}=", f"{accepted}!!!!"):
        assert refusal(second) == "malformed_token"
    assert is_allowed(authorizer, accepted)


def test_ghsa_42vr_xj54_vc7v_deeply_nested_payload_is_refused(refusal: Refusal) -> None:
    deep = with_raw(claims(), DEEP)
    assert refusal(token(body=deep)) == "malformed_claims"
    assert refusal(token(body=deep, sign=rs256("attacker"))) == "malformed_claims"


def test_ghsa_gvp8_978c_rx2q_verification_does_not_change_its_options(refusal: Refusal) -> None:
    expired = token(body=claims(exp=NOW - 1))
    assert refusal(expired) == "expired"
    assert refusal(token(sign=rs256("attacker"))) == "bad_signature"
    assert refusal(token(body=claims(aud="x"))) == "wrong_audience"
    assert refusal(expired) == "expired"


def test_2_14_0_detached_payload_is_refused(refusal: Refusal) -> None:
    head, _, signature = token().split(".")
    assert refusal(f"{head}..{signature}") == "malformed_token"
