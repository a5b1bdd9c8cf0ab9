"""Declares the API in Auth0: the format of its tokens, its scopes, and one application with these scopes."""

import textwrap
from collections.abc import Sequence

import pulumi
from pulumi_auth0 import Client, ClientCredentials, ClientGrant, ResourceServer, ResourceServerScope

from infra.api.routes import Route

MAX_DESCRIPTION = 500  # characters that Auth0 accepts


class Api(pulumi.ComponentResource):
    """`petstore:tenant:Api`: an API with the scopes of the routes, whose tokens the authorizer accepts.

    Children: the ResourceServer, a ResourceServerScope for each scope, and a machine-to-machine application: the
    Client, its ClientCredentials, its ClientGrant. `client_secret` is a Pulumi secret, which is stored encrypted.
    """

    audience: pulumi.Output[str]
    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        routes: Sequence[Route],
        audience: str,
        token_lifetime_in_seconds: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("petstore:tenant:Api", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        title = f"PetStore ({pulumi.get_stack()})"
        resource_server = ResourceServer(
            f"{name}-resource-server",
            name=title,
            identifier=audience,
            signing_alg="RS256",
            # Without RBAC, a user's token contains every scope that the application requests.
            enforce_policies=True,
            token_dialect="access_token_authz",  # noqa: S106 - with the claim `permissions`
            token_lifetime=token_lifetime_in_seconds,
            token_lifetime_for_web=token_lifetime_in_seconds,  # otherwise its longer default applies
            allow_offline_access=False,
            # No application gets a token, for itself or for a user, unless it has a grant.
            subject_type_authorization={
                "user": {"policy": "require_client_grant"},
                "client": {"policy": "require_client_grant"},
            },
            opts=child,
        )
        # One resource for each scope, not ResourceServerScopes. Pulumi creates new scopes before it updates the grant,
        # and deletes old ones after. So the grant never contains a scope that the API does not have.
        asked_for_by = scopes_of(routes)
        scopes = [
            ResourceServerScope(
                f"{name}-{scope}-scope",
                resource_server_identifier=resource_server.identifier,
                scope=scope,
                description=textwrap.shorten(f"Required by {', '.join(by)}", MAX_DESCRIPTION, placeholder=" ..."),
                opts=child,
            )
            for scope, by in asked_for_by.items()
        ]
        client = Client(
            f"{name}-client",
            name=f"{title} client",
            description="Calls the PetStore API on its own behalf",
            app_type="non_interactive",
            grant_types=["client_credentials"],
            oidc_conformant=True,
            opts=child,
        )
        credentials = ClientCredentials(
            f"{name}-client-credentials",
            client_id=client.id,
            authentication_method="client_secret_post",
            opts=child,
        )
        ClientGrant(
            f"{name}-client-grant",
            client_id=client.id,
            audience=resource_server.identifier,
            scopes=list(asked_for_by),
            subject_type="client",
            opts=pulumi.ResourceOptions(parent=self, depends_on=scopes),
        )
        self.audience, self.client_id = resource_server.identifier, client.id
        self.client_secret = pulumi.Output.secret(credentials.client_secret.apply(_warn_if_empty))
        self.register_outputs({"audience": self.audience, "clientId": self.client_id})


def scopes_of(routes: Sequence[Route]) -> dict[str, list[str]]:
    """Every scope that a route needs, sorted, with its routes."""
    scopes = sorted({scope for route in routes for scope in route.scopes})
    return {scope: [str(route) for route in routes if scope in route.scopes] for scope in scopes}


def _warn_if_empty(secret: str | None) -> str:
    if not secret:
        pulumi.log.warn(
            "Auth0 did not return the client's secret, so the output clientSecret is empty. "
            "Grant read:client_keys to the application auth0:clientId and run `pulumi up --refresh`."
        )
    return secret or ""
