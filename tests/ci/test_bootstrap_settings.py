"""The bootstrap's configuration: what is refused, in which words, and that Pulumi.yaml says the same."""

import json
from typing import Any

import pytest
import yaml

from ci.bootstrap.settings import Settings
from infra.config.errors import ConfigurationError
from tests.testkit.bootstrap import CONFIG, FOLDER, REGION, run

PREFIX = "petstore-bootstrap:"


def schema() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((FOLDER / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]


def load(config: dict[str, str]) -> Settings:
    loaded: list[Settings] = []
    run(config, program=lambda: loaded.append(Settings.load()))
    return loaded[0]


def mistakes(config: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(config)
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("repository", "petstore", "OWNER/NAME"),
        ("repository", "https://github.com/octo-org/petstore", "OWNER/NAME"),
        ("repository", "repo:octo-org/petstore", "OWNER/NAME"),
        ("repository", "octo-org/petstore:pull_request", "OWNER/NAME"),
        ("repository", "octo-org/*", "OWNER/NAME"),
        ("repository", "octo-org/pet?tore", "OWNER/NAME"),
        ("repository", "octo-org@65/petstore", "only one of its two ids"),
        ("repository", "octo-org/petstore@74", "only one of its two ids"),
        ("repository", "octo-org@x/petstore@74", "OWNER/NAME"),
        ("repository", "", "empty"),
        ("branch", "*", "plain name"),
        ("branch", "release/*", "plain name"),
        ("branch", "refs/heads/main", "plain name"),
        ("environments", "prod", "not a list of texts"),
        ("oidcProviderArn", "token.actions.githubusercontent.com", "use arn:aws:iam::ACCOUNT:oidc-provider/"),
        ("oidcProviderArn", "arn:aws:iam::123456789012:oidc-provider/gitlab.example", "GitHub's provider"),
        ("stateBucket", "Octo_State", "lower-case"),
        ("stateBucket", "octo.state", "hyphens"),
        ("domainNames", "api.petstore.example", "not a list of texts"),
    ],
)
def test_a_mistake_is_named_with_its_key_its_value_and_the_fix(key: str, value: str, words: str):
    (mistake,) = mistakes({f"{PREFIX}{key}": value})
    assert mistake.startswith(f"{PREFIX}{key} is {value!r}: ")
    assert words in mistake
    assert "; " in mistake


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("environments", "pr*", "letters, digits"),
        ("environments", "prod:x", "letters, digits"),
        ("domainNames", "*", "not a host name"),
        ("domainNames", "https://api.petstore.example", "not a host name"),
    ],
)
def test_a_mistake_in_a_list_is_named_with_the_text_that_it_is(key: str, value: str, words: str):
    (mistake,) = mistakes({f"{PREFIX}{key}": json.dumps(["api.a.example" if key == "domainNames" else "dev", value])})
    assert mistake.startswith(f"{PREFIX}{key} holds {value!r}: ")
    assert words in mistake


@pytest.mark.parametrize("value", ["octo-org/petstore", "octo-org@65/pet.store_2@74"])
def test_both_spellings_of_a_repository_are_taken_as_they_are(value: str):
    assert load({f"{PREFIX}repository": value}).preview_subjects[0] == f"repo:{value}:pull_request"


@pytest.mark.parametrize("key", ["aws:region", f"{PREFIX}repository"])
def test_what_only_the_user_knows_is_required(key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(CONFIG, key)
    monkeypatch.delenv("AWS_REGION", raising=False)
    (mistake,) = mistakes({})
    assert mistake.startswith(f"{key} is required")
    assert "run `pulumi config set" in mistake


def test_the_region_may_stand_in_the_environment_where_the_provider_finds_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(CONFIG, "aws:region")
    monkeypatch.setenv("AWS_REGION", REGION)
    assert load({}).region == REGION


def test_pulumi_yaml_has_the_programs_keys_types_and_defaults():
    (mistake,) = mistakes({f"{PREFIX}qqqqqqqq": ""})
    assert sorted(schema()) == mistake.split("it knows ")[1].split(", ")
    kinds = {str: "string", list: "array"}
    for key, entry in schema().items():
        assert entry["description"], key
        assert entry["type"] == kinds[type(entry.get("default", ""))], key
    defaults = {key: entry["default"] for key, entry in schema().items() if "default" in entry}
    assert set(schema()) - set(defaults) == {"repository"}
    given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in defaults.items()}
    assert load({f"{PREFIX}{key}": value for key, value in given.items()}) == load({})
