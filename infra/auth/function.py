"""The Lambda function that verifies bearer tokens, with its log group and its role."""

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_

from infra.auth.environment import Code, FunctionSettings, stored
from infra.policies import allow, document, trust

TIMEOUT = 5  # seconds; the fetch of the keys has 2 of them (authorizer.fetch), and API Gateway waits for 29


class AuthorizerFunction(pulumi.ComponentResource):
    """`petstore:auth:AuthorizerFunction`: the function that API Gateway invokes.

    `function_name` is its physical name. Children: the LogGroup, the Role and its RolePolicy, and the Function.
    SnapStart and provisioned concurrency add an Alias for the published version; the latter also adds the
    ProvisionedConcurrencyConfig. `arn` and `invoke_arn` are then those of the alias, and `qualifier` is its name. The
    output `variables` has all variables of the function, including those in the bundle.
    """

    name: str
    function_name: pulumi.Output[str]
    arn: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    qualifier: pulumi.Output[str] | None

    def __init__(
        self,
        name: str,
        *,
        function_name: str,
        code: pulumi.Input[Code],
        settings: FunctionSettings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        code = pulumi.Output.from_input(code)
        variables = code.apply(lambda it: it.variables)
        # All variables, from the environment and the bundle, for hooks and policy packs that compare two updates.
        super().__init__("petstore:auth:AuthorizerFunction", name, {"variables": variables}, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Not auto-named: the log group exists before the function, and its name contains the function's.
        self.name = function_name[-64:]
        log_group = cloudwatch.LogGroup(
            f"{name}-log-group",
            name=f"/aws/lambda/{self.name}",
            retention_in_days=settings.log_retention_in_days,
            opts=child,
        )
        role = iam.Role(
            f"{name}-role",
            description="The JWT authorizer's function: write to its own log group, and send traces",
            assume_role_policy=trust("lambda.amazonaws.com"),
            permissions_boundary=settings.permissions_boundary,
            opts=child,
        )
        role_policy = iam.RolePolicy(
            f"{name}-role-policy", role=role.id, policy=log_group.arn.apply(_may_log_and_trace), opts=child
        )
        published = settings.snap_start or settings.provisioned_concurrency > 0
        function = lambda_.Function(
            f"{name}-function",
            name=self.name,
            description="Verifies bearer tokens for API Gateway",
            runtime=settings.runtime,
            architectures=[settings.architecture],
            handler="authorizer.handler.handler",
            code=code.apply(lambda it: pulumi.FileArchive(str(it.bundle))),
            role=role.arn,
            memory_size=512,
            timeout=TIMEOUT,
            tracing_config={"mode": "Active"},
            publish=published,
            snap_start={"apply_on": "PublishedVersions"} if settings.snap_start else None,
            environment={"variables": variables.apply(lambda it: stored(it).environment)},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log_group, role_policy]),
        )
        self.function_name, self.arn, self.invoke_arn = function.name, function.arn, function.invoke_arn
        self.qualifier = None
        if published:
            alias = lambda_.Alias(
                f"{name}-alias",
                name="live",
                description="The version that API Gateway invokes",
                function_name=function.name,
                function_version=function.version,
                opts=child,
            )
            self.arn, self.invoke_arn, self.qualifier = alias.arn, alias.invoke_arn, alias.name
            if settings.provisioned_concurrency:
                lambda_.ProvisionedConcurrencyConfig(
                    f"{name}-provisioned-concurrency",
                    function_name=function.name,
                    qualifier=alias.name,
                    provisioned_concurrent_executions=settings.provisioned_concurrency,
                    opts=child,
                )
        self.register_outputs(
            {"variables": variables, "functionName": self.function_name, "invokeArn": self.invoke_arn}
        )


def _may_log_and_trace(log_group_arn: str) -> str:
    return document(
        allow("logs:CreateLogStream", "logs:PutLogEvents", Resource=f"{log_group_arn}:*"),
        # These actions have no resources (service authorization reference of AWS X-Ray).
        allow("xray:PutTraceSegments", "xray:PutTelemetryRecords", Resource="*"),
    )
