"""The bootstrap's configuration: the refused values, each with its rule, and the agreement with Pulumi.yaml."""

import json
from typing import Any

import pytest
import yaml

from ci.bootstrap.settings import Settings
from infra.config.config_reader import Reader
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake
from tests.testkit.bootstrap import CONFIG, FOLDER, REGION, run
from tests.testkit.messages import seen

PREFIX = "petstore-bootstrap:"


def schema() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((FOLDER / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]


def load(config: dict[str, str]) -> Settings:
    return Settings.parse(CONFIG | config, project="petstore-bootstrap")


def mistakes(config: dict[str, str]) -> list[Mistake]:
    with pytest.raises(ConfigurationError) as caught:
        load(config)
    return seen(caught.value.mistakes)


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("repository", "petstore", "not-a-repository"),
        ("repository", "https://github.com/octo-org/petstore", "not-a-repository"),
        ("repository", "repo:octo-org/petstore", "not-a-repository"),
        ("repository", "octo-org/petstore:pull_request", "not-a-repository"),
        ("repository", "octo-org/*", "not-a-repository"),
        ("repository", "octo-org/pet?tore", "not-a-repository"),
        ("repository", "octo-org@65/petstore", "one-id"),
        ("repository", "octo-org/petstore@74", "one-id"),
        ("repository", "octo-org@x/petstore@74", "not-a-repository"),
        ("repository", "", "empty"),
        ("branch", "*", "not-a-branch"),
        ("branch", "release/*", "not-a-branch"),
        ("branch", "refs/heads/main", "not-a-branch"),
        ("environments", "prod", "not-a-list"),
        ("oidcProviderArn", "token.actions.githubusercontent.com", "not-a-provider"),
        ("oidcProviderArn", "arn:aws:iam::123456789012:oidc-provider/gitlab.example", "not-a-provider"),
        ("stateBucket", "Octo_State", "not-a-bucket"),
        ("stateBucket", "octo.state", "not-a-bucket"),
        ("domainNames", "api.petstore.example", "not-a-list"),
    ],
)
def test_a_mistake_is_named_with_its_key_its_rule_and_its_value(key: str, value: str, rule: str):
    (mistake,) = mistakes({f"{PREFIX}{key}": value})
    assert (mistake.key, mistake.rule, mistake.got) == (f"{PREFIX}{key}", rule, repr(value))


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("environments", "pr*", "not-an-environment"),
        ("environments", "prod:x", "not-an-environment"),
        ("domainNames", "*", "not-a-host-name"),
        ("domainNames", "https://api.petstore.example", "not-a-host-name"),
    ],
)
def test_a_mistake_in_a_list_is_named_with_the_wrong_item(key: str, value: str, rule: str):
    (mistake,) = mistakes({f"{PREFIX}{key}": json.dumps(["api.a.example" if key == "domainNames" else "dev", value])})
    assert (mistake.key, mistake.rule, mistake.got) == (f"{PREFIX}{key}", rule, repr(value))


@pytest.mark.parametrize("value", ["octo-org/petstore", "octo-org@65/pet.store_2@74"])
def test_both_forms_of_a_repository_are_accepted_unchanged(value: str):
    assert load({f"{PREFIX}repository": value}).preview_subjects[0] == f"repo:{value}:pull_request"


@pytest.mark.parametrize("key", ["aws:region", f"{PREFIX}repository"])
def test_a_key_without_a_default_is_required(key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(CONFIG, key)
    (mistake,) = mistakes({})
    assert (mistake.key, mistake.rule) == (key, "required")
    assert "`pulumi config set" in mistake.fix


def test_the_region_may_come_from_the_environment_as_for_the_provider(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(CONFIG, "aws:region")
    monkeypatch.setenv("AWS_REGION", REGION)
    loaded: list[Settings] = []
    run(program=lambda: loaded.append(Settings.load()))
    assert loaded[0].region == REGION


def test_pulumi_yaml_has_the_programs_keys_types_and_defaults():
    reader = Reader(CONFIG, "petstore-bootstrap")
    Settings.read(reader, REGION)
    assert {key: entry.get("default") for key, entry in schema().items()} == reader.defaults
    kinds = {str: "string", list: "array"}
    for key, entry in schema().items():
        assert entry["description"], key
        assert entry["type"] == kinds[type(entry.get("default", ""))], key
    defaults = {key: entry["default"] for key, entry in schema().items() if "default" in entry}
    assert set(schema()) - set(defaults) == {"repository"}
    given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in defaults.items()}
    assert load({f"{PREFIX}{key}": value for key, value in given.items()}) == load({})
