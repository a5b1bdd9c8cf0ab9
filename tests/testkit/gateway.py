"""Which route API Gateway sends a request to, and route tables for tests to draw."""

from collections.abc import Iterable, Sequence
from itertools import product

from hypothesis import strategies as st

from authorizer.routes import GuardedRoute, indistinguishable

STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc123/test"


def route(line: str) -> GuardedRoute:
    """`GET /pets/{petId} read:pets` as a route."""
    method, path, *scopes = line.split()
    return GuardedRoute(method, path, frozenset(scopes))


def table(*lines: str) -> tuple[GuardedRoute, ...]:
    return tuple(map(route, lines))


def arn(method: str, path: str, stage: str = STAGE) -> str:
    """The method ARN of a request, its path as the caller spelt it."""
    return f"{stage}/{method}{path}"


def routed(routes: Iterable[GuardedRoute], method: str, path: Sequence[str]) -> GuardedRoute | None:
    """The route for these path segments: from the left, a literal goes before {name} and that before {name+}."""
    candidates = [it for it in routes if it.method == method and _fits(it.segments, path)]
    return min(candidates, key=lambda it: [_rank(part) for part in it.segments], default=None)


def _rank(part: str) -> int:
    return 2 if part.endswith("+}") else 1 if part.startswith("{") else 0


def _fits(segments: Sequence[str], path: Sequence[str]) -> bool:
    if segments and _rank(segments[-1]) == 2 and len(path) > len(segments):
        path = path[: len(segments)]
    pairs = zip(segments, path, strict=False)
    return len(path) == len(segments) and all(_rank(ours) or ours == theirs for ours, theirs in pairs)


@st.composite
def tables(draw: st.DrawFn, shortest: int = 1) -> tuple[GuardedRoute, ...]:
    """Routes that API Gateway takes beside each other (one parameter name below a parent) and a policy can keep apart.

    `shortest` is the least number of segments of a path.
    """
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["GET", "GET", "GET", "POST"]),
                st.lists(st.sampled_from(["a", "b", "{}"]), max_size=4).map(tuple),
                st.booleans(),
                st.sets(st.sampled_from("xyz"), max_size=2),
            ),
            min_size=2,
            max_size=6,
            unique_by=lambda it: it[:3],
        )
    )
    routes: list[GuardedRoute] = []
    below: dict[tuple[str, ...], str] = {}
    for method, kinds, greedy, scopes in drawn:
        parts: tuple[str, ...] = ()
        for kind in (*kinds, "{+}") if greedy else kinds:
            name = f"{{p{len(parts)}+}}" if kind == "{+}" else f"{{p{len(parts)}}}"
            parts = (*parts, kind if kind[0] != "{" else below.setdefault(parts, name))
        misplaced = any(part.endswith("+}") for part in parts[:-1])
        candidate = GuardedRoute(method, "/" + "/".join(parts), frozenset(scopes))
        known = {(it.method, it.path) for it in routes}
        if len(parts) < shortest or misplaced or (method, candidate.path) in known:
            continue
        if not indistinguishable([*routes, candidate]):
            routes.append(candidate)
    return tuple(routes)


# Every concrete path of up to four segments, of the words that the tables know and of one that they do not. The longer
# ones are for {name+} and for wildcards that cross slashes.
PATHS = [path for length in range(5) for path in product("ab1", repeat=length)]
PATHS += [("a", "1", "b", "1", "a"), ("b", "1", "1", "1", "b"), ("1", "a", "b", "1", "1", "a")]
