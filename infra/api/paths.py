"""The resources of the API, one for each path, and the logical names of paths."""

import pulumi
from pulumi_aws import apigateway

from authorizer.routes import PathTemplate
from infra.api.path_parameters import fill
from infra.api.rest_api import RestApi
from infra.api.routes import Route


class Paths:
    """The paths below an API's root. Each is declared as a child of `parent` at its first use."""

    def __init__(self, name: str, *, api: RestApi, parent: pulumi.Resource) -> None:
        self._name, self._api, self._parent = name, api, parent
        self._resource_ids: dict[str, pulumi.Input[str]] = {"/": api.rest_api.root_resource_id}

    def resource_id(self, path: str) -> pulumi.Input[str]:
        """The id of the path's resource. Declares it with its prefixes at the first use."""
        if path not in self._resource_ids:
            parent, _, part = path.rpartition("/")
            resource = self._api.snapshot.add(
                apigateway.Resource,
                f"{self._path_name(path)}-resource",
                rest_api=self._api.rest_api.id,
                parent_id=self.resource_id(parent or "/"),
                path_part=part,
                opts=pulumi.ResourceOptions(parent=self._parent),
            )
            self._resource_ids[path] = resource.id
        return self._resource_ids[path]

    def logical_name(self, route: Route) -> str:
        return f"{self._path_name(route.path)}-{route.method.lower()}"

    def _path_name(self, path: str) -> str:
        """`petstore-pets/{}` for /pets/{petId}. It keeps the slash: with a hyphen, /a/b and /a-b would be equal.

        It omits a parameter's name. Otherwise, a renamed parameter would exist next to the old one until Pulumi deletes
        the old one, but API Gateway allows only one.
        """
        return self._name if path == "/" else f"{self._name}-{fill(PathTemplate.parse(path), '{}')[1:]}"
