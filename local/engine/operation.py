"""One call of the AWS API by which a resource of the program is made.

Pulumi's inputs arrive in camelCase, which API Gateway's own parameters mostly share; an operation says where they
differ. What it does not name is passed on, and botocore refuses what AWS would not know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local.engine.aws_parameters import Values


@dataclass(frozen=True)
class Operation:
    """`service` and `name` of the API operation; what becomes of the inputs; and what the provider would report.

    `rename` gives inputs their AWS names; `shape` may rework the parameters; `id` and `outputs` read the state, that
    is the inputs with the response laid over them.
    """

    service: str
    name: str
    rename: Mapping[str, str] = field(default_factory=dict)
    shape: Callable[[Values], Values] = dict
    id: Callable[[Values], str] = lambda state: state["id"]
    outputs: Callable[[Values], Values] = lambda _: {}

    def parameters(self, inputs: Values) -> Values:
        return self.shape({self.rename.get(name, name): value for name, value in inputs.items()})
