"""Routes that no policy can separate, because their path parameters overlap and their scopes differ."""

from collections.abc import Iterable, Iterator

from authorizer.routes import STAR, GuardedRoute, group_methods, reaches, wildcard_matches
from infra.api.path_parameters import rank


def indistinguishable(routes: Iterable[GuardedRoute]) -> list[tuple[GuardedRoute, GuardedRoute, GuardedRoute]]:
    """The triples (allowed, denied, hit) of routes for which no policy is right.

    A token may call `allowed`. The wildcard of `allowed` matches `denied`, which the token may not call. A policy that
    denies `denied` would also deny `hit`, which the token may call.
    """
    return [
        (allowed._replace(method=method), denied._replace(method=method), hit._replace(method=method))
        for methods, table in group_methods(routes)
        for allowed, denied, hit in _indistinguishable(table)
        for method in methods
    ]


def _indistinguishable(table: list[GuardedRoute]) -> Iterator[tuple[GuardedRoute, GuardedRoute, GuardedRoute]]:
    with_parameters = [route for route in table if STAR in route.pattern]
    for denied in with_parameters:
        reaching = [it for it in with_parameters if it is not denied and wildcard_matches(it, denied)]
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

    From the left, API Gateway prefers a literal segment, then `{name}`, then `{name+}`. The result is true only if the
    only parameter of `winner` takes the rest of the path, or if both routes have the same length.
    """
    takes_the_rest = winner.template.greedy and STAR not in winner.pattern[:-1]
    of_one_length = (
        not winner.template.greedy and not other.template.greedy and len(winner.segments) == len(other.segments)
    )
    if not takes_the_rest and not of_one_length:
        return False
    for ours, theirs in zip(map(rank, winner.segments), map(rank, other.segments), strict=False):
        if ours != theirs:
            return ours < theirs
    return False
