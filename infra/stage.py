"""Putting the API on the air: a deployment, a stage, and what the stage does to every method."""

import json

import pulumi
from pulumi_aws import apigateway, cloudwatch

from infra.jwt_authorizer import JwtAuthorizer
from infra.rest_api import RestApi
from infra.settings import Settings

# Which request, answered how, and what the authorizer said. Nothing of the caller's headers.
_ACCESS_LOG_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "httpMethod": "$context.httpMethod",
        "resourcePath": "$context.resourcePath",
        "status": "$context.status",
        "responseLatency": "$context.responseLatency",
        "authorizerStatus": "$context.authorizer.status",
        "authorizerLatency": "$context.authorizer.latency",
        "errorType": "$context.error.responseType",
    }
)


class Stage(pulumi.ComponentResource):
    """`petstore:api:Stage`: what a client calls.

    Children: the Deployment, made anew whenever something that it copies has changed; the Stage; its MethodSettings
    (throttling, detailed metrics); with `accessLog`, the access log's LogGroup.
    """

    invoke_url: pulumi.Output[str]
    stage_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        api: RestApi,
        authorizer: JwtAuthorizer,
        settings: Settings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("petstore:api:Stage", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        deployment = apigateway.Deployment(
            f"{name}-deployment",
            rest_api=api.rest_api.id,
            triggers={"snapshot": api.snapshot.digest},
            opts=pulumi.ResourceOptions(parent=self, depends_on=api.snapshot.resources),
        )
        access_log = None
        if settings.access_log:
            log_group = cloudwatch.LogGroup(
                f"{name}-access-log-group", retention_in_days=settings.log_retention_in_days, opts=child
            )
            access_log = apigateway.StageAccessLogSettingsArgs(destination_arn=log_group.arn, format=_ACCESS_LOG_FORMAT)
        stage = apigateway.Stage(
            f"{name}-stage",
            rest_api=api.rest_api.id,
            deployment=deployment.id,
            stage_name=settings.stage_name,
            access_log_settings=access_log,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Not before API Gateway may invoke the authorizer: until then every call would be a 500.
                depends_on=[authorizer.permission],
                # MiniStack reports empty access log settings where there are none, which would be an update each time.
                ignore_changes=["accessLogSettings"] if settings.on_this_machine and not access_log else None,
            ),
        )
        apigateway.MethodSettings(
            f"{name}-method-settings",
            rest_api=api.rest_api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "metrics_enabled": True,
                "throttling_rate_limit": settings.throttling_rate_limit,
                "throttling_burst_limit": settings.throttling_burst_limit,
                "logging_level": "OFF",  # needs a role that an account has one of per region
                "data_trace_enabled": False,  # it would write every request's headers, tokens included
            },
            opts=child,
        )
        self.invoke_url, self.stage_name = stage.invoke_url, stage.stage_name
        self.register_outputs({"invokeUrl": self.invoke_url, "stageName": self.stage_name})
