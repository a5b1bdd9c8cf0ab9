"""An account that steps of a plan are carried out in, one after the other, and who would be let in between them.

API Gateway serves the copy that the stage's deployment made; the authorizer answers by the function's own code from
the table of routes that the function has by then.
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
    """`scopes`: what the token was granted; None: no token."""

    method: str
    path: str
    scopes: frozenset[str] | None


class Copy(NamedTuple):
    """A method in a deployment: whether it is open, whether its integration and responses existed, and the function
    that verifies tokens.
    """

    is_open: bool
    is_complete: bool
    authorizer: str


@dataclass
class World:
    """The resources there are, by URN, the deployments that have been made of them, and the table of routes in the
    version that each alias stands for. `former`: what a replacement has left, which Pulumi deletes at the end.
    """

    resources: dict[str, Resource] = field(default_factory=dict[str, Resource])
    deployments: dict[str, dict[str, Copy]] = field(default_factory=dict[str, dict[str, Copy]])
    versions: dict[str, str] = field(default_factory=dict[str, str])
    served: str | None = None
    former: list[Resource] = field(default_factory=list[Resource])

    def copy(self) -> "World":
        """A copy, whose next steps do not change this one."""
        return World(dict(self.resources), dict(self.deployments), dict(self.versions), self.served, list(self.former))

    def carry_out(self, step: Step) -> None:
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
        """References to it now point to a former one; its dependents are gone, in AWS and in the state.

        `only`: by this input.
        """
        for urn, it in list(self.resources.items()):
            if not only and renewed.urn in it.replace_with:
                del self.resources[urn]
            else:
                pointing = [name for name, urns in it.references.items() if renewed.urn in urns]
                old = {name: "FORMER" for name in pointing if only in ("", name)}
                self.resources[urn] = dataclasses.replace(it, inputs=it.inputs | old)

    def lets_in(self, request: Request) -> bool:
        """Whether the request would reach the method's integration."""
        copy = self.deployments.get(self.served or "", {})
        segments = request.path.strip("/").split("/") if request.path != "/" else []
        found = _routed(tuple(copy), request.method, tuple(segments))
        if found is None:
            return False
        if copy[str(found)].is_open or request.scopes is None:
            return copy[str(found)].is_open
        table = self._invoked(copy[str(found)].authorizer)
        return table is not None and _judged(table, request)

    def _invoked(self, uri: str) -> str | None:
        """The table of the version that the URI names; None where API Gateway may not invoke it, or it is gone."""
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
    """The steps in an order that the engine may take: what a step depends on comes first, deletions at the end.

    Beyond that it is drawn, with the deployment and the stage as early as they can be: that is when it matters.
    """
    draw = random.Random(seed)  # noqa: S311 - an order, not a secret
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
def _judged(table: str, request: Request) -> bool:
    policy = policy_for(parse_table(table), request.scopes or frozenset(), STAGE)
    return allows(policy, arn(request.method, request.path))


def settled(resources: Iterable[Resource]) -> World:
    """The world after the first `pulumi up` of a program."""
    world = World()
    for step in in_some_order((Step("create", it) for it in resources if not it.is_component), 0):
        world.carry_out(step)
    return world


def _trigger(deployment: Resource) -> str:
    triggers: Mapping[str, str] = deployment.inputs["triggers"]
    return triggers["snapshot"]
