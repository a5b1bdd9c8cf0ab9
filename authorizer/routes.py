"""The authorizer's table of protected routes, and the effect of wildcards in an execute-api ARN.

A path parameter becomes `*` in an ARN, and that `*` crosses `/`: the resource `GET/pets/*`, meant for `/pets/{petId}`,
also matches a request for `/pets/1/owner`. Standard library only.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

STAR = "*"
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 3.3


class PathTemplate(NamedTuple):
    """The path of a route as API Gateway reads it: `{name}` is one segment, `{name+}` one or more.

    `segments`: `("pets", "{petId}")`, empty for the root; `pattern`: the segments with every parameter as `*`.
    """

    text: str
    segments: tuple[str, ...]
    pattern: tuple[str, ...]

    @staticmethod
    @lru_cache(maxsize=512)
    def parse(text: str) -> "PathTemplate":
        segments = tuple(part for part in text.split("/") if part)
        return PathTemplate(text, segments, tuple(STAR if is_parameter(part) else part for part in segments))

    @property
    def greedy(self) -> bool:
        return self.text.endswith("+}")

    def matches(self, segments: Sequence[str]) -> bool:
        """Whether these segments of a request's path match. A parameter matches no empty segment."""
        ours = self.segments
        if self.text.endswith("/") and segments[-1:] == [""]:
            segments = segments[:-1]
        if len(segments) != len(ours) and not (self.greedy and len(segments) > len(ours)):
            return False
        return all(there if is_parameter(here) else here == there for here, there in zip(ours, segments, strict=False))


def is_parameter(segment: str) -> bool:
    return segment.startswith("{")


class GuardedRoute(NamedTuple):
    """A method, a path such as `/pets/{petId}`, and all scopes that a token needs for it."""

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

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def parse_table(text: str) -> tuple[GuardedRoute, ...]:
    """The routes in the variable ROUTES: one per line, as `METHOD /path scope scope`. Raises `ValueError`."""
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

    A `*` of the pattern is one or more segments, `{name}` of the route is one, `{name+}` is one or more.
    """
    literals, parameters, rest = _places(segments)
    return _walk(pattern, len(segments), literals, parameters, rest)


def covers(pattern: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    """Whether the pattern matches the ARN of every request for a route with these segments, for any parameters."""
    return _walk(pattern, len(segments), _places(segments)[0], 0, 0)  # a parameter's value may equal no literal


def _walk(pattern: tuple[str, ...], count: int, literals: Mapping[str, int], parameters: int, rest: int) -> bool:
    """Whether a pattern can match all segments of a route. Bit n is the place of segment n; bit `count` is the end."""
    here = 1  # all possible places of the next part, so the work grows only with the pattern's length
    for part in pattern:
        stays = here & rest  # {name+} takes another segment
        if part == STAR:
            first = here & -here
            here = (2 << count) - 2 * first  # every place after it
        else:
            here = (here & (literals.get(part, 0) | parameters)) << 1
        here |= stays
        if not here:
            return False
    return bool(here >> count)


@lru_cache(maxsize=2048)
def _places(segments: tuple[str, ...]) -> tuple[Mapping[str, int], int, int]:
    """The places of each literal, of all parameters, and of a `{name+}`, as bits."""
    literals: dict[str, int] = {}
    parameters = 0
    for at, part in enumerate(segments):
        if is_parameter(part):
            parameters |= 1 << at
        else:
            literals[part] = literals.get(part, 0) | 1 << at
    greedy = bool(segments) and segments[-1].endswith("+}")
    return literals, parameters, greedy << max(0, len(segments) - 1)


def wildcard_matches(allowed: GuardedRoute, denied: GuardedRoute) -> bool:
    """Whether the wildcard of `allowed` matches requests that API Gateway sends to `denied`.

    `/a/{b+}` matches none of a route with a parameter instead of `a`: API Gateway prefers the literal segment.
    """
    takes_the_rest = allowed.template.greedy and STAR not in allowed.pattern[:-1]
    is_behind = takes_the_rest and any(map(is_parameter, denied.segments[: len(allowed.segments) - 1]))
    return not is_behind and reaches(allowed.pattern, denied.segments)


def deny_patterns(route: GuardedRoute, allowed: Iterable[GuardedRoute]) -> list[tuple[str, ...]]:
    """The patterns to deny, so that each `*` of an allowed route matches one segment only.

    They match no request for another allowed route.
    """
    others = [other.segments for other in allowed if other.method == route.method]
    longest = max(map(len, others))
    found: list[tuple[str, ...]] = []
    for at, segment in enumerate(route.segments):
        if not is_parameter(segment) or segment.endswith("+}"):
            continue
        widened = route.pattern
        # A pattern longer than every route matches none of them. If one route is greedy, there is no such pattern.
        for _ in range(1 + longest):
            widened = (*widened[:at], STAR, *widened[at:])
            if not any(reaches(widened, other) for other in others):
                found.append(widened)
                break
    return found


def group_methods(routes: Iterable[GuardedRoute]) -> list[tuple[list[str], list[GuardedRoute]]]:
    """Group the methods that have the same paths and scopes. Each group has the routes of its first method.

    A result for one method holds for its group. The six methods of an ANY are often one group.
    """
    by_method: dict[str, list[GuardedRoute]] = {}
    for route in routes:
        by_method.setdefault(route.method, []).append(route)
    groups: dict[tuple[tuple[str, frozenset[str]], ...], list[str]] = {}
    for method, table in by_method.items():
        groups.setdefault(tuple((route.path, route.scopes) for route in table), []).append(method)
    return [(methods, by_method[methods[0]]) for methods in groups.values()]
