"""The provider of the package, which gives the engine the schema and constructs components."""

import re

import pulumi
from pulumi.provider import ConstructResult, Provider

from component import schema
from component.components import COMPONENTS
from component.inputs import Inputs

# A fix of the program, with a key of the stack's configuration and its value.
_COMMAND = re.compile(r"[Rr]un `pulumi config set (?:--[a-z-]+ )*'?(\w+)(?:\[0\])?'? ([^`]+)`")


class PackageProvider(Provider):
    """Serves the package to the engine."""

    def __init__(self) -> None:
        self._package = schema.package()
        super().__init__(self._package["version"], schema.text())

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Construct a component. A mistake in its inputs raises `pulumi.InputPropertiesError` when the URN is awaited.

        The engine prints that error without a traceback, and any other with one.
        """
        result = ConstructResult("", {})

        async def component() -> str:
            kind = resource_type.rpartition(":")[2]
            read = await Inputs.read(inputs)
            try:
                settings = read.settings(self._package, kind)
                declared = COMPONENTS[kind](name, read, settings, options)
            except pulumi.RunError as error:
                raise pulumi.InputPropertiesError(f"{kind} {name}: {_of_inputs(str(error))}", []) from None
            result.state = declared.outputs  # the engine's side awaits the URN before it reads the state
            return await declared.urn.future() or ""

        result.urn = component()
        return result


def _of_inputs(text: str) -> str:
    """Replace commands that set a configuration key with the name of the input."""
    return _COMMAND.sub(
        lambda it: f"{'S' if it[0][0] == 'R' else 's'}et the input {schema.input_name(it[1])} to {it[2]}", text
    )
