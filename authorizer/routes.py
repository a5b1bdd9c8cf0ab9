"""The protected routes as the authorizer sees them, and what the wildcards of an execute-api ARN make of them.

A path parameter becomes `*` in an ARN, and that `*` crosses `/`: the resource `GET/pets/*`, meant for `/pets/{petId}`,
also matches a request for `/pets/1/owner`. Every question about such overlaps is answered here, once, for the
function that writes policies and for the program that refuses what no policy could tell apart. Standard library only.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from authorizer.path_template import STAR, PathTemplate, is_parameter

SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 3.3


class GuardedRoute(NamedTuple):
    """A method, a path such as `/pets/{petId}`, and the scopes a token needs for it, all of them."""

    method: str
    path: str
    scopes: frozenset[str] = frozenset()

    @property
    def template(self) -> PathTemplate:
        return PathTemplate.parse(self.path)

    @property
    def segments(self) -> tuple[str, ...]:
        return self.template.segments

    @property
    def pattern(self) -> tuple[str, ...]:
        """The segments with every path parameter as `*`."""
        return self.template.pattern

    @property
    def greedy(self) -> bool:
        return self.template.greedy

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def render_table(routes: Iterable[GuardedRoute]) -> str:
    """The routes as the text of the variable ROUTES: a line each, `METHOD /path scope scope`."""
    return "\n".join(" ".join([route.method, route.path, *sorted(route.scopes)]) for route in routes)


def parse_table(text: str) -> tuple[GuardedRoute, ...]:
    """The routes that `render_table` wrote. Raises `ValueError` on a line of another form."""
    routes: list[GuardedRoute] = []
    for line in text.splitlines():
        method, _, rest = line.partition(" ")
        path, *scopes = rest.split(" ")
        if not method.isalpha() or not path.startswith("/"):
            raise ValueError(f"not a route: {line!r}")
        routes.append(GuardedRoute(method, path, frozenset(scopes)))
    return tuple(routes)


def reaches(pattern: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    """Whether some request for the route with these segments has an ARN that the pattern matches.

    A `*` of the pattern stands for one or more segments, `{name}` of the route for one, `{name+}` for one or more.
    """
    if not pattern or not segments:
        return not pattern and not segments
    head, first = pattern[0], segments[0]
    if head != STAR and not is_parameter(first) and head != first:
        return False
    return (
        reaches(pattern[1:], segments[1:])
        or (head == STAR and reaches(pattern, segments[1:]))
        or (first.endswith("+}") and reaches(pattern[1:], segments))
    )


def covers(pattern: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    """Whether the pattern matches the ARN of every request for the route with these segments, however it is spelt."""
    if not pattern or not segments:
        return not pattern and not segments
    head, first = pattern[0], segments[0]
    if head != STAR:
        return head == first and covers(pattern[1:], segments[1:])
    return covers(pattern[1:], segments[1:]) or covers(pattern, segments[1:])


def fences(route: GuardedRoute, allowed: Iterable[GuardedRoute]) -> list[tuple[str, ...]]:
    """What to deny beside an allowed route so that its `*` stay within one segment: a pattern for each parameter.

    As narrow as the other allowed routes leave room for: none of their requests is fenced off.
    """
    others = [other for other in allowed if other.method == route.method]
    found: list[tuple[str, ...]] = []
    for at, segment in enumerate(route.segments):
        if not is_parameter(segment) or segment.endswith("+}"):
            continue
        widened = route.pattern
        # A pattern longer than every route reaches none of them, unless one is greedy: then there is no fence.
        for _ in range(1 + max(len(other.segments) for other in others)):
            widened = (*widened[:at], STAR, *widened[at:])
            if not any(reaches(widened, other.segments) for other in others):
                found.append(widened)
                break
    return found


def indistinguishable(routes: Iterable[GuardedRoute]) -> list[tuple[GuardedRoute, GuardedRoute, GuardedRoute]]:
    """Triples (allowed, denied, hit) that no policy can honour.

    A token may call `allowed`, whose wildcard reaches `denied`, which it may not call; and to deny that one by its own
    wildcard would deny `hit`, which it may call.
    """
    table = list(routes)
    return [
        (allowed, denied, hit)
        for denied in table
        if STAR in denied.pattern
        for allowed in table
        if allowed is not denied and allowed.method == denied.method
        if STAR in allowed.pattern and reaches(allowed.pattern, denied.segments)
        for hit in table
        if hit is not denied
        and hit.method == denied.method
        and not denied.scopes <= allowed.scopes | hit.scopes
        and reaches(denied.pattern, hit.segments)
        and not _routed_to(denied, hit)
    ]


def _routed_to(winner: GuardedRoute, other: GuardedRoute) -> bool:
    """Whether API Gateway sends every request that could be either's to `winner`: it prefers a literal segment.

    Only claimed for routes of one length; where one is longer or greedy, their requests differ.
    """
    if winner.greedy or other.greedy or len(winner.segments) != len(other.segments):
        return False
    for ours, theirs in zip(winner.segments, other.segments, strict=True):
        if is_parameter(ours) != is_parameter(theirs):
            return is_parameter(theirs)
    return False
