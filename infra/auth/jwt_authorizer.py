"""The authorizer: API Gateway's way to ask the function that judges bearer tokens."""

from collections.abc import Sequence
from pathlib import Path

import pulumi
from pulumi_aws import apigateway, lambda_

from authorizer.bearer import IDENTITY_VALIDATION_EXPRESSION
from infra.api.rest_api import RestApi
from infra.api.routes import Route
from infra.auth.function import AuthorizerFunction
from infra.config.settings import Settings

NAME = "jwt-rsa-custom-authorizer"


class JwtAuthorizer(pulumi.ComponentResource):
    """`petstore:auth:JwtAuthorizer`: a TOKEN authorizer of one API, with all that it needs.

    Children: the AuthorizerFunction, the Authorizer, and the Permission for API Gateway to invoke the one for the
    other.
    """

    authorizer_id: pulumi.Output[str]
    function: AuthorizerFunction

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
        self.function = AuthorizerFunction(name, bundle=bundle, routes=routes, settings=settings, opts=child)
        authorizer = api.snapshot.add(
            apigateway.Authorizer,
            f"{name}-authorizer",
            rest_api=api.rest_api.id,
            name=NAME,
            type="TOKEN",
            identity_source="method.request.header.Authorization",
            identity_validation_expression=IDENTITY_VALIDATION_EXPRESSION,
            authorizer_uri=self.function.invoke_arn,
            authorizer_result_ttl_in_seconds=settings.authorizer_result_ttl_in_seconds,
            opts=child,
        )
        self.permission = lambda_.Permission(
            f"{name}-permission",
            function=self.function.function_name,
            qualifier=self.function.qualifier,
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            # Without it, an API of any account could have the function judge its tokens.
            source_arn=pulumi.Output.concat(api.rest_api.execution_arn, "/authorizers/", authorizer.id),
            opts=child,
        )
        self.authorizer_id = authorizer.id
        self.register_outputs({"authorizerId": self.authorizer_id})
