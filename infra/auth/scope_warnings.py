"""A warning in the preview, and again in the update, where a route asks for fewer scopes than before.

The engine knows the function's table as it is and as it will be, and tells both to a resource's hook.
https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
"""

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from authorizer.path_template import PathTemplate
from authorizer.routes import parse_table


def warning_of_scopes(name: str) -> pulumi.ResourceHookBinding:
    """A hook for the function, which speaks where a route asks for fewer scopes than before."""

    def updated(change: pulumi.ResourceHookArgs) -> None:
        before, after = scopes_by_route(change.old_inputs), scopes_by_route(change.new_inputs)
        for route in before.keys() & after.keys():
            if dropped := before[route] - after[route]:
                pulumi.log.warn(f"{route} no longer asks for {' '.join(sorted(dropped))}: more tokens may call it")

    hook = pulumi.ResourceHook(name, updated, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_update=[hook])


def scopes_by_route(inputs: Mapping[str, Any] | None) -> dict[str, frozenset[str]]:
    """From the function's table; a route as `unnamed` writes it. Empty where the table is not one of ours."""
    try:
        table = cast("Mapping[str, Any]", inputs or {})["environment"]["variables"]["ROUTES"]
        return {unnamed(str(route)): route.scopes for route in parse_table(table)}
    except (KeyError, TypeError, ValueError):
        return {}


def unnamed(route: str) -> str:
    """The route whatever its parameters are called: `GET /pets/{}` for `GET /pets/{petId}`."""
    method, _, path = route.partition(" ")
    return f"{method} {PathTemplate.parse(path).fill('{}', '{+}')}"
