"""A change that lets in who was kept out is loud: a warning in the preview, and again in the update, names the route.

The program knows what it declares, not what there is. The engine knows both, and tells them to a resource's hooks.
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
    """Hooks for a route's method, which speak where a public one is new or was protected. Preflights always are."""
    if not route.public or route.method == "OPTIONS":
        return None

    def created(_: pulumi.ResourceHookArgs) -> None:
        pulumi.log.warn(f"{route} is new, and open to everyone: no token is asked for")

    def updated(change: pulumi.ResourceHookArgs) -> None:
        if (change.old_inputs or {}).get("authorization") != "NONE":
            pulumi.log.warn(f"{route} was protected, and is opened to everyone: no token is asked for")

    return pulumi.ResourceHookBinding(
        before_create=[pulumi.ResourceHook(f"{name}-created-public", created, _AT_PREVIEW)],
        before_update=[pulumi.ResourceHook(f"{name}-made-public", updated, _AT_PREVIEW)],
    )


def warning_of_scopes(name: str, routes: Sequence[Route]) -> pulumi.ResourceHookBinding:
    """A hook for the component of the function, which speaks where requests need fewer scopes than before.

    `routes`: all that the program declares. A request may have gone to another route before: to an ANY, or to a
    parameter that its path fits.
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
            if not here or now.method != was.method:  # a public method of its own speaks for itself
                yield f"{was} was protected, and goes to {now}, which is open to everyone: no token is asked for"
        elif dropped := was.scopes.difference(now.scopes):
            what = f"{now} no longer asks for" if here else f"{was} goes to {now}, which does not ask for"
            yield f"{what} {' '.join(sorted(dropped))}: more tokens may call it"
    for now in guarded(routes):
        was = routed(before, now.method, _request(now))
        if was and unnamed(was.path) != unnamed(now.path) and (dropped := was.scopes - now.scopes):
            yield f"{now} went to {was}, and no longer asks for {' '.join(sorted(dropped))}: more tokens may call it"


def _request(route: GuardedRoute) -> Sequence[str]:
    """The segments of a request that fits no literal but the route's own."""
    return [part.partition("}")[0] for part in route.segments]


def guarded_before(inputs: Mapping[str, Any] | None) -> tuple[GuardedRoute, ...]:
    """From the component's variables. Empty where it had none, or no table of ours."""
    try:
        return parse_table(cast("Mapping[str, Any]", inputs or {})["variables"]["ROUTES"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return ()


def unnamed(route: str) -> str:
    """The route whatever its parameters are called: `GET /pets/{}` for `GET /pets/{petId}`."""
    method, _, path = route.rpartition(" ")
    unnamed_path = fill(PathTemplate.parse(path), "{}", "{+}")
    return f"{method} {unnamed_path}" if method else unnamed_path
