"""`python -m tools explain`: its findings for common kinds of tokens."""

import json
import re
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from authorizer import errors
from local.cloud.issuer import Issuer, signing_key
from tests.testkit.explain_command import Explain
from tests.testkit.issuer import AUDIENCE
from tools.explain.report import ADVICE, CHECKS
from tools.project import ROOT

pytestmark = pytest.mark.xdist_group("explain")

SECRET = "s" * 64


def test_a_valid_token_is_allowed_if_its_scopes_suffice(issuer: Issuer, explain: Explain):
    result = explain(issuer.mint())
    assert result.answers == {"GET /": 200, "GET /pets": 200, "POST /pets": 403, "GET /pets/{petId}": 200}
    assert result.status == 0
    assert "signature ok" in result.words
    assert "dates ok for another 23 hours, until " in result.words
    assert "scopes not enough grants none; create:pets is asked for" in result.words
    assert "scopes: grant create:pets to this client or user at the issuer" in result.words
    assert "POST /pets 403 lacks create:pets" in result.words
    assert "failed" not in result.words


GRANTS = [{"scope": "create:pets"}, {"scp": "create:pets"}, {"scp": ["create:pets"]}, {"permissions": ["create:pets"]}]


@pytest.mark.parametrize("granted", GRANTS)
def test_a_token_with_every_scope_is_allowed_everywhere(granted: dict[str, Any], issuer: Issuer, explain: Explain):
    result = explain(issuer.mint(**granted))
    assert set(result.answers.values()) == {200}
    assert "scopes ok grants 'create:pets'" in result.words


