"""The resources that a rule reads, and the violations that it returns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, TypeGuard

# An input that only AWS knows, and a preview does not. A rule accepts it in a preview and checks the known inputs.
# During `pulumi up`, the rule checks its value.
UNKNOWN: Final = object()


class Resource(Protocol):
    """A resource as the program declares it, or a component.

    `inputs` has camelCase names; `parent` is a URN. `references` has, for each input, the URNs of the resources whose
    outputs the input uses. These are known before its value.
    """

    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def urn(self) -> str: ...
    @property
    def parent(self) -> str: ...
    @property
    def references(self) -> Mapping[str, Sequence[str]]: ...


class Violation(NamedTuple):
    """The resource, the mistake, and the fix."""

    resource: Resource
    what: str
    fix: str


@dataclass(frozen=True)
class Rule:
    """A name in kebab-case, a sentence with the reason, and the function that finds the violations.

    A rule with `alone` checks each resource separately, so the engine can run the rule before it creates the resource.
    The other rules read the whole stack. CrossGuard gives them no inputs, so `inputs` has the provider's state.
    """

    name: str
    description: str
    check: Callable[[Sequence[Resource]], Iterator[Violation]]
    alone: bool = False


def of(resources: Sequence[Resource], kind: str) -> list[Resource]:
    """The resources of a type, given by its token without the provider: `apigateway/method:Method`."""
    return [resource for resource in resources if resource.type == f"aws:{kind}"]


def made_of(resource: Resource, name: str, resources: Sequence[Resource]) -> list[Resource]:
    """The resources whose outputs an input uses."""
    urns = resource.references.get(name, ())
    return [each for each in resources if each.urn in urns]


def functions(resource: Resource, name: str, resources: Sequence[Resource]) -> list[Resource]:
    """The Functions that an input uses, directly or through an Alias."""
    found = made_of(resource, name, resources)
    by_alias = [each for alias in of(found, "lambda/alias:Alias") for each in made_of(alias, "functionName", resources)]
    return of([*found, *by_alias], "lambda/function:Function")


def authorizer_functions(resources: Sequence[Resource]) -> dict[str, Resource]:
    """The Functions that authorizers invoke, by URN."""
    authorizers = of(resources, "apigateway/authorizer:Authorizer")
    return {each.urn: each for one in authorizers for each in functions(one, "authorizerUri", resources)}


def variables(function: Resource, resources: Sequence[Resource]) -> Mapping[str, Any]:
    """The variables of an authorizer's function, in its environment and its bundle, from its component."""
    found: dict[str, Any] = {}
    for each in (*(it for it in resources if it.urn == function.parent), function):
        own = each.inputs if each is not function else each.inputs.get("environment")
        given = own.get("variables") if isinstance(own, Mapping) else None
        found |= given if isinstance(given, Mapping) else {}
    return found


def inside(resource: Resource, name: str, part: str) -> Any:
    """A member of a structured input."""
    whole = resource.inputs.get(name) or {}
    return UNKNOWN if whole is UNKNOWN else whole.get(part)


def is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def formatted(value: object) -> str:
    """A number without the fraction that the engine adds, because it has one type of number."""
    return f"{value:g}" if is_number(value) else str(value)
