"""Declares the REST API, and its responses to requests that it refuses."""

import json
from collections.abc import Sequence

import pulumi
from pulumi_aws import apigateway

from infra.api.custom_domain import CustomDomain
from infra.api.values import RestApiSettings
from infra.snapshot import Snapshot

# AWS's default body. Without it, the provider would find its own default as a change.
_BODY = {"application/json": '{"message":$context.error.messageString}'}


class RestApi(pulumi.ComponentResource):
    """`petstore:api:RestApi`: a REST API without routes.

    Children: the CustomDomain, if there is a `domain`; the RestApi; and gateway responses for 401, 403, other 4XX, and
    5XX. These have CORS headers, without which a browser reports a 401 as a network error. With `protect`, Pulumi
    refuses to delete or replace the RestApi, because its id is part of the URL that clients use.
    """

    title: str
    binary_media_types: Sequence[str]
    custom_domain: CustomDomain | None
    rest_api: apigateway.RestApi

    def __init__(
        self,
        name: str,
        *,
        title: str,
        description: str,
        settings: RestApiSettings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("petstore:api:RestApi", name, None, opts)
        self.title, self.binary_media_types = title, settings.binary_media_types
        child = pulumi.ResourceOptions(parent=self)
        self.snapshot = Snapshot()
        self.custom_domain = CustomDomain(name, domain=settings.domain, opts=child) if settings.domain else None
        endpoint: apigateway.RestApiEndpointConfigurationArgsDict = {"types": settings.endpoint_type}
        if settings.vpc_endpoint_ids:
            endpoint["vpc_endpoint_ids"] = list(settings.vpc_endpoint_ids)
        self.rest_api = self.snapshot.add(
            apigateway.RestApi,
            name,
            name=title,
            description=description,
            endpoint_configuration=endpoint,
            # A private API without a resource policy refuses all callers.
            policy=_from_endpoints(settings.vpc_endpoint_ids) if settings.vpc_endpoint_ids else None,
            binary_media_types=list(settings.binary_media_types) or None,
            # With a custom host name, the API has one address, so callers cannot bypass protections of that address.
            disable_execute_api_endpoint=self.custom_domain is not None,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=settings.protect,
                depends_on=[self.custom_domain] if self.custom_domain else None,
            ),
        )
        for response_type, status_code, challenge in (
            # RFC 6750 3: the scheme and the realm. An error code is only for requests with a token, and API Gateway
            # has the same response for a missing token and a refused one.
            ("UNAUTHORIZED", "401", 'Bearer realm="{}"'),
            ("ACCESS_DENIED", "403", 'Bearer realm="{}", error="insufficient_scope"'),
            ("DEFAULT_4XX", None, None),
            ("DEFAULT_5XX", None, None),
        ):
            headers = settings.cors.headers(("WWW-Authenticate",) if challenge else ())
            if challenge:
                headers["WWW-Authenticate"] = f"'{challenge.format(title)}'"
            self.snapshot.add(
                apigateway.Response,
                f"{name}-{response_type.lower().replace('_', '-')}-response",
                rest_api_id=self.rest_api.id,
                response_type=response_type,
                status_code=status_code,
                response_parameters={f"gatewayresponse.header.{key}": value for key, value in headers.items()},
                response_templates=_BODY,
                opts=child,
            )
        self.register_outputs({"restApiId": self.rest_api.id})


def _from_endpoints(vpc_endpoint_ids: Sequence[str]) -> str:
    """A policy that allows calls only through these VPC endpoints.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-create.html
    """
    calls = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    through = {"aws:SourceVpce": list(vpc_endpoint_ids)}
    statements = [
        {"Effect": "Allow", **calls},
        {"Effect": "Deny", **calls, "Condition": {"StringNotEquals": through}},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
