"""The configuration: what is refused, in which words, and that Pulumi.yaml says the same as the program."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.api.routes import Route
from infra.config.errors import ConfigurationError
from infra.config.settings import Settings
from tools.preview.mock_recorder import CONFIG, declare
from tools.project import PROJECT, ROOT, stack_config

ROUTES = [Route("GET", "/pets")]


def load(config: dict[str, str]) -> Settings:
    loaded: list[Settings] = []
    declare(config, program=lambda: loaded.append(Settings.load(ROUTES)))
    return loaded[0]


def mistakes(config: dict[str, str], routes: list[Route] = ROUTES) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        declare(config, program=lambda: Settings.load(routes) and None)
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("tokenIssuer", "", "empty"),
        ("tokenIssuer", "https://tenant.eu.auth0.com", "use https://tenant.eu.auth0.com/"),
        ("tokenIssuer", "tenant.eu.auth0.com/", "such as https://tenant.eu.auth0.com/"),
        ("tokenIssuer", "http://tenant.eu.auth0.com/", "use https://tenant.eu.auth0.com/"),
        ("tokenIssuer", "https://YOUR_TENANT.auth0.com/", "placeholder"),
        ("tokenIssuer", "https://tenant.auth0.com/.well-known/jwks.json", "use https://tenant.auth0.com/"),
        ("tokenIssuer", "https://tenant.auth0.com/ ", "spaces"),
        ("tokenIssuer", "https://tenant.auth0.com\\@evil.example/", "backslashes"),
        ("tokenIssuer", "https://exämple.com/", "xn--"),
        ("tokenIssuer", f"https://tenant.example/{'x' * 300}", "longer than 300"),
        *(
            ("tokenIssuer", value, "not a plain https:// address")
            for value in (
                "https://169.254.169.254/",
                "https://2852039166/",
                "https://127.1/",
                "https://[::ffff:127.0.0.1]/",
                "https://user:pw@tenant.example/",
                "https://tenant.example/?x=1",
                "https://tenant.example/?",
                "https://tenant.example/#",
                "https://tenant.example:port/",
                "https://tenant.example:0/",
                "https://Tenant.example/",
                "HTTPS://tenant.example/",
                "https://a..b/",
                "https://.",
                "https://[::1/",
            )
        ),
        ("audience", "", "empty"),
        ("audience", " ", "empty"),
        ("audience", '"https://api"', "quotes"),
        ("audience", "api\u200b", "ASCII"),
        ("audience", "https://petstore-test.eu.auth0.com/userinfo", "issuer's own API"),
        ("audience", "https://petstore-test.eu.auth0.com/", "issuer's own API"),
        ("audience", "https://petstore-test.eu.auth0.com/api/v2/", "issuer's own API"),
        ("jwksUri", "http://petstore-test.eu.auth0.com/keys", "forge"),
        ("jwksUri", "https://petstore-test.eu.auth0.com/pem/key.pem", "not a key set"),
        ("jwksUri", "http://127.0.0.1:9001/", "inside the function itself"),
        ("jwksUri", "file:///etc/passwd", "not a plain https:// address"),
        ("backendUrl", "ftp://backend.example", "http:// or https://"),
        ("backendUrl", "https://backend.example/", "slash at the end"),
        ("backendUrl", "https://backend.example?x=1", "query"),
        ("backendUrl", "https://backend.example#", "query"),
        ("backendUrl", "https://u:p@backend.example", "credentials"),
        ("backendUrl", "https://${stageVariables.host}", "variables"),
        ("backendUrl", "http://localhost:8080", "cannot reach this machine"),
        ("stageName", "bad name", "remove them"),
        ("stageName", "a/b", "letters, digits"),
        ("authorizerResultTtlInSeconds", "3601", "0 to 3600"),
        ("authorizerResultTtlInSeconds", "-1", "0 to 3600"),
        ("authorizerResultTtlInSeconds", "5m", "0 to 3600"),
        ("leewayInSeconds", "61", "0 to 60"),
        ("leewayInSeconds", "9" * 5000, "0 to 60"),
        ("lambdaRuntime", "python3.99", "use python3.11, python3.12"),
        ("lambdaRuntime", "nodejs22.x", "use python3.11"),
        ("lambdaArchitecture", "amd64", "use arm64, x86_64"),
        ("logRetentionInDays", "8", "use one of 1, 3, 5"),
        ("throttlingRateLimit", "0", "1 to 10000"),
        ("throttlingBurstLimit", "-1", "1 to 5000"),
        ("allowedOrigin", "app.example.com", "not an origin"),
        ("allowedOrigin", "https://app.example.com/", "not an origin"),
        ("allowedOrigin", "https://app.example.com:443", "not an origin"),
        ("forwardAuthorization", "yes", "neither true nor false"),
        ("accessLog", "1", "neither true nor false"),
        ("permissionsBoundary", "petstore-boundary", "not the ARN of an IAM policy"),
        ("permissionsBoundary", "arn:aws:iam::123456789012:role/x", "arn:aws:iam::ACCOUNT:policy/NAME"),
        ("revokedKids", "key-1", "not a list of texts"),
        ("revokedKids", '["key-1", 2]', "not a list of texts"),
        ("revokedKids", '["a\\nb"]', "not a list of texts"),
        ("revokedKids", '[""]', "pulumi config set --path"),
        ("revokedKids", '{"a": 1}', "not a list of texts"),
        ("revokedKids", "[12345]", "--type string"),
        ("revokedKids", '["a "]', "not a list of texts"),
        ("revokedKids", "[" * 100_000, "not a list of texts"),
    ],
)
def test_a_mistake_is_named_with_its_key_its_value_and_the_fix(key: str, value: str, words: str):
    (mistake,) = mistakes({f"{PROJECT}:{key}": value})
    assert mistake.startswith(f"{PROJECT}:{key} is {value!r}: ")
    assert re.search(words, mistake)
    assert "; " in mistake


def test_a_token_is_not_forwarded_in_clear():
    (mistake,) = mistakes({"petstore:forwardAuthorization": "true"})
    assert mistake.startswith("petstore:forwardAuthorization is true: callers' tokens would go to http://petstore-demo")
    assert load({"petstore:forwardAuthorization": "true", "petstore:backendUrl": "https://b.example"})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jwksUri", "https://petstore-test.eu.auth0.com/keys?appid=22"),
        ("backendUrl", "http://203.0.113.7:8080/v1"),
        ("backendUrl", "https://backend.example.com/a/b"),
        ("audience", "urn:petstore"),
        ("allowedOrigin", "http://localhost:3000"),
        ("allowedOrigin", "https://app.example.com:8443"),
    ],
)
def test_what_people_really_set_is_taken(key: str, value: str):
    assert value in str(load({f"{PROJECT}:{key}": value}))


@pytest.mark.parametrize("key", ["tokenIssuer", "audience"])
def test_what_only_the_user_knows_is_required(key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(CONFIG, f"{PROJECT}:{key}")
    assert mistakes({}) == [f"{PROJECT}:{key} is required; run `pulumi config set --plaintext {key} VALUE`"]


@pytest.mark.parametrize(("typo", "meant"), [("audiance", "audience"), ("ttl", None), ("TokenIssuer", "tokenIssuer")])
def test_a_key_that_the_program_does_not_have_is_refused(typo: str, meant: str | None):
    (mistake,) = mistakes({f"{PROJECT}:{typo}": "x"})
    assert mistake.startswith(f"{PROJECT}:{typo} is no key of this program: ")
    assert (f"did you mean {PROJECT}:{meant}?" in mistake) == (meant is not None)


def test_our_keys_under_the_name_of_another_project_are_refused():
    (mistake,) = mistakes({"another:protectRestApi": "true"})
    assert mistake == (
        "another:protectRestApi belongs to another project and is ignored: "
        f"run `make rename NAME={PROJECT}`, or write petstore:protectRestApi"
    )


def test_keys_of_other_namespaces_are_none_of_our_business():
    assert load({"auth0:audience": "https://x.example/", "another:colour": "red"})
    assert load({"aws:region": "eu-west-1"}).stage_name == "test"


def test_all_mistakes_are_reported_together_routes_included():
    config = {"petstore:tokenIssuer": "http://x", "petstore:accessLog": "1", f"{PROJECT}:audiance": "x"}
    found = mistakes(config, [Route("get", "pets")])
    assert len(found) == 5
    assert [mistake.split(" ")[0] for mistake in found[:3]] == [
        "petstore:tokenIssuer",
        "petstore:accessLog",
        f"{PROJECT}:audiance",
    ]


def test_nothing_is_declared_where_something_is_wrong():
    with pytest.raises(
        ConfigurationError, match=r"^1 mistake in the configuration or the routes:\n  - petstore:audience"
    ):
        declare({"petstore:audience": ""})


@pytest.mark.parametrize(
    ("issuer", "jwks_uri"),
    [
        ("https://tenant.eu.auth0.com/", "https://tenant.eu.auth0.com/.well-known/jwks.json"),
        ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab", None),
        ("https://dev-1.okta.com/oauth2/default", None),
        ("https://keycloak.example/realms/pets", None),
        ("https://login.microsoftonline.com/0b1c/v2.0", None),
    ],
)
def test_issuers_as_the_large_providers_write_them_are_taken_as_they_are(issuer: str, jwks_uri: str | None):
    settings = load({"petstore:tokenIssuer": issuer})
    assert settings.token_issuer == issuer
    assert settings.jwks_uri == (jwks_uri or f"{issuer}/.well-known/jwks.json")
    assert not settings.on_this_machine


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:4567/", "http://localhost:4567/", "http://[::1]:4567/"])
def test_plain_http_is_for_this_machine_alone(issuer: str):
    assert load({"petstore:tokenIssuer": issuer}).on_this_machine


def test_a_key_set_on_another_host_is_said_out_loud(monkeypatch: pytest.MonkeyPatch):
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", said.append)
    load({"petstore:jwksUri": "https://keys.example/jwks.json"})
    assert len(said) == 1
    assert "keys.example" in said[0]


def test_pulumi_yaml_has_the_programs_keys_types_and_defaults():
    schema: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    (mistake,) = mistakes({f"{PROJECT}:qqqqqqqq": ""})
    known = mistake.split("it knows ")[1].split(", ")
    assert sorted(schema) == known
    assert sorted(key for key, entry in schema.items() if "default" not in entry) == ["audience", "tokenIssuer"]
    kinds = {str: "string", int: "integer", bool: "boolean", list: "array"}
    defaults = {f"{PROJECT}:{key}": _text(entry["default"]) for key, entry in schema.items() if "default" in entry}
    assert load(defaults) == load({})
    for key, entry in schema.items():
        assert entry["description"], key
        assert entry["type"] == kinds[type(entry.get("default", ""))], key


@pytest.mark.parametrize("stack", ["dev", "local"])
def test_the_stacks_in_the_repository_have_no_mistakes(stack: str):
    config = stack_config(stack)
    assert declare(config, stack=stack).outputs["stageName"] == "test"


def test_a_new_project_is_asked_for_what_only_the_user_knows():
    template = yaml.safe_load(Path(ROOT, "Pulumi.yaml").read_text(encoding="utf-8"))["template"]
    assert {"tokenIssuer", "audience", "aws:region"} == set(template["config"])


def test_more_revoked_keys_than_lambda_has_room_for_are_a_mistake():
    kids = [f"{'k' * 40}{number:02}" for number in range(12)]
    (mistake,) = mistakes({"petstore:revokedKids": json.dumps(kids)})
    assert "petstore:revokedKids is longer than 512 bytes" in mistake
    assert load({"petstore:revokedKids": json.dumps(kids[:11])}).revoked_kids == tuple(kids[:11])


def _text(value: object) -> str:
    return str(value) if isinstance(value, str) else json.dumps(value)
