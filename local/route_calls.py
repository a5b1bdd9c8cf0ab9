"""Selects calls of any API, with the answers that follow from its route table."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import NamedTuple

from authorizer.routes import PathTemplate
from infra.api.path_parameters import fill
from infra.api.routes import Route, with_methods
from infra.api.routing import routed
from tools.smoke.calls import Call, Check

# The values of {name} and {name+}. A route needs another one if a route next to it takes the path.
_VALUE, _RESTS = "demo", ("demo/1", "demo", "demo/1/2/3/4/5/6")


class Place(NamedTuple):
    """A route, one of its methods, and a path that API Gateway sends to it."""

    route: Route
    method: str
    path: str


def places(routes: Sequence[Route]) -> list[Place]:
    """A place for each route, unless API Gateway sends all its paths to other routes."""
    found: list[Place] = []
    for route, methods in with_methods(routes):
        method = "GET" if "GET" in methods else methods[0]
        paths = [fill(route.template, _VALUE, rest) for rest in _RESTS]
        own = [path for path in paths if routed(routes, method, PathTemplate.parse(path).segments) is route]
        found += [Place(route, method, path) for path in own[:1]]
    return found


def some(found: Sequence[Place], most: int) -> list[Place]:
    """At most `most` of the places, in their order. Places with different callers come first."""
    seen = Counter[tuple[bool, frozenset[str]]]()
    turns: list[int] = []
    for place in found:
        callers = (place.route.public, frozenset(place.route.scopes))
        turns.append(seen[callers])
        seen[callers] += 1
    first = sorted(range(len(found)), key=turns.__getitem__)[:most]
    return [found[at] for at in sorted(first)]


def calls(found: Sequence[Place], mint: Callable[[str], str], *, challenge: Check, forbidden: Check) -> Iterator[Call]:
    """The calls of these places, with and without the needed scopes. Calls with the same scopes share a token.

    `mint` makes a token with these scopes. `challenge` and `forbidden` check a 401 and a 403.
    """
    bearer = cache(lambda scopes: f"Bearer {mint(scopes)}")
    for route, method, path in found:
        to = partial(Call, method=method, path=path)
        scopes = " ".join(route.scopes)
        if route.public:
            yield to("public, no token", 200)
        elif scopes:
            yield to(f"without {scopes}", 403, authorization=bearer(""), check=forbidden)
            yield to(f"with {scopes}", 200, authorization=bearer(scopes))
        else:
            yield to("no token", 401, check=challenge)
            yield to("a valid token", 200, authorization=bearer(""))


def unknown(routes: Sequence[Route]) -> Iterator[Call]:
    """A call to a path without a route; none if a route such as `/{proxy+}` matches every path."""
    deepest = max(len(route.template.segments) for route in routes)
    for depth in range(1, 2 + deepest):
        if routed(routes, "GET", [_VALUE] * depth) is None:
            yield Call("a path without a route", 403, path=f"/{_VALUE}" * depth)
            return
