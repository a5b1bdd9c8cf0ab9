"""Declares the API's resources and methods, from its routes."""

import pulumi
from pulumi_aws import apigateway, lambda_

from infra.api.access_warnings import warning_of_opening
from infra.api.backends import function_arn, invocation_uri, qualified
from infra.api.integrations import Integration, Response
from infra.api.paths import Paths
from infra.api.rest_api import RestApi
from infra.api.routes import Route
from infra.api.values import RouteTable

_LONGEST_WAIT = 29_000  # milliseconds, API Gateway's default


class Methods(pulumi.ComponentResource):
    """`petstore:api:Methods`: the API's resources and methods.

    Children: one Resource for each path below the root, prefixes included; a Method for each route, with its
    Integration; for integrations that map responses, a MethodResponse and an IntegrationResponse for each status; for a
    Lambda function, the Permission for API Gateway to invoke it for this route; and on each path that has a method, an
    OPTIONS method for a browser's preflight, unless CORS is off.
    """

    def __init__(
        self,
        name: str,
        *,
        api: RestApi,
        table: RouteTable,
        authorizer_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        # For the policy pack, which compares the public methods with it. It gets a component's outputs, not its inputs.
        integrations = list(table.backends.integrations(table.routes))
        # A preflight that API Gateway answers itself does not count, because it returns no data.
        opened = [route for route, each in integrations if route.public and (route.page or each.type != "MOCK")]
        declared = {"publicRoutes": [str(route) for route in opened]}
        super().__init__("petstore:api:Methods", name, declared, opts)
        self._api, self._authorizer_id, self._stage_name = api, authorizer_id, table.stage_name
        self._paths = Paths(name, api=api, parent=self)
        for route, integration in integrations:
            self._declare(route, integration)
        self.register_outputs(declared)

    def _declare(self, route: Route, wanted: Integration) -> None:
        method = self._method(route, wanted)
        integration = self._integration(route, wanted, method)
        for response in wanted.responses:
            self._response(route, response, method, integration, self._content_handling(wanted))
        if wanted.function:
            self._permission(route, wanted.function)

    def _method(self, route: Route, integration: Integration) -> apigateway.Method:
        # A method declares the parameters that its integration maps, and all parameters of its path.
        sources = [source for source in integration.parameters.values() if source.startswith("method.request.")]
        name = f"{self._paths.logical_name(route)}-method"
        return self._api.snapshot.add(
            apigateway.Method,
            name,
            rest_api=self._api.rest_api.id,
            resource_id=self._paths.resource_id(route.path),
            http_method=route.method,
            authorization="NONE" if route.public else "CUSTOM",
            authorizer_id=None if route.public else self._authorizer_id,
            api_key_required=False,
            request_parameters={source: source.startswith("method.request.path.") for source in sources},
            opts=pulumi.ResourceOptions(parent=self, hooks=warning_of_opening(name, route)),
        )

    def _integration(self, route: Route, wanted: Integration, method: apigateway.Method) -> apigateway.Integration:
        uri: pulumi.Input[str] | None = wanted.uri
        if wanted.function:
            uri = self._api.rest_api.execution_arn.apply(lambda arn: invocation_uri(function_arn(wanted.function, arn)))
        return self._api.snapshot.add(
            apigateway.Integration,
            f"{self._paths.logical_name(route)}-integration",
            rest_api=self._api.rest_api.id,
            resource_id=self._paths.resource_id(route.path),
            http_method=method.http_method,
            type=wanted.type,
            integration_http_method=wanted.http_method,
            uri=uri,
            connection_type="VPC_LINK" if wanted.vpc_link_id else None,
            connection_id=wanted.vpc_link_id or None,
            timeout_milliseconds=None if wanted.timeout_in_millis == _LONGEST_WAIT else wanted.timeout_in_millis,
            passthrough_behavior=wanted.passthrough_behavior,
            content_handling=self._content_handling(wanted),
            request_parameters={f"integration.request.{key}": value for key, value in wanted.parameters.items()},
            request_templates=None if wanted.request_body is None else {"application/json": wanted.request_body},
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[method],
                # Its id is its method. If Pulumi created the new one first, deleting the old one would delete both.
                delete_before_replace=True,
            ),
        )

    def _permission(self, route: Route, function: str) -> None:
        """Permit API Gateway to invoke the function for this route of this stage only."""
        verb = "*" if route.method == "ANY" else route.method
        path = "/" + "/".join(route.template.pattern)
        bare, qualifier = qualified(function)
        lambda_.Permission(
            f"{self._paths.logical_name(route)}-permission",
            function=bare,
            qualifier=qualifier,
            region=bare.split(":")[3] if bare.startswith("arn:") else None,  # Lambda knows its own region's functions
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(self._api.rest_api.execution_arn, f"/{self._stage_name}/{verb}{path}"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _content_handling(self, wanted: Integration) -> str | None:
        """AWS's `contentHandling` for an integration.

        If the API has binary media types, API Gateway reads a MOCK's templates as bytes and answers 500 without this
        setting.
        """
        return "CONVERT_TO_TEXT" if wanted.type == "MOCK" and self._api.binary_media_types else None

    def _response(
        self,
        route: Route,
        response: Response,
        method: apigateway.Method,
        integration: apigateway.Integration,
        content_handling: str | None,
    ) -> None:
        name = f"{self._paths.logical_name(route)}-{response.status}"
        headers = {f"method.response.header.{header}": value for header, value in response.headers.items()}
        method_response = self._api.snapshot.add(
            apigateway.MethodResponse,
            f"{name}-method-response",
            rest_api=self._api.rest_api.id,
            resource_id=self._paths.resource_id(route.path),
            http_method=method.http_method,
            status_code=response.status,
            response_parameters=dict.fromkeys(headers, True),
            opts=self._response_options(integration, method),
        )
        # With both types: API Gateway's choice depends on the request, and MiniStack supports one of them.
        types = ("application/json", "text/html")
        self._api.snapshot.add(
            apigateway.IntegrationResponse,
            f"{name}-integration-response",
            rest_api=self._api.rest_api.id,
            resource_id=self._paths.resource_id(route.path),
            http_method=method.http_method,
            status_code=method_response.status_code,
            selection_pattern=response.pattern,
            response_parameters=headers,
            content_handling=content_handling,
            response_templates=None if response.body is None else dict.fromkeys(types, response.body),
            opts=self._response_options(integration, integration, method_response),
        )

    def _response_options(self, integration: pulumi.Resource, *needed: pulumi.Resource) -> pulumi.ResourceOptions:
        """The options for the responses of an integration, which Pulumi must replace with it.

        API Gateway deletes an integration's responses when it deletes the integration.
        """
        return pulumi.ResourceOptions(
            parent=self, depends_on=list(needed), replace_with=[integration], delete_before_replace=True
        )
