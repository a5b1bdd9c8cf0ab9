"""CrossGuard's policies report the same violations as the rules, also in previews with unknown values."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import grpc
import pulumi_policy
import pytest
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import mocks
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_aws import apigateway, cloudwatch, iam
from pulumi_policy import PolicyResource, ResourceValidationArgs, StackValidationArgs
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policy.crossguard import policies
from policy.rules import RULES
from tests.policy import violations
from tests.policy.violations import VIOLATING_PROGRAMS, ViolatingProgram, document
from tools.preview.mock_recorder import Declared, Resource, declare
from tools.project import ROOT

Report = tuple[str, str, str]


def in_preview(value: Any) -> Any:
    """A resource as CrossGuard passes it, with placeholders such as `ARN(x)` for values that only AWS knows."""
    match value:
        case dict():
            return {name: in_preview(each) for name, each in value.items()}
        case list():
            return [in_preview(each) for each in value]
        case str() if any(mark in value for mark in ("ARN(", "ID(", "INVOKE(", "ROOT")):
            return UNKNOWN_STRING_VALUE
        case _:
            return value


def planned(resources: Sequence[Resource]) -> list[PolicyResource]:
    by_urn: dict[str, PolicyResource] = {}
    for each in resources:
        options = pulumi_policy.PolicyResourceOptions(
            False, [], None, [], pulumi_policy.PolicyCustomTimeouts(0, 0, 0), [], each.parent
        )
        props: Any = unknown_checking_proxy(in_preview(each.inputs))
        by_urn[each.urn] = PolicyResource(each.type, props, each.urn, each.name, options, None, None, [], {})
    for each in resources:
        by_urn[each.urn].parent = by_urn.get(each.parent)
        by_urn[each.urn].property_dependencies = {
            name: [by_urn[urn] for urn in urns if urn in by_urn] for name, urns in each.references.items()
        }
    return list(by_urn.values())


def reports(*programs: Declared) -> list[Report]:
    """The policy, URN and message of each violation in a joint preview of these programs."""
    found: list[Report] = []
    resources = planned([resource for program in programs for resource in program.resources])
    for policy in policies():

        def report(message: str, urn: str | None = None, name: str = policy.name) -> None:
            found.append((name, urn or "", message))

        if isinstance(policy, pulumi_policy.StackValidationPolicy):
            policy.validate(StackValidationArgs(resources), report)
            continue
        assert isinstance(policy, pulumi_policy.ResourceValidationPolicy)
        for each in resources:
            args = ResourceValidationArgs(each.resource_type, each.props, each.urn, each.name, each.opts, None)
            policy.validate(args, report)
    return found


def test_each_rule_has_a_mandatory_policy():
    assert [(each.name, each.description) for each in policies()] == [(each.name, each.description) for each in RULES]
    assert {each.enforcement_level for each in policies()} == {pulumi_policy.EnforcementLevel.MANDATORY}


def test_a_preview_of_the_program_reports_nothing(program: Declared):
    assert str([in_preview(each.inputs) for each in program.resources]).count(UNKNOWN_STRING_VALUE) > 100
    assert reports(program) == []
    assert reports(declare({"petstore:manageAccountLogging": "true", "petstore:accessLog": "true"})) == []


@pytest.mark.parametrize("violating", VIOLATING_PROGRAMS, ids=lambda violating: violating.program.__name__)
def test_a_preview_reports_a_violating_program(program: Declared, violating: ViolatingProgram):
    ((rule, urn, message),) = reports(program, declare(program=violating.program))
    assert (rule, urn.rpartition("::")[2]) == (violating.rule, violating.resource)
    assert violating.words in message


def test_the_component_registers_its_public_routes_as_an_output(monkeypatch: pytest.MonkeyPatch):
    """A policy for the whole stack sees only the registered outputs of a component."""
    registered: dict[str, Any] = {}
    register = mocks.MockMonitor.RegisterResourceOutputs

    def observe(monitor: mocks.MockMonitor, request: Any) -> Any:
        registered[request.urn] = json_format.MessageToDict(request.outputs)
        return register(monitor, request)

    monkeypatch.setattr(mocks.MockMonitor, "RegisterResourceOutputs", observe)
    methods = declare().one("Methods")
    assert methods.inputs["publicRoutes"]
    assert registered[methods.urn] == methods.inputs


UNKNOWN = "ARN(what a preview does not know)"


def _a_known_document_next_to_an_unknown_one() -> None:
    trust = document(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
    known = document(Action="s3:*", Resource="arn:aws:s3:::bucket")
    iam.Role("it", assume_role_policy=trust, inline_policies=[{"policy": UNKNOWN}, {"policy": known}])


def _a_data_trace_next_to_an_unknown_limit() -> None:
    settings: Any = {"throttling_rate_limit": UNKNOWN, "throttling_burst_limit": 1, "data_trace_enabled": True}
    apigateway.MethodSettings("it", rest_api="api", stage_name="stage", method_path="*/*", settings=settings)


def _a_known_limit_next_to_an_unknown_one() -> None:
    settings: Any = {"throttling_rate_limit": UNKNOWN, "throttling_burst_limit": -1}
    apigateway.MethodSettings("it", rest_api="api", stage_name="stage", method_path="*/*", settings=settings)


def _a_method_without_authorizer_id_whose_authorization_is_unknown() -> None:
    _method("it", "ROOT", authorization=UNKNOWN)


def _an_open_method_whose_path_is_unknown() -> None:
    api = apigateway.RestApi("api")
    resource = apigateway.Resource("resource", rest_api=api.id, parent_id=api.root_resource_id, path_part=UNKNOWN)
    _method("it", resource.id, authorization="NONE")


def _method(name: str, resource_id: Any, **inputs: Any) -> None:
    apigateway.Method(name, rest_api="api", resource_id=resource_id, http_method="GET", **inputs)


@pytest.mark.parametrize(
    ("program", "rule"),
    [
        (_a_known_document_next_to_an_unknown_one, violations.POLICIES),
        (_a_data_trace_next_to_an_unknown_limit, "no-data-trace"),
        (_a_known_limit_next_to_an_unknown_one, violations.THROTTLES),
        (_a_method_without_authorizer_id_whose_authorization_is_unknown, violations.METHODS),
        (_an_open_method_whose_path_is_unknown, violations.METHODS),
    ],
)
def test_unknown_values_do_not_hide_a_violation(program: Callable[[], None], rule: str):
    ((found, urn, _),) = reports(declare(program=program))
    assert (found, urn.rpartition("::")[2]) == (rule, "it")


def _unknown_values() -> None:
    unknown: Any = UNKNOWN
    function = violations.function(runtime=unknown, timeout=unknown)
    violations.authorizer(authorizer_uri=function.invoke_arn, authorizer_result_ttl_in_seconds=unknown)
    apigateway.Integration(
        "integration", rest_api="a", resource_id="r", http_method="GET", type="HTTP", timeout_milliseconds=unknown
    )
    cloudwatch.LogGroup("log-group", retention_in_days=unknown)
    violations.method_settings(unknown)
    _method("method", "ROOT", authorization=unknown, authorizer_id=unknown)
    iam.Policy("policy", policy=unknown)


def test_values_that_are_unknown_in_a_preview_are_checked_in_the_update():
    assert reports(declare(program=_unknown_values)) == []


@pytest.fixture
def analyzer() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The policy pack, started as the CLI starts it."""
    folder = ROOT / "policy"
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as pack:
        assert pack.stdout
        try:
            with grpc.insecure_channel(f"127.0.0.1:{pack.stdout.readline().strip()}") as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            pack.terminate()


def test_the_pack_starts_in_its_own_folder_and_reports_violations(analyzer: analyzer_pb2_grpc.AnalyzerStub):
    information = analyzer.GetAnalyzerInfo(empty_pb2.Empty(), timeout=30)
    assert [policy.name for policy in information.policies] == [rule.name for rule in RULES]
    assert {policy.enforcementLevel for policy in information.policies} == {analyzer_pb2.MANDATORY}
    log_group = analyzer_pb2.AnalyzeRequest(type="aws:cloudwatch/logGroup:LogGroup", urn="urn", name="kept")
    (diagnostic,) = analyzer.Analyze(log_group, timeout=30).diagnostics
    assert (diagnostic.policyName, diagnostic.enforcementLevel) == ("logs-expire", analyzer_pb2.MANDATORY)
    assert diagnostic.message.endswith("its logs never expire; set its retentionInDays")
