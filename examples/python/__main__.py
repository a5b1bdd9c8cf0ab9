"""Puts the authorizer in front of a REST API that a program already has."""

import pulumi
import pulumi_jwt_authorizer as jwt_authorizer
from pulumi_aws import apigateway

config = pulumi.Config()

api = apigateway.RestApi("orders")
orders = apigateway.Resource("orders", rest_api=api.id, parent_id=api.root_resource_id, path_part="orders")

authorizer = jwt_authorizer.JwtAuthorizer(
    "orders",
    rest_api_id=api.id,
    execution_arn=api.execution_arn,
    issuer=config.require("issuer"),
    audience=config.require("audience"),
    # Every route that uses the authorizer. A token gets access to these, and to no other.
    routes=[
        {"method": "GET", "path": "/orders"},
        {"method": "POST", "path": "/orders", "scopes": ["create:orders"]},
    ],
)

parts: list[pulumi.Resource] = []
for verb in ("GET", "POST"):
    method = apigateway.Method(
        f"{verb} orders",
        rest_api=api.id,
        resource_id=orders.id,
        http_method=verb,
        authorization="CUSTOM",
        authorizer_id=authorizer.authorizer_id,
    )
    integration = apigateway.Integration(
        f"{verb} orders",
        rest_api=api.id,
        resource_id=orders.id,
        http_method=method.http_method,
        type="HTTP_PROXY",
        integration_http_method=verb,
        uri=f"{config.require('backendUrl')}/orders",
    )
    parts += [method, integration]

deployment = apigateway.Deployment(
    "orders",
    rest_api=api.id,
    # API Gateway serves a copy of the API. The authorizer says when it needs a new one.
    triggers={"authorizer": authorizer.triggers},
    opts=pulumi.ResourceOptions(depends_on=parts),
)
stage = apigateway.Stage("orders", rest_api=api.id, deployment=deployment.id, stage_name="v1")

pulumi.export("restApiId", api.id)
pulumi.export("stageName", stage.stage_name)
pulumi.export("url", stage.invoke_url)
