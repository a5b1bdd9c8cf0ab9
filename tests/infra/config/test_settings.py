"""The configuration: mistakes are refused with their rule, and Pulumi.yaml agrees with the program."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.api.routes import Route
from infra.auth.environment import MAX_BYTES, size, stored
from infra.config.config_reader import Reader
from infra.config.settings import Settings
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake
from tests.testkit.messages import seen
from tools.preview.mock_recorder import CONFIG, Recorder, declare
from tools.program import run
from tools.project import PROJECT, ROOT, stack_config

ROUTES = [Route("GET", "/pets")]


def parse(config: dict[str, str], routes: list[Route] = ROUTES) -> Settings:
    return Settings.parse(CONFIG | config, routes, project=PROJECT)


def mistakes(config: dict[str, str], routes: list[Route] = ROUTES) -> list[Mistake]:
    with pytest.raises(ConfigurationError) as caught:
        Settings.parse(CONFIG | config, routes, project=PROJECT)
    return seen(caught.value.mistakes)


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("tokenIssuer", " ", "empty"),
        ("tokenIssuer", "https://tenant.eu.auth0.com", "auth0-slash"),
        ("tokenIssuer", "tenant.eu.auth0.com/", "opaque-issuer"),
        ("tokenIssuer", "http://tenant.eu.auth0.com/", "opaque-issuer"),
        ("tokenIssuer", "https://YOUR_TENANT.auth0.com/", "placeholder"),
        ("tokenIssuer", "https://tenant.auth0.com/.well-known/jwks.json", "document-address"),
        ("tokenIssuer", "https://tenant.auth0.com/ ", "stray-characters"),
        ("tokenIssuer", "https://tenant.auth0.com\\@evil.example/", "stray-characters"),
        ("tokenIssuer", "https://exämple.com/", "not-ascii"),
        ("tokenIssuer", f"https://tenant.example/{'x' * 300}", "too-long"),
        *(
            ("tokenIssuer", value, "not-plain-https")
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
        ("audience", " ", "empty"),
        ("audience", '"https://api"', "stray-characters"),
        ("audience", "api\u200b", "not-ascii"),
        ("audience", "https://petstore-test.eu.auth0.com/userinfo", "issuers-own-api"),
        ("audience", "https://petstore-test.eu.auth0.com/", "issuers-own-api"),
        ("audience", "https://petstore-test.eu.auth0.com/api/v2/", "issuers-own-api"),
        ("jwksUri", "http://petstore-test.eu.auth0.com/keys", "plain-http"),
        ("jwksUri", "https://petstore-test.eu.auth0.com/pem/key.pem", "not-a-key-set"),
        ("jwksUri", "http://127.0.0.1:9001/", "loopback"),
        ("jwksUri", "file:///etc/passwd", "not-plain-https"),
        ("jwksUri", "keys.example/jwks", "not-a-url"),
        ("jwksUri", "https://petstore-test.eu.auth0.com:65536/keys", "not-plain-https"),
        ("tokenIssuer", "https://petstore-test.example:99999/", "not-plain-https"),
        ("backendUrl", "https://backend.example:65536", "not-an-address"),
        ("allowedOrigin", "https://app.example:70000", "not-an-origin"),
        ("backendUrl", "ftp://backend.example", "not-an-address"),
        ("backendUrl", "backend.example", "not-an-address"),
        ("backendUrl", "https://backend.example/", "not-an-address"),
        ("backendUrl", "https://backend.example?x=1", "not-an-address"),
        ("backendUrl", "https://backend.example#", "not-an-address"),
        ("backendUrl", "https://u:p@backend.example", "not-an-address"),
        ("backendUrl", "https://${stageVariables.host}", "not-an-address"),
        ("backendUrl", "http://localhost:8080", "loopback"),
        ("stageName", "bad name", "stray-characters"),
        ("stageName", "a/b", "not-a-stage-name"),
        ("authorizerResultTtlInSeconds", "3601", "not-in-range"),
        ("authorizerResultTtlInSeconds", "-1", "not-in-range"),
        ("authorizerResultTtlInSeconds", "5m", "not-in-range"),
        ("leewayInSeconds", "61", "not-in-range"),
        ("leewayInSeconds", "9" * 5000, "not-in-range"),
        ("lambdaRuntime", "python3.99", "not-offered"),
        ("lambdaRuntime", "nodejs22.x", "not-offered"),
        ("lambdaArchitecture", "amd64", "not-offered"),
        ("logRetentionInDays", "8", "not-offered"),
        ("throttlingRateLimit", "0", "not-in-range"),
        ("throttlingBurstLimit", "-1", "not-in-range"),
        ("allowedOrigin", "app.example.com", "not-an-origin"),
        ("allowedOrigin", "https://app.example.com/", "not-an-origin"),
        ("allowedOrigin", "https://app.example.com:443", "not-an-origin"),
        ("forwardAuthorization", "yes", "not-a-boolean"),
        ("accessLog", "1", "not-a-boolean"),
        ("permissionsBoundary", "petstore-boundary", "not-a-policy"),
        ("permissionsBoundary", "arn:aws:iam::123456789012:role/x", "not-a-policy"),
        ("revokedKids", "key-1", "not-a-list"),
        ("revokedKids", '["key-1", 2]', "not-a-list"),
        ("revokedKids", '["a\\nb"]', "not-a-list"),
        ("revokedKids", '[""]', "not-a-list"),
        ("revokedKids", '{"a": 1}', "not-a-list"),
        ("revokedKids", "[12345]", "not-a-list"),
        ("revokedKids", '["a "]', "not-a-list"),
        ("revokedKids", "[" * 100_000, "not-a-list"),
    ],
)
def test_a_mistake_is_named_with_its_key_its_rule_and_its_value(key: str, value: str, rule: str):
    (mistake,) = mistakes({f"{PROJECT}:{key}": value})
    assert (mistake.key, mistake.rule, mistake.got) == (f"{PROJECT}:{key}", rule, repr(value))


def test_a_mistake_is_one_line_with_place_problem_value_and_fix():
    mistake = Mistake("petstore:audience", "empty", "is empty", "Set a value.", "''")
    assert str(mistake) == "petstore:audience: is empty, got ''. Set a value."
    assert str(mistake._replace(got="")) == "petstore:audience: is empty. Set a value."
    assert len(str(mistake._replace(got="x" * 10_000))) < 300


def test_a_token_is_not_forwarded_over_plain_http():
    (mistake,) = mistakes({"petstore:forwardAuthorization": "true"})
    assert (mistake.key, mistake.rule) == ("petstore:forwardAuthorization", "token-in-clear")
    assert parse({"petstore:forwardAuthorization": "true", "petstore:backendUrl": "https://b.example"})


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
def test_common_values_are_accepted(key: str, value: str):
    assert value in str(parse({f"{PROJECT}:{key}": value}))


@pytest.mark.parametrize("key", ["tokenIssuer", "audience"])
def test_a_key_without_a_default_is_required(key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(CONFIG, f"{PROJECT}:{key}")
    for config in ({}, {f"{PROJECT}:{key}": ""}):  # The Pulumi CLI passes the default of an absent key.
        (mistake,) = mistakes(config)
        assert (mistake.key, mistake.rule) == (f"{PROJECT}:{key}", "required")
    assert f"`pulumi config set --plaintext {key} VALUE`" in mistake.fix


@pytest.mark.parametrize(("typo", "meant"), [("audiance", "audience"), ("ttl", None), ("TokenIssuer", "tokenIssuer")])
def test_an_unknown_key_is_refused(typo: str, meant: str | None):
    (mistake,) = mistakes({f"{PROJECT}:{typo}": "x"})
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:{typo}", "unknown-key")
    assert (meant is None) == (f"{PROJECT}:" not in mistake.fix)
    assert (meant or "Pulumi.yaml") in mistake.fix


def test_security_schemes_without_a_document_are_refused():
    (mistake,) = mistakes({f"{PROJECT}:openapiSecuritySchemes": '["jwt"]'})
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:openapiSecuritySchemes", "no-document")


def test_keys_with_another_projects_namespace_are_refused():
    (mistake,) = mistakes({"another:protectRestApi": "true"})
    assert (mistake.key, mistake.rule) == ("another:protectRestApi", "another-project")
    assert f"`make rename NAME={PROJECT}`" in mistake.fix
    assert "petstore:protectRestApi" in mistake.fix


def test_keys_of_other_namespaces_are_ignored():
    assert parse({"auth0:audience": "https://x.example/", "another:colour": "red"})
    assert parse({"aws:region": "eu-west-1"}).stage.name == "test"


def test_all_mistakes_are_reported_together_including_routes():
    config = {"petstore:tokenIssuer": "http://x", "petstore:accessLog": "1", f"{PROJECT}:audiance": "x"}
    found = mistakes(config, [Route("get", "pets")])
    assert [(mistake.key, mistake.rule) for mistake in found] == [
        ("petstore:tokenIssuer", "opaque-issuer"),
        ("petstore:accessLog", "not-a-boolean"),
        ("route get pets", "unknown-method"),
        ("route get pets", "no-slash"),
        (f"{PROJECT}:audiance", "unknown-key"),
    ]


def test_no_resource_is_declared_if_there_is_a_mistake():
    recorder = Recorder()
    with pytest.raises(ConfigurationError, match=r"^1 mistake in the configuration or the routes:\n  - [a-z]+:aud"):
        run(recorder, stack="dev", config={**CONFIG, "petstore:audience": ""})
    assert recorder.resources == {}


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
def test_issuers_in_the_format_of_large_providers_are_accepted_unchanged(issuer: str, jwks_uri: str | None):
    settings = parse({"petstore:tokenIssuer": issuer})
    (trusted,) = settings.trust.issuers
    assert trusted.issuer == issuer
    assert trusted.jwks_uri == (jwks_uri or f"{issuer}/.well-known/jwks.json")
    assert not settings.on_this_machine


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:4567/", "http://localhost:4567/", "http://[::1]:4567/"])
def test_plain_http_is_accepted_for_loopback_only(issuer: str):
    assert parse({"petstore:tokenIssuer": issuer}).on_this_machine


def test_a_key_set_on_another_host_causes_a_warning(monkeypatch: pytest.MonkeyPatch):
    config = {"petstore:jwksUri": "https://keys.example/jwks.json"}
    (warning,) = parse(config).warnings
    assert "keys.example" in warning
    assert parse({}).warnings == []
    output: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", output.append)
    declare(config, program=lambda: Settings.load(ROUTES) and None)
    assert output == [warning]


def test_pulumi_yaml_has_the_programs_keys_types_and_defaults():
    schema: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    reader = Reader(CONFIG, PROJECT)
    Settings.read(reader, ROUTES)
    assert {key: entry.get("default") for key, entry in schema.items()} == reader.defaults
    assert None not in reader.defaults.values()  # The engine would ask for a key that `issuers` replaces.
    kinds = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}
    for key, entry in schema.items():
        assert entry["description"], key
        assert entry["type"] == kinds[type(entry.get("default", ""))], key
    # The Pulumi CLI passes defaults to the program like values that a user set.
    defaults = {f"{PROJECT}:{key}": _text(entry["default"]) for key, entry in schema.items()}
    defaults = {key: text for key, text in defaults.items() if key not in CONFIG}
    assert parse(defaults) == parse({})


@pytest.mark.parametrize("stack", ["dev", "local"])
def test_the_stacks_in_the_repository_have_no_mistakes(stack: str):
    config = stack_config(stack)
    assert declare(config, stack=stack).outputs["stageName"] == "test"


def test_a_new_project_asks_for_the_keys_without_a_default():
    template = yaml.safe_load(Path(ROOT, "Pulumi.yaml").read_text(encoding="utf-8"))["template"]
    assert {"tokenIssuer", "audience", "aws:region"} == set(template["config"])


def test_the_functions_variables_fit_into_lambda_to_the_last_byte():
    left = MAX_BYTES - size(parse({}).authorizer.variables()) - len(',"REVOKED_KIDS":""')
    fits = {"petstore:revokedKids": json.dumps(["k" * left])}
    assert size(parse(fits).authorizer.variables()) == MAX_BYTES
    many = {"petstore:revokedKids": json.dumps(["k" * MAX_BYTES])}
    (mistake,) = mistakes(many)
    assert (mistake.rule, "REVOKED_KIDS" in mistake.what) == ("environment-too-large", True)


def test_a_route_table_too_large_for_lambda_goes_into_the_bundle():
    routes = [Route("GET", f"/path-number-{number}") for number in range(250)]
    environment, bundled = stored(parse({}, routes).authorizer.variables())
    assert size(environment) <= MAX_BYTES
    assert set(bundled) == {"ROUTES"}


def test_a_configuration_is_parsed_without_a_running_program():
    code = (
        "from infra.config.settings import Settings; from infra.api.routes import Route\n"
        f"print(Settings.parse({CONFIG!r}, [Route('GET', '/pets')], project={PROJECT!r}).stage.name)\n"
        "import sys; assert 'pulumi_aws' not in sys.modules"
    )
    ended = subprocess.run([sys.executable, "-B", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("test\n", "")


def _text(value: object) -> str:
    return str(value) if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("integrationType", "AWS", "unknown-integration"),
        ("vpcLinkId", "vpce-1", "not-a-vpc-link"),
        ("endpointType", "regional", "unknown-endpoint-type"),
        ("vpcEndpointIds", '["subnet-1"]', "not-a-vpc-endpoint"),
        ("binaryMediaTypes", '["png"]', "not-a-media-type"),
        ("allowedHeaders", '["traceparent,baggage"]', "not-a-header"),
        ("exposedHeaders", '["X-Total Count"]', "not-a-header"),
        ("responseHeaders", '["Transfer-Encoding"]', "unmappable-header"),
        ("responseHeaders", '["access-control-allow-origin"]', "cors-header"),
        ("backendStatuses", '["4xx"]', "not-a-status"),
        ("timeoutInMillis", "49", "not-in-range"),
        ("corsMaxAge", "86401", "not-in-range"),
    ],
)
def test_a_wrong_value_for_the_backend_or_cors_is_named(key: str, value: str, rule: str):
    found = mistakes({f"{PROJECT}:{key}": value})
    assert (f"{PROJECT}:{key}", rule) in [(mistake.key, mistake.rule) for mistake in found]


@pytest.mark.parametrize("key", ["endpointType", "vpcEndpointIds"])
def test_a_private_api_requires_its_vpc_endpoints_and_vice_versa(key: str):
    value = {"endpointType": "PRIVATE", "vpcEndpointIds": '["vpce-0123abcd"]'}[key]
    (mistake,) = mistakes({f"{PROJECT}:{key}": value})
    assert mistake.rule == "endpoint-incomplete"


def test_a_private_api_has_no_custom_domain_of_a_public_one():
    private = {"petstore:endpointType": "PRIVATE", "petstore:vpcEndpointIds": '["vpce-0123abcd"]'}
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    (mistake,) = mistakes({**private, "petstore:domainName": "api.example.com", "petstore:certificateArn": arn})
    assert (mistake.key, mistake.rule) == ("petstore:domainName", "domain-of-private-api")


def test_a_proxy_sends_tokens_over_plain_http_only_if_allowed():
    clear = {"petstore:integrationType": "HTTP_PROXY", "petstore:backendUrl": "http://pets.example.com"}
    (mistake,) = mistakes(clear)
    assert (mistake.key, mistake.rule) == ("petstore:integrationType", "token-in-clear")
    (mistake,) = mistakes(
        {"petstore:backendUrl": clear["petstore:backendUrl"]}, [Route("GET", "/", integration="HTTP_PROXY")]
    )
    assert mistake.rule == "token-in-clear"
    for way in ({"petstore:allowTokenInClear": "true"}, {"petstore:vpcLinkId": "abc123"}):
        assert parse(clear | way).backends.integration_type == "HTTP_PROXY"


def test_a_warning_about_many_resources_recommends_a_proxy():
    routes = [Route("GET", f"/path-{number}") for number in range(58)]
    (warning,) = parse({}, routes).warnings
    assert "HTTP_PROXY" in warning
    assert parse({}).warnings == []
