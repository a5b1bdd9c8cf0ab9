"""The permissions of a preview and a deployment: all that the program needs, and none that would extend them."""

import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from ci.bootstrap.names import BOUNDARY, DEPLOY_ROLE, PREVIEW_ROLE
from tests.ci.calls import CALLS, Call, arn, calls
from tests.ci.iam import Statements, allows, texts
from tests.ci.program import BOUNDARY as BOUNDARY_ARN
from tests.ci.program import everything
from tests.testkit.bootstrap import ISSUER, granted, run, statements
from tools.preview.mock_recorder import Declared
from tools.preview.plan import FORCES_REPLACEMENT
from tools.project import PROJECT, ROOT

ADMINISTRATOR = {"Effect": "Allow", "Action": "*", "Resource": "*"}
CI = [arn("iam", path) for path in (f"role/{PREVIEW_ROLE}", f"role/{DEPLOY_ROLE}", f"policy/{BOUNDARY}")] + [
    arn("iam", f"oidc-provider/{ISSUER}")
]
# By the service's name in IAM. Actions have the names of operations, except those of API Gateway and these.
SERVICES = ("cloudwatch", "iam", "kms", "lambda", "logs", "s3", "sns", "sts")
UNLIKE_OPERATIONS = ("lambda:InvokeFunction", "iam:PassRole", "s3:DeleteObjectVersion", "s3:PutBucketPublicAccessBlock")
READING = re.compile(r"(apigateway:GET|kms:Decrypt|[a-z0-9]+:(Get|List|Describe)[A-Za-z]+)")


@pytest.fixture(scope="module", params=["dev with snapStart", "prod with provisionedConcurrency"])
def program(request: pytest.FixtureRequest) -> Declared:
    stack, _, key = str(request.param).partition(" with ")
    return everything(stack, **{key: "true" if key == "snapStart" else "2"})


@pytest.fixture(scope="session")
def deploy(bootstrap: Declared) -> list[dict[str, Any]]:
    return granted(bootstrap, "deploy")


@pytest.fixture(scope="session")
def preview(bootstrap: Declared) -> list[dict[str, Any]]:
    return granted(bootstrap, "preview")


@pytest.fixture(scope="session")
def boundary(bootstrap: Declared) -> list[dict[str, Any]]:
    return statements(bootstrap.one("Policy").inputs["policy"])


def refused(policy: Statements, asked: list[Call]) -> list[Call]:
    return [call for call in asked if not allows(policy, call.action, call.resource, call.context)]


def operations() -> Iterator[str]:
    """Every action of the services, from the models that boto3's clients use."""
    for service in SERVICES:
        client = boto3.client(service, region_name="us-east-1")
        yield from (f"{service}:{name}" for name in client.meta.service_model.operation_names)
    yield from (f"apigateway:{method}" for method in ("GET", "POST", "PUT", "PATCH", "DELETE"))
    yield from UNLIKE_OPERATIONS


def test_the_calls_cover_every_type_that_the_program_declares():
    programs = [everything("dev", snapStart="true"), everything("prod", provisionedConcurrency="2")]
    declared = {it.type.removeprefix("aws:") for program in programs for it in program.resources if not it.is_component}
    assert declared == set(CALLS) == set(FORCES_REPLACEMENT)


def test_a_deployment_may_make_every_call_that_the_program_needs(program: Declared, deploy: Statements):
    asked = list(calls(program))
    assert len(asked) > 300
    assert refused(deploy, asked) == []


def test_the_longest_stack_name_is_the_documented_one(deploy: Statements):
    page = " ".join((ROOT / "docs" / "ci.md").read_text(encoding="utf-8").split())
    (longest,) = map(int, re.findall(r"the names of project and stack may have at most (\d+) characters", page))
    longest -= len(PROJECT)
    assert refused(deploy, list(calls(everything("s" * longest, snapStart="true")))) == []
    assert refused(deploy, list(calls(everything("s" * (longest + 1), snapStart="true")))) != []


def test_a_preview_may_make_exactly_the_calls_that_read(program: Declared, preview: Statements):
    reads = [call for call in calls(program) if call.reads]
    writes = [call for call in calls(program) if not call.reads]
    assert reads
    assert refused(preview, reads) == []
    assert refused(preview, writes) == writes


