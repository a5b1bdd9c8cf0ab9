"""Putting the API on the air: a deployment, a stage, and what the stage does to every method."""

import pulumi
from pulumi_aws import apigateway

from infra.api.access_log import AccessLog
from infra.api.rest_api import RestApi
from infra.api.values import Logging, StageSettings
from infra.monitoring.account_logging import AccountLogging


class Stage(pulumi.ComponentResource):
    """`petstore:api:Stage`: what a client calls.

    Children: the Deployment, made anew whenever something that it copies has changed; the Stage; its MethodSettings
    (throttling); the AccessLog and the AccountLogging where `logging` asks for them; with a custom domain, the
    BasePathMapping of that name's root to the stage. `after`: the
    permission to invoke the authorizer. `invoke_url` is where clients find it; `dns_target` what a custom domain's DNS
    record points to.
    """

    invoke_url: pulumi.Output[str]
    dns_target: pulumi.Output[str] | None
    stage_name: pulumi.Output[str]
    arn: pulumi.Output[str]
    throttled: tuple[str, str] | None  # namespace and name of the metric of throttled requests

    def __init__(
        self,
        name: str,
        *,
        api: RestApi,
        settings: StageSettings,
        logging: Logging,
        after: pulumi.Resource,
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
        # Not before API Gateway may invoke the authorizer: until then every call would be a 500.
        needed: pulumi.Input[list[pulumi.Resource]] = [after]
        if logging.manage_account_role:
            account = AccountLogging(name, permissions_boundary=logging.permissions_boundary, opts=child)
            needed = account.ready.apply(lambda role: [after, *role])
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
                "metrics_enabled": False,  # of each method, at a price; the stage's are there anyway
                "throttling_rate_limit": settings.throttling_rate_limit,
                "throttling_burst_limit": settings.throttling_burst_limit,
                "logging_level": "OFF",  # needs a role that an account has one of per region
                "data_trace_enabled": False,  # it would write every request's headers, tokens included
            },
            opts=child,
        )
        self.stage_name, self.arn = stage.stage_name, stage.arn
        self.invoke_url, self.dns_target = stage.invoke_url, None
        if api.custom_domain:
            mapping = apigateway.BasePathMapping(
                f"{name}-base-path-mapping",
                domain_name=api.custom_domain.domain.domain_name,
                rest_api=api.rest_api.id,
                stage_name=stage.stage_name,
                opts=child,
            )
            self.invoke_url = pulumi.Output.concat("https://", mapping.domain_name)
            self.dns_target = api.custom_domain.target
        self.register_outputs({"invokeUrl": self.invoke_url, "stageName": self.stage_name})
