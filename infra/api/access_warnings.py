"""A change that lets in who was kept out is loud: a warning in the preview, and again in the update, names the route.

The program knows what it declares, not what there is. The engine knows both, and tells them to a resource's hooks.
https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
"""

import re
from collections.abc import Mapping
from typing import Any, cast

import pulumi

from authorizer.routes import parse_table
from infra.api.routes import Route

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


def warning_of_scopes(name: str) -> pulumi.ResourceHookBinding:
    """A hook for the function, which speaks where a route asks for fewer scopes than before."""

    def updated(change: pulumi.ResourceHookArgs) -> None:
        before, after = scopes_by_route(change.old_inputs), scopes_by_route(change.new_inputs)
        for route in before.keys() & after.keys():
            if dropped := before[route] - after[route]:
                pulumi.log.warn(f"{route} no longer asks for {' '.join(sorted(dropped))}: more tokens may call it")

    return pulumi.ResourceHookBinding(before_update=[pulumi.ResourceHook(name, updated, _AT_PREVIEW)])


def scopes_by_route(inputs: Mapping[str, Any] | None) -> dict[str, frozenset[str]]:
    """From the function's table; a route as `unnamed` writes it. Empty where the table is not one of ours."""
    try:
        table = cast("Mapping[str, Any]", inputs or {})["environment"]["variables"]["ROUTES"]
        return {unnamed(str(route)): route.scopes for route in parse_table(table)}
    except (KeyError, TypeError, ValueError):
        return {}


def unnamed(route: str) -> str:
    """The route whatever its parameters are called: `GET /pets/{}` for `GET /pets/{petId}`."""
    return re.sub(r"\{[^}+]*", "{", route)