def test_a_preview_may_not_change_anything(program: Declared, preview: Statements):
    resources = {call.resource for call in calls(program)} | {*CI, "*"}
    changing = [action for action in operations() if not READING.fullmatch(action)]
    assert len(changing) > 400
    assert [action for action in changing for resource in resources if allows(preview, action, resource)] == []
    assert [name for it in preview for name in texts(it["Action"]) if not READING.fullmatch(name)] == []


def test_every_action_exists_in_aws(preview: Statements, deploy: Statements, boundary: Statements):
    known = {*operations(), "s3:ListBucket", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    named = {name for it in (*preview, *deploy, *boundary) if it["Effect"] == "Allow" for name in texts(it["Action"])}
    assert named - known == set()


def test_actions_have_no_wildcard_and_resources_are_as_narrow_as_aws_permits(
    preview: Statements, deploy: Statements, boundary: Statements
):
    # Service authorization reference: these accept only * as a resource, or list everything at once (DescribeAlarms).
    without_resource = {
        *("cloudwatch:DescribeAlarms", "logs:DescribeLogGroups", "sns:GetSubscriptionAttributes", "sns:Unsubscribe"),
        *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    }
    for statement in (*preview, *deploy, *boundary):
        if statement["Effect"] == "Allow":
            assert not re.search(r"[*?]", " ".join(texts(statement["Action"])))
            assert "*" not in texts(statement["Resource"]) or set(texts(statement["Action"])) <= without_resource


ROLE = arn("iam", "role/petstore-jwt-role-1a2b3c4")
LOGGING_ROLE = arn("iam", "role/petstore-dev-api-gateway-logs")
PUSH = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
BOUNDED = {"iam:PermissionsBoundary": BOUNDARY_ARN}


@pytest.mark.parametrize("boundary", [{}, {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}])
@pytest.mark.parametrize("action", ["CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy", "AttachRolePolicy"])
@pytest.mark.parametrize("role", [ROLE, LOGGING_ROLE])
def test_a_role_without_the_boundary_cannot_be_created_or_get_permissions(
    deploy: Statements, role: str, action: str, boundary: dict[str, str]
):
    assert not allows(deploy, f"iam:{action}", role, {"iam:PolicyARN": PUSH, **boundary})


def test_a_deployment_cannot_remove_the_boundary_of_a_role(deploy: Statements):
    for policy in (deploy, [*deploy, ADMINISTRATOR]):
        for role in (ROLE, LOGGING_ROLE):
            assert not allows(policy, "iam:DeleteRolePermissionsBoundary", role, BOUNDED)


@pytest.mark.parametrize("resource", CI)
def test_a_deployment_cannot_change_its_own_limits(deploy: Statements, resource: str):
    context = {**BOUNDED, "iam:PolicyARN": PUSH, "iam:PassedToService": "lambda.amazonaws.com"}
    actions = [action for action in operations() if action.startswith("iam:")]
    by_name = [it for it in deploy if it["Effect"] == "Allow"]  # The permissions do not include it,
    for policy in (by_name, [*deploy, ADMINISTRATOR]):  # and the boundary would not allow others.
        assert [action for action in actions if allows(policy, action, resource, context)] == []


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("iam:PassRole", ROLE, {"iam:PassedToService": "apigateway.amazonaws.com"}),
        ("iam:PassRole", ROLE, {"iam:PassedToService": "ec2.amazonaws.com"}),
        ("iam:PassRole", LOGGING_ROLE, {"iam:PassedToService": "lambda.amazonaws.com"}),
        ("iam:PassRole", ROLE, {}),
        ("iam:PassRole", arn("iam", "role/admin"), {"iam:PassedToService": "lambda.amazonaws.com"}),
        ("iam:CreateRole", arn("iam", "role/admin"), BOUNDED),
        ("iam:PutRolePolicy", arn("iam", "role/admin"), BOUNDED),
        ("iam:UpdateAssumeRolePolicy", arn("iam", "role/admin"), {}),
        ("iam:DeleteRole", arn("iam", "role/admin"), {}),
        ("iam:AttachRolePolicy", ROLE, {**BOUNDED, "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        (
            "iam:AttachRolePolicy",
            LOGGING_ROLE,
            {**BOUNDED, "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        ("iam:CreateUser", arn("iam", "user/petstore-jwt-role-x"), {}),
        ("iam:CreatePolicyVersion", arn("iam", "policy/another"), {}),
        ("iam:CreateServiceLinkedRole", arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"), {}),
        ("sts:AssumeRole", ROLE, {}),
        ("lambda:UpdateFunctionCode", arn("lambda", "function:payroll"), {}),
        ("lambda:UpdateFunctionCode", arn("lambda", "function:petstore-dev-other"), {}),
        ("lambda:InvokeFunction", arn("lambda", "function:petstore-dev-authorizer"), {}),
        ("lambda:AddPermission", arn("lambda", "function:petstore-dev-authorizer"), {"lambda:Principal": "*"}),
        ("lambda:CreateFunctionUrlConfig", arn("lambda", "function:petstore-dev-authorizer"), {}),
        ("lambda:CreateEventSourceMapping", "*", {}),
        ("logs:DeleteLogGroup", arn("logs", "log-group:/aws/lambda/payroll"), {}),
        ("logs:DeleteLogGroup", arn("logs", "log-group:/aws/lambda/petstore-payments"), {}),
        ("logs:GetLogEvents", arn("logs", "log-group:/aws/lambda/petstore-dev-authorizer"), {}),
        ("cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:payroll"), {}),
        ("cloudwatch:DeleteDashboards", arn("cloudwatch", "dashboard/payroll"), {}),
        ("sns:DeleteTopic", arn("sns", "payroll"), {}),
        ("sns:Publish", arn("sns", "petstore-alarms-topic-1a2b3c4"), {}),
        ("apigateway:PATCH", arn("apigateway", "/domainnames/api.payroll.example"), {}),
        ("apigateway:POST", arn("apigateway", "/domainnames/api.payroll.example/basepathmappings"), {}),
        ("apigateway:GET", arn("apigateway", "/apikeys"), {}),
        ("apigateway:POST", arn("apigateway", "/usageplans"), {}),
        ("apigateway:DELETE", arn("apigateway", "/account"), {}),
        ("apigateway:UpdateRestApiPolicy", arn("apigateway", "/restapis/a1b2c3"), {}),
    ],
)
def test_a_deployment_has_no_access_to_anything_else_in_the_account(
    deploy: Statements, action: str, resource: str, context: dict[str, str]
):
    assert not allows(deploy, action, resource, context)


def test_without_host_names_a_deployment_cannot_create_a_domain(deploy: Statements):
    bare = granted(run(), "deploy")
    for method, path in (("POST", "/domainnames"), ("GET", "/domainnames/api.petstore.example")):
        assert allows(deploy, f"apigateway:{method}", arn("apigateway", path))
        assert not allows(bare, f"apigateway:{method}", arn("apigateway", path))


def test_the_boundary_permits_the_calls_of_the_programs_roles(program: Declared, boundary: Statements):
    group = program.one("LogGroup", "petstore-jwt-log-group").inputs["name"]
    policy = program.one("RolePolicy", "petstore-jwt-role-policy").inputs["policy"]
    streams = arn("logs", f"log-group:{group}:*")
    needed = [
        (action, resource.replace("ARN(petstore-jwt-log-group):*", streams))
        for it in statements(policy)
        for action in texts(it["Action"])
        for resource in texts(it["Resource"])
    ]
    assert len(needed) == 4
    assert [each for each in needed if not allows(boundary, *each)] == []


# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonAPIGatewayPushToCloudWatchLogs.html
@pytest.mark.parametrize(
    "group", ["API-Gateway-Execution-Logs_a1b2c3/prod", "/aws/apigateway/welcome", "petstore-access-log-group-1a2b3c4"]
)
def test_the_boundary_permits_the_logs_of_api_gateway(boundary: Statements, group: str):
    streams = arn("logs", f"log-group:{group}:log-stream:x")
    for action in ("CreateLogGroup", "CreateLogStream", "PutLogEvents", "DescribeLogStreams"):
        assert allows(boundary, f"logs:{action}", streams)
    for action in ("GetLogEvents", "FilterLogEvents"):
        assert allows(boundary, f"logs:{action}", streams)
    assert allows(boundary, "logs:DescribeLogGroups", "*")


def test_a_role_created_by_a_deployment_can_only_write_logs_and_traces(boundary: Statements):
    """This holds for any policy, even an administrator's, because the boundary limits it."""
    granted_actions = {name for it in boundary for name in texts(it["Action"])}
    assert {name.partition(":")[0] for name in granted_actions} == {"logs", "xray"}
    others = arn("logs", "log-group:/aws/lambda/payroll:log-stream:x")
    for action in ("logs:GetLogEvents", "logs:FilterLogEvents", "logs:DeleteLogGroup", "logs:PutSubscriptionFilter"):
        assert not allows(boundary, action, others)
