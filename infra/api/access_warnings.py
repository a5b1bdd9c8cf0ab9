"""Warns in previews and updates when a route becomes public or needs fewer scopes.

The program knows only its new resources. The engine also knows the existing ones, and passes both to resource hooks.
https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import pulumi

from authorizer.routes import GuardedRoute, PathTemplate, parse_table
from infra.api.path_parameters import fill
from infra.api.routes import Route, guarded
from infra.api.routing import routed

_AT_PREVIEW = pulumi.ResourceHookOptions(on_dry_run=True)


def warning_of_opening(name: str, route: Route) -> pulumi.ResourceHookBinding | None:
    """Hooks for a route's method, which warn if a public route is new or was protected.

    Returns None for a protected route.
    """
    if not route.public or route.method == "OPTIONS":
        return None

    def created(_: pulumi.ResourceHookArgs) -> None:
        pulumi.log.warn(f"{route} is new and public: it needs no token")

    def updated(change: pulumi.ResourceHookArgs) -> None:
        if (change.old_inputs or {}).get("authorization") != "NONE":
            pulumi.log.warn(f"{route} was protected and becomes public: it needs no token")

    return pulumi.ResourceHookBinding(
        before_create=[pulumi.ResourceHook(f"{name}-created-public", created, _AT_PREVIEW)],
        before_update=[pulumi.ResourceHook(f"{name}-made-public", updated, _AT_PREVIEW)],
    )


def warning_of_scopes(name: str, routes: Sequence[Route]) -> pulumi.ResourceHookBinding:
    """A hook for the function's component, which warns if requests need fewer scopes than before.

    `routes`: all routes of the program. Before the change, a request may have gone to another route: one with ANY, or
    one with a path parameter.
    """

    def updated(change: pulumi.ResourceHookArgs) -> None:
        for warning in dict.fromkeys(_dropped(guarded_before(change.old_inputs), routes)):
            pulumi.log.warn(warning)

    return pulumi.ResourceHookBinding(before_update=[pulumi.ResourceHook(name, updated, _AT_PREVIEW)])


def _dropped(before: Sequence[GuardedRoute], routes: Sequence[Route]) -> Iterator[str]:
    for was in before:
        now = routed(routes, was.method, _request(was))
        if now is None:
            continue
        here = unnamed(now.path) == unnamed(was.path)
        if now.public:
            if not here or now.method != was.method:  # for a route with its own public method, the other hook warns
                yield f"{was} was protected, and its requests go to {now}, which is public: they need no token"
        elif dropped := was.scopes.difference(now.scopes):
            what = f"{now} no longer needs" if here else f"requests for {was} go to {now}, which does not need"
            yield f"{what} {' '.join(sorted(dropped))}: more tokens may call it"
    for now in guarded(routes):
        was = routed(before, now.method, _request(now))
        if was and unnamed(was.path) != unnamed(now.path) and (dropped := was.scopes - now.scopes):
            yield f"{now} went to {was}, and no longer needs {' '.join(sorted(dropped))}: more tokens may call it"


def _request(route: GuardedRoute) -> Sequence[str]:
    """The segments of a request for the route. A parameter's value equals no literal of another route."""
    return [part.partition("}")[0] for part in route.segments]


def guarded_before(inputs: Mapping[str, Any] | None) -> tuple[GuardedRoute, ...]:
    """The protected routes in the component's old variables; empty if these have no route table."""
    try:
        return parse_table(cast("Mapping[str, Any]", inputs or {})["variables"]["ROUTES"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return ()


def unnamed(route: str) -> str:
    """The route with its parameter names removed: `GET /pets/{}` for `GET /pets/{petId}`."""
    method, _, path = route.rpartition(" ")
    unnamed_path = fill(PathTemplate.parse(path), "{}", "{+}")
    return f"{method} {unnamed_path}" if method else unnamed_path
