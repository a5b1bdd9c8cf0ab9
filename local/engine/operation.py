"""One call of the AWS API that creates a resource of the program.

Pulumi's inputs are in camelCase, as are most of API Gateway's parameters; an operation lists the exceptions. It passes
the other inputs unchanged, and botocore refuses parameters that AWS does not have.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local.engine.aws_parameters import Values


@dataclass(frozen=True)
class Operation:
    """An operation: `service` and `name` in the API, the conversion of the inputs, and the provider's outputs.

    `rename` has the AWS names of inputs, and `shape` converts the parameters. `id` and `outputs` read the resource's
    state, which is its inputs updated with the response.
    """

    service: str
    name: str
    rename: Mapping[str, str] = field(default_factory=dict)
    shape: Callable[[Values], Values] = dict
    id: Callable[[Values], str] = lambda state: state["id"]
    outputs: Callable[[Values], Values] = lambda _: {}

    def parameters(self, inputs: Values) -> Values:
        return self.shape({self.rename.get(name, name): value for name, value in inputs.items()})
