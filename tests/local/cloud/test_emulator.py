"""MiniStack as the AWS provider uses it: protocols, required packages, and invented properties."""

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from local.cloud.emulator import COMMAND, SERVICES, Emulator
from local.cloud.function import Functions
from local.cloud.servers import Answer, Request, Server
from local.cloud.session import session_of_emulator

# https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html. CloudWatch's SDK for Go, which the AWS provider
# uses, speaks it. boto3 prefers JSON.
CBOR = "smithy-rpc-v2-cbor"
CLOUDWATCH = ServiceModel(Loader().load_service_model("cloudwatch", "service-2"), "cloudwatch")
# Packages that MiniStack imports and that are not installed, with the reason why no call of this project needs them.
UNUSED = {
    "docker": "functions run as processes, not in containers",
    "cryptography": "for HTTPS on its port, SigV4A and HTTP APIs; with it, an MQTT port would open",
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def call(emulator: Emulator, operation: str, **parameters: Any) -> dict[str, Any]:
    """Calls an operation of CloudWatch in the AWS provider's protocol, and returns the answer."""
    model = CLOUDWATCH.operation_model(operation)
    asked = create_serializer(CBOR).serialize_to_request(parameters, model)
    path = f"/service/{CLOUDWATCH.metadata['targetPrefix']}/operation/{operation}"
    assert asked["url_path"] == path
    scope = (
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0"
    )
    response = requests.request(
        asked["method"],
        f"{emulator.url}{path}",
        data=asked["body"],
        headers={**asked["headers"], "Authorization": scope},
        timeout=10,
    )
    assert response.headers.get("smithy-protocol") == "rpc-v2-cbor"
    assert response.headers["Content-Type"] == "application/cbor"
    answer = {"status_code": response.status_code, "headers": response.headers, "body": response.content}
    return create_parser(CBOR).parse(answer, model.output_shape)


def method_of_an_api(emulator: Emulator) -> tuple[Any, str, dict[str, str]]:
    """A client of API Gateway, the id of a new API, and the position of a method that does not exist yet."""
    gateway = boto3.client(
        "apigateway",
        endpoint_url=emulator.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    api = gateway.create_rest_api(name="test")["id"]
    (root,) = gateway.get_resources(restApiId=api)["items"]
    return gateway, api, {"restApiId": api, "resourceId": root["id"], "httpMethod": "OPTIONS"}


def test_a_dashboard_is_created_and_read_in_cbor(emulator: Emulator):
    body = json.dumps({"widgets": []})
    assert "Error" not in call(emulator, "PutDashboard", DashboardName="petstore-local", DashboardBody=body)
    read = call(emulator, "GetDashboard", DashboardName="petstore-local")
    assert json.loads(read["DashboardBody"]) == json.loads(body)


def test_after_a_restart_a_refresh_finds_neither_dashboard_nor_alarm(emulator: Emulator):
    """The provider recognises them by this error's code and by an empty list."""
    assert call(emulator, "GetDashboard", DashboardName="gone")["Error"]["Code"] == "ResourceNotFound"
    assert call(emulator, "DescribeAlarms", AlarmNames=["gone"])["MetricAlarms"] == []


def test_ministack_still_invents_the_ignored_properties(emulator: Emulator):
    """If this fails, MiniStack now supports the property: remove it from infra/emulator.py."""
    metric = {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"}
    call(
        emulator,
        "PutMetricAlarm",
        AlarmName="on-queries",
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=1.0,
        Metrics=[{"Id": "errors", "MetricStat": metric, "ReturnData": True}],
    )
    (alarm,) = call(emulator, "DescribeAlarms", AlarmNames=["on-queries"])["MetricAlarms"]
    assert (alarm["Period"], alarm["Statistic"]) == (60, "Average")

    gateway, api, place = method_of_an_api(emulator)
    gateway.put_method(**place, authorizationType="NONE")
    gateway.put_integration(**place, type="MOCK")
    assert gateway.get_integration(**place)["httpMethod"] == "POST"
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName="test", deploymentId=deployment)
    assert gateway.get_stage(restApiId=api, stageName="test")["accessLogSettings"] == {}


def test_an_update_keeps_the_types_of_the_api(emulator: Emulator):
    """The call sends all values as strings. The AWS provider fails if it reads a string instead of a boolean."""
    gateway, api, place = method_of_an_api(emulator)
    gateway.put_method(**place, authorizationType="NONE", requestParameters={"method.request.querystring.page": False})
    gateway.put_integration(**place, type="MOCK", timeoutInMillis=29000)
    authorizer = gateway.create_authorizer(
        restApiId=api, name="jwt", type="TOKEN", authorizerUri="arn", authorizerResultTtlInSeconds=300
    )["id"]

    def update(part: str, path: str, value: str | None = None, op: str = "replace") -> dict[str, Any]:
        """The raw answer: boto3 reads a string as a boolean, the provider does not."""
        operation = {"op": op, "path": path} | ({} if value is None else {"value": value})
        url = f"{emulator.url}/restapis/{api}{part}"
        return requests.patch(url, json={"patchOperations": [operation]}, timeout=10).json()

    method = f"/resources/{place['resourceId']}/methods/{place['httpMethod']}"
    declared = update(method, "/requestParameters/method.request.path.petId", "true")["requestParameters"]
    assert declared == {"method.request.querystring.page": False, "method.request.path.petId": True}
    assert update("", "/disableExecuteApiEndpoint", "true")["disableExecuteApiEndpoint"] is True
    assert update("", "/description", "PetStore")["description"] == "PetStore"
    assert update(f"{method}/integration", "/timeoutInMillis", "20000")["timeoutInMillis"] == 20000
    ttl = update(f"/authorizers/{authorizer}", "/authorizerResultTtlInSeconds", "0")["authorizerResultTtlInSeconds"]
    assert ttl == 0
    assert update("", "/binaryMediaTypes/image~1png", op="add")["binaryMediaTypes"] == ["image/png"]
    assert update("", "/binaryMediaTypes/image~1gif", op="add")["binaryMediaTypes"] == ["image/png", "image/gif"]
    assert update("", "/binaryMediaTypes/image~1png", op="remove")["binaryMediaTypes"] == ["image/gif"]
    types = update("", "/endpointConfiguration/types/0", "REGIONAL")["endpointConfiguration"]["types"]
    assert types == ["REGIONAL"]


class Echo(Server):
    """Answers with the status in the query."""

    def answer(self, request: Request) -> Answer:
        headers = {"Content-Type": "application/problem+json", "Location": "/here", "ETag": '"1"'}
        return Answer(int(request.query["status"][0]), b"\xff", headers)


def test_an_http_backends_answer_is_mapped_by_the_api(emulator: Emulator):
    """See the AWS documentation, request-response-data-mappings; for renamed headers, LocalStack's tests."""
    gateway, api, place = method_of_an_api(emulator)
    mapped = {"method.response.header.Location": "integration.response.header.location"}
    mapped |= {
        "method.response.header.X-Static": "'text'",
        "method.response.header.X-Absent": "integration.response.header.X",
    }

    def answer(kind: str, status: int) -> requests.Response:
        gateway.put_integration(**place, type=kind, integrationHttpMethod="OPTIONS", uri=backend.url)
        if kind == "HTTP":
            for code, pattern, parameters in (("200", "2[0-9][0-9]", mapped), ("404", "404", {}), ("500", "", mapped)):
                response = {"statusCode": code, "selectionPattern": pattern, "responseParameters": parameters}
                gateway.put_integration_response(**place, **response)
        url = emulator.invoke_url(api, "test")
        return requests.options(f"{url}/?status={status}", timeout=10)

    with Echo() as backend:
        gateway.put_method(**place, authorizationType="NONE")
        gateway.put_integration(**place, type="MOCK")
        deployment = gateway.create_deployment(restApiId=api)["id"]
        gateway.create_stage(restApiId=api, stageName="test", deploymentId=deployment)
        for status, expected in ((201, 200), (404, 404), (409, 500)):
            found = answer("HTTP", status)
            assert (found.status_code, found.content) == (expected, b"\xff")
            assert found.headers["Content-Type"] == "application/json"
            assert [found.headers.get(f"X-{name}") for name in ("Static", "Absent")] == [
                *([None, None] if status == 404 else ["text", None])
            ]
            assert found.headers.get("Location") == (None if status == 404 else "/here")
            assert "ETag" not in found.headers
        for status in (201, 409):
            found = answer("HTTP_PROXY", status)
            assert (found.status_code, found.content, found.headers["ETag"]) == (status, b"\xff", '"1"')
            assert found.headers["Content-Type"] == "application/problem+json"
            assert "x-amzn-Remapped-Date" in found.headers
    assert answer("HTTP_PROXY", 200).status_code == 500  # The backend has stopped.


@pytest.mark.parametrize("function", ["orders", "arn:aws:lambda:eu-west-1:000000000000:function:orders"])
def test_a_lambda_function_that_the_program_only_names_is_emulated(emulator: Emulator, function: str):
    functions = Functions(emulator.url, "us-east-1")
    for qualifier in (None, "live", "next", "1", "live"):
        client = functions.client_of(function, qualifier)
        event = {"httpMethod": "GET", "path": "/orders/1", "requestContext": {"authorizer": {"sub": "me"}}}
        place = {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}
        answer = json.load(client.invoke(**place, Payload=json.dumps(event))["Payload"])
        assert json.loads(answer["body"])["authorizer"] == {"sub": "me"}
    client.add_permission(FunctionName=function, StatementId="s", Action="lambda:InvokeFunction", Principal="*")


def test_a_worker_outlives_an_exception_of_its_function_until_it_is_ended(emulator: Emulator):
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr(
            "index.py", "calls = []\ndef handler(*_):\n    calls.append(1)\n    raise Exception(len(calls))\n"
        )
    client = session_of_emulator("us-east-1").client("lambda", endpoint_url=emulator.url)
    function = {"FunctionName": "refusing", "Runtime": "python3.13", "Handler": "index.handler"}
    client.create_function(**function, Role="arn:aws:iam::000000000000:role/x", Code={"ZipFile": code.getvalue()})

    def answer() -> str:
        invoked = client.invoke(FunctionName="refusing")
        assert "FunctionError" in invoked
        return json.load(invoked["Payload"])["errorMessage"]

    assert [answer(), answer()] == ["1", "2"]
    emulator.end_workers()
    assert answer() == "1"


def test_every_import_of_ministack_for_our_services_is_installed_or_unused():
    """Includes imports inside functions: MiniStack answers in another form, or not, if one is missing."""
    script = Path(__file__).with_name("ministack_imports.py")
    command = [COMMAND.with_name("python"), "-P", script, SERVICES]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    missing = json.loads(result.stdout)
    assert missing.keys() == UNUSED.keys(), missing
