"""Converts inputs to parameters if AWS's API differs from Pulumi's schema, and computes the provider's outputs."""

import json
import re
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


def with_types(parameters: Values) -> Values:
    """Put the endpoint type into a list, as AWS requires."""
    return {**parameters, "endpointConfiguration": {"types": [parameters["endpointConfiguration"]["types"]]}}


def rest_api(parameters: Values) -> Values:
    return {**with_types(parameters), "tags": {"ms-custom-id": REST_API_ID}}


def account(parameters: Values) -> Values:
    return _patches({"/cloudwatchRoleArn": parameters["cloudwatchRoleArn"]})


def function(parameters: Values) -> Values:
    code = Path(parameters.pop("code").path).read_bytes()
    nested = {
        name: capitalised(parameters[name])
        for name in ("environment", "tracingConfig", "snapStart")
        if name in parameters
    }
    return {**capitalised(parameters | nested), "Code": {"ZipFile": code}}


def metric_alarm(parameters: Values) -> Values:
    queries = [_metric_query(query) for query in parameters.pop("metricQueries")]
    actions = {f"{name}Actions": parameters.pop(f"{name.lower()}Actions") for name in ("Alarm", "OK")}
    return {**capitalised(parameters), **actions, "Metrics": queries}


def _metric_query(query: Values) -> Values:
    if "metric" not in query:
        return capitalised(query)
    metric = query["metric"]
    dimensions = [{"Name": name, "Value": value} for name, value in metric["dimensions"].items()]
    named = {"Namespace": metric["namespace"], "MetricName": metric["metricName"], "Dimensions": dimensions}
    stat = {"Metric": named, "Period": metric["period"], "Stat": metric["stat"]}
    return {"Id": query["id"], "ReturnData": query["returnData"], "MetricStat": stat}


def metric_filter(parameters: Values) -> Values:
    given = parameters.pop("metricTransformation")
    transformation = {f"metric{name.capitalize()}": given[name] for name in ("name", "namespace", "value")}
    transformation |= {"defaultValue": float(given["defaultValue"]), "unit": given["unit"]}
    return {**parameters, "metricTransformations": [transformation]}


def method_settings(parameters: Values) -> Values:
    """The patches of a stage's method settings for UpdateStage.

    The path is `/{methodPath}/{setting}`, in which the slash of `methodPath` before the method stays a slash.
    """
    names = {
        "metricsEnabled": "metrics/enabled",
        "loggingLevel": "logging/loglevel",
        "dataTraceEnabled": "logging/dataTrace",
        "throttlingRateLimit": "throttling/rateLimit",
        "throttlingBurstLimit": "throttling/burstLimit",
    }
    path = parameters["methodPath"]
    changes = {f"/{path}/{names[name]}": _text(value) for name, value in parameters["settings"].items()}
    return _of_stage(parameters) | _patches(changes)


def access_log_settings(parameters: Values) -> Values:
    """The access log's patches for UpdateStage, because CreateStage has no such parameter."""
    settings = parameters.get("accessLogSettings", {})
    return _of_stage(parameters) | _patches({f"/accessLogSettings/{name}": value for name, value in settings.items()})


def _of_stage(parameters: Values) -> Values:
    return {name: parameters[name] for name in ("restApiId", "stageName")}


def _patches(changes: Values) -> Values:
    """The patches for an Update operation of API Gateway, from values by their path."""
    return {"patchOperations": [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def path_id(*names: str) -> Callable[[Values], str]:
    return lambda state: "-".join(str(state[name]) for name in names)


def with_functions_here(parameters: Values) -> Values:
    """Replace the account in the function's ARN, because MiniStack finds functions only in its own account."""
    here = {
        name: re.sub(r":\d{12}:function:", f":{ACCOUNT}:function:", parameters[name])
        for name in ("uri", "functionName")
        if name in parameters
    }
    return {**parameters, **here}


def permission(parameters: Values) -> Values:
    return capitalised(with_functions_here({name: value for name, value in parameters.items() if name != "region"}))


def execution_arn(state: Values) -> str:
    return f"arn:aws:execute-api:{state['region']}:{ACCOUNT}:{state['id']}"


def invoke_url(state: Values) -> str:
    return f"https://{state['restApi']}.execute-api.{state['region']}.amazonaws.com/{state['stageName']}"


def invoke_arn(arn: str, state: Values) -> str:
    return f"arn:aws:apigateway:{state['region']}:lambda:path/2015-03-31/functions/{arn}/invocations"


def stage_arn(state: Values) -> str:
    return f"arn:aws:apigateway:{state['region']}::/restapis/{state['restApi']}/stages/{state['stageName']}"


def log_group_arn(state: Values) -> str:
    return f"arn:aws:logs:{state['region']}:{ACCOUNT}:log-group:{state['name']}"
