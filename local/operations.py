"""How each resource type of the program is made through the AWS API: one entry a type, and no type is skipped.

Pulumi's inputs arrive in camelCase, which API Gateway's own parameters mostly share; an entry says where they differ.
What it does not name is passed on, and botocore refuses what AWS would not know.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Values = dict[str, Any]


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


# The id that MiniStack gives the REST API when it finds it in this tag: the invoke URL outlives a redeployment.
REST_API_ID = "petstore"
_ACCOUNT = "000000000000"
_API = {"restApi": "restApiId"}


def _capitalised(parameters: Values) -> Values:
    return {name[0].upper() + name[1:]: value for name, value in parameters.items()}


def _rest_api(parameters: Values) -> Values:
    types = [parameters["endpointConfiguration"]["types"]]
    return {**parameters, "endpointConfiguration": {"types": types}, "tags": {"ms-custom-id": REST_API_ID}}


def _function(parameters: Values) -> Values:
    code = Path(parameters.pop("code").path).read_bytes()
    environment = _capitalised(parameters.pop("environment"))
    return {**_capitalised(parameters), "Code": {"ZipFile": code}, "Environment": environment}


def _method_settings(parameters: Values) -> Values:
    """UpdateStage takes `/{path}/{setting}`, in which a method path's slash between resource and method stays."""
    names = {
        "metricsEnabled": "metrics/enabled",
        "loggingLevel": "logging/loglevel",
        "dataTraceEnabled": "logging/dataTrace",
        "throttlingRateLimit": "throttling/rateLimit",
        "throttlingBurstLimit": "throttling/burstLimit",
    }
    patches = [
        {"op": "replace", "path": f"/{parameters['methodPath']}/{names[name]}", "value": _text(value)}
        for name, value in parameters["settings"].items()
    ]
    return {"restApiId": parameters["restApiId"], "stageName": parameters["stageName"], "patchOperations": patches}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _path_id(*names: str) -> Callable[[Values], str]:
    return lambda state: "-".join(str(state[name]) for name in names)


def _execution_arn(state: Values) -> str:
    return f"arn:aws:execute-api:{state['region']}:{_ACCOUNT}:{state['id']}"


def _invoke_url(state: Values) -> str:
    return f"https://{state['restApi']}.execute-api.{state['region']}.amazonaws.com/{state['stageName']}"


def _invoke_arn(state: Values) -> str:
    return f"arn:aws:apigateway:{state['region']}:lambda:path/2015-03-31/functions/{state['FunctionArn']}/invocations"


OPERATIONS: dict[str, tuple[Operation, ...]] = {
    "aws:apigateway/restApi:RestApi": (
        Operation(
            "apigateway",
            "create_rest_api",
            shape=_rest_api,
            outputs=lambda state: {"executionArn": _execution_arn(state), "rootResourceId": state["rootResourceId"]},
        ),
    ),
    "aws:apigateway/resource:Resource": (Operation("apigateway", "create_resource", _API),),
    "aws:apigateway/method:Method": (
        Operation(
            "apigateway",
            "put_method",
            {**_API, "authorization": "authorizationType"},
            id=_path_id("restApi", "resourceId", "httpMethod"),
        ),
    ),
    "aws:apigateway/methodResponse:MethodResponse": (
        Operation("apigateway", "put_method_response", _API, id=_path_id("resourceId", "httpMethod", "statusCode")),
    ),
    "aws:apigateway/integration:Integration": (
        Operation("apigateway", "put_integration", _API, id=_path_id("resourceId", "httpMethod")),
    ),
    "aws:apigateway/integrationResponse:IntegrationResponse": (
        Operation(
            "apigateway", "put_integration_response", _API, id=_path_id("resourceId", "httpMethod", "statusCode")
        ),
    ),
    "aws:apigateway/response:Response": (
        Operation("apigateway", "put_gateway_response", id=_path_id("restApiId", "responseType")),
    ),
    "aws:apigateway/authorizer:Authorizer": (Operation("apigateway", "create_authorizer", _API),),
    "aws:apigateway/deployment:Deployment": (
        Operation(
            "apigateway",
            "create_deployment",
            _API,
            # Triggers are Pulumi's own: they decide whether there is a new deployment, and AWS never sees them.
            shape=lambda parameters: {name: value for name, value in parameters.items() if name != "triggers"},
        ),
    ),
    "aws:apigateway/stage:Stage": (
        Operation(
            "apigateway",
            "create_stage",
            {**_API, "deployment": "deploymentId"},
            id=_path_id("restApi", "stageName"),
            outputs=lambda state: {"invokeUrl": _invoke_url(state)},
        ),
    ),
    "aws:apigateway/methodSettings:MethodSettings": (
        Operation("apigateway", "update_stage", _API, _method_settings, id=_path_id("restApi", "stageName")),
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        Operation(
            "logs",
            "create_log_group",
            shape=lambda parameters: {"logGroupName": parameters["name"]},
            id=lambda state: state["name"],
            outputs=lambda state: {"arn": f"arn:aws:logs:{state['region']}:{_ACCOUNT}:log-group:{state['name']}"},
        ),
        Operation("logs", "put_retention_policy", {"name": "logGroupName"}, id=lambda state: state["name"]),
    ),
    "aws:iam/role:Role": (
        Operation(
            "iam",
            "create_role",
            {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
            _capitalised,
            id=lambda state: state["name"],
            outputs=lambda state: {"arn": state["Role"]["Arn"]},
        ),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        Operation(
            "iam",
            "put_role_policy",
            {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
            id=lambda state: f"{state['role']}:{state['name']}",
        ),
    ),
    "aws:lambda/function:Function": (
        Operation(
            "lambda",
            "create_function",
            {"name": "functionName"},
            _function,
            id=lambda state: state["name"],
            outputs=lambda state: {"arn": state["FunctionArn"], "invokeArn": _invoke_arn(state)},
        ),
    ),
    "aws:lambda/permission:Permission": (
        Operation(
            "lambda",
            "add_permission",
            {"function": "functionName", "name": "statementId"},
            _capitalised,
            id=lambda state: state["name"],
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
