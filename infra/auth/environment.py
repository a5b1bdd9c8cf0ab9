"""The function's environment variables, as `authorizer.environment` reads them."""

from collections.abc import Sequence

from authorizer.routes import render_table
from infra.api.routes import Route, guarded
from infra.config.settings import Settings


def variables(settings: Settings, routes: Sequence[Route]) -> dict[str, str]:
    """What the function of a stack with these settings and routes is given."""
    return {
        "TOKEN_ISSUER": settings.token_issuer,
        "AUDIENCE": settings.audience,
        "JWKS_URI": settings.jwks_uri,
        "LEEWAY_SECONDS": str(settings.leeway_in_seconds),
        "ROUTES": render_table(guarded(routes)),
        **({"REVOKED_KIDS": "\n".join(settings.revoked_kids)} if settings.revoked_kids else {}),
    }
