"""What a rule sees of a program, and what it says about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, TypeGuard

# An input that only AWS knows, and a preview does not. A rule takes it for the value that it asks for, no further: what
# is known beside it is judged, and itself it is judged during `pulumi up`.
UNKNOWN: Final = object()


class Resource(Protocol):
    """A resource as the program declares it, or a component.

    `inputs` in camelCase; `parent`: a URN; `references`: for an input, the URNs of the resources whose outputs it is
    made of. What it is made of is known before its value is.
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
    """Which resource, what is wrong with it, and the fix."""

    resource: Resource
    what: str
    fix: str


@dataclass(frozen=True)
class Rule:
    """A name in kebab-case, a sentence that says why, and the function that finds the violations.

    `alone`: it judges each resource by itself, so that the engine can ask before it makes one. The other rules see the
    whole stack, of which CrossGuard keeps no inputs: there, `inputs` are what the provider made of them.
    """

    name: str
    description: str
    check: Callable[[Sequence[Resource]], Iterator[Violation]]
    alone: bool = False


def of(resources: Sequence[Resource], kind: str) -> list[Resource]:
    """Those of a type, by its token without the provider: `apigateway/method:Method`."""
    return [resource for resource in resources if resource.type == f"aws:{kind}"]


def made_of(resource: Resource, name: str, resources: Sequence[Resource]) -> list[Resource]:
    """The resources whose outputs an input is made of."""
    urns = resource.references.get(name, ())
    return [each for each in resources if each.urn in urns]


def functions(resource: Resource, name: str, resources: Sequence[Resource]) -> list[Resource]:
    """The Functions that an input is made of, itself or by an Alias."""
    found = made_of(resource, name, resources)
    by_alias = [each for alias in of(found, "lambda/alias:Alias") for each in made_of(alias, "functionName", resources)]
    return of([*found, *by_alias], "lambda/function:Function")


def authorizer_functions(resources: Sequence[Resource]) -> dict[str, Resource]:
    """The Functions that authorizers invoke, by URN."""
    authorizers = of(resources, "apigateway/authorizer:Authorizer")
    return {each.urn: each for one in authorizers for each in functions(one, "authorizerUri", resources)}


def variables(function: Resource, resources: Sequence[Resource]) -> Mapping[str, Any]:
    """What an authorizer's function is given: its environment, and what its component says is in the bundle."""
    found: dict[str, Any] = {}
    for each in (*(it for it in resources if it.urn == function.parent), function):
        own = each.inputs if each is not function else each.inputs.get("environment")
        given = own.get("variables") if isinstance(own, Mapping) else None
        found |= given if isinstance(given, Mapping) else {}
    return found


def inside(resource: Resource, name: str, part: str) -> Any:
    """A part of an input that has parts."""
    whole = resource.inputs.get(name) or {}
    return UNKNOWN if whole is UNKNOWN else whole.get(part)


def is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: object) -> str:
    """A number without the fraction that the engine, which has one kind of number, gives it."""
    return f"{value:g}" if is_number(value) else str(value)
