"""Compares two issuers with different rules with an independent model, for every combination of claims."""

from itertools import product
from typing import Any

import time_machine

from authorizer.decision import Authorizer
from authorizer.jwks import Jwks
from tests.testkit.clock import URL, Issuer
from tests.testkit.events import TRUSTED, environment_of, event
from tests.testkit.tokens import AUDIENCE, ISSUER, NOW, OMIT, claims, jwk, key_set, rs256, token

OTHER = "https://other.example/"
SECOND = TRUSTED._replace(
    issuer=OTHER,
    audiences=(),
    client_ids=("web",),
    scope_claims=("roles",),
    principal_claim=("sub", "client_id"),
    required_claims=(("org", ("o1",)),),
)
SCOPES = {"scope": "read", "roles": ["write"]}
CHOICES: dict[str, tuple[Any, ...]] = {
    "iss": (ISSUER, OTHER, "https://third.example/"),
    "aud": (OMIT, AUDIENCE, "web", [AUDIENCE, "web"]),
    "azp": (OMIT, "web", "batch"),
    "client_id": (OMIT, "web", "batch"),
    "sub": (OMIT, "somebody"),
    "org": (OMIT, "o1", ["o1"]),
}


def expected(given: dict[str, Any], key: str) -> tuple[str, str, set[str]] | None:
    """The issuer, principal and scopes of an acceptable token; None for any other."""
    audiences = given.get("aud", [])
    if given["iss"] == ISSUER and key == "issuer" and AUDIENCE in audiences and "sub" in given:
        return ISSUER, given["sub"], {"read"}
    clients = {given[name] for name in ("azp", "client_id") if name in given}
    principal = given.get("sub", given.get("client_id"))
    is_ours = clients == {"web"} and "web" not in audiences and given.get("org") == "o1"
    if given["iss"] == OTHER and key == "next" and is_ours and principal:
        return OTHER, principal, {"write"}
    return None


def test_two_issuers_decide_by_their_own_rules() -> None:
    keys = {
        ISSUER: Jwks(URL, get=Issuer(key_set(jwk("issuer"))).get),
        OTHER: Jwks(URL, get=Issuer(key_set(jwk("next"))).get),  # with the same kid
    }
    authorizer = Authorizer(environment_of(TRUSTED, SECOND), keys)
    allowed = 0
    with time_machine.travel(NOW, tick=False):
        for key, *values in product(("issuer", "next"), *CHOICES.values()):
            given = {name: value for name, value in zip(CHOICES, values, strict=True) if value is not OMIT}
            absent = dict.fromkeys(CHOICES.keys() - given.keys(), OMIT)
            identity = authorizer.decide(
                event(token(body=claims(**SCOPES, **given, **absent), sign=rs256(key)))
            ).identity
            found = identity and (identity.issuer, identity.subject, set(identity.scopes))
            assert found == expected(given, key), (given, key)
            allowed += found is not None
    assert allowed == 54 + 10
