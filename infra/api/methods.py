"""The API's resources and methods, made from the routes."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import apigateway

from infra.api.access_warnings import warning_of_opening
from infra.api.integrations import Endpoint, Response, http_backend, page, preflight
from infra.api.paths import Paths
from infra.api.rest_api import RestApi
from infra.api.routes import Route, with_methods
from infra.api.values import BackendSettings


class Methods(pulumi.ComponentResource):
    """`petstore:api:Methods`: what can be called.

    Children: a Resource for each path below the root, prefixes included, each once; a Method for each route, with its
    Integration, and a MethodResponse and an IntegrationResponse for each status; on each path that has a method, the
    same for OPTIONS, which answers a browser's preflight.
    """

    def __init__(
        self,
        name: str,
        *,
        api: RestApi,
        routes: Sequence[Route],
        authorizer_id: pulumi.Input[str],
        backend: BackendSettings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        # For a policy pack, which holds the open methods against it; it is told a component's outputs, not its inputs.
        declared = {"publicRoutes": [str(route) for route in routes if route.public]}
        super().__init__("petstore:api:Methods", name, declared, opts)
        self._api, self._authorizer_id = api, authorizer_id
        self._paths = Paths(name, api=api, parent=self)
        for route in routes:
            if route.page is None:
                endpoint = http_backend(
                    route,
                    backend_url=backend.url,
                    allowed_origin=api.allowed_origin,
                    forward_authorization=backend.forward_authorization,
                )
            else:
                endpoint = page(route.page, allowed_origin=api.allowed_origin)
            self._declare(route, endpoint)
        for path in dict.fromkeys(route.path for route in routes):
            methods = sorted(method for route, each in with_methods(routes) if route.path == path for method in each)
            # Public: a browser sends a preflight without credentials (Fetch standard, CORS-preflight fetch).
            self._declare(Route("OPTIONS", path, public=True), preflight(methods, allowed_origin=api.allowed_origin))
        self.register_outputs(declared)

    def _declare(self, route: Route, endpoint: Endpoint) -> None:
        method = self._method(route, endpoint)
        integration = self._integration(route, endpoint, method)
        for response in endpoint.responses:
            self._response(route, response, method, integration)

    def _method(self, route: Route, endpoint: Endpoint) -> apigateway.Method:
        required = [f"path.{parameter}" for parameter in route.template.parameters]
        optional = [f"querystring.{parameter}" for parameter in route.query]
        headers = [source for source in endpoint.parameters.values() if source.startswith("method.request.header.")]
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
            request_parameters=dict.fromkeys((f"method.request.{source}" for source in required), True)
            | dict.fromkeys((*(f"method.request.{source}" for source in optional), *headers), False),
            opts=pulumi.ResourceOptions(parent=self, hooks=warning_of_opening(name, route)),
        )

    def _integration(self, route: Route, endpoint: Endpoint, method: apigateway.Method) -> apigateway.Integration:
        return self._api.snapshot.add(
            apigateway.Integration,
            f"{self._paths.logical_name(route)}-integration",
            rest_api=self._api.rest_api.id,
            resource_id=self._paths.resource_id(route.path),
            http_method=method.http_method,
            type=endpoint.type,
            integration_http_method=endpoint.http_method,
            uri=endpoint.uri,
            passthrough_behavior=endpoint.passthrough_behavior,
            request_parameters={f"integration.request.{key}": value for key, value in endpoint.parameters.items()},
            request_templates=None if endpoint.request_body is None else {"application/json": endpoint.request_body},
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[method],
                # AWS knows it by its method: a successor made before it is deleted would be overwritten, then deleted.
                delete_before_replace=True,
            ),
        )

    def _response(
        self, route: Route, response: Response, method: apigateway.Method, integration: apigateway.Integration
    ) -> None:
        name = f"{self._paths.logical_name(route)}-{response.status}"
        headers = {f"method.response.header.{header}": f"'{value}'" for header, value in response.headers.items()}
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
        # Under both types: by which of them API Gateway picks depends on the request, and MiniStack knows one.
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
            response_templates=None if response.body is None else dict.fromkeys(types, response.body),
            opts=self._response_options(integration, integration, method_response),
        )

    def _response_options(self, integration: pulumi.Resource, *needed: pulumi.Resource) -> pulumi.ResourceOptions:
        """An integration takes its responses along when it goes: Pulumi must make them anew with its successor."""
        return pulumi.ResourceOptions(
            parent=self, depends_on=list(needed), replace_with=[integration], delete_before_replace=True
        )
