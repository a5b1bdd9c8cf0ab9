"""A simulated AWS account that carries out the steps of a plan one by one, and decides requests in between.

API Gateway serves the copy in the stage's deployment. The authorizer decides with the function's own code and the route
table that the function has at that time.
"""

import dataclasses
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from authorizer.policy import policy_for
from authorizer.routes import GuardedRoute, parse_table
from tests.testkit.gateway import STAGE, arn, route, routed
from tests.testkit.iam import allows
from tools.preview.mock_recorder import Resource
from tools.preview.plan import Step


class Request(NamedTuple):
    """`scopes`: the scopes of the token; None if there is no token."""

    method: str
    path: str
    scopes: frozenset[str] | None


class Copy(NamedTuple):
    """A method in a deployment, with its authorizer. | `is_complete`: whether its integration and responses exist."""

    is_open: bool
    is_complete: bool
    authorizer: str


@dataclass
class SimulatedAws:
    """The resources by URN, the deployments made of them, and the route table in the version behind each alias.

    `former`: resources that Pulumi has replaced and deletes at the end.
    """

    resources: dict[str, Resource] = field(default_factory=dict[str, Resource])
    deployments: dict[str, dict[str, Copy]] = field(default_factory=dict[str, dict[str, Copy]])
    versions: dict[str, str] = field(default_factory=dict[str, str])
    served: str | None = None
    former: list[Resource] = field(default_factory=list[Resource])
    _tables: dict[str, str | None] = field(default_factory=dict[str, str | None])  # of `_invoked`, until a step

    def copy(self) -> "SimulatedAws":
        """A copy that further steps on the original do not change."""
        return SimulatedAws(
            dict(self.resources), dict(self.deployments), dict(self.versions), self.served, list(self.former)
        )

    def delete_former(self) -> None:
        """Delete the former resources, as Pulumi does after all other steps."""
        self.former.clear()
        self._tables.clear()

    def carry_out(self, step: Step) -> None:
        self._tables.clear()
        if step.was and step.was.urn != step.resource.urn:
            self.resources.pop(step.was.urn, None)
        if step.action == "delete":
            self.resources.pop(step.resource.urn, None)
            return
        if step.action == "replace":
            self._outdate(step.resource)
            self.former += [step.was] if step.was and not step.resource.delete_before_replace else []
        elif step.resource.inputs.get("publish"):
            self._outdate(step.resource, "functionVersion")
        self.resources[step.resource.urn] = step.resource
        if step.resource.type.endswith(":Alias"):
            self.versions[step.resource.name] = self._table()
        if step.resource.type.endswith(":Deployment") and step.action != "update":
            self.deployments[_trigger(step.resource)] = dict(self._methods())
        if step.resource.type.endswith("stage:Stage"):
            (deployment,) = (it for it in self.resources.values() if it.type.endswith(":Deployment"))
            self.served = _trigger(deployment)

    def _outdate(self, renewed: Resource, only: str = "") -> None:
        """Make references to it point to the former resource; its dependents are gone, in AWS and in the state.

        `only`: consider this input only.
        """
        for urn, it in list(self.resources.items()):
            if not only and renewed.urn in it.replace_with:
                del self.resources[urn]
            else:
                pointing = [name for name, urns in it.references.items() if renewed.urn in urns]
                old = {name: "FORMER" for name in pointing if only in ("", name)}
                self.resources[urn] = dataclasses.replace(it, inputs=it.inputs | old)

    def allows(self, request: Request) -> bool:
        """Whether the request reaches the method's integration."""
        copy = self.deployments.get(self.served or "", {})
        segments = request.path.strip("/").split("/") if request.path != "/" else []
        found = _routed(tuple(copy), request.method, tuple(segments))
        if found is None:
            return False
        if copy[str(found)].is_open or request.scopes is None:
            return copy[str(found)].is_open
        uri = copy[str(found)].authorizer
        if uri not in self._tables:
            self._tables[uri] = self._invoked(uri)
        table = self._tables[uri]
        return table is not None and _allowed_by_policy(table, request)

    def _invoked(self, uri: str) -> str | None:
        """The table of the version in the URI; None if API Gateway may not invoke it, or if it is gone."""
        name = uri.removeprefix("INVOKE(").removesuffix(")")
        is_alias = name.endswith("-alias")
        permissions = [it for it in [*self.resources.values(), *self.former] if it.type.endswith(":Permission")]
        may = [it for it in permissions if ("qualifier" in it.inputs) == is_alias]
        there = any(it.name == name for it in self.resources.values())
        if not may or not there:
            return None
        return self.versions[name] if is_alias else self._table()

    def _table(self) -> str:
        return self._one(":Function").inputs["environment"]["variables"]["ROUTES"]

    def _methods(self) -> Iterator[tuple[str, Copy]]:
        paths = {f"ID({it.name})": it for it in self.resources.values() if it.type.endswith("resource:Resource")}
        authorizer = next((it.inputs["authorizerUri"] for it in self._all(":Authorizer")), "")
        integrated = set(self._keys("integration:Integration"))
        declared, answered = (Counter(self._keys(f":{kind}Response")) for kind in ("Method", "Integration"))

        def path(resource_id: str) -> str:
            if resource_id == "ROOT":
                return ""
            inputs = paths[resource_id].inputs
            return f"{path(inputs['parentId'])}/{inputs['pathPart']}"

        for it in self._all("method:Method"):
            at, method = key = (it.inputs["resourceId"], it.inputs["httpMethod"])
            is_complete = key in integrated and declared[key] == answered[key] > 0
            yield f"{method} {path(at) or '/'}", Copy(it.inputs["authorization"] == "NONE", is_complete, authorizer)

    def _keys(self, kind: str) -> Iterator[tuple[str, str]]:
        return ((it.inputs["resourceId"], it.inputs["httpMethod"]) for it in self._all(kind))

    def _all(self, kind: str) -> Iterable[Resource]:
        return [resource for resource in self.resources.values() if resource.type.endswith(kind)]

    def _one(self, kind: str) -> Resource:
        (found,) = self._all(kind)
        return found


