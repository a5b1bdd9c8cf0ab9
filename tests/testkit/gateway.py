"""API Gateway's routing of requests, and Hypothesis strategies for route tables."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import Protocol, TypeVar
from urllib.parse import unquote

from hypothesis import strategies as st

from authorizer.routes import GuardedRoute
from infra.api.indistinguishable import indistinguishable
from infra.api.routes import Route, guarded

STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc123/test"


def route(line: str) -> GuardedRoute:
    """Parse `GET /pets/{petId} read:pets` as a route."""
    method, path, *scopes = line.split()
    return GuardedRoute(method, path, frozenset(scopes))


def table(*lines: str) -> tuple[GuardedRoute, ...]:
    return tuple(map(route, lines))


def arn(method: str, path: str, stage: str = STAGE) -> str:
    """The method ARN of a request, with the path as the caller wrote it."""
    return f"{stage}/{method}{path}"


class Routed(Protocol):
    """A route of the program or of the authorizer."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...


AnyRoute = TypeVar("AnyRoute", bound=Routed)


def routed(routes: Iterable[AnyRoute], method: str, path: Sequence[str]) -> AnyRoute | None:
    """The route for these path segments: from the left, a literal precedes {name}, and {name} precedes {name+}.

    On one path, the method precedes ANY. If the best path has neither the method nor ANY, the next path is used.
    """
    candidates = [it for it in routes if it.method in (method, "ANY") and _fits(_segments(it.path), path)]
    return min(
        candidates, key=lambda it: ([_rank(part) for part in _segments(it.path)], it.method == "ANY"), default=None
    )


@cache
def _segments(path: str) -> tuple[str, ...]:
    return tuple(filter(None, path.split("/")))


def _rank(part: str) -> int:
    return 2 if part.endswith("+}") else 1 if part.startswith("{") else 0


def _fits(segments: Sequence[str], path: Sequence[str]) -> bool:
    if segments and _rank(segments[-1]) == 2 and len(path) > len(segments):
        path = path[: len(segments)]
    pairs = zip(segments, path, strict=False)
    return len(path) == len(segments) and all(_rank(ours) or ours == theirs for ours, theirs in pairs)


@st.composite
def tables(draw: st.DrawFn, shortest: int = 1) -> tuple[GuardedRoute, ...]:
    """Protected routes that API Gateway accepts together, and that a policy can separate.

    `shortest` is the least number of segments of a path.
    """
    return tuple(guarded(draw(programs(("GET", "GET", "GET", "POST"), shortest, public=False))))


@st.composite
def programs(
    draw: st.DrawFn,
    methods: Sequence[str] = ("GET", "GET", "POST", "ANY", "ANY", "HEAD"),
    shortest: int = 0,
    *,
    public: bool = True,
) -> list[Route]:
    """Routes that API Gateway accepts together and a policy can separate.

    API Gateway accepts one parameter name below a parent.
    """
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(methods),
                st.lists(st.sampled_from(["a", "b", "{}"]), max_size=4).map(tuple),
                st.booleans(),
                st.sets(st.sampled_from("xyz"), max_size=2),
                st.integers(0, 3 if public else 2),
                st.booleans(),
            ),
            min_size=2,
            max_size=6,
            unique_by=lambda it: it[:3],
        )
    )
    routes: list[Route] = []
    below: dict[tuple[str, ...], str] = {}
    for method, kinds, greedy, scopes, chance, slash in drawn:
        parts: tuple[str, ...] = ()
        for kind in (*kinds, "{+}") if greedy else kinds:
            name = f"{{p{len(parts)}+}}" if kind == "{+}" else f"{{p{len(parts)}}}"
            parts = (*parts, kind if kind[0] != "{" else below.setdefault(parts, name))
        misplaced = any(part.endswith("+}") for part in parts[:-1])
        is_public = chance == 3
        path = "/" + "/".join(parts)
        # A document may write a path with a trailing slash.
        backend_path = f"{path}/" if slash and parts and not greedy else None
        needed = () if is_public else tuple(sorted(scopes))
        candidate = Route(method, path, needed, is_public, backend_path=backend_path)
        known = {(it.method, it.path) for it in routes}
        if len(parts) < shortest or misplaced or (method, candidate.path) in known:
            continue
        if not indistinguishable(guarded([*routes, candidate])):
            routes.append(candidate)
    return routes


# Every concrete path of up to four segments, from the words in the tables and one other. The longer ones are for
# {name+} and for wildcards that cross slashes.
PATHS = [path for length in range(5) for path in product("ab1", repeat=length)]
PATHS += [("a", "1", "b", "1", "a"), ("b", "1", "1", "1", "b"), ("1", "a", "b", "1", "1", "a")]


@cache
def spellings(path: tuple[str, ...]) -> list[tuple[str, Sequence[str]]]:
    """Other spellings of the path that some server reads as this path, each with its forms in an ARN."""
    return [(spelt, sorted(forms(spelt))) for spelt in _spellings(path)]


def _spellings(path: tuple[str, ...]) -> Iterator[str]:
    plain = "/" + "/".join(path)
    for end in ("", "/", "//", "/.", "/x/..", "/%2E", "/%2e", ";x", "/;x", "/.;", "/%252E", "/.%3B", "/.%3b", "/%00"):
        yield f"{plain}{end}"
    dots = ("..", "%2E%2E", "%2e.", ".%2e", ".%2E", "%252e%252e", "..;", "..%3B", "..%3b")
    slashes = ("%2F", "%2f", "%252F", "%25%32f", "%5C", "%5c", "\\", ";x%2F")
    detours = ["", ".", "%2e", ";x", "%3B", "%3bx", *(f"x/{up}" for up in dots), *(f"x{slash}.." for slash in slashes)]
    for at in range(len(path) + 1):
        for detour in detours:
            yield "/" + "/".join([*path[:at], detour, *path[at:]])
    for at, word in enumerate(path):
        for other in (f"%{ord(word[0]):02x}{word[1:]}", f"%25{ord(word[0]):02x}{word[1:]}", f"{word};x"):
            yield "/" + "/".join([*path[:at], other, *path[at + 1 :]])
    for at in range(1, len(path)):
        for slash in slashes:
            yield f"/{'/'.join(path[:at])}{slash}{'/'.join(path[at:])}"
    for first in "ab1":
        for up in dots:
            yield f"/{first}/{up}{plain}"
        for slash in slashes:
            yield f"/{first}/..{slash}{slash.join(path)}"


def forms(path: str) -> set[str]:
    """The path as an ARN may contain it, as written, decoded, or without empty segments. No spelling contains a NUL."""
    return {it for it in (path, unquote(path), re.sub("/+", "/", path)) if "\0" not in it}
