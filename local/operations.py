"""How each resource type of the program is made through the AWS API: one entry a type, and no type is skipped.

Pulumi's inputs arrive in camelCase, which API Gateway's own parameters mostly share; an entry says where they differ.
What it does not name is passed on, and botocore refuses what AWS would not know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local import shapes
from local.shapes import Values, path_id


@dataclass(frozen=True)
class Operation:
    """`service` and `name` of the API operation; what becomes of the inputs; and what the provider would report.

    `rename` gives inputs their AWS names; `shape` may rework the parameters; `id` and `outputs` read the state, that
    is the inputs with the response laid over them.
    """

    service: str
    name: str
    rename: Mapping[str, str] = field(default_factory=dict)
    shape: Callable[[Values], Values] = dict
    id: Callable[[Values], str] = lambda state: state["id"]
    outputs: Callable[[Values], Values] = lambda _: {}

    def parameters(self, inputs: Values) -> Values:
        return self.shape({self.rename.get(name, name): value for name, value in inputs.items()})


def _api(name: str, ids: str = "", rename: Mapping[str, str] | None = None, **more: Any) -> Operation:
    """An operation of API Gateway, whose parameters are Pulumi's but for `restApi`. `ids`: the inputs in its id."""
    more |= {"id": path_id(*ids.split())} if ids else {}
    return Operation("apigateway", name, {"restApi": "restApiId", **(rename or {})}, **more)


def _named(state: Values) -> str:
    return state["name"]


OPERATIONS: dict[str, tuple[Operation, ...]] = {
    "aws:apigateway/restApi:RestApi": (
        _api(
            "create_rest_api",
            shape=shapes.rest_api,
            outputs=lambda state: {
                "executionArn": shapes.execution_arn(state),
                "rootResourceId": state["rootResourceId"],
            },
        ),
    ),
    "aws:apigateway/resource:Resource": (_api("create_resource"),),
    "aws:apigateway/method:Method": (
        _api("put_method", "restApi resourceId httpMethod", {"authorization": "authorizationType"}),
    ),
    "aws:apigateway/methodResponse:MethodResponse": (
        _api("put_method_response", "restApi resourceId httpMethod statusCode"),
    ),
    "aws:apigateway/integration:Integration": (_api("put_integration", "restApi resourceId httpMethod"),),
    "aws:apigateway/integrationResponse:IntegrationResponse": (
        _api("put_integration_response", "restApi resourceId httpMethod statusCode"),
    ),
    "aws:apigateway/response:Response": (_api("put_gateway_response", "restApiId responseType"),),
    "aws:apigateway/authorizer:Authorizer": (_api("create_authorizer"),),
    # Triggers are Pulumi's own: they decide whether there is a new deployment, and AWS never sees them.
    "aws:apigateway/deployment:Deployment": (_api("create_deployment", shape=shapes.without("triggers")),),
    "aws:apigateway/stage:Stage": (
        _api(
            "create_stage",
            "restApi stageName",
            {"deployment": "deploymentId"},
            outputs=lambda state: {"invokeUrl": shapes.invoke_url(state)},
        ),
    ),
    "aws:apigateway/methodSettings:MethodSettings": (
        _api("update_stage", "restApi stageName", shape=shapes.method_settings),
    ),
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
            lambda state: {"arn": state["FunctionArn"], "invokeArn": shapes.invoke_arn(state)},
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
}

# Resources whose physical name the provider makes up where the program gives none.
AUTO_NAMED = frozenset(
    {
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:lambda/function:Function",
        "aws:lambda/permission:Permission",
    }
)
