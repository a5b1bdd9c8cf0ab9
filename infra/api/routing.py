"""Finds the route to which API Gateway sends a request."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from authorizer.routes import PathTemplate
from infra.api.path_parameters import rank
from infra.api.routes import ANY


class Routable(Protocol):
    """Any object with a method (or ANY) and a path."""

    @property
    def method(self) -> str: ...
    @property
    def template(self) -> PathTemplate: ...


AnyRoute = TypeVar("AnyRoute", bound=Routable)


def routed(routes: Iterable[AnyRoute], method: str, segments: Sequence[str]) -> AnyRoute | None:
    """The route to which API Gateway sends a request with these path segments, or None.

    From the left, API Gateway prefers a literal segment, then `{name}`, then `{name+}`. On one path, it prefers a
    specific method to ANY. It skips a path that has neither.
    """
    candidates = [it for it in routes if it.method in (method, ANY) and it.template.matches(segments)]
    return min(candidates, key=lambda it: ([*map(rank, it.template.segments)], it.method == ANY), default=None)
