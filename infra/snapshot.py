"""The inputs of a deployment. API Gateway serves a copy of the API from the last deployment, not the API itself. So a
change without a new deployment has no effect: a method stays public although the program protects it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html lists the changes that need one.
"""

import hashlib
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import pulumi

P = ParamSpec("P")
R = TypeVar("R", bound=pulumi.Resource)


class Snapshot:
    """The resources of one API that a deployment copies, each with its inputs."""

    def __init__(self) -> None:
        self.resources: list[pulumi.Resource] = []
        self._inputs: dict[str, Any] = {}

    def add(self, declare: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Declare a resource, `declare(name, **inputs)`, and remember all its inputs."""
        resource = declare(*args, **kwargs)
        self.resources.append(resource)
        kind = getattr(declare, "__name__", "")
        self._inputs[f"{kind} {args[0]}"] = {name: value for name, value in kwargs.items() if name != "opts"}
        return resource

    @property
    def digest(self) -> pulumi.Output[str]:
        """A hash of every input as AWS gets it, after ids and ARNs of other resources are resolved."""
        return pulumi.Output.json_dumps(self._inputs, sort_keys=True).apply(
            lambda text: hashlib.sha256(text.encode()).hexdigest()
        )
