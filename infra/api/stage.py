"""Publishes the API: a deployment, a stage, and the stage's settings for every method."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import apigateway

from infra.api.access_log import AccessLog
from infra.api.rest_api import RestApi
from infra.api.values import Logging, StageSettings
from infra.monitoring.account_logging import AccountLogging


class Stage(pulumi.ComponentResource):
    """`petstore:api:Stage`: the stage that clients call.

    Children: the Deployment, which each change of the API replaces; the Stage; its MethodSettings (throttling); the
    AccessLog and the AccountLogging, if `logging` enables them; and, with a custom domain, the BasePathMapping from its
    root to the stage. `after` lists the resources that must exist before the first call. `outputs` are for the stack:
    `invokeUrl`, the API's URL; `stageName`; `stageArn`; and, with a custom domain, `dnsTarget`, the target of its DNS
    record.
    """

    invoke_url: pulumi.Output[str]
    outputs: dict[str, pulumi.Output[str]]
    throttled: tuple[str, str] | None  # namespace and name of the metric of throttled requests

    def __init__(
        self,
        name: str,
        *,
        api: RestApi,
        settings: StageSettings,
        logging: Logging,
        after: Sequence[pulumi.Resource],
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
        access_log = (
            AccessLog(name, retention_in_days=logging.retention_in_days, opts=child) if logging.access_log else None
        )
        self.throttled = access_log.metric if access_log else None
        # After API Gateway's permission to invoke the functions: until then every call would get 500.
        needed: pulumi.Input[list[pulumi.Resource]] = list(after)
        if logging.manage_account_role:
            account = AccountLogging(name, permissions_boundary=logging.permissions_boundary, opts=child)
            needed = account.ready.apply(lambda role: [*after, *role])
        stage = apigateway.Stage(
            f"{name}-stage",
            rest_api=api.rest_api.id,
            deployment=deployment.id,
            stage_name=settings.name,
            xray_tracing_enabled=True,
            access_log_settings={"destination_arn": access_log.arn, "format": access_log.format}
            if access_log
            else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=needed),
        )
        apigateway.MethodSettings(
            f"{name}-method-settings",
            rest_api=api.rest_api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "metrics_enabled": False,  # metrics per method cost extra, and the stage has metrics already
                "throttling_rate_limit": settings.throttling_rate_limit,
                "throttling_burst_limit": settings.throttling_burst_limit,
                "logging_level": "OFF",  # needs the account-wide CloudWatch role
                "data_trace_enabled": False,  # logs every request's headers, including tokens
            },
            opts=child,
        )
        self.outputs = {"invokeUrl": stage.invoke_url, "stageName": stage.stage_name, "stageArn": stage.arn}
        if api.custom_domain:
            mapping = apigateway.BasePathMapping(
                f"{name}-base-path-mapping",
                domain_name=api.custom_domain.domain.domain_name,
                rest_api=api.rest_api.id,
                stage_name=stage.stage_name,
                opts=child,
            )
            self.outputs["invokeUrl"] = pulumi.Output.concat("https://", mapping.domain_name)
            self.outputs["dnsTarget"] = api.custom_domain.target
        self.invoke_url = self.outputs["invokeUrl"]
        self.register_outputs({"invokeUrl": self.invoke_url, "stageName": stage.stage_name})
