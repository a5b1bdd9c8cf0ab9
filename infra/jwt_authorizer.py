"""The authorizer: a Lambda function that judges bearer tokens, and API Gateway's way to ask it."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pulumi
from pulumi_aws import apigateway, cloudwatch, iam, lambda_

from authorizer.bearer import IDENTITY_VALIDATION_EXPRESSION
from authorizer.routes import render_table
from infra.rest_api import RestApi
from infra.routes import Route, guarded
from infra.settings import Settings

NAME = "jwt-rsa-custom-authorizer"
TIMEOUT = 5  # seconds; the key set's fetch has 2 of them (authorizer.fetch), API Gateway waits for 29


class JwtAuthorizer(pulumi.ComponentResource):
    """`petstore:auth:JwtAuthorizer`: a TOKEN authorizer of one API, with all that it needs.

    Children: the LogGroup, the function's Role and its RolePolicy, the Function, the Authorizer, and the Permission for
    API Gateway to invoke the one for the other.
    """

    authorizer_id: pulumi.Output[str]
    function_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        api: RestApi,
        bundle: Path,
        routes: Sequence[Route],
        settings: Settings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("petstore:auth:JwtAuthorizer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Not auto-named: the log group is there before the function, and its name follows from the function's.
        function_name = re.sub(r"[^A-Za-z0-9_-]", "-", f"{pulumi.get_project()}-{pulumi.get_stack()}-authorizer")[-64:]
        log_group = cloudwatch.LogGroup(
            f"{name}-log-group",
            name=f"/aws/lambda/{function_name}",
            retention_in_days=settings.log_retention_in_days,
            opts=child,
        )
        role = iam.Role(
            f"{name}-role",
            description="What the JWT authorizer's function may do: write to its own log group",
            assume_role_policy=_policy("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}),
            opts=child,
        )
        role_policy = iam.RolePolicy(
            f"{name}-role-policy",
            role=role.id,
            policy=log_group.arn.apply(
                lambda arn: _policy("logs:CreateLogStream", "logs:PutLogEvents", Resource=f"{arn}:*")
            ),
            opts=child,
        )
        function = lambda_.Function(
            f"{name}-function",
            name=function_name,
            description="Judges bearer tokens for API Gateway",
            runtime=settings.lambda_runtime,
            architectures=[settings.lambda_architecture],
            handler="authorizer.handler.handler",
            code=pulumi.FileArchive(str(bundle)),
            role=role.arn,
            memory_size=512,
            timeout=TIMEOUT,
            environment={
                "variables": {
                    "TOKEN_ISSUER": settings.token_issuer,
                    "AUDIENCE": settings.audience,
                    "JWKS_URI": settings.jwks_uri,
                    "LEEWAY_SECONDS": str(settings.leeway_in_seconds),
                    "ROUTES": render_table(guarded(routes)),
                    **({"REVOKED_KIDS": "\n".join(settings.revoked_kids)} if settings.revoked_kids else {}),
                }
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log_group, role_policy]),
        )
        authorizer = api.snapshot.add(
            apigateway.Authorizer,
            f"{name}-authorizer",
            rest_api=api.rest_api.id,
            name=NAME,
            type="TOKEN",
            identity_source="method.request.header.Authorization",
            identity_validation_expression=IDENTITY_VALIDATION_EXPRESSION,
            authorizer_uri=function.invoke_arn,
            authorizer_result_ttl_in_seconds=settings.authorizer_result_ttl_in_seconds,
            opts=child,
        )
        self.permission = lambda_.Permission(
            f"{name}-permission",
            function=function.name,
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            # Without it, an API of any account could have the function judge its tokens.
            source_arn=pulumi.Output.concat(api.rest_api.execution_arn, "/authorizers/", authorizer.id),
            opts=child,
        )
        self.authorizer_id = authorizer.id
        self.function_name = function.name
        self.register_outputs({"authorizerId": self.authorizer_id, "functionName": self.function_name})


def _policy(*actions: str, **statement: object) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), **statement}]}
    )
