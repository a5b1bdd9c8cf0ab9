"""The permissions of a preview, which reads the program's resources, as a refresh does, and changes nothing.

AWS's service authorization reference lists the actions that have no resource, such as those of SNS for subscriptions,
and DescribeLogGroups of CloudWatch Logs.
"""

from collections.abc import Sequence

from ci.bootstrap.names import Place
from ci.bootstrap.policies import Statement
from infra.policies import allow


def reading(place: Place, domain_names: Sequence[str]) -> list[Statement]:
    """The statements, which the deploy role has too.

    They allow reading all APIs of the region, because an API's id is random.
    """
    paths = ["/account", "/restapis", "/restapis/*", *domain_paths(domain_names)]
    return [
        allow("apigateway:GET", Resource=[place.api_gateway(path) for path in paths]),
        allow(
            *("lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionConfiguration"),
            *("lambda:GetAlias", "lambda:GetPolicy", "lambda:ListVersionsByFunction"),
            "lambda:GetProvisionedConcurrencyConfig",
            Resource=[place.function, place.published_function],
        ),
        allow(
            *("iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"),
            "iam:ListInstanceProfilesForRole",
            Resource=[place.function_role, place.logging_role],
        ),
        allow(
            *("logs:DescribeMetricFilters", "logs:ListTagsForResource", "logs:ListTagsLogGroup"),
            Resource=place.log_groups,
        ),
        allow("cloudwatch:ListTagsForResource", Resource=place.alarms),
        allow("cloudwatch:GetDashboard", Resource=place.dashboards),
        allow("sns:GetTopicAttributes", "sns:ListTagsForResource", Resource=place.topic),
        # DescribeAlarms requires the permission for all alarms if its response can contain composite ones.
        allow("cloudwatch:DescribeAlarms", "logs:DescribeLogGroups", "sns:GetSubscriptionAttributes", Resource="*"),
    ]


def domain_paths(domain_names: Sequence[str]) -> list[str]:
    return [f"/domainnames/{name}{below}" for name in domain_names for below in ("", "/*")]
