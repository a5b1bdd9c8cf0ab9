"""How each resource type of the program is made through the AWS API: one entry a type, and no type is skipped."""

from local import shapes
from local.api_operations import API_GATEWAY
from local.operation import Operation
from local.shapes import Values, path_id


def _named(state: Values) -> str:
    return state["name"]


OPERATIONS: dict[str, tuple[Operation, ...]] = {
    **API_GATEWAY,
    "aws:cloudwatch/logGroup:LogGroup": (
        Operation("logs", "create_log_group", {"name": "logGroupName"}, shapes.without("retentionInDays"), _named),
        Operation(
            "logs",
            "put_retention_policy",
            {"name": "logGroupName"},
            id=_named,
            outputs=lambda state: {"arn": shapes.log_group_arn(state)},
        ),
    ),
    "aws:iam/role:Role": (
        Operation(
            "iam",
            "create_role",
            {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
            shapes.capitalised,
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
            shapes.function,
            _named,
            lambda state: {
                "arn": state["FunctionArn"],
                "invokeArn": shapes.invoke_arn(state["FunctionArn"], state),
                "version": state["Version"],
            },
        ),
    ),
    "aws:lambda/permission:Permission": (
        Operation(
            "lambda",
            "add_permission",
            {"function": "functionName", "name": "statementId"},
            shapes.capitalised,
            _named,
        ),
    ),
    "aws:lambda/alias:Alias": (
        Operation(
            "lambda",
            "create_alias",
            shape=shapes.capitalised,
            id=path_id("functionName", "name"),
            outputs=lambda state: {"invokeArn": shapes.invoke_arn(state["AliasArn"], state)},
        ),
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        Operation(
            "lambda",
            "put_provisioned_concurrency_config",
            shape=shapes.capitalised,
            id=path_id("functionName", "qualifier"),
        ),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        Operation("iam", "attach_role_policy", {"role": "roleName"}, shapes.capitalised, path_id("role", "policyArn")),
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        Operation("cloudwatch", "put_dashboard", shape=shapes.capitalised, id=lambda state: state["dashboardName"]),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        Operation("cloudwatch", "put_metric_alarm", {"name": "alarmName"}, shapes.metric_alarm, _named),
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": (
        Operation(
            "logs",
            "put_metric_filter",
            {"name": "filterName", "pattern": "filterPattern"},
            shapes.metric_filter,
            _named,
        ),
    ),
    "aws:sns/topic:Topic": (
        Operation(
            "sns",
            "create_topic",
            shape=shapes.capitalised,
            id=lambda state: state["TopicArn"],
            outputs=lambda state: {"arn": state["TopicArn"]},
        ),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        Operation(
            "sns",
            "subscribe",
            {"topic": "topicArn"},
            shapes.capitalised,
            id=lambda state: state["SubscriptionArn"],
        ),
    ),
}

# What the program reads of AWS before it decides what to declare.
READS = {"aws:apigateway/account:Account": Operation("apigateway", "get_account")}

# Resources whose physical name the provider makes up where the program gives none.
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
