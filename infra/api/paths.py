"""Declares the API's resources, one for each path, and makes their logical names."""

import pulumi
from pulumi_aws import apigateway

from authorizer.routes import PathTemplate
from infra.api.path_parameters import fill
from infra.api.rest_api import RestApi
from infra.api.routes import Route


class Paths:
    """The paths below an API's root. The resource of a path is declared as a child of `parent` at its first use."""

    def __init__(self, name: str, *, api: RestApi, parent: pulumi.Resource) -> None:
        self._name, self._api, self._parent = name, api, parent
        self._resource_ids: dict[str, pulumi.Input[str]] = {"/": api.rest_api.root_resource_id}

    def resource_id(self, path: str) -> pulumi.Input[str]:
        """The id of the path's resource. The first call declares the resource and those of its prefixes."""
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
        """The logical name of a path: `petstore-pets/{}` for /pets/{petId}.

        The name keeps the slash, because with a hyphen /a/b and /a-b would be equal. It omits parameter names.
        Otherwise, Pulumi would create a renamed parameter before it deletes the old one, and API Gateway allows only
        one parameter there.
        """
        return self._name if path == "/" else f"{self._name}-{fill(PathTemplate.parse(path), '{}')[1:]}"
