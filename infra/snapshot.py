"""What a deployment freezes. API Gateway serves a copy of the API made by the last deployment, not the API itself, so a
change that makes no new deployment never arrives: a method stays open although the program protects it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html lists what needs a redeployment.
"""

import hashlib
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import pulumi

P = ParamSpec("P")
R = TypeVar("R", bound=pulumi.Resource)


class Snapshot:
    """The resources of one API that a deployment copies, each with the inputs it was declared with."""

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
        """A hash of every input, as AWS gets it: ids and ARNs of other resources are resolved first."""
        return pulumi.Output.json_dumps(self._inputs, sort_keys=True).apply(
            lambda text: hashlib.sha256(text.encode()).hexdigest()
        )
