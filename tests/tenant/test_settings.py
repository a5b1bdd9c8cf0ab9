"""The tenant's configuration: mistakes are refused with their rule, and the outputs configure the stack in AWS."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.api.routes import Route
from infra.config.config_reader import Reader
from infra.config.settings import Settings as AwsSettings
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake
from infra.openapi import file
from tenant.settings import Settings
from tests.testkit.messages import seen
from tests.testkit.tenant import CONFIG, FOLDER, run
from tools.preview.mock_recorder import Declared
from tools.project import PROJECT, ROOT

ROUTES = [Route("GET", "/pets")]


def schema(folder: str) -> dict[str, dict[str, Any]]:
    return yaml.safe_load((ROOT / folder / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]


def load(config: dict[str, str], routes: list[Route] = ROUTES) -> Settings:
    return Settings.parse(CONFIG | config, routes, project="petstore-tenant")


def mistakes(config: dict[str, str], routes: list[Route] = ROUTES) -> list[Mistake]:
    with pytest.raises(ConfigurationError) as caught:
        load(config, routes)
    return seen(caught.value.mistakes)


def test_the_outputs_configure_the_stack_in_aws(tenant: Declared):
    names = {name for name in tenant.outputs if " " not in name}
    assert names == {"tokenIssuer", "audience", "clientId", "clientSecret"}
    assert tenant.outputs["tokenIssuer"] == "https://petstore-test.eu.auth0.com/"
    config = {f"{PROJECT}:{name}": tenant.outputs[name] for name in ("tokenIssuer", "audience")}
    (issuer,) = AwsSettings.parse(config, ROUTES, project=PROJECT).trust.issuers
    assert (issuer.issuer, *issuer.audiences) == tuple(config.values())


def test_a_custom_domain_is_the_issuer():
    assert load({"petstore-tenant:customDomain": "login.example.com"}).token_issuer == "https://login.example.com/"


def test_the_schemes_of_a_document_are_chosen_as_in_the_stack_of_the_api(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(file, "ROOT", tmp_path)
    schemes = {"key": {"type": "apiKey", "name": "X-Key", "in": "header"}, "oauth": {"type": "oauth2", "flows": {}}}
    # A cookie, which an API behind HTTP would refuse, is not the tenant's business.
    cookie = {"name": "a", "in": "cookie"}
    pets = {"get": {"security": [{"key": []}, {"oauth": ["read:pets"]}], "parameters": [cookie]}}
    document = {"openapi": "3.1.0", "paths": {"/pets": pets}, "components": {"securitySchemes": schemes}}
    (tmp_path / "api.json").write_text(json.dumps(document), encoding="utf-8")
    config = {"petstore-tenant:openapi": "api.json", "petstore-tenant:openapiSecuritySchemes": '["oauth"]'}
    assert [list(route.scopes) for route in load(config).routes] == [["read:pets"]]


def test_the_domain_may_come_from_the_environment_as_for_the_provider(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(CONFIG, "auth0:domain")
    monkeypatch.setenv("AUTH0_DOMAIN", "other.us.auth0.com")
    loaded: list[Settings] = []
    run(program=lambda: loaded.append(Settings.load(ROUTES)))
    assert loaded[0].token_issuer == "https://other.us.auth0.com/"


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("auth0:domain", "https://petstore-test.eu.auth0.com", "more-than-a-host-name"),
        ("auth0:domain", "petstore-test.eu.auth0.com/", "more-than-a-host-name"),
        ("auth0:domain", "petstore-test", "not-a-host-name"),
        ("auth0:domain", "https://", "not-a-host-name"),
        ("auth0:domain", "Petstore-Test.eu.auth0.com", "not-plain-https"),
        ("auth0:domain", "YOUR_TENANT.auth0.com", "placeholder"),
        ("petstore-tenant:customDomain", "https://login.example.com/", "more-than-a-host-name"),
        ("petstore-tenant:audience", "", "empty"),
        ("petstore-tenant:audience", " ", "empty"),
        ("petstore-tenant:audience", "my api", "stray-characters"),
        ("petstore-tenant:audience", "https://petstore-test.eu.auth0.com/api/v2/", "auth0s-own-api"),
        ("petstore-tenant:audience", "https://petstore-test.eu.auth0.com/api/v2", "auth0s-own-api"),
        ("petstore-tenant:audience", "https://petstore-test.eu.auth0.com/userinfo", "auth0s-own-api"),
        ("petstore-tenant:audience", "https://petstore-test.eu.auth0.com", "auth0s-own-api"),
        ("petstore-tenant:tokenLifetimeInSeconds", "59", "not-in-range"),
        ("petstore-tenant:tokenLifetimeInSeconds", "86401", "not-in-range"),
        ("petstore-tenant:tokenLifetimeInSeconds", "1h", "not-in-range"),
    ],
)
def test_a_mistake_is_named_with_its_key_its_rule_and_its_value(key: str, value: str, rule: str):
    (mistake,) = mistakes({key: value})
    assert (mistake.key, mistake.rule, mistake.got) == (key, rule, repr(value))


def test_a_url_on_the_custom_domain_is_not_an_audience_either():
    config = {"petstore-tenant:customDomain": "login.example.com"}
    (mistake,) = mistakes({**config, "petstore-tenant:audience": "https://login.example.com/api/v2/"})
    assert mistake.rule == "auth0s-own-api"


@pytest.mark.parametrize("value", ["urn:petstore", "https://petstore-test.eu.auth0.com.example/", "my-api"])
def test_other_audiences_are_accepted_unchanged(value: str):
    assert load({"petstore-tenant:audience": value}).audience == value


@pytest.mark.parametrize("key", ["auth0:domain", "petstore-tenant:audience"])
def test_a_key_without_a_default_is_required(key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(CONFIG, key)
    (mistake,) = mistakes({})
    assert (mistake.key, mistake.rule) == (key, "required")
    assert "`pulumi config set " in mistake.fix


def test_an_unknown_key_is_refused():
    (mistake,) = mistakes({"petstore-tenant:customDomian": "login.example.com"})
    assert mistake.rule == "unknown-key"
    assert "petstore-tenant:customDomain" in mistake.fix


def test_all_mistakes_are_reported_together_including_routes():
    found = mistakes({"auth0:domain": "", "petstore-tenant:audience": ""}, [Route("get", "pets")])
    keys = [mistake.key for mistake in found]
    assert keys == ["auth0:domain", "petstore-tenant:audience", "route get pets", "route get pets"]


def test_pulumi_yaml_has_the_programs_keys_types_and_defaults():
    reader = Reader(CONFIG, "petstore-tenant")
    Settings.read(reader, ROUTES, CONFIG["auth0:domain"])
    assert {key: entry.get("default") for key, entry in schema("tenant").items()} == reader.defaults
    kinds = {str: "string", int: "integer", list: "array"}
    for key, entry in schema("tenant").items():
        assert entry["description"], key
        assert entry["type"] == kinds[type(entry.get("default", ""))], key
    defaults = {
        f"petstore-tenant:{key}": str(entry["default"]) for key, entry in schema("tenant").items() if "default" in entry
    }
    assert len(defaults) == 4
    assert load(defaults) == load({})


def test_the_stack_in_the_repository_keeps_the_defaults():
    config = yaml.safe_load((FOLDER / "Pulumi.dev.yaml").read_text(encoding="utf-8"))["config"]
    assert load({key: str(value) for key, value in config.items()}) == load({})


def test_the_program_needs_only_its_own_requirements():
    others = {"boto3", "cryptography", "jwt", "pulumi_aws", "requests"}
    code = f"import sys, routes, tenant.api, tenant.settings; print(sorted({others!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-B", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.stdout.strip(), result.stderr) == ("[]", "")
