"""The operations that create the program's resources through the AWS API: one entry for every type."""

from local.engine import aws_parameters
from local.engine.api_operations import API_GATEWAY
from local.engine.aws_parameters import Values, path_id
from local.engine.operation import Operation


def _named(state: Values) -> str:
    return state["name"]


OPERATIONS: dict[str, tuple[Operation, ...]] = {
    **API_GATEWAY,
    "aws:cloudwatch/logGroup:LogGroup": (
        Operation(
            "logs", "create_log_group", {"name": "logGroupName"}, aws_parameters.without("retentionInDays"), _named
        ),
        Operation(
            "logs",
            "put_retention_policy",
            {"name": "logGroupName"},
            id=_named,
            outputs=lambda state: {"arn": aws_parameters.log_group_arn(state)},
        ),
    ),
    "aws:iam/role:Role": (
        Operation(
            "iam",
            "create_role",
            {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
            aws_parameters.capitalised,
            _named,
            lambda state: {"arn": state["Role"]["Arn"]},
        ),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        Operation(
            "iam",
            "put_role_policy",
            {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
            id=path_id("role", "name"),
        ),
    ),
    "aws:lambda/function:Function": (
        Operation(
            "lambda",
            "create_function",
            {"name": "functionName"},
            aws_parameters.function,
            _named,
            lambda state: {
                "arn": state["FunctionArn"],
                "invokeArn": aws_parameters.invoke_arn(state["FunctionArn"], state),
                "version": state["Version"],
            },
        ),
    ),
    "aws:lambda/permission:Permission": (
        Operation(
            "lambda",
            "add_permission",
            {"function": "functionName", "name": "statementId"},
            aws_parameters.permission,
            _named,
        ),
    ),
    "aws:lambda/alias:Alias": (
        Operation(
            "lambda",
            "create_alias",
            shape=aws_parameters.capitalised,
            id=path_id("functionName", "name"),
            outputs=lambda state: {"invokeArn": aws_parameters.invoke_arn(state["AliasArn"], state)},
        ),
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        Operation(
            "lambda",
            "put_provisioned_concurrency_config",
            shape=aws_parameters.capitalised,
            id=path_id("functionName", "qualifier"),
        ),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        Operation(
            "iam", "attach_role_policy", {"role": "roleName"}, aws_parameters.capitalised, path_id("role", "policyArn")
        ),
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        Operation(
            "cloudwatch", "put_dashboard", shape=aws_parameters.capitalised, id=lambda state: state["dashboardName"]
        ),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        Operation("cloudwatch", "put_metric_alarm", {"name": "alarmName"}, aws_parameters.metric_alarm, _named),
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": (
        Operation(
            "logs",
            "put_metric_filter",
            {"name": "filterName", "pattern": "filterPattern"},
            aws_parameters.metric_filter,
            _named,
        ),
    ),
    "aws:sns/topic:Topic": (
        Operation(
            "sns",
            "create_topic",
            shape=aws_parameters.capitalised,
            id=lambda state: state["TopicArn"],
            outputs=lambda state: {"arn": state["TopicArn"]},
        ),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        Operation(
            "sns",
            "subscribe",
            {"topic": "topicArn"},
            aws_parameters.capitalised,
            id=lambda state: state["SubscriptionArn"],
        ),
    ),
}

# The resources that the program reads from AWS before it declares others.
READS = {"aws:apigateway/account:Account": Operation("apigateway", "get_account")}

# Resources whose physical name the provider generates if the program has none.
AUTO_NAMED = frozenset(
    {
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:lambda/function:Function",
        "aws:lambda/permission:Permission",
        "aws:sns/topic:Topic",
    }
)
