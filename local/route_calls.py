"""Selects calls for any API, with the answers that its route table implies."""

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


class SampleRequest(NamedTuple):
    """A request for a route: the route, one of its methods, and a path that API Gateway sends to the route."""

    route: Route
    method: str
    path: str


def sample_requests(routes: Sequence[Route]) -> list[SampleRequest]:
    """A sample request for each route, except a route whose sample paths all go to other routes."""
    found: list[SampleRequest] = []
    for route, methods in with_methods(routes):
        method = "GET" if "GET" in methods else methods[0]
        paths = [fill(route.template, _VALUE, rest) for rest in _RESTS]
        own = [path for path in paths if routed(routes, method, PathTemplate.parse(path).segments) is route]
        found += [SampleRequest(route, method, path) for path in own[:1]]
    return found


def select(requests: Sequence[SampleRequest], limit: int) -> list[SampleRequest]:
    """At most `limit` of the requests, in their order. Requests for routes with different access are preferred."""
    seen = Counter[tuple[bool, frozenset[str]]]()
    turns: list[int] = []
    for request in requests:
        callers = (request.route.public, frozenset(request.route.scopes))
        turns.append(seen[callers])
        seen[callers] += 1
    first = sorted(range(len(requests)), key=turns.__getitem__)[:limit]
    return [requests[at] for at in sorted(first)]


def calls(
    requests: Sequence[SampleRequest], mint: Callable[[str], str], *, challenge: Check, forbidden: Check
) -> Iterator[Call]:
    """Calls with these requests, with and without the needed scopes. Calls with the same scopes share a token.

    `mint` makes a token with these scopes. `challenge` checks a 401, and `forbidden` a 403.
    """
    bearer = cache(lambda scopes: f"Bearer {mint(scopes)}")
    for route, method, path in requests:
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


def calls_without_route(routes: Sequence[Route]) -> Iterator[Call]:
    """A call of a path that has no route; no call if a route such as `/{proxy+}` matches every path."""
    deepest = max(len(route.template.segments) for route in routes)
    for depth in range(1, 2 + deepest):
        if routed(routes, "GET", [_VALUE] * depth) is None:
            yield Call("a path without a route", 403, path=f"/{_VALUE}" * depth)
            return
