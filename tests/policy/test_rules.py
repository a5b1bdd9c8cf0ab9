"""Each rule reports its violations and accepts everything else."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi_aws import apigateway, iam

import routes
from infra.api.routes import Route
from policy.model import Violation
from policy.rules import RULES
from tests.policy import violations
from tests.policy.violations import ACCOUNT, LOGS, POLICIES, VIOLATING_PROGRAMS, ViolatingProgram, document
from tools.preview.mock_recorder import Declared, declare
from tools.project import PROJECT, ROOT

Found = list[tuple[str, Violation]]


def violations_in(*programs: Declared) -> Found:
    resources = [resource for program in programs for resource in program.resources]
    return [(rule.name, violation) for rule in RULES for violation in rule.check(resources)]


@pytest.mark.parametrize("violating", VIOLATING_PROGRAMS, ids=lambda violating: violating.program.__name__)
def test_a_violating_program_breaks_exactly_its_rule(program: Declared, violating: ViolatingProgram):
    ((rule, violation),) = violations_in(program, declare(program=violating.program))
    assert (rule, violation.resource.name) == (violating.rule, violating.resource)
    assert violating.words in f"{violation.what}; {violation.fix}"


def test_every_rule_has_a_violating_program():
    assert {violating.rule for violating in VIOLATING_PROGRAMS} == {rule.name for rule in RULES}
    assert len({rule.name for rule in RULES}) == len(RULES)


CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/id"
CONFIGURATIONS = [
    {},
    {"authorizerResultTtlInSeconds": "0", "logRetentionInDays": "1", "lambdaRuntime": "python3.14"},
    {"authorizerResultTtlInSeconds": "3600", "throttlingRateLimit": "1", "throttlingBurstLimit": "1"},
    {"accessLog": "true", "manageAccountLogging": "true", "alarmsTo": "oncall@example.com", "stageName": "prod"},
    {"domainName": "api.example.com", "certificateArn": CERTIFICATE, "allowedOrigin": "https://app.example.com"},
    {"snapStart": "true"},
    {"provisionedConcurrency": "2", "forwardAuthorization": "true", "backendUrl": "https://pets.example.com"},
]


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda each: " ".join(each) or "default")
def test_the_program_breaks_no_rule(configuration: dict[str, str]):
    declared = declare({f"{PROJECT}:{key}": value for key, value in configuration.items()})
    assert violations_in(declared) == []


def _may(**statement: Any) -> Callable[[], None]:
    return lambda: _keep(iam.Policy("policy", policy=document(**statement)))


def _keep(_: object) -> None:
    """A function body for a lambda that only declares."""


BUCKET = "arn:aws:s3:::bucket"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"Action": "*", "Resource": BUCKET}, "it allows the action *"),
        ({"Action": ["s3:PutObject", "s3:Get?bject"], "Resource": BUCKET}, "it allows the action s3:Get?bject"),
        ({"Action": "s3:GetObject", "Resource": "*"}, "it allows s3:GetObject on the resource *"),
        ({"Action": "s3:GetObject", "Resource": [BUCKET, f"{BUCKET}/*"]}, f"on the resource {BUCKET}/*"),
        ({"Action": "logs:PutLogEvents", "Resource": f"{LOGS}:*"}, f"on the resource {LOGS}:*"),
        ({"Action": "logs:PutLogEvents", "Resource": f"{LOGS}:log-group:*"}, ":log-group:*"),
        ({"Action": "logs:PutLogEvents", "Resource": f"{LOGS}:log-group:/aws/*:*"}, ":log-group:/aws/*:*"),
        ({"Action": "logs:PutLogEvents", "Resource": "arn:aws:logs:*:1:log-group:a:*"}, "arn:aws:logs:*:1"),
        ({"Action": ["xray:PutTraceSegments", "s3:GetObject"], "Resource": "*"}, "on the resource *"),
        ({"Action": "xray:GetTraceSummaries", "Resource": "*"}, "on the resource *"),
        ({"Resource": "*"}, "on the resource *"),
        ({"NotAction": "s3:GetObject", "Resource": BUCKET}, "it allows everything except the values of NotAction"),
        ({"Action": "s3:GetObject", "NotResource": BUCKET}, "it allows everything except the values of NotResource"),
        ({"NotPrincipal": {"AWS": "1"}, "Action": "s3:GetObject", "Resource": BUCKET}, "the values of NotPrincipal"),
    ],
    ids=str,
)
def test_a_wildcard_in_a_statement_is_reported(statement: dict[str, Any], words: str):
    ((rule, violation),) = violations_in(declare(program=_may(**statement)))
    assert rule == POLICIES
    assert words in violation.what


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"},
        {"Action": ["xray:PutTraceSegments"], "Resource": ["*"]},
        {"Action": "logs:PutLogEvents", "Resource": f"{LOGS}:log-group:/aws/lambda/petstore:*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"},
        {"Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}},
    ],
    ids=str,
)
def test_a_harmless_statement_is_accepted(statement: dict[str, Any]):
    assert violations_in(declare(program=_may(**statement))) == []


def _a_preflight() -> None:
    violations.method("OPTIONS", integration="MOCK")


def _a_guarded_method() -> None:
    violations.method("GET", authorization="CUSTOM", authorizer_id="id")


def _a_backend_in_lambda() -> None:
    function = violations.function(timeout=1)
    violations.permission(function=function.name, source_arn=f"{ACCOUNT}:api/*/GET/pets")


def _an_authorizer_with_lambdas_own_timeout() -> None:
    violations.authorizer(authorizer_uri=violations.function(timeout=None).invoke_arn)


def _a_throttled_stage() -> None:
    violations.method_settings({"throttling_rate_limit": 1, "throttling_burst_limit": 1})


def _account_settings_that_were_asked_for() -> None:
    asked = pulumi.ComponentResource("petstore:api:AccountLogging", "asked")
    apigateway.Account("account", opts=pulumi.ResourceOptions(parent=asked))


def _text_that_is_no_document() -> None:
    apigateway.RestApi("other", description="{ Statement: * }")


@pytest.mark.parametrize(
    "program",
    [
        _a_preflight,
        _a_guarded_method,
        _a_backend_in_lambda,
        _an_authorizer_with_lambdas_own_timeout,
        _a_throttled_stage,
        _account_settings_that_were_asked_for,
        _text_that_is_no_document,
    ],
)
def test_a_program_that_obeys_the_rules_is_accepted(program: Callable[[], None]):
    assert violations_in(declare(program=program)) == []


def test_preflights_answered_by_a_backend_are_declared_by_the_program():
    proxied = {f"{PROJECT}:integrationType": "HTTP_PROXY", f"{PROJECT}:backendUrl": "https://backend.example"}
    declared = declare(proxied)
    assert declared.one("Methods").inputs == {"publicRoutes": ["GET /", "OPTIONS /pets", "OPTIONS /pets/{petId}"]}
    assert violations_in(declared) == []


@pytest.mark.parametrize(
    ("function", "broken"), [("hello", []), (f"{PROJECT}-dev-authorizer", ["permissions-name-their-source"])]
)
def test_a_route_may_invoke_any_function_except_the_authorizer(function: str, broken: list[str]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "ROUTES", [*routes.ROUTES, Route("GET", "/hello", function=function)])
        declared = declare(stack="dev")
    assert [rule for rule, _ in violations_in(declared)] == broken


def test_the_rules_need_neither_pulumi_nor_its_providers():
    code = "import sys, policy.rules; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"policy", "infra", "authorizer"} <= set(found.stdout.split())
    assert not {"pulumi", "pulumi_aws", "pulumi_policy", "local"} & set(found.stdout.split())
