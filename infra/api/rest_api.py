"""The REST API itself, and what it says when it refuses a request."""

import pulumi
from pulumi_aws import apigateway

from infra.api.custom_domain import CustomDomain
from infra.api.values import RestApiSettings
from infra.snapshot import Snapshot

# The body AWS would send anyway. Spelt out, or the provider would see its own default come back as a change.
_BODY = {"application/json": '{"message":$context.error.messageString}'}


class RestApi(pulumi.ComponentResource):
    """`petstore:api:RestApi`: a regional REST API without routes.

    Children: with a `domain`, the CustomDomain; the RestApi, which with `protect` Pulumi refuses to delete or
    replace: its id is part of the URL that clients know; a gateway response each for 401, 403 and other 4XX and 5XX,
    readable for a page of `allowed_origin`: without these headers a browser reports a 401 as a network error.
    """

    title: str
    allowed_origin: str
    custom_domain: CustomDomain | None
    rest_api: apigateway.RestApi

    def __init__(
        self,
        name: str,
        *,
        title: str,
        settings: RestApiSettings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("petstore:api:RestApi", name, None, opts)
        self.title, self.allowed_origin = title, settings.allowed_origin
        child = pulumi.ResourceOptions(parent=self)
        self.snapshot = Snapshot()
        self.custom_domain = CustomDomain(name, domain=settings.domain, opts=child) if settings.domain else None
        self.rest_api = self.snapshot.add(
            apigateway.RestApi,
            name,
            name=title,
            description="The PetStore example API behind a JWT authorizer",
            endpoint_configuration={"types": "REGIONAL"},
            # With a host name of its own, the API has one address: what guards that one cannot be gone round.
            disable_execute_api_endpoint=self.custom_domain is not None,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=settings.protect,
                depends_on=[self.custom_domain] if self.custom_domain else None,
            ),
        )
        for response_type, status_code, challenge in (
            # RFC 6750 3: the scheme and the realm; an error code only where the request is known to have had a token,
            # and API Gateway has one answer for a missing token and a refused one.
            ("UNAUTHORIZED", "401", 'Bearer realm="{}"'),
            ("ACCESS_DENIED", "403", 'Bearer realm="{}", error="insufficient_scope"'),
            ("DEFAULT_4XX", None, None),
            ("DEFAULT_5XX", None, None),
        ):
            headers = {"Access-Control-Allow-Origin": settings.allowed_origin}
            if challenge:
                headers["WWW-Authenticate"] = challenge.format(title)
                headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
            self.snapshot.add(
                apigateway.Response,
                f"{name}-{response_type.lower().replace('_', '-')}-response",
                rest_api_id=self.rest_api.id,
                response_type=response_type,
                status_code=status_code,
                response_parameters={f"gatewayresponse.header.{key}": f"'{value}'" for key, value in headers.items()},
                response_templates=_BODY,
                opts=child,
            )
        self.register_outputs({"restApiId": self.rest_api.id})
