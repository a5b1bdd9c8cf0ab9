"""The operations that create API Gateway's resources: one entry for each type."""

from collections.abc import Mapping
from typing import Any

from local.engine import aws_parameters
from local.engine.aws_parameters import path_id
from local.engine.operation import Operation


def _api(name: str, ids: str = "", rename: Mapping[str, str] | None = None, **more: Any) -> Operation:
    """An operation of API Gateway. Its parameters have Pulumi's names, except `restApi`.

    `ids` has the inputs in its id.
    """
    more |= {"id": path_id(*ids.split())} if ids else {}
    return Operation("apigateway", name, {"restApi": "restApiId", **(rename or {})}, **more)


API_GATEWAY: dict[str, tuple[Operation, ...]] = {
    "aws:apigateway/restApi:RestApi": (
        _api(
            "create_rest_api",
            shape=aws_parameters.rest_api,
            outputs=lambda state: {
                "executionArn": aws_parameters.execution_arn(state),
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
    "aws:apigateway/integration:Integration": (
        _api(
            "put_integration",
            "restApi resourceId httpMethod",
            {"timeoutMilliseconds": "timeoutInMillis"},
            shape=aws_parameters.with_functions_here,
        ),
    ),
    "aws:apigateway/integrationResponse:IntegrationResponse": (
        _api("put_integration_response", "restApi resourceId httpMethod statusCode"),
    ),
    "aws:apigateway/response:Response": (_api("put_gateway_response", "restApiId responseType"),),
    "aws:apigateway/authorizer:Authorizer": (_api("create_authorizer"),),
    # Triggers are Pulumi's own: they determine whether there is a new deployment, and AWS does not get them.
    "aws:apigateway/deployment:Deployment": (_api("create_deployment", shape=aws_parameters.without("triggers")),),
    "aws:apigateway/stage:Stage": (
        _api(
            "create_stage",
            "restApi stageName",
            {"deployment": "deploymentId", "xrayTracingEnabled": "tracingEnabled"},
            shape=aws_parameters.without("accessLogSettings"),
        ),
        _api(
            "update_stage",
            "restApi stageName",
            shape=aws_parameters.access_log_settings,
            outputs=lambda state: {
                "invokeUrl": aws_parameters.invoke_url(state),
                "arn": aws_parameters.stage_arn(state),
            },
        ),
    ),
    "aws:apigateway/methodSettings:MethodSettings": (
        _api("update_stage", "restApi stageName", shape=aws_parameters.method_settings),
    ),
    "aws:apigateway/domainName:DomainName": (
        _api(
            "create_domain_name",
            "domainName",
            shape=aws_parameters.with_types,
            outputs=lambda state: {"regionalDomainName": state["regionalDomainName"]},
        ),
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": (
        _api("create_base_path_mapping", "domainName stageName", {"stageName": "stage"}),
    ),
    "aws:apigateway/account:Account": (
        _api("update_account", shape=aws_parameters.account, id=lambda _: "api-gateway-account"),
    ),
}