CLAIMS = {
    "an ID token": (
        {"aud": "my-client", "nonce": "n"},
        "wrong_audience",
        "audience failed aud is 'my-client', and audience 'https://petstore.example/api': an ID token",
        f"audience: send the access token instead; request an access token with audience={AUDIENCE}",
    ),
    "a client id": (
        {"aud": "my-client", "azp": "my-client"},
        "wrong_audience",
        "the client itself, as in an ID token",
        f"audience: request an access token with audience={AUDIENCE}",
    ),
    "userinfo": ({"aud": ["https://t.example/userinfo"]}, "wrong_audience", "for the issuer itself", "request an"),
    "Keycloak": (
        {"aud": "account"},
        "wrong_audience",
        "aud is 'account'",
        "an audience mapper that adds https://petst",
    ),
    "another API": ({"aud": "api://b"}, "wrong_audience", "aud is 'api://b'", "or set audience to the other"),
    "a slash too many": (
        {"aud": f"{AUDIENCE}/"},
        "wrong_audience",
        "only the slash at the end differs",
        "the same spelling",
    ),
    "Cognito": (
        {"aud": None, "token_use": "access", "client_id": "c"},
        "missing_claim",
        "required claims failed without aud",
        "or, if its issuer never writes aud (Clerk, Cognito), set clientIds to ",
    ),
    "no audience": ({"aud": []}, "missing_claim", "without aud", f"ask for a token with audience={AUDIENCE}"),
    "no subject": ({"sub": ""}, "missing_claim", "without sub", "configure the issuer to add sub"),
    "a custom domain": (
        {"iss": "https://login.example/"},
        "wrong_issuer",
        "issuer failed iss is 'https://login.example/', and tokenIssuer 'http://127.0.0.1:",
        "with a custom domain, iss depends on the domain that the client used",
    ),
    "expired": ({"exp": -190}, "expired", "dates failed expired 3 minutes ago, at 20", "dates: get a new token"),
    "expired long ago": ({"exp": -2 * 86_400 - 5}, "expired", "expired 2 days ago", "get a new token"),
    "nbf": ({"nbf": 3 * 3600 + 30}, "not_yet_valid", "dates failed nbf is 3 hours from now, at 20", "set the clock"),
    "iat": ({"iat": 3 * 3600 + 30}, "not_yet_valid", "dates failed iat is 3 hours from now, at 20", "set the clock"),
    "DPoP": ({"cnf": {"jkt": "x"}}, "sender_constrained", "binding failed cnf binds it to DPoP", "turn sender"),
    "mTLS": ({"cnf": {"x5t#S256": "x"}}, "sender_constrained", "binds it to mutual TLS", "turn sender"),
    "dates as text": (
        {"exp": "soon"},
        "malformed_claims",
        "claims failed of the wrong type: exp",
        "exp, nbf and iat as",
    ),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_wrong_claim_is_reported_with_its_fix(name: str, issuer: Issuer, explain: Explain):
    claims, reason, found, fix = CLAIMS[name]
    now = int(time.time())
    dated = {
        key: value + now for key, value in claims.items() if key in ("exp", "nbf", "iat") and isinstance(value, int)
    }
    result = explain(issuer.mint("create:pets", **(claims | dated)))
    assert result.status == 1
    assert found in result.words
    assert fix in result.words
    assert f"GET /pets 401 {reason}" in result.words
    assert "also wrong" not in result.words
    assert result.answers == {"GET /": 200, "GET /pets": 401, "POST /pets": 401, "GET /pets/{petId}": 401}


def test_a_missing_trailing_slash_is_reported(issuer: Issuer, explain: Explain):
    result = explain(issuer.mint(iss=issuer.url))
    assert "only the slash at the end differs" in result.words
    assert "issuer: set tokenIssuer to the token's iss" in result.words


def test_all_mistakes_are_reported_at_once_and_the_first_decides_the_answer(issuer: Issuer, explain: Explain):
    result = explain(issuer.mint(iss="https://x/", aud="x", exp=1, cnf={}, key="other", nbf=2**40))
    assert "issuer failed iss is 'https://x/'" in result.words
    assert "signature also wrong not made with the key 'local-1'" in result.words
    for check in ("signature", "audience", "dates", "binding"):
        assert f"{check} also wrong" in result.words
    assert "; nbf is " in result.words
    assert "POST /pets 401 wrong_issuer; also lacks create:pets" in result.words
    assert result.words.count(" failed ") == 1


def test_a_check_repaired_to_continue_is_not_reported_as_passed(explain: Explain):
    result = explain(jwt.encode({}, signing_key("issuer"), "RS256", headers={"kid": "local-1"}))
    assert "required claims failed without exp, iss, aud, sub" in result.words
    assert "the others not reached issuer, audience, dates" in result.words
    assert "the log has the subject as" not in result.words


FORMS = {
    "opaque": ("kq3vHfd8sXo9", "one part: an opaque token", f"form: request an access token with audience={AUDIENCE}"),
    "JWE": (
        "eyJ.a.b.c.d",
        "five parts: an encrypted token (JWE)",
        "sign this API's access tokens and not encrypt them",
    ),
    "two parts": ("eyJ.eyJ", "2 parts; a JWT has three", "copy the whole token again"),
    "unsigned": ("eyJ.eyJ.", "the third part is empty: it is not signed", "configure the issuer to sign with RS256"),
    "quotes": ('"eyJ.eyJ.AA"', "it is in quotes", "remove them"),
    "JSON": ('{"access_token":"eyJ"}', "a JSON object", "send only the access_token"),
    "broken line": ("eyJ.eyJ\n.AA", "white space within it", "copy it again, as one line"),
    "two Bearers": ("Bearer Bearer eyJ.eyJ.AA", "Bearer stands there twice", "write it once"),
    "padding": ("eyJ.eyJ.AA==", "a character is wrong, or the end is missing", "copy the whole token again"),
    "too long": (
        f"eyJ.{'e' * 10_240}.AA",
        "10,254 characters; API Gateway accepts 10,240",
        "for example no permissions",
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_text_that_is_not_a_jwt_is_reported_with_its_fix(name: str, explain: Explain):
    token, found, fix = FORMS[name]
    result = explain(token)
    assert result.status == 1
    assert f"form failed {found}" in result.words or f": {found}" in result.words
    assert fix in result.words
    assert "GET /pets 401 malformed_token" in result.words


COPIES = ["{0}\n{1}", "{0}  {1}", "'{0}{1}'", '"{0}\r\n {1}"', "Bearer Bearer {0}{1}", "{0}{1}=="]


@pytest.mark.parametrize("written", COPIES)
def test_a_token_with_extra_characters_is_evaluated_without_them(written: str, issuer: Issuer, explain: Explain):
    token = issuer.mint(aud="x")
    result = explain(written.format(token[:100], token[100:]))
    assert "form failed" in result.words
    assert "GET /pets 401 malformed_token" in result.words
    assert "signature ok" in result.words
    assert "audience also wrong" in result.words


def header(issuer: Issuer, **changes: Any) -> str:
    return jwt.encode({"iss": issuer.issuer, "aud": AUDIENCE}, SECRET, "HS256", headers=changes)


def test_hs256_is_reported_with_the_setting_that_changes_it(issuer: Issuer, explain: Explain):
    result = explain(header(issuer))
    assert "algorithm failed alg is 'HS256': signed with a shared secret" in result.words
    assert "algorithm: set the API's signing algorithm to RS256 at the issuer" in result.words
    assert "required claims also wrong without exp, sub" in result.words
    assert "the others not reached signature, dates" in result.words


HEADERS = {
    "kid": ({"kid": ""}, "kid is empty or not a string"),
    "typ": ({"typ": "logout+jwt"}, "typ is 'logout+jwt': a token for another purpose"),
    "cty": ({"cty": "JWT"}, "cty is 'JWT': a nested token"),
    "crit": ({"crit": ["exp"]}, "a critical extension"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_wrong_header_is_reported(name: str, issuer: Issuer, explain: Explain):
    changes, found = HEADERS[name]
    result = explain(header(issuer, **{"kid": "local-1", **changes}))
    assert f"header also wrong {found}" in result.words
    assert "signature ok" not in result.words


def test_a_signature_that_is_not_rs256_is_not_reported_as_passed(issuer: Issuer, explain: Explain):
    result = explain(header(issuer, kid="local-1"))
    assert "key ok kid 'local-1'" in result.words
    assert "the others not reached signature, dates" in result.words


def test_an_unknown_kid_is_reported_with_those_of_the_issuer(issuer: Issuer, explain: Explain):
    result = explain(issuer.mint(kid="old"))
    assert "key failed kid 'old'; the issuer has 'local-1'" in result.words
    assert "the issuer has rotated its key, or it is from another tenant" in result.words
    result = explain(issuer.mint(kid="old", iss="https://other.example/"))
    assert f"it is from another issuer, 'https://other.example/': get one from {issuer.issuer}" in result.words


def test_a_revoked_key_is_reported(issuer: Issuer, explain: Explain):
    result = explain(issuer.mint(), revokedKids=["local-1"])
    assert "revoked keys failed kid 'local-1' is in revokedKids" in result.words
    assert "GET /pets 401 revoked_key" in result.words


def test_an_unreadable_key_set_is_a_500_and_a_401_for_checks_that_need_no_key(issuer: Issuer, explain: Explain):
    token = issuer.mint()
    issuer.stop()
    result = explain(token)
    assert result.answers == {"GET /": 200, "GET /pets": 500, "POST /pets": 500, "GET /pets/{petId}": 500}
    assert result.status == 2
    assert re.search(r"key set failed http://127.0.0.1:\d+/.well-known/jwks.json: .*refused", result.words)
    assert "run `make doctor STACK=...`" in result.words
    assert "the others not reached key, signature" in result.words
    assert explain("opaque").answers["GET /pets"] == 401


def test_a_scope_in_a_claim_that_is_not_read_is_reported(issuer: Issuer, explain: Explain):
    result = explain(issuer.mint(roles=["create:pets"], realm_access={"roles": ["create:pets"]}))
    assert "'roles', 'realm_access' has it, but only scope, scp, permissions count" in result.words


def test_a_small_clock_skew_is_within_the_stacks_leeway(issuer: Issuer, explain: Explain):
    token = issuer.mint(exp=int(time.time()) - 30)
    assert explain(token).status == 1
    assert explain(token, leewayInSeconds="60").status == 0


def test_the_checks_are_those_of_docs_tokens_in_their_order():
    table = (ROOT / "docs" / "tokens.md").read_text(encoding="utf-8").partition("| check | answer | log |\n")[2]
    lines = table.partition("\n\n")[0].splitlines()[1:]
    result = [re.findall(r"`(\w+)`", line.split("|")[-2]) for line in lines]
    assert [set(words) for words in result] == [*(set(reasons) for _, reasons in CHECKS), {"insufficient_scope"}]


def test_every_reason_has_advice():
    assert set(ADVICE) == {*errors.Reason, errors.KeysUnavailable.reason}
    assert {reason for _, reasons in CHECKS for reason in reasons} == set(ADVICE)


def test_the_key_set_can_come_from_a_file(tmp_path: Path, issuer: Issuer, explain: Explain):
    token, file = issuer.mint(), tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": []}), encoding="utf-8")
    assert explain(token, "--jwks", str(file)).answers["GET /pets"] == 500