def in_some_order(steps: Iterable[Step], seed: int) -> list[Step]:
    """The steps in an order that the engine may choose: dependencies first, deletions at the end.

    Otherwise the order is random, with the deployment and the stage as early as possible, where mistakes show.
    """
    draw = random.Random(seed)  # noqa: S311 - not for security
    waiting = {step.resource.urn: step for step in steps if step.action != "delete"}
    first = {urn: {*step.resource.dependencies, *step.resource.replace_with} for urn, step in waiting.items()}
    early = {urn for urn, step in waiting.items() if re.search("deployment|stage:", step.resource.type)}
    ordered: list[Step] = []
    while waiting:
        ready = [step for urn, step in waiting.items() if waiting.keys().isdisjoint(first[urn])]
        urgent = [step for step in ready if step.resource.urn in early]
        step = draw.choice(urgent or ready)
        ordered.append(waiting.pop(step.resource.urn))
    return ordered + [step for step in steps if step.action == "delete"]


@cache
def _routed(lines: tuple[str, ...], method: str, segments: tuple[str, ...]) -> GuardedRoute | None:
    return routed([route(line) for line in lines], method, segments)


@cache
def _allowed_by_policy(table: str, request: Request) -> bool:
    policy = policy_for(parse_table(table), request.scopes or frozenset(), STAGE)
    return allows(policy, arn(request.method, request.path))


def settled(resources: Iterable[Resource]) -> SimulatedAws:
    """The simulated AWS after the first `pulumi up` of a program."""
    world = SimulatedAws()
    for step in in_some_order((Step("create", it) for it in resources if not it.is_component), 0):
        world.carry_out(step)
    return world


def _trigger(deployment: Resource) -> str:
    triggers: Mapping[str, str] = deployment.inputs["triggers"]
    return triggers["snapshot"]
