"""`tools.explain` for several issuers and vendors: each fault has its own finding and advice."""

import io
from typing import Any

import pytest
import time_machine
from rich.console import Console

from authorizer.issuer import Issuer as Trusted
from infra.api.routes import Route
from tests.testkit.clock import Issuer
from tests.testkit.events import TRUSTED, environment_of
from tests.testkit.tokens import AUDIENCE, ISSUER, NOW, OMIT, claims, header, jwk, key_set, rs256, token
from tools.explain.diagnose import examine
from tools.explain.evaluate import Evaluator, KeySource
from tools.explain.report import About, report

pytestmark = pytest.mark.xdist_group("explain")

ROUTE = Route("GET", "/pets", ())
OTHER = TRUSTED._replace(issuer="https://other.example/")


def explained(jws: str, *trusted: Trusted, keys: bytes | None = None) -> tuple[str, str]:
    """The authorizer's reason, and the words of the report."""
    with time_machine.travel(NOW, tick=False):
        evaluator = Evaluator(environment_of(*trusted), KeySource(Issuer(keys).get))
        answer = evaluator.answer(f"Bearer {jws}", ROUTE)
        written = io.StringIO()
        about = About("the stack dev", trusted[0].issuer, "", "", 300)
        report(Console(file=written, width=600), about, examine(f"Bearer {jws}", evaluator), [answer], [answer])
    return answer.reason, " ".join(written.getvalue().replace("│", " ").split())


