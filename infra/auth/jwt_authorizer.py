"""Declares the authorizer: API Gateway's registration of the function that verifies bearer tokens."""

import pulumi
from pulumi_aws import apigateway, lambda_

from authorizer.token import IDENTITY_VALIDATION_EXPRESSION
from infra.auth.environment import AuthorizerSettings, Code
from infra.auth.function import AuthorizerFunction
from infra.snapshot import Snapshot

NAME = "jwt-rsa-custom-authorizer"


class JwtAuthorizer(pulumi.ComponentResource):
    """`petstore:auth:JwtAuthorizer`: a TOKEN authorizer of one API, with its function.

    `rest_api_id` and `execution_arn` identify the API. `snapshot` has the inputs of the API's deployment. `code` is the
    function's code, and `function_name` its physical name.

    Children: the AuthorizerFunction, the Authorizer, and the Permission for API Gateway to invoke the function for the
    authorizer.
    """

    authorizer_id: pulumi.Output[str]
    function: AuthorizerFunction
    permission: lambda_.Permission

    def __init__(
        self,
        name: str,
        *,
        rest_api_id: pulumi.Input[str],
        execution_arn: pulumi.Input[str],
        snapshot: Snapshot,
        function_name: str,
        code: pulumi.Input[Code],
        settings: AuthorizerSettings,
        hooks: pulumi.ResourceHookBinding | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("petstore:auth:JwtAuthorizer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.function = AuthorizerFunction(
            name,
            function_name=function_name,
            code=code,
            settings=settings.function,
            opts=pulumi.ResourceOptions(parent=self, hooks=hooks),
        )
        authorizer = snapshot.add(
            apigateway.Authorizer,
            f"{name}-authorizer",
            rest_api=rest_api_id,
            name=NAME,
            type="TOKEN",
            identity_source="method.request.header.Authorization",
            identity_validation_expression=IDENTITY_VALIDATION_EXPRESSION,
            authorizer_uri=self.function.invoke_arn,
            authorizer_result_ttl_in_seconds=settings.result_ttl_in_seconds,
            opts=child,
        )
        self.permission = lambda_.Permission(
            f"{name}-permission",
            function=self.function.function_name,
            qualifier=self.function.qualifier,
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            # Without it, an API of any account could invoke the function.
            source_arn=pulumi.Output.concat(execution_arn, "/authorizers/", authorizer.id),
            opts=child,
        )
        self.authorizer_id = authorizer.id
        self.register_outputs({"authorizerId": self.authorizer_id})
