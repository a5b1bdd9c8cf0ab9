"""The resources of the API, one a path, and the logical names that follow from paths."""

import pulumi
from pulumi_aws import apigateway

from authorizer.routes import PathTemplate
from infra.api.path_parameters import fill
from infra.api.rest_api import RestApi
from infra.api.routes import Route


class Paths:
    """The paths below an API's root, each declared once, as a child of `parent`, when it is first asked for."""

    def __init__(self, name: str, *, api: RestApi, parent: pulumi.Resource) -> None:
        self._name, self._api, self._parent = name, api, parent
        self._resource_ids: dict[str, pulumi.Input[str]] = {"/": api.rest_api.root_resource_id}

    def resource_id(self, path: str) -> pulumi.Input[str]:
        """The id of the path's resource, declared with its prefixes when first asked for."""
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
        """`petstore-pets/{}` for /pets/{petId}. The slash stays: as a hyphen it would make /a/b and /a-b one.

        A parameter's name does not: a renamed one would be a second parameter beside the first until that is deleted,
        and API Gateway takes one.
        """
        return self._name if path == "/" else f"{self._name}-{fill(PathTemplate.parse(path), '{}')[1:]}"
