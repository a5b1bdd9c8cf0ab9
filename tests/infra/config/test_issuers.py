"""The configured issuers: one in separate keys, or several in a list; mistakes are refused with their rule."""

import json
from typing import Any

import pytest

from authorizer.claims import MAX_CONTEXT_LENGTH
from authorizer.decision import MAX_SCOPE_LENGTH
from authorizer.environment import parse as parse_variables
from authorizer.issuer import Issuer
from infra.api.routes import Route, guarded
from infra.auth.environment import render_table
from infra.config.issuers import MAX_CONTEXT_CLAIMS
from infra.config.settings import Settings
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake
from tests.testkit.messages import seen
from tools.project import PROJECT

ROUTES = [Route("GET", "/pets")]
ONE = {"tokenIssuer": "https://login.kennel.example/", "audience": "kennel-api"}
NEW = {"issuer": "https://login.kennel.example/", "audience": "kennel-api"}
OLD = {
    "issuer": "https://kennel.eu.auth0.com/",
    "audience": ["kennel-api", "https://api.kennel.example"],
    "jwksUri": "https://kennel.eu.auth0.com/keys",
    "algorithms": ["RS256", "ES256"],
    "clientIds": ["web"],
    "scopeClaims": ["realm_access.roles"],
    "principalClaim": ["sub", "azp"],
    "requiredClaims": {"org_id": ["org_1"], "email_verified": [True]},
}
ADFS = "http://adfs.kennel.example/adfs/services/trust"
KEYS = "https://adfs.kennel.example/adfs/discovery/keys"


