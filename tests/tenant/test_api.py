"""The API in Auth0 as declared: its tokens, its scopes, and the application that may call it."""

import json

import pytest

from infra.api.routes import Route
from routes import ROUTES
from tenant.api import MAX_DESCRIPTION
from tests.testkit.tenant import AUDIENCE, SECRET, run, with_routes
from tools.preview.mock_recorder import Declared

READ = Route("GET", "/pets", scopes=["read:pets"])
WRITE = Route("POST", "/pets", scopes=["write:pets", "read:pets"])


def granted(declared: Declared) -> list[str]:
    return declared.one("ClientGrant").inputs["scopes"]


def declared_scopes(declared: Declared) -> dict[str, str]:
    return {each.inputs["scope"]: each.inputs["description"] for each in declared.of("ResourceServerScope")}


def test_the_api_issues_tokens_that_the_authorizer_accepts(tenant: Declared):
    inputs = tenant.one("ResourceServer").inputs
    assert inputs["identifier"] == AUDIENCE
    assert inputs["signingAlg"] == "RS256"
    assert inputs["name"] == "PetStore (dev)"


def test_rbac_decides_a_users_scopes_and_the_token_lists_them(tenant: Declared):
    inputs = tenant.one("ResourceServer").inputs
    assert inputs["enforcePolicies"] is True
    assert inputs["tokenDialect"] == "access_token_authz"


def test_no_application_gets_a_token_without_a_grant(tenant: Declared):
    assert tenant.one("ResourceServer").inputs["subjectTypeAuthorization"] == {
        "user": {"policy": "require_client_grant"},
        "client": {"policy": "require_client_grant"},
    }


def test_a_token_is_valid_for_an_hour_and_cannot_be_renewed_offline(tenant: Declared):
    inputs = tenant.one("ResourceServer").inputs
    assert (inputs["tokenLifetime"], inputs["tokenLifetimeForWeb"]) == (3600, 3600)
    assert inputs["allowOfflineAccess"] is False


def test_the_lifetime_is_configurable_and_applies_to_browsers_too():
    inputs = run({"petstore-tenant:tokenLifetimeInSeconds": "600"}).one("ResourceServer").inputs
    assert (inputs["tokenLifetime"], inputs["tokenLifetimeForWeb"]) == (600, 600)


def test_the_scopes_are_those_of_the_routes(tenant: Declared):
    asked_for = {scope for route in ROUTES for scope in route.scopes}
    assert asked_for
    assert set(declared_scopes(tenant)) == set(granted(tenant)) == asked_for
    assert {each.inputs["resourceServerIdentifier"] for each in tenant.of("ResourceServerScope")} == {AUDIENCE}


def test_a_scope_describes_the_routes_that_require_it():
    assert declared_scopes(run(program=with_routes(READ, WRITE))) == {
        "read:pets": "Required by GET /pets, POST /pets",
        "write:pets": "Required by POST /pets",
    }


def test_a_description_has_at_most_the_length_that_auth0_accepts():
    routes = [
        Route("GET", f"/a-rather-long-name-of-a-collection-{number}", scopes=["read:all"]) for number in range(30)
    ]
    (description,) = declared_scopes(run(program=with_routes(*routes))).values()
    assert description.endswith(" ...")
    assert len(description) <= MAX_DESCRIPTION


def test_the_application_acts_only_for_itself(tenant: Declared):
    inputs = tenant.one("Client").inputs
    assert inputs["appType"] == "non_interactive"
    assert inputs["grantTypes"] == ["client_credentials"]
    assert tenant.one("ClientCredentials").inputs == {
        "clientId": "ID(petstore-client)",
        "authenticationMethod": "client_secret_post",
    }


def test_the_application_has_a_grant_for_this_api(tenant: Declared):
    assert tenant.one("ClientGrant").inputs == {
        "clientId": "ID(petstore-client)",
        "audience": AUDIENCE,
        "scopes": ["create:pets"],
        "subjectType": "client",
    }


def test_the_grant_gains_a_scope_after_the_api_and_loses_it_before():
    declared = run(program=with_routes(READ, WRITE))
    # The engine creates and updates in this order and deletes at the end, so each scope must be its own resource.
    assert {"petstore-read:pets-scope", "petstore-write:pets-scope"} <= declared.one("ClientGrant").after
    assert declared.of("ResourceServerScopes") == []


def test_without_scoped_routes_the_grant_is_an_empty_list():
    declared = run(program=with_routes(Route("GET", "/pets")))
    assert declared.of("ResourceServerScope") == []
    assert granted(declared) == []  # The provider refuses an absent list.


def test_all_resources_belong_to_one_component(tenant: Declared):
    assert {each.parent.rpartition("::")[2] for each in tenant.resources if not each.is_component} == {"petstore"}


def test_the_client_secret_is_a_secret_output(tenant: Declared):
    assert tenant.outputs["clientSecret"] == SECRET
    secret = {name.split(" ")[0] for name, answer in tenant.outputs.items() if name.endswith(" is secret") and answer}
    assert secret == {"clientSecret"}
    assert SECRET not in json.dumps([each.inputs for each in tenant.resources])


@pytest.mark.parametrize("answer", ["", None])
def test_a_client_secret_that_auth0_does_not_return_causes_a_warning(
    answer: str | None, monkeypatch: pytest.MonkeyPatch
):
    output: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", output.append)
    assert run(secret=answer).outputs["clientSecret"] == ""
    assert ["read:client_keys" in line for line in output] == [True]
