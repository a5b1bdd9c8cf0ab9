"""The write permissions of a deployment: create, change and delete the program's resources, by name."""

from collections.abc import Sequence

from ci.bootstrap.names import DEPLOY_ROLE, ISSUER, PREVIEW_ROLE, Place
from ci.bootstrap.policies import Statement, deny
from ci.bootstrap.reading import domain_paths
from infra.policies import allow

_PUSH_TO_CLOUDWATCH = "policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
_SERVICE_LINKED = "role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"


def deploying(place: Place, domain_names: Sequence[str]) -> list[Statement]:
    return [
        *_api_gateway(place, domain_names),
        *_function(place),
        *_roles(place),
        *_monitoring(place),
        *_kept_from_itself(place),
    ]


def _api_gateway(place: Place, domain_names: Sequence[str]) -> list[Statement]:
    # AWS chooses an API's id, so these are all APIs of the region. Put other APIs into another account.
    paths = ["/restapis", "/restapis/*", *domain_paths(domain_names), *(["/domainnames"] if domain_names else [])]
    writing = ("apigateway:POST", "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE")
    return [
        allow(*writing, Resource=[place.api_gateway(path) for path in paths]),
        allow("apigateway:PATCH", Resource=place.api_gateway("/account")),
        # API Gateway's service-linked role, which AWS creates for the first API in an account.
        allow("iam:CreateServiceLinkedRole", Resource=place.iam(_SERVICE_LINKED)),
    ]


def _function(place: Place) -> list[Statement]:
    function = [place.function, place.published_function]
    return [
        allow(
            *("lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
            *("lambda:PublishVersion", "lambda:DeleteFunction", "lambda:RemovePermission"),
            *("lambda:CreateAlias", "lambda:UpdateAlias", "lambda:DeleteAlias"),
            *("lambda:PutProvisionedConcurrencyConfig", "lambda:DeleteProvisionedConcurrencyConfig"),
            Resource=function,
        ),
        allow(
            "lambda:AddPermission",
            Resource=function,
            Condition={"StringEquals": {"lambda:Principal": "apigateway.amazonaws.com"}},
        ),
    ]


def _roles(place: Place) -> list[Statement]:
    both = [place.function_role, place.logging_role]
    bounded = {"iam:PermissionsBoundary": place.boundary}
    pushes = {"iam:PolicyARN": place.iam(_PUSH_TO_CLOUDWATCH, account="aws")}
    return [
        # A role with another boundary gets no policy, and only this boundary.
        allow("iam:CreateRole", "iam:PutRolePermissionsBoundary", Resource=both, Condition={"StringEquals": bounded}),
        allow("iam:PutRolePolicy", Resource=place.function_role, Condition={"StringEquals": bounded}),
        allow("iam:AttachRolePolicy", Resource=place.logging_role, Condition={"StringEquals": bounded | pushes}),
        allow(
            *("iam:UpdateRole", "iam:UpdateRoleDescription", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"),
            *("iam:DeleteRolePolicy", "iam:DetachRolePolicy"),
            Resource=both,
        ),
        _may_pass(place.function_role, "lambda.amazonaws.com"),
        _may_pass(place.logging_role, "apigateway.amazonaws.com"),
    ]


def _may_pass(role: str, service: str) -> Statement:
    return allow("iam:PassRole", Resource=role, Condition={"StringEquals": {"iam:PassedToService": service}})


def _monitoring(place: Place) -> list[Statement]:
    return [
        allow(
            *("logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy"),
            *("logs:PutMetricFilter", "logs:DeleteMetricFilter"),
            Resource=place.log_groups,
        ),
        allow("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", Resource=place.alarms),
        allow("cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards", Resource=place.dashboards),
        allow("sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", Resource=place.topic),
        # These actions have no resources: service authorization reference of Amazon SNS.
        allow("sns:Unsubscribe", Resource="*"),
    ]


def _kept_from_itself(place: Place) -> list[Statement]:
    """Statements that deny changes to the deploy role's own limits, even if the role gets another policy."""
    own = (f"role/{PREVIEW_ROLE}", f"role/{DEPLOY_ROLE}", f"oidc-provider/{ISSUER}")
    return [
        deny("iam:*", Resource=[place.boundary, *(place.iam(name) for name in own)]),
        deny("iam:DeleteRolePermissionsBoundary", Resource="*"),
    ]
