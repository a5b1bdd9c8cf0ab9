"""The protected routes as the authorizer sees them, and what the wildcards of an execute-api ARN make of them.

A path parameter becomes `*` in an ARN, and that `*` crosses `/`: the resource `GET/pets/*`, meant for `/pets/{petId}`,
also matches a request for `/pets/1/owner`. Every question about such overlaps is answered here, once, for the
function that writes policies and for the program that refuses what no policy could tell apart. Standard library only.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
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
    literals, parameters, rest = _places(segments)
    return _walk(pattern, len(segments), literals, parameters, rest)


def covers(pattern: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    """Whether the pattern matches the ARN of every request for the route with these segments, however it is spelt."""
    return _walk(pattern, len(segments), _places(segments)[0], 0, 0)  # a parameter's value may be no literal's


def _walk(pattern: tuple[str, ...], count: int, literals: Mapping[str, int], parameters: int, rest: int) -> bool:
    """Whether a pattern can take all segments of a route. Bit n is the place of segment n, bit `count` the end.

    All places where the next part of the pattern may be are kept at once, so that the work grows with its length alone.
    """
    here = 1
    for part in pattern:
        stays = here & rest  # {name+} has a segment more
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


def strays(allowed: GuardedRoute, denied: GuardedRoute) -> bool:
    """Whether the pattern of one route matches a request that API Gateway sends to the other."""
    return reaches(allowed.pattern, denied.segments) and not _routed_to(allowed, denied)


def fences(route: GuardedRoute, allowed: Iterable[GuardedRoute]) -> list[tuple[str, ...]]:
    """What to deny beside an allowed route so that its `*` stay within one segment: a pattern for each parameter.

    As narrow as the other allowed routes leave room for: none of their requests is fenced off.
    """
    others = [other.segments for other in allowed if other.method == route.method]
    longest = max(map(len, others))
    found: list[tuple[str, ...]] = []
    for at, segment in enumerate(route.segments):
        if not is_parameter(segment) or segment.endswith("+}"):
            continue
        widened = route.pattern
        # A pattern longer than every route reaches none of them, unless one is greedy: then there is no fence.
        for _ in range(1 + longest):
            widened = (*widened[:at], STAR, *widened[at:])
            if not any(reaches(widened, other) for other in others):
                found.append(widened)
                break
    return found


def indistinguishable(routes: Iterable[GuardedRoute]) -> list[tuple[GuardedRoute, GuardedRoute, GuardedRoute]]:
    """Triples (allowed, denied, hit) that no policy can honour.

    A token may call `allowed`, whose wildcard reaches `denied`, which it may not call; and to deny that one by its own
    wildcard would deny `hit`, which it may call.
    """
    return [
        (allowed._replace(method=method), denied._replace(method=method), hit._replace(method=method))
        for methods, table in alike(routes)
        for allowed, denied, hit in _indistinguishable(table)
        for method in methods
    ]


def alike(routes: Iterable[GuardedRoute]) -> list[tuple[list[str], list[GuardedRoute]]]:
    """The methods, those together that have the same paths and scopes, with the routes of the first of them.

    What holds for one method of a group holds for the others; the six of an ANY are often one group.
    """
    by_method: dict[str, list[GuardedRoute]] = {}
    for route in routes:
        by_method.setdefault(route.method, []).append(route)
    groups: dict[tuple[tuple[str, frozenset[str]], ...], list[str]] = {}
    for method, table in by_method.items():
        groups.setdefault(tuple((route.path, route.scopes) for route in table), []).append(method)
    return [(methods, by_method[methods[0]]) for methods in groups.values()]


def _indistinguishable(table: list[GuardedRoute]) -> Iterator[tuple[GuardedRoute, GuardedRoute, GuardedRoute]]:
    with_parameters = [route for route in table if STAR in route.pattern]
    for denied in with_parameters:
        reaching = [it for it in with_parameters if it is not denied and strays(it, denied)]
        if not reaching:
            continue
        hits = [it for it in table if it is not denied and reaches(denied.pattern, it.segments)]
        for hit in hits:
            if not _routed_to(denied, hit):
                for allowed in reaching:
                    if not denied.scopes <= allowed.scopes | hit.scopes:
                        yield allowed, denied, hit


def _routed_to(winner: GuardedRoute, other: GuardedRoute) -> bool:
    """Whether API Gateway sends every request of `other` that the pattern of `winner` matches to `winner`.

    From the left it prefers a literal segment, then `{name}`, then `{name+}`. Only claimed where the pattern matches
    nothing but requests of `winner`: its one parameter takes the rest of the path, or both routes have one length.
    """
    takes_the_rest = winner.greedy and STAR not in winner.pattern[:-1]
    of_one_length = not winner.greedy and not other.greedy and len(winner.segments) == len(other.segments)
    if not takes_the_rest and not of_one_length:
        return False
    for ours, theirs in zip(map(rank, winner.segments), map(rank, other.segments), strict=False):
        if ours != theirs:
            return ours < theirs
    return False


def rank(segment: str) -> int:
    """In the order in which API Gateway prefers segments of a path: a literal, `{name}`, `{name+}`."""
    return 2 if segment.endswith("+}") else int(is_parameter(segment))
