"""A change that lets in who was kept out is loud: a warning in the preview, and again in the update, names the route.

The program knows what it declares, not what there is. The engine knows both, and tells them to a resource's hooks.
https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
"""

import pulumi

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
