"""Records the inputs of a deployment.

API Gateway serves a copy of the API from the last deployment, not the API itself. So a change without a new deployment
has no effect: a method stays public although the program protects it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html lists the changes that need one.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

import pulumi

P = ParamSpec("P")
R = TypeVar("R", bound=pulumi.Resource)


class Snapshot:
    """The inputs of all resources that a deployment of one API copies."""

    def __init__(self) -> None:
        self.resources: list[pulumi.Resource] = []
        self._inputs: dict[str, Any] = {}

    def add(self, declare: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Declare a resource with `declare(name, **inputs)`, and record its inputs."""
        resource = declare(*args, **kwargs)
        self.resources.append(resource)
        kind = getattr(declare, "__name__", "")
        self._inputs[f"{kind} {args[0]}"] = {name: value for name, value in kwargs.items() if name != "opts"}
        return resource

    @property
    def digest(self) -> pulumi.Output[str]:
        """A hash of every input as AWS gets it, after ids and ARNs of other resources are resolved.

        `Output.json_dumps` would make an output of each value, which takes a third of the program's time. This method
        resolves only the values that are outputs.
        """
        outputs: dict[int, pulumi.Output[Any]] = {}

        def collect(output: pulumi.Output[Any]) -> None:
            outputs[id(output)] = output

        json.dumps(self._inputs, default=collect)
        return pulumi.Output.all(*outputs.values()).apply(
            lambda values: _hash(self._inputs, dict(zip(outputs, values, strict=True)))
        )


def _hash(inputs: Mapping[str, Any], known: Mapping[int, Any]) -> str:
    """The hash of the inputs. `known` has the value of each output, by the output's `id`."""
    text = json.dumps(inputs, sort_keys=True, default=lambda output: known[id(output)])
    return hashlib.sha256(text.encode()).hexdigest()
