"""The optional parts of a production stack: each is off by default and has its own key."""

import json
import re
from typing import Any

import pytest
import yaml

from infra.api.routes import Route
from infra.config.settings import Settings
from infra.configuration_error import ConfigurationError
from tests.testkit.messages import seen
from tests.testkit.production import CERTIFICATE, PRODUCTION
from tools.preview.mock_recorder import CONFIG, Declared, Resource, declare
from tools.project import PROJECT, ROOT, stack_config

ACCOUNT = "aws:apigateway/account:Account"


@pytest.fixture(scope="module")
def production() -> Declared:
    return declare(PRODUCTION, stack="prod")


def test_the_minimal_configuration_declares_no_optional_part(program: Declared):
    kinds = {resource.type.rpartition(":")[2] for resource in program.resources}
    assert not kinds & {"MetricAlarm", "Topic", "DomainName", "Alias", "Account", "AccessLog", "LogMetricFilter"}
    assert not any(resource.protect or resource.retain_on_delete for resource in program.resources)
    assert rest_api(program)["disableExecuteApiEndpoint"] is False


def test_prod_differs_from_dev_in_configuration_only():
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    given = {key.removeprefix(f"{PROJECT}:"): value for key, value in stack_config("prod").items()}
    changed = {key for key, value in given.items() if value != str(schema.get(key, {}).get("default")).lower()}
    assert {"stageName", "protectRestApi", "logRetentionInDays", "accessLog", "throttlingRateLimit"} <= changed


def test_the_production_stack_lacks_only_the_values_of_its_owner():
    text = (ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"^#   pulumi config set (?:--plaintext )?(\w+) ", text, re.MULTILINE))
    assert asked == {"tokenIssuer", "audience", "alarmsTo", "domainName", "certificateArn"}


def test_only_the_rest_api_of_production_is_protected(production: Declared):
    assert [(it.type, it.name) for it in production.resources if it.protect] == [
        ("aws:apigateway/restApi:RestApi", "petstore")
    ]


def test_every_log_group_has_the_retention_of_the_stack(production: Declared):
    assert [group.inputs["retentionInDays"] for group in production.of("LogGroup")] == [365, 365]


def test_a_custom_domain_replaces_the_one_of_aws(production: Declared):
    assert production.one("DomainName").inputs == {
        "domainName": "api.petstore.example",
        "regionalCertificateArn": CERTIFICATE,
        "securityPolicy": "TLS_1_2",
        "endpointConfiguration": {"types": "REGIONAL"},
    }
    assert production.one("BasePathMapping").inputs == {
        "domainName": "api.petstore.example",
        "restApi": "ID(petstore)",
        "stageName": "prod",
    }
    assert rest_api(production)["disableExecuteApiEndpoint"] is True
    assert production.outputs["invokeUrl"] == "https://api.petstore.example"
    assert production.outputs["petsUrl"] == "https://api.petstore.example/pets"
    assert production.outputs["dnsTarget"] == "target.example"


def test_the_domain_exists_before_the_default_endpoint_is_disabled_and_is_mapped_after_the_stage(production: Declared):
    (api,) = [it for it in production.of("RestApi") if it.type.startswith("aws:")]
    assert "petstore-domain" in api.after
    assert {"petstore-domain", "petstore-stage"} <= production.one("BasePathMapping").after


@pytest.mark.parametrize(
    ("config", "key", "rule"),
    [
        ({"domainName": "api.b.example"}, "domainName", "domain-incomplete"),
        ({"certificateArn": CERTIFICATE}, "certificateArn", "domain-incomplete"),
        ({"snapStart": "true", "provisionedConcurrency": "1"}, "snapStart", "snapstart-and-concurrency"),
        ({"snapStart": "true", "lambdaRuntime": "python3.11"}, "snapStart", "no-snapstart"),
        ({"domainName": "https://api.b.example", "certificateArn": CERTIFICATE}, "domainName", "not-a-host-name"),
        (
            {"domainName": "b.example", "certificateArn": CERTIFICATE, "aws:region": "eu-west-1"},
            "certificateArn",
            "another-region",
        ),
        (
            {"domainName": "b.example", "certificateArn": "arn:aws:iam::1:server-certificate/x"},
            "certificateArn",
            "not-a-certificate",
        ),
        ({"alarmsTo": "oncall"}, "alarmsTo", "not-a-receiver"),
        ({"alarmsTo": "arn:aws:sns:us-east-1:123456789012:alarms.fifo"}, "alarmsTo", "not-a-receiver"),
        (
            {"alarmsTo": "arn:aws:sns:us-east-1:123456789012:alarms", "aws:region": "eu-west-1"},
            "alarmsTo",
            "another-region",
        ),
        ({"provisionedConcurrency": "-1"}, "provisionedConcurrency", "not-in-range"),
        ({"preflight": "off"}, "preflight", "not-a-boolean"),
    ],
)
def test_an_impossible_combination_is_a_mistake(config: dict[str, str], key: str, rule: str):
    given = {name if ":" in name else f"{PROJECT}:{name}": value for name, value in config.items()}
    with pytest.raises(ConfigurationError) as caught:
        Settings.parse(CONFIG | given, [Route("GET", "/pets")], project=PROJECT)
    (mistake,) = seen(caught.value.mistakes)
    assert (mistake.key, mistake.rule) == (f"{PROJECT}:{key}", rule)