def config_of(values: dict[str, Any]) -> dict[str, str]:
    """Encodes values as the engine does: strings unchanged, everything else as JSON."""
    return {f"{PROJECT}:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def settings(**values: Any) -> Settings:
    return Settings.parse(config_of(values), ROUTES, project=PROJECT)


def issuers(**values: Any) -> tuple[Issuer, ...]:
    """The issuers of the settings, as the function parses them from its variables."""
    return parse_variables(settings(**values).authorizer.variables()).issuers


def mistakes(**values: Any) -> list[Mistake]:
    with pytest.raises(ConfigurationError) as caught:
        settings(**values)
    return seen(caught.value.mistakes)


def test_one_issuer_has_three_variables():
    variables = settings(**ONE, revokedKids=["a", "b"]).authorizer.variables()
    assert variables == {
        "TOKEN_ISSUER": "https://login.kennel.example/",
        "AUDIENCE": "kennel-api",
        "JWKS_URI": "https://login.kennel.example/.well-known/jwks.json",
        "LEEWAY_SECONDS": "10",
        "ROUTES": render_table(guarded(ROUTES)),
        "REVOKED_KIDS": "a\nb",
    }


def test_a_tenant_with_two_names_is_two_issuers_each_with_its_keys():
    new, old = issuers(issuers=[NEW, OLD])
    assert new == Issuer(
        "https://login.kennel.example/", "https://login.kennel.example/.well-known/jwks.json", ("kennel-api",)
    )
    assert old == Issuer(
        "https://kennel.eu.auth0.com/",
        "https://kennel.eu.auth0.com/keys",
        ("kennel-api", "https://api.kennel.example"),
        ("web",),
        ("RS256", "ES256"),
        ("realm_access.roles",),
        ("sub", "azp"),
        (("org_id", ("org_1",)), ("email_verified", (True,))),
    )


def test_the_keys_for_one_issuer_are_those_of_an_object_in_the_list():
    keys = {"tokenIssuer" if key == "issuer" else key: value for key, value in OLD.items()}
    assert issuers(**keys | {"audience": "kennel-api"}) == issuers(issuers=[OLD | {"audience": ["kennel-api"]}])


def test_an_issuer_without_rsa_keys_is_named_with_its_algorithms():
    (issuer,) = issuers(
        tokenIssuer="https://kennelproject.supabase.co/auth/v1",
        audience="authenticated",
        algorithms=["ES256", "EdDSA", "PS256"],
    )
    assert issuer.algorithms == ("ES256", "EdDSA", "PS256")


def test_an_issuer_without_audiences_is_bound_to_its_clients():
    (issuer,) = issuers(tokenIssuer="https://id.kennel.example", clientIds=["https://app.kennel.example"])
    assert (issuer.audiences, issuer.client_ids) == ((), ("https://app.kennel.example",))


@pytest.mark.parametrize("name", [ADFS, "urn:kennel:issuer", "kennel"])
def test_an_issuer_may_be_any_string_if_its_key_set_has_a_url(name: str):
    (issuer,) = issuers(tokenIssuer=name, audience="kennel-api", jwksUri=KEYS)
    assert (issuer.issuer, issuer.jwks_uri) == (name, KEYS)
    (mistake,) = mistakes(tokenIssuer=name, audience="kennel-api")
    assert (mistake.rule, "jwksUri" in mistake.fix) == ("opaque-issuer", True)


@pytest.mark.parametrize("tenant", ["{tenantid}", "common", "organizations", "consumers"])
@pytest.mark.parametrize("form", ["one", "list"])
def test_microsofts_url_for_all_tenants_is_refused_and_the_fix_is_a_tenant_id(tenant: str, form: str):
    name = f"https://login.microsoftonline.com/{tenant}/v2.0"
    if form == "one":
        (mistake,) = mistakes(tokenIssuer=name, audience="kennel-api")
    else:
        (mistake,) = mistakes(issuers=[{"issuer": name, "audience": "kennel-api"}])
    assert mistake.rule == "no-tenant"
    assert "tenant's id: `https://login.microsoftonline.com/TENANT_ID/v2.0`" in mistake.fix


def test_a_tenant_with_a_similar_name_is_accepted():
    name = "https://login.microsoftonline.com/commonwealth/v2.0"
    assert issuers(tokenIssuer=name, audience="kennel-api")[0].issuer == name


@pytest.mark.parametrize("key", ["clientIds", "scopeClaims", "principalClaim"])
def test_a_name_may_have_any_other_character(key: str):
    assert issuers(**ONE | {key: ["https://kennel.example/a.b-c_d:e"]})


@pytest.mark.parametrize(
    "audience",
    ["kennel-api,other-api", "kennel-api other-api", '["kennel-api", "other-api"]', '["kennel-api"]'],
)
def test_several_audiences_in_one_string_are_refused_with_the_fix(audience: str):
    (mistake,) = mistakes(**ONE | {"audience": audience})
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:audience", "several-audiences")
    assert "use issuers, where" in mistake.fix
    (mistake,) = mistakes(issuers=[NEW | {"audience": ["a,b"]}])
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:issuers[0].audience", "several-audiences")


OF_ONE: list[tuple[str, Any, str]] = [
    ("algorithms", ["HS256"], "shared-secret"),
    ("algorithms", ["rs256"], "unknown-algorithm"),
    ("algorithms", ["ES512"], "unknown-algorithm"),
    ("algorithms", ["none"], "unknown-algorithm"),
    ("algorithms", [], "not-texts"),
    ("algorithms", "RS256", "not-texts"),
    ("scopeClaims", [], "not-texts"),
    ("scopeClaims", {"scope": True}, "not-texts"),
    ("scopeClaims", ["scope,scp"], "several-names"),
    ("principalClaim", ["sub client_id"], "several-names"),
    ("clientIds", ["web, app"], "several-names"),
    ("principalClaim", "sub", "not-texts"),
    ("principalClaim", [""], "not-texts"),
    ("clientIds", [7], "not-texts"),
    ("clientIds", ["<CLIENT_ID>"], "placeholder"),
    ("requiredClaims", ["org_id"], "not-claims"),
    ("requiredClaims", {"org_id": "org_1"}, "not-claims"),
    ("requiredClaims", {"org_id": []}, "not-claims"),
    ("requiredClaims", {"org_id": [1.5]}, "not-claims"),
    ("requiredClaims", {"org_id": [None]}, "not-claims"),
    ("requiredClaims", {" ": ["x"]}, "not-claims"),
    ("requiredClaims", "org_id", "not-claims"),
    ("jwksUri", "https://keys.example/{tenant}/keys", "placeholder"),
]


@pytest.mark.parametrize(("key", "value", "rule"), OF_ONE)
def test_a_mistake_in_a_key_is_found_in_both_forms(key: str, value: Any, rule: str):
    (mistake,) = mistakes(**ONE | {key: value})
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:{key}", rule)
    (mistake,) = mistakes(issuers=[OLD, NEW | {key: value}])
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:issuers[1].{key}", rule)


OF_LISTS: list[tuple[Any, str, str]] = [
    ([NEW] * 6, "issuers", "not-issuers"),
    ("https://login.kennel.example/", "issuers", "not-issuers"),
    (NEW, "issuers", "not-issuers"),
    (["https://login.kennel.example/"], "issuers", "not-issuers"),
    (None, "issuers", "not-issuers"),
    ([NEW, NEW], "issuers[1].issuer", "issuer-twice"),
    ([NEW | {"issuer": 7}], "issuers[0].issuer", "not-a-text"),
    ([NEW | {"audience": 7}], "issuers[0].audience", "not-a-text"),
    ([NEW | {"audience": {}}], "issuers[0].audience", "not-a-text"),
    ([NEW | {"audience": ["kennel-api", 7]}], "issuers[0].audience", "not-texts"),
    ([NEW | {"audience": []}], "issuers[0].audience", "not-texts"),
    ([{"audience": "kennel-api"}], "issuers[0].issuer", "required"),
    ([{"issuer": NEW["issuer"]}], "issuers[0].audience", "required"),
    ([NEW | {"audience": "", "clientIds": []}], "issuers[0].audience", "required"),
    ([NEW | {"jwksUri": "http://keys.example/"}], "issuers[0].jwksUri", "plain-http"),
    ([NEW | {"audience": "https://login.kennel.example/"}], "issuers[0].audience", "issuers-own-api"),
    ([NEW | {"audiance": "kennel-api"}], "issuers[0].audiance", "unknown-key"),
    ([NEW | {"tokenIssuer": "x"}], "issuers[0].tokenIssuer", "unknown-key"),
    ([NEW, {"issuer": "http://127.0.0.1:9/", "audience": "x"}], "issuers[1].issuer", "loopback"),
]


@pytest.mark.parametrize(("listed", "key", "rule"), OF_LISTS)
def test_a_mistake_in_the_list_is_named_with_its_path(listed: Any, key: str, rule: str):
    (mistake,) = mistakes(issuers=listed)
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:{key}", rule)


def test_the_two_forms_cannot_be_combined():
    (mistake,) = mistakes(issuers=[OLD], **ONE, algorithms=["ES256"])
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:issuers", "two-forms")
    assert "petstore:tokenIssuer, petstore:audience, petstore:algorithms" in mistake.what


def test_all_mistakes_of_all_issuers_are_reported_together():
    found = mistakes(issuers=[NEW | {"algorithms": ["HS256"]}, OLD | {"jwksUri": "http://x", "scopes": ["a"]}])
    assert [(mistake.key, mistake.rule) for mistake in found] == [
        (f"{PROJECT}:issuers[0].algorithms", "shared-secret"),
        (f"{PROJECT}:issuers[1].scopes", "unknown-key"),
        (f"{PROJECT}:issuers[1].jwksUri", "plain-http"),
    ]


def test_context_claims_are_passed_to_the_function():
    variables = settings(**ONE, contextClaims=["org_id", "email"]).authorizer.variables()
    assert parse_variables(variables).context_claims == ("org_id", "email")


@pytest.mark.parametrize(
    "claims", [["sub"], ["clientId"], ["clientid"], ["a.b", "a_b"], ["org_id", "org_id"], ["org", "Org"]]
)
def test_a_context_claim_cannot_replace_another_entry_of_the_context(claims: list[str]):
    (mistake,) = mistakes(**ONE, contextClaims=claims)
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:contextClaims", "context-key-taken")


def test_more_claims_than_api_gateway_accepts_are_refused():
    assert settings(**ONE, contextClaims=list("abcde")).trust.context_claims == tuple("abcde")
    (mistake,) = mistakes(**ONE, contextClaims=list("abcdef"))
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:contextClaims", "too-many-claims")
    headers = MAX_CONTEXT_CLAIMS * MAX_CONTEXT_LENGTH + MAX_SCOPE_LENGTH + 255
    assert headers < 10_240


def test_the_keys_of_every_issuer_are_bundled():
    bundled = settings(issuers=[NEW, OLD], bundleKeys="true").bundled_key_sets
    assert bundled == {
        "https://login.kennel.example/": "https://login.kennel.example/.well-known/jwks.json",
        "https://kennel.eu.auth0.com/": "https://kennel.eu.auth0.com/keys",
    }


def test_a_warning_names_the_issuer_whose_keys_are_on_another_host():
    (warning,) = settings(issuers=[NEW, OLD | {"jwksUri": "https://keys.example/"}]).warnings
    assert "kennel.eu.auth0.com" in warning
    assert "keys.example" in warning


ADVICE: dict[str, tuple[dict[str, Any], str]] = {
    "no issuer": ({"tokenIssuer": ""}, "tokenIssuer: is not set. Run `pulumi config set"),
    "neither audience nor clients": ({"audience": ""}, "neither is clientIds: one of them must bind"),
    "several audiences": ({"audience": "a,b"}, "has a comma or a space, which an audience never has"),
    "a list as audience": ({"audience": '["a"]'}, "is a list, got"),
    "the issuer's own API": ({"audience": "https://login.kennel.example/userinfo"}, "Use the identifier of your API"),
    "http": ({"tokenIssuer": "http://id.kennel.example"}, "Otherwise use `https://id.kennel.example`"),
    "no URL": ({"tokenIssuer": "kennel"}, "Otherwise use `https://kennel`"),
    "upper case": ({"tokenIssuer": "https://ID.kennel.example"}, "Otherwise use a host name in lower case"),
    "a document": (
        {"tokenIssuer": "https://id.kennel.example/a/.well-known/openid-configuration"},
        "Use `https://id.kennel.example/a`",
    ),
    "a document by RFC 8414": (
        {"tokenIssuer": "https://id.kennel.example/.well-known/oauth-authorization-server/b"},
        "Use `https://id.kennel.example/b`",
    ),
    "Auth0's slash": ({"tokenIssuer": "https://kennel.eu.auth0.com"}, "lacks the slash at the end of every Auth0"),
    "Auth0's document": (
        {"tokenIssuer": "https://kennel.us.auth0.com/.well-known/jwks.json"},
        "Use `https://kennel.us.auth0.com/`",
    ),
    "Okta's org server": ({"tokenIssuer": "https://kennel.okta.com"}, "`https://kennel.okta.com/oauth2/default`"),
    "all tenants": (
        {"tokenIssuer": "https://login.microsoftonline.com/common/v2.0"},
        "instead of the id of your tenant",
    ),
    "a placeholder": ({"tokenIssuer": "https://YOUR_TENANT.example/"}, "Replace it with your own value"),
    "keys over http": ({"jwksUri": "http://kennel.example/keys"}, "so others on the network could forge its content"),
    "certificates": ({"jwksUri": "https://kennel.example/a.pem"}, "Use jwks_uri from the issuer's discovery document"),
    "a shared secret": ({"algorithms": ["HS256"]}, "everyone who knows the secret can sign"),
    "an unknown algorithm": ({"algorithms": ["ES512"]}, "is not an algorithm that the authorizer supports"),
    "no list": ({"clientIds": "web"}, 'Write it as `["VALUE"]`'),
    "several in one": ({"scopeClaims": ["a,b"]}, "Write each name as a separate element"),
    "no lists of values": ({"requiredClaims": {"a": "b"}}, "is not an object that maps claims"),
}


def advice(values: dict[str, Any]) -> str:
    (mistake,) = mistakes(**{key: value for key, value in {**ONE, **values}.items() if value})
    return str(mistake)


@pytest.mark.parametrize("name", ADVICE)
def test_each_mistake_has_its_own_advice(name: str):
    values, words = ADVICE[name]
    assert words in advice(values)


def test_no_two_mistakes_have_the_same_advice():
    told = {name: advice(values) for name, (values, _) in ADVICE.items()}
    assert [(one, other) for one in told for other in told if one != other and ADVICE[one][1] in told[other]] == []


def test_an_unusual_https_issuer_is_accepted_if_its_key_set_has_a_url():
    (issuer,) = issuers(tokenIssuer="https://ADFS.kennel.example/adfs", audience="kennel-api", jwksUri=KEYS)
    assert issuer.issuer == "https://ADFS.kennel.example/adfs"


@pytest.mark.parametrize("host", ["kennel.okta.com", "kennel.oktapreview.com", "kennel.okta.com/"])
def test_oktas_org_authorization_server_is_refused_and_a_custom_one_accepted(host: str):
    (mistake,) = mistakes(tokenIssuer=f"https://{host}", audience="kennel-api", jwksUri=f"https://{host}/keys")
    assert mistake.rule == "okta-org-server"
    assert issuers(tokenIssuer="https://kennel.okta.com/oauth2/default", audience="kennel-api")
    assert issuers(tokenIssuer="https://login.kennel.example", audience="kennel-api")
