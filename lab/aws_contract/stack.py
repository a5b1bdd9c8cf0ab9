"""Creates the test API with boto3, and always deletes it."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

_STAGE = "test"
_BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
_ROLE_SECONDS = 60  # Lambda accepts a new role after some seconds
# The headers that `/mapped` maps, each from a value of the authorizer's context; some of these are empty.
MAPPED = {"X-Text": "text", "X-Empty": "empty", "X-Absent": "absent", "X-Number": "number", "X-Flag": "flag"}


@contextmanager
def deployed(session: boto3.Session, endpoint: str | None, name: str) -> Iterator[str]:
    """Yields the stage's URL, and deletes everything at the end. `endpoint` is an emulator's URL, or None for AWS."""
    with ExitStack() as undo:
        function = _function(session, endpoint, name, undo)
        gateway = session.client("apigateway", endpoint_url=endpoint)
        api = gateway.create_rest_api(name=name, endpointConfiguration={"types": ["REGIONAL"]})
        undo.callback(gateway.delete_rest_api, restApiId=api["id"])
        region = session.region_name
        url = f"https://{api['id']}.execute-api.{region}.amazonaws.com/{_STAGE}"
        if endpoint:
            url = f"{endpoint}/restapis/{api['id']}/{_STAGE}/_user_request_"
        _declare(
            gateway,
            api["id"],
            f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations",
            url,
        )
        gateway.create_deployment(restApiId=api["id"], stageName=_STAGE)
        yield url


def _function(session: boto3.Session, endpoint: str | None, name: str, undo: ExitStack) -> str:
    """Create the function, which API Gateway may invoke, and return its ARN."""
    iam, functions, logs = (session.client(each, endpoint_url=endpoint) for each in ("iam", "lambda", "logs"))
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"]
    undo.callback(iam.delete_role, RoleName=name)
    iam.attach_role_policy(RoleName=name, PolicyArn=_BASIC)
    undo.callback(iam.detach_role_policy, RoleName=name, PolicyArn=_BASIC)
    logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
    undo.callback(logs.delete_log_group, logGroupName=f"/aws/lambda/{name}")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.write(Path(__file__).with_name("function.py"), "function.py")
    wanted: Mapping[str, Any] = {
        "FunctionName": name,
        "Runtime": "python3.13",
        "Role": role,
        "Handler": "function.handler",
        "Timeout": 10,
        "Code": {"ZipFile": code.getvalue()},
    }
    made = _patiently(lambda: functions.create_function(**wanted))
    undo.callback(functions.delete_function, FunctionName=name)
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    functions.add_permission(
        FunctionName=name,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceAccount=made["FunctionArn"].split(":")[4],
    )
    return made["FunctionArn"]


def _patiently(create: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    until = time.monotonic() + _ROLE_SECONDS
    while True:
        try:
            return create()
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidParameterValueException" or time.monotonic() > until:
                raise
            time.sleep(2)


def _declare(gateway: Any, api: str, invocation: str, url: str) -> None:
    """Declare the API's resources.

    `/echo/{proxy+}` is public. `/mapped` and `/forward/{proxy+}`, which call it, and `/paths/{proxy+}` and
    `/paths/fixed` have the authorizer. `/pattern` is a MOCK whose status 404 matches the pattern `40` only at its
    beginning.
    """
    authorizer = gateway.create_authorizer(
        restApiId=api,
        name="contract",
        type="TOKEN",
        authorizerUri=invocation,
        identitySource="method.request.header.Authorization",
        authorizerResultTtlInSeconds=0,
    )["id"]
    ids = {each["path"]: each["id"] for each in gateway.get_resources(restApiId=api)["items"]}
    folders = [path for folder in ("/echo", "/forward", "/paths") for path in (folder, f"{folder}/{{proxy+}}")]
    for path in (*folders, "/paths/fixed", "/mapped", "/pattern"):
        parent, _, part = path.rpartition("/")
        made = gateway.create_resource(restApiId=api, parentId=ids[parent or "/"], pathPart=part)
        ids[path] = made["id"]
    invoke = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": invocation}
    forward = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": f"{url}/echo/mapped"}
    mapped = {f"integration.request.header.{name}": f"context.authorizer.{value}" for name, value in MAPPED.items()}
    rest = {"integration.request.path.proxy": "method.request.path.proxy"}
    template = {"application/json": '{"statusCode": 404}'}
    for path, is_open, integration in (
        ("/echo/{proxy+}", True, invoke),
        ("/mapped", False, forward | {"requestParameters": mapped}),
        ("/forward/{proxy+}", False, forward | {"uri": f"{url}/echo/{{proxy}}", "requestParameters": rest}),
        ("/paths/{proxy+}", False, invoke),
        ("/paths/fixed", False, invoke),
        ("/pattern", True, {"type": "MOCK", "requestTemplates": template}),
    ):
        place = {"restApiId": api, "resourceId": ids[path], "httpMethod": "ANY"}
        access = (
            {"authorizationType": "NONE"} if is_open else {"authorizationType": "CUSTOM", "authorizerId": authorizer}
        )
        greedy = {"requestParameters": {"method.request.path.proxy": True}} if "{" in path else {}
        gateway.put_method(**place, **access, **greedy)
        gateway.put_integration(**place, **integration)
        for status, pattern in (("400", "40"), ("500", "")) if path == "/pattern" else ():
            gateway.put_method_response(**place, statusCode=status)
            gateway.put_integration_response(**place, statusCode=status, selectionPattern=pattern)
    header = {"gatewayresponse.header.WWW-Authenticate": "'Bearer'"}
    gateway.put_gateway_response(restApiId=api, responseType="UNAUTHORIZED", responseParameters=header)