TWO = key_set(jwk(), jwk("next", kid="key-2"))
NAMELESS = key_set(jwk(kid=OMIT), jwk("next", kid=OMIT))
CLIENTS = TRUSTED._replace(audiences=(), client_ids=("web",))
REQUIRED = TRUSTED._replace(required_claims=(("org_id", ("org_1",)), ("email_verified", (True,))))
CASES: dict[str, tuple[str, tuple[Trusted, ...], bytes | None, str, str]] = {
    "no kid in the token": (
        token(header(kid=OMIT)),
        (TRUSTED,),
        TWO,
        "missing_kid",
        "the token has no kid, and the issuer has several keys: 'key-1', 'key-2'",
    ),
    "no kid in the set": (
        token(),
        (TRUSTED,),
        NAMELESS,
        "unnamed_keys",
        "configure the issuer to publish a kid for each key",
    ),
    "another algorithm of the key": (
        token(header(alg="RS512")),
        (TRUSTED._replace(algorithms=("RS256", "RS512")),),
        None,
        "unknown_key",
        "that key is for another algorithm than 'RS512'",
    ),
    "an algorithm that is not configured": (
        token(header(alg="ES256")),
        (TRUSTED,),
        None,
        "unsupported_algorithm",
        "or list ES256 in the issuer's algorithms",
    ),
    "an ambiguous kid": (
        token(),
        (TRUSTED,),
        key_set(jwk(), jwk("other"), jwk("next", kid="key-2")),
        "unknown_key",
        "not used: 'key-1' is the kid of several keys",
    ),
    "another client": (
        token(body=claims(aud=OMIT)),
        (CLIENTS,),
        None,
        "wrong_client",
        "azp is 'my_client', and clientIds 'web'",
    ),
    "no client": (
        token(body=claims(aud=OMIT, azp=OMIT)),
        (CLIENTS,),
        None,
        "missing_claim",
        "get a token that names its client in client_id or azp",
    ),
    "an ID token": (
        token(body=claims(aud="web", azp="web")),
        (CLIENTS,),
        None,
        "wrong_audience",
        "the client itself, as in an ID token",
    ),
    "a required value": (
        token(body=claims(org_id="org_2", email_verified="true")),
        (REQUIRED,),
        None,
        "wrong_claim",
        "org_id is 'org_2', and must be 'org_1'; email_verified is 'true', and must be True",
    ),
    "no sub": (
        token(body=claims(sub=OMIT)),
        (TRUSTED,),
        None,
        "missing_claim",
        "or set principalClaim to sub and azp, which names the client",
    ),
    "neither sub nor a client": (
        token(body=claims(sub=OMIT, azp=OMIT)),
        (TRUSTED,),
        None,
        "missing_claim",
        "required claims: configure the issuer to add sub ┏",
    ),
    "no aud": (token(body=claims(aud=OMIT)), (TRUSTED,), None, "missing_claim", "set clientIds to 'my_client'"),
    "neither aud nor a client": (
        token(body=claims(aud=OMIT, azp=OMIT)),
        (TRUSTED,),
        None,
        "missing_claim",
        f"ask for a token with audience={AUDIENCE}; or, if its issuer never writes aud (WorkOS), configure it",
    ),
    "a thumbprint in the token alone": (
        token(header(kid=OMIT, x5t="abc")),
        (TRUSTED,),
        key_set(jwk(), jwk("next", kid="key-3")),
        "missing_kid",
        "several keys: 'key-1', 'key-3'",
    ),
    "a thumbprint that no key has": (
        token(header(kid=OMIT, x5t="abc")),
        (TRUSTED,),
        key_set(jwk(x5t="a"), jwk("next", kid="key-2", x5t="b")),
        "unknown_key",
        "x5t 'abc'; the issuer has 'key-1', 'key-2'",
    ),
    "a key that is published for another purpose": (
        token(),
        (TRUSTED,),
        key_set(jwk(use="enc"), jwk("next", kid="key-2")),
        "unknown_key",
        "it publishes a key that is for use 'enc'",
    ),
    "a key that is gone": (
        token(header(kid="gone")),
        (TRUSTED,),
        None,
        "unknown_key",
        "the issuer has rotated its key, or it is from another tenant",
    ),
    "another key of the same kid": (
        token(sign=rs256("attacker")),
        (TRUSTED,),
        None,
        "bad_signature",
        "or another key has this kid",
    ),
    "a slash less, of two issuers": (
        token(body=claims(iss=ISSUER.rstrip("/"))),
        (TRUSTED, OTHER),
        None,
        "wrong_issuer",
        "set its issuer in petstore:issuers to the token's iss",
    ),
    "an issuer that is no text": (
        token(body=claims(iss=["x"])),
        (TRUSTED,),
        None,
        "wrong_issuer",
        "configure the issuer to write its name as a string",
    ),
    "version 1.0 of Entra ID": (
        token(body=claims(iss="https://sts.windows.net/TENANT/")),
        (TRUSTED._replace(issuer="https://login.microsoftonline.com/TENANT/v2.0"),),
        None,
        "wrong_issuer",
        "set requestedAccessTokenVersion to 2",
    ),
    "another issuer": (
        token(body=claims(iss="https://third.example/")),
        (TRUSTED, OTHER),
        None,
        "wrong_issuer",
        f"request the token from {ISSUER} or https://other.example/",
    ),
    "a key set for another algorithm": (
        token(),
        (TRUSTED._replace(algorithms=("ES256",)),),
        None,
        "unsupported_algorithm",
        "key set: list RS256 in the issuer's algorithms",
    ),
    "an issuer's key set without keys": (
        token(),
        (TRUSTED,),
        key_set(jwk(use="enc")),
        "keys_unavailable",
        "'key-1' is for use 'enc'",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_fault_has_its_own_advice(name: str):
    jws, trusted, keys, reason, words = CASES[name]
    found, result = explained(jws, *trusted, keys=keys)
    assert found == reason
    assert words in result


def test_no_two_faults_have_the_same_advice():
    reports = {name: explained(jws, *trusted, keys=keys)[1] for name, (jws, trusted, keys, *_) in CASES.items()}
    reports["none"] = explained(token(), TRUSTED)[1]
    shared = [(one, other) for one in CASES for other in reports if one != other and CASES[one][4] in reports[other]]
    assert shared == [("a key that is gone", "a thumbprint that no key has")]  # one fault with two kinds of keys


def test_a_token_of_the_second_issuer_is_explained_by_its_rules():
    reason, result = explained(token(body=claims(iss=OTHER.issuer, aud="x")), TRUSTED, OTHER)
    assert reason == "wrong_audience"
    assert "signature ok" in result
    assert "issuer ok 'https://other.example/'" in result


def test_no_key_is_looked_up_for_a_token_of_an_unknown_issuer():
    reason, result = explained(token(body=claims(iss="x"), sign=rs256("attacker")), TRUSTED, OTHER)
    assert reason == "wrong_issuer"
    assert "not reached revoked keys, key, key set, signature" in result


@pytest.mark.parametrize("part", ["header", "payload"])
def test_a_part_that_is_not_a_json_object_is_reported(part: str):
    jws = token(b"{1}") if part == "header" else token(body=b"{1}")
    reason, result = explained(jws, TRUSTED)
    assert reason == ("malformed_header" if part == "header" else "malformed_claims")
    assert "not a JSON object with unique names" in result


def principal(**changes: Any) -> str:
    trusted = TRUSTED._replace(principal_claim=("sub", "client_id"))
    return explained(token(body=claims(**changes)), trusted)[1]


def test_the_claim_of_the_principal_is_shown():
    assert ", from client_id" in principal(sub=OMIT, client_id="night-run")
    assert ", from " not in principal()
