"""The API's resources and methods, made from the routes."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import apigateway

from infra.endpoints import Endpoint, http_backend, page, preflight
from infra.jwt_authorizer import JwtAuthorizer
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
        super().__init__("petstore:api:Methods", name, None, opts)
        self._name, self._api, self._authorizer = name, api, authorizer
        self._child = pulumi.ResourceOptions(parent=self)
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
        add, name = self._api.snapshot.add, self._logical_name(route)
        resource_id = self._resource_id(route.path)
        parameters = {f"method.request.path.{parameter}": True for parameter in route.path_parameters}
        parameters |= {f"method.request.querystring.{parameter}": False for parameter in route.query}
        parameters |= {
            source: False for source in endpoint.parameters.values() if source.startswith("method.request.header.")
        }
        method = add(
            apigateway.Method,
            f"{name}-method",
            rest_api=self._api.rest_api.id,
            resource_id=resource_id,
            http_method=route.method,
            authorization="NONE" if route.public else "CUSTOM",
            authorizer_id=None if route.public else self._authorizer.authorizer_id,
            api_key_required=False,
            request_parameters=parameters,
            opts=self._child,
        )
        integration = add(
            apigateway.Integration,
            f"{name}-integration",
            rest_api=self._api.rest_api.id,
            resource_id=resource_id,
            http_method=method.http_method,
            type=endpoint.type,
            integration_http_method=endpoint.http_method,
            uri=endpoint.uri,
            passthrough_behavior="WHEN_NO_MATCH",
            request_parameters={f"integration.request.{key}": value for key, value in endpoint.parameters.items()},
            request_templates=None if endpoint.request_body is None else {"application/json": endpoint.request_body},
            # A MOCK has no method of its own. MiniStack reports one all the same, and the provider would replace the
            # integration for it at every update.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[method],
                ignore_changes=["integrationHttpMethod"] if endpoint.type == "MOCK" else None,
            ),
        )
        for response in endpoint.responses:
            method_response = add(
                apigateway.MethodResponse,
                f"{name}-{response.status}-method-response",
                rest_api=self._api.rest_api.id,
                resource_id=resource_id,
                http_method=method.http_method,
                status_code=response.status,
                response_parameters={f"method.response.header.{header}": True for header in response.headers},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[method]),
            )
            add(
                apigateway.IntegrationResponse,
                f"{name}-{response.status}-integration-response",
                rest_api=self._api.rest_api.id,
                resource_id=resource_id,
                http_method=method.http_method,
                status_code=method_response.status_code,
                selection_pattern=response.pattern,
                response_parameters={
                    f"method.response.header.{header}": f"'{value}'" for header, value in response.headers.items()
                },
                response_templates=None if response.body is None else {response.content_type: response.body},
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
                opts=self._child,
            )
            self._resource_ids[path] = resource.id
        return self._resource_ids[path]

    def _logical_name(self, route: Route) -> str:
        return f"{self._path_name(route.path)}-{route.method.lower()}"

    def _path_name(self, path: str) -> str:
        """`petstore-pets/{petId}` for /pets/{petId}. The slash stays: with a hyphen, /a/b and /a-b would be one name."""
        return self._name if path == "/" else f"{self._name}-{path[1:]}"
