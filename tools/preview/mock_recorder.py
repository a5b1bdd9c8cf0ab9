"""Runs the program under Pulumi's mocks and records its resources, as plain data."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from pulumi.runtime import mocks

from tools.program import main_program, run
from tools.project import PROJECT

CONFIG = {
    f"{PROJECT}:tokenIssuer": "https://petstore-test.eu.auth0.com/",
    f"{PROJECT}:audience": "https://petstore.example/api",
}
# Bundled keys change only the bundle, and a preview does not need the issuer.
WITHOUT_THE_ISSUER = {f"{PROJECT}:bundleKeys": "false"}


@dataclass
class Resource:
    """A resource or a component, as the program passed it to the engine.

    `dependencies` has the URNs of the resources that the engine creates before this one, and `parent` the URN of its
    parent. `references` has, for each input, the URNs of the resources whose outputs the input uses. `aliases` has its
    former names. `imported` is the id of the existing resource in AWS that it imports. `replace_with` has the URNs of
    the resources whose replacement also replaces this one.
    """

    type: str
    name: str
    inputs: dict[str, Any]
    urn: str = ""
    parent: str = ""
    dependencies: list[str] = field(default_factory=list[str])
    references: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    aliases: list[str] = field(default_factory=list[str])
    imported: str = ""
    ignore_changes: list[str] = field(default_factory=list[str])
    replace_with: list[str] = field(default_factory=list[str])
    delete_before_replace: bool = False
    protect: bool = False
    retain_on_delete: bool = False

    @property
    def after(self) -> set[str]:
        """The logical names of the resources that the engine creates before this one."""
        return {urn.rpartition("::")[2] for urn in self.dependencies}

    @property
    def is_component(self) -> bool:
        return self.type.startswith("petstore:")


# The program's warnings are about deployments, and a preview deploys nothing.
logging.getLogger().addHandler(logging.NullHandler())


class Recorder(mocks.Mocks):
    """Pulumi's mocks, which record each resource.

    `ARN(name)` and `ID(name)` represent values that only AWS knows. `found` has, by type, the state of the resources
    that the program reads.
    """

    def __init__(self, found: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.resources: dict[tuple[str, str], Resource] = {}
        self._found = found or {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if args.custom is None:  # read, not declared
            return args.resource_id, dict(self._found.get(args.typ, {}))
        self.resources[args.typ, args.name] = Resource(args.typ, args.name, args.inputs)
        computed = {
            "arn": f"ARN({args.name})",
            "executionArn": "arn:aws:execute-api:eu-west-1:123456789012:api",
            "invokeArn": f"INVOKE({args.name})",
            "invokeUrl": f"https://api.execute-api.eu-west-1.amazonaws.com/{args.inputs.get('stageName')}",
            "name": args.name,
            "regionalDomainName": "target.example",
            "rootResourceId": "ROOT",
            "version": "1",
        }
        return f"ID({args.name})", {**computed, **args.inputs}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        raise AssertionError(f"{args.token}: without AWS, a preview would hang here")


@dataclass
class Declared:
    """The resources of one run of the program, in the order of their declaration."""

    outputs: dict[str, Any]
    resources: list[Resource]

    def of(self, kind: str) -> list[Resource]:
        """The resources of a type, given by the end of its token, such as `Method`."""
        return [resource for resource in self.resources if resource.type.endswith(f":{kind}")]

    def one(self, kind: str, name: str = "") -> Resource:
        (found,) = [resource for resource in self.of(kind) if name in ("", resource.name)]
        return found


def declare(
    config: Mapping[str, str] | None = None,
    program: Callable[[], None] = main_program,
    stack: str = "dev",
    found: Mapping[str, Mapping[str, Any]] | None = None,
    project: str | None = None,
) -> Declared:
    """Run the program with `CONFIG` and the additions in `config`, in an account with the resources in `found`.

    `project` is the name of another project, which runs with `config` alone.
    """
    recorder = Recorder(found)
    register = mocks.MockMonitor.RegisterResource
    requests: list[tuple[Any, str]] = []

    def observe(monitor: mocks.MockMonitor, request: Any) -> Any:
        response = register(monitor, request)
        requests.append((request, response.urn))
        return response

    # Mocks get neither dependencies nor options, so they are read from the request to the engine.
    with patch.object(mocks.MockMonitor, "RegisterResource", observe):
        whole = {**({} if project else CONFIG), **(config or {})}
        outputs = run(recorder, stack=stack, config=whole, program=program, project=project)
    for request, urn in requests:
        if resource := recorder.resources.get((request.type, request.name)):
            resource.urn, resource.parent = urn, request.parent
            resource.dependencies = list(request.dependencies)
            resource.references = {name: sorted(found.urns) for name, found in request.propertyDependencies.items()}
            resource.aliases = [alias.spec.name for alias in request.aliases]
            resource.imported = request.importId
            resource.ignore_changes = list(request.ignoreChanges)
            resource.replace_with = list(request.replace_with)
            resource.delete_before_replace = request.deleteBeforeReplace
            resource.protect, resource.retain_on_delete = request.protect, request.retainOnDelete
    return Declared(outputs, list(recorder.resources.values()))
