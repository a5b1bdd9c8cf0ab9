"""How inputs become parameters where AWS's API differs from Pulumi's schema, and what the provider would report."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Values = dict[str, Any]

# The id that MiniStack gives the REST API when it finds it in this tag: the invoke URL outlives a redeployment.
REST_API_ID = "petstore"
ACCOUNT = "000000000000"


def without(name: str) -> Callable[[Values], Values]:
    return lambda parameters: {key: value for key, value in parameters.items() if key != name}


def capitalised(parameters: Values) -> Values:
    return {name[0].upper() + name[1:]: value for name, value in parameters.items()}


def rest_api(parameters: Values) -> Values:
    types = [parameters["endpointConfiguration"]["types"]]
    return {**parameters, "endpointConfiguration": {"types": types}, "tags": {"ms-custom-id": REST_API_ID}}


def function(parameters: Values) -> Values:
    code = Path(parameters.pop("code").path).read_bytes()
    environment = capitalised(parameters.pop("environment"))
    return {**capitalised(parameters), "Code": {"ZipFile": code}, "Environment": environment}


def method_settings(parameters: Values) -> Values:
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


def path_id(*names: str) -> Callable[[Values], str]:
    return lambda state: "-".join(str(state[name]) for name in names)


def execution_arn(state: Values) -> str:
    return f"arn:aws:execute-api:{state['region']}:{ACCOUNT}:{state['id']}"


def invoke_url(state: Values) -> str:
    return f"https://{state['restApi']}.execute-api.{state['region']}.amazonaws.com/{state['stageName']}"


def invoke_arn(state: Values) -> str:
    return f"arn:aws:apigateway:{state['region']}:lambda:path/2015-03-31/functions/{state['FunctionArn']}/invocations"


def log_group_arn(state: Values) -> str:
    return f"arn:aws:logs:{state['region']}:{ACCOUNT}:log-group:{state['name']}"