@pytest.mark.parametrize(("key", "value"), [("snapStart", "true"), ("provisionedConcurrency", "2")])
def test_warm_containers_use_a_version_behind_an_alias_in_uri_and_permission(key: str, value: str):
    program = declare({f"{PROJECT}:{key}": value})
    function, alias = program.one("Function").inputs, program.one("Alias")
    assert function["publish"] is True
    assert function.get("snapStart") == ({"applyOn": "PublishedVersions"} if key == "snapStart" else None)
    assert alias.inputs["functionVersion"] == "1"
    assert alias.references["functionVersion"] == [program.one("Function").urn]
    assert program.one("Authorizer").inputs["authorizerUri"] == "INVOKE(petstore-jwt-alias)"
    permission = program.one("Permission")
    assert permission.inputs["qualifier"] == alias.inputs["name"] == "live"
    assert alias.urn in permission.references["qualifier"]
    warm = [it.inputs for it in program.of("ProvisionedConcurrencyConfig")]
    expected = {"functionName": "petstore-dev-authorizer", "qualifier": "live", "provisionedConcurrentExecutions": 2}
    assert warm == ([] if key == "snapStart" else [expected])


def test_without_warm_containers_api_gateway_invokes_the_function_itself(program: Declared):
    assert program.one("Function").inputs["publish"] is False
    assert program.one("Authorizer").inputs["authorizerUri"] == "INVOKE(petstore-jwt-function)"
    assert "qualifier" not in program.one("Permission").inputs


def managed(role: str | None) -> Declared:
    found: dict[str, Any] = {} if role is None else {"cloudwatchRoleArn": role}
    config = {"petstore:manageAccountLogging": "true", "petstore:accessLog": "true"}
    return declare(config, found={ACCOUNT: found})


def account_wide(program: Declared) -> list[Resource]:
    return [it for it in program.resources if it.parent.endswith("petstore:api:AccountLogging::petstore")]


OURS = "arn:aws:iam::123456789012:role/petstore-dev-api-gateway-logs"


@pytest.mark.parametrize("boundary", ["", "arn:aws:iam::123456789012:policy/path/ci-boundary"])
def test_every_role_has_the_configured_boundary(boundary: str):
    config = {"petstore:manageAccountLogging": "true", "petstore:permissionsBoundary": boundary}
    roles = declare(config, found={ACCOUNT: {}}).of("Role")
    assert [role.inputs.get("permissionsBoundary") for role in roles] == [boundary or None] * 2


@pytest.mark.parametrize("role", [None, "", OURS])
def test_the_accounts_logging_role_is_created_if_missing_and_kept_if_it_is_ours(role: str | None):
    program = managed(role)
    made = account_wide(program)
    assert sorted(it.type.rpartition(":")[2] for it in made) == ["Account", "Role", "RolePolicyAttachment"]
    assert all(it.retain_on_delete for it in made), "other stacks' logs hang on it"
    assert program.one("Role", "petstore-account-role").inputs["name"] == "petstore-dev-api-gateway-logs"
    assert program.one("Role", "petstore-account-role").imported == ("petstore-dev-api-gateway-logs" if role else ""), (
        "one that outlived a destroy is taken back, not made a second time"
    )
    trust = json.loads(program.one("Role", "petstore-account-role").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert program.one("Account").inputs == {"cloudwatchRoleArn": "ARN(petstore-account-role)"}
    assert "petstore-account-role-policy" in program.one("Account").after


def test_the_accounts_logging_role_of_another_owner_is_not_changed():
    assert account_wide(managed("arn:aws:iam::123456789012:role/api-gateway-logs")) == []


def test_the_access_log_waits_for_the_accounts_role():
    (stage,) = [resource for resource in managed(None).of("Stage") if resource.type.startswith("aws:")]
    assert {"petstore-account", "petstore-jwt-permission"} <= stage.after


def rest_api(program: Declared) -> dict[str, Any]:
    (found,) = [it for it in program.of("RestApi") if it.type.startswith("aws:")]
    return found.inputs
