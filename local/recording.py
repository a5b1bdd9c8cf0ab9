"""Runs the program under Pulumi's mocks and keeps what it declared, as plain data."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from pulumi.runtime import mocks

from local.program import main_program, run

CONFIG = {
    "petstore:tokenIssuer": "https://petstore-test.eu.auth0.com/",
    "petstore:audience": "https://petstore.example/api",
}


@dataclass
class Resource:
    """`after`: the logical names of the resources that the engine makes before this one."""

    type: str
    name: str
    inputs: dict[str, Any]
    after: set[str] = field(default_factory=set[str])
    ignore_changes: list[str] = field(default_factory=list[str])


class Recorder(mocks.Mocks):
    """What AWS would report, in one table; `ARN(name)`, `ID(name)` mark values that only AWS knows."""

    def __init__(self) -> None:
        self.resources: dict[tuple[str, str], Resource] = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.resources[args.typ, args.name] = Resource(args.typ, args.name, args.inputs)
        computed = {
            "arn": f"ARN({args.name})",
            "executionArn": "arn:aws:execute-api:eu-west-1:123456789012:api",
            "invokeArn": f"INVOKE({args.name})",
            "invokeUrl": f"https://api.execute-api.eu-west-1.amazonaws.com/{args.inputs.get('stageName')}",
            "rootResourceId": "ROOT",
        }
        return f"ID({args.name})", {**computed, **args.inputs}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        raise AssertionError(f"{args.token}: without AWS at hand, a preview would hang here")


@dataclass
class Declared:
    """All that one run of the program declared."""

    outputs: dict[str, Any]
    resources: list[Resource]

    def of(self, kind: str) -> list[Resource]:
        """Those of a type, by the end of its token: `Method`."""
        return [resource for resource in self.resources if resource.type.endswith(f":{kind}")]

    def one(self, kind: str, name: str = "") -> Resource:
        (found,) = [resource for resource in self.of(kind) if name in ("", resource.name)]
        return found


def declare(
    config: Mapping[str, str] | None = None, program: Callable[[], None] = main_program, stack: str = "dev"
) -> Declared:
    """Run the program with `CONFIG` and what `config` adds to it."""
    recorder = Recorder()
    register = mocks.MockMonitor.RegisterResource
    requests: list[Any] = []

    def observe(monitor: mocks.MockMonitor, request: Any) -> Any:
        requests.append(request)
        return register(monitor, request)

    # Mocks are told neither dependencies nor options: they stand in the request to the engine.
    with patch.object(mocks.MockMonitor, "RegisterResource", observe):
        outputs = run(recorder, stack=stack, config={**CONFIG, **(config or {})}, program=program)
    for request in requests:
        if resource := recorder.resources.get((request.type, request.name)):
            resource.after = {re.sub(r".*::", "", urn) for urn in request.dependencies}
            resource.ignore_changes = list(request.ignoreChanges)
    return Declared(outputs, list(recorder.resources.values()))
