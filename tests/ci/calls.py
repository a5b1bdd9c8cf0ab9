"""The AWS provider's calls for the program's resources, with their ARNs, as IAM checks them.

They were logged between Pulumi's CLI with the provider and an emulated AWS, while all settings were turned on, changed
and turned off again. An emulator does not support changes of a custom domain, so the source of the provider
(terraform-provider-aws) lists those.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.testkit.bootstrap import ACCOUNT, REGION
from tools.preview.mock_recorder import Declared, Resource

_METHOD = "/restapis/a1b2c3/resources/d4e5f6/methods/GET"
_STAGE = "/restapis/a1b2c3/stages/prod"
_FUNCTION, _QUALIFIED = "lambda function:{name}", "lambda function:{name}:live"
_ROLE, _LOG_GROUP = "iam role/{name}", "logs log-group:{name}"

# For each type: the resources, and the operations. API Gateway's actions are HTTP's methods, and its resources paths.
CALLS: Mapping[str, Mapping[str, str]] = {
    "apigateway/account:Account": {"apigateway /account": "GET PATCH", _ROLE: "PassRole"},
    "apigateway/authorizer:Authorizer": {
        "apigateway /restapis/a1b2c3/authorizers": "POST",
        "apigateway /restapis/a1b2c3/authorizers/x1": "GET PATCH DELETE",
    },
    "apigateway/basePathMapping:BasePathMapping": {
        "apigateway /domainnames/{name}/basepathmappings": "POST",
        "apigateway /domainnames/{name}/basepathmappings/(none)": "GET PATCH DELETE",
    },
    "apigateway/deployment:Deployment": {
        "apigateway /restapis/a1b2c3/deployments": "POST",
        "apigateway /restapis/a1b2c3/deployments/x1": "GET PATCH DELETE",
    },
    "apigateway/domainName:DomainName": {
        "apigateway /domainnames": "POST",
        "apigateway /domainnames/{name}": "GET PATCH DELETE",
    },
    "apigateway/integration:Integration": {f"apigateway {_METHOD}/integration": "GET PUT PATCH DELETE"},
    "apigateway/integrationResponse:IntegrationResponse": {
        f"apigateway {_METHOD}/integration/responses/200": "GET PUT DELETE"
    },
    "apigateway/method:Method": {f"apigateway {_METHOD}": "GET PUT PATCH DELETE"},
    "apigateway/methodResponse:MethodResponse": {f"apigateway {_METHOD}/responses/200": "GET PUT PATCH DELETE"},
    "apigateway/methodSettings:MethodSettings": {f"apigateway {_STAGE}": "GET PATCH"},
    "apigateway/resource:Resource": {
        "apigateway /restapis/a1b2c3/resources/d4e5f6": "GET POST PATCH DELETE",
    },
    "apigateway/response:Response": {"apigateway /restapis/a1b2c3/gatewayresponses/DEFAULT_4XX": "GET PUT DELETE"},
    "apigateway/restApi:RestApi": {
        "apigateway /restapis": "POST",
        "apigateway /restapis/a1b2c3": "GET PATCH DELETE",
        "apigateway /restapis/a1b2c3/resources": "GET",
        "iam role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway": "CreateServiceLinkedRole",
    },
    "apigateway/stage:Stage": {
        "apigateway /restapis/a1b2c3/stages": "POST",
        f"apigateway {_STAGE}": "GET PATCH DELETE",
    },
    "cloudwatch/dashboard:Dashboard": {"cloudwatch dashboard/{name}": "PutDashboard GetDashboard DeleteDashboards"},
    "cloudwatch/logGroup:LogGroup": {
        _LOG_GROUP: "CreateLogGroup ListTagsLogGroup ListTagsForResource PutRetentionPolicy DeleteRetentionPolicy "
        "DeleteLogGroup",
        "logs *": "DescribeLogGroups",
    },
    "cloudwatch/logMetricFilter:LogMetricFilter": {
        _LOG_GROUP: "PutMetricFilter DescribeMetricFilters DeleteMetricFilter"
    },
    "cloudwatch/metricAlarm:MetricAlarm": {
        "cloudwatch alarm:{name}": "PutMetricAlarm ListTagsForResource DeleteAlarms",
        "cloudwatch *": "DescribeAlarms",
    },
    "iam/role:Role": {
        _ROLE: "CreateRole GetRole ListRolePolicies ListAttachedRolePolicies PutRolePermissionsBoundary "
        "UpdateAssumeRolePolicy UpdateRoleDescription ListInstanceProfilesForRole DeleteRole"
    },
    "iam/rolePolicy:RolePolicy": {_ROLE: "PutRolePolicy GetRolePolicy DeleteRolePolicy"},
    "iam/rolePolicyAttachment:RolePolicyAttachment": {
        _ROLE: "AttachRolePolicy ListAttachedRolePolicies DetachRolePolicy"
    },
    "lambda/alias:Alias": {_FUNCTION: "CreateAlias GetAlias UpdateAlias DeleteAlias"},
    "lambda/function:Function": {
        _FUNCTION: "CreateFunction GetFunction GetFunctionConfiguration GetFunctionCodeSigningConfig "
        "ListVersionsByFunction PublishVersion UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction",
        _QUALIFIED: "GetFunction GetFunctionConfiguration",
        "iam role/petstore-jwt-role-1a2b3c4": "PassRole",
    },
    "lambda/permission:Permission": {
        _FUNCTION: "AddPermission GetPolicy RemovePermission",
        _QUALIFIED: "AddPermission GetPolicy RemovePermission",
    },
    "lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": {
        _QUALIFIED: "PutProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig"
    },
    "sns/topic:Topic": {
        "sns {name}": "CreateTopic GetTopicAttributes ListTagsForResource SetTopicAttributes DeleteTopic"
    },
    "sns/topicSubscription:TopicSubscription": {
        "sns {name}": "Subscribe",
        "sns *": "GetSubscriptionAttributes Unsubscribe",
    },
}
_OF = {  # the property that identifies a resource of the type, if not its own name
    "lambda/alias:Alias": "functionName",
    "lambda/permission:Permission": "function",
    "lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": "functionName",
    "iam/rolePolicy:RolePolicy": "role",
    "iam/rolePolicyAttachment:RolePolicyAttachment": "role",
    "cloudwatch/logMetricFilter:LogMetricFilter": "logGroupName",
    "cloudwatch/dashboard:Dashboard": "dashboardName",
    "apigateway/domainName:DomainName": "domainName",
    "apigateway/basePathMapping:BasePathMapping": "domainName",
    "apigateway/account:Account": "cloudwatchRoleArn",
    "sns/topicSubscription:TopicSubscription": "topic",
}


@dataclass(frozen=True)
class Call:
    """A request to IAM: whether `action` on `resource` is allowed under these condition keys."""

    action: str
    resource: str
    context: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def reads(self) -> bool:
        return self.action.partition(":")[2].startswith(("Get", "GET", "List", "Describe"))


def calls(declared: Declared) -> Iterator[Call]:
    """The calls that create, read, update and delete all declared resources."""
    for resource in declared.resources:
        kind = resource.type.removeprefix("aws:")
        if resource.is_component:
            continue
        for place, names in CALLS[kind].items():
            service, _, path = place.format(name=_physical(resource, declared)).partition(" ")
            for name in names.split():
                yield Call(f"{service}:{name}", arn(service, path), _context(name, resource, declared))


def arn(service: str, path: str) -> str:
    """An ARN in the test's account and region."""
    if path == "*":
        return path
    region = "" if service == "iam" or path.startswith("dashboard/") else REGION
    return f"arn:aws:{service}:{region}:{'' if service == 'apigateway' else ACCOUNT}:{path}"


