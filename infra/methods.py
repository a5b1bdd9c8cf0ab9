"""The API's resources and methods, made from the routes."""

import re
from collections.abc import Sequence

import pulumi
from pulumi_aws import apigateway

from infra.endpoints import Endpoint, Response, http_backend, page, preflight
from infra.jwt_authorizer import JwtAuthorizer
from infra.openings import warning_of_opening
from infra.rest_api import RestApi
from infra.routes import Route
from infra.settings import Settings


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
        authorizer: JwtAuthorizer,
        settings: Settings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        # In the plan, so that a policy pack can hold the open methods against what the routes say.
        declared = {"publicRoutes": [str(route) for route in routes if route.public]}
        super().__init__("petstore:api:Methods", name, declared, opts)
        self._name, self._api, self._authorizer = name, api, authorizer
        self._resource_ids: dict[str, pulumi.Input[str]] = {"/": api.rest_api.root_resource_id}
        origin = settings.allowed_origin
        for route in routes:
            if route.page is None:
                endpoint = http_backend(
                    route,
                    backend_url=settings.backend_url,
                    allowed_origin=origin,
                    forward_authorization=settings.forward_authorization,
                )
            else:
                endpoint = page(route.page, allowed_origin=origin)
            self._declare(route, endpoint)
        for path in dict.fromkeys(route.path for route in routes):
            methods = [route.method for route in routes if route.path == path]
            # Public: a browser sends a preflight without credentials (Fetch standard, CORS-preflight fetch).
            self._declare(Route("OPTIONS", path, public=True), preflight(methods, allowed_origin=origin))
        self.register_outputs({})

    def _declare(self, route: Route, endpoint: Endpoint) -> None:
        method = self._method(route, endpoint)
        integration = self._integration(route, endpoint, method)
        for response in endpoint.responses:
            self._response(route, response, method, integration)

    def _method(self, route: Route, endpoint: Endpoint) -> apigateway.Method:
        required = [f"path.{parameter}" for parameter in route.path_parameters]
        optional = [f"querystring.{parameter}" for parameter in route.query]
        headers = [source for source in endpoint.parameters.values() if source.startswith("method.request.header.")]
        name = f"{self._logical_name(route)}-method"
        return self._api.snapshot.add(
            apigateway.Method,
            name,
            rest_api=self._api.rest_api.id,
            resource_id=self._resource_id(route.path),
            http_method=route.method,
            authorization="NONE" if route.public else "CUSTOM",
            authorizer_id=None if route.public else self._authorizer.authorizer_id,
            api_key_required=False,
            request_parameters=dict.fromkeys((f"method.request.{source}" for source in required), True)
            | dict.fromkeys((*(f"method.request.{source}" for source in optional), *headers), False),
            opts=pulumi.ResourceOptions(parent=self, hooks=warning_of_opening(name, route)),
        )

    def _integration(self, route: Route, endpoint: Endpoint, method: apigateway.Method) -> apigateway.Integration:
        return self._api.snapshot.add(
            apigateway.Integration,
            f"{self._logical_name(route)}-integration",
            rest_api=self._api.rest_api.id,
            resource_id=self._resource_id(route.path),
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
                # A MOCK has no method of its own. MiniStack reports one all the same, and the provider would replace
                # the integration for it at every update.
                ignore_changes=["integrationHttpMethod"] if endpoint.type == "MOCK" else None,
            ),
        )

    def _response(
        self, route: Route, response: Response, method: apigateway.Method, integration: apigateway.Integration
    ) -> None:
        name = f"{self._logical_name(route)}-{response.status}"
        headers = {f"method.response.header.{header}": f"'{value}'" for header, value in response.headers.items()}
        method_response = self._api.snapshot.add(
            apigateway.MethodResponse,
            f"{name}-method-response",
            rest_api=self._api.rest_api.id,
            resource_id=self._resource_id(route.path),
            http_method=method.http_method,
            status_code=response.status,
            response_parameters=dict.fromkeys(headers, True),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[method]),
        )
        # Under both types: by which of them API Gateway picks depends on the request, and MiniStack knows one.
        types = ("application/json", "text/html")
        self._api.snapshot.add(
            apigateway.IntegrationResponse,
            f"{name}-integration-response",
            rest_api=self._api.rest_api.id,
            resource_id=self._resource_id(route.path),
            http_method=method.http_method,
            status_code=method_response.status_code,
            selection_pattern=response.pattern,
            response_parameters=headers,
            response_templates=None if response.body is None else dict.fromkeys(types, response.body),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[integration, method_response]),
        )

    def _resource_id(self, path: str) -> pulumi.Input[str]:
        """The id of the path's resource, declared with its prefixes when first asked for."""
        if path not in self._resource_ids:
            parent, _, part = path.rpartition("/")
            resource = self._api.snapshot.add(
                apigateway.Resource,
                f"{self._path_name(path)}-resource",
                rest_api=self._api.rest_api.id,
                parent_id=self._resource_id(parent or "/"),
                path_part=part,
                opts=pulumi.ResourceOptions(parent=self),
            )
            self._resource_ids[path] = resource.id
        return self._resource_ids[path]

    def _logical_name(self, route: Route) -> str:
        return f"{self._path_name(route.path)}-{route.method.lower()}"

    def _path_name(self, path: str) -> str:
        """`petstore-pets/{}` for /pets/{petId}. The slash stays: as a hyphen it would make /a/b and /a-b one.

        A parameter's name does not: a renamed one would be a second parameter beside the first until that is deleted,
        and API Gateway takes one.
        """
        path = re.sub(r"\{[^}]*\}", "{}", path)
        return self._name if path == "/" else f"{self._name}-{path[1:]}"