def _physical(resource: Resource, declared: Declared) -> str:
    """The name in AWS: the declared one, or the one that Pulumi derives from the logical name."""
    value = resource.inputs.get(_OF.get(resource.type.removeprefix("aws:"), "name"), resource.name)
    name = re.sub(r"(?:ID|ARN)\((.+)\)", r"\1", value)
    named = [each for each in declared.resources if each.name == name and not each.is_component]
    if not named:
        return name
    return named[0].inputs.get("name", f"{name}-1a2b3c4")


def _context(name: str, resource: Resource, declared: Declared) -> dict[str, str]:
    inputs: Mapping[str, Any] = resource.inputs
    match name:
        case "CreateRole" | "PutRolePermissionsBoundary":
            return {"iam:PermissionsBoundary": inputs["permissionsBoundary"]}
        case "PutRolePolicy" | "AttachRolePolicy":
            (boundary,) = {role.inputs["permissionsBoundary"] for role in declared.of("Role")}
            policy = re.sub(r"^ARN\(.+?\)", "arn:aws", inputs.get("policyArn", ""))
            return {"iam:PermissionsBoundary": boundary, "iam:PolicyARN": policy}
        case "PassRole":
            service = "apigateway" if "account:" in resource.type else "lambda"
            return {"iam:PassedToService": f"{service}.amazonaws.com"}
        case "AddPermission":
            return {"lambda:Principal": inputs["principal"]}
        case _:
            return {}
