"""A host name of one's own in front of a stage."""

import pulumi
from pulumi_aws import apigateway

from infra.settings import Settings


class CustomDomain(pulumi.ComponentResource):
    """`petstore:api:CustomDomain`: https://`domainName` serves the stage.

    Children: the DomainName, regional, with TLS 1.2 or newer only, and the BasePathMapping of its root to the stage.
    The DNS record is the owner's to make: an alias, or a CNAME, to `target`.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html
    """

    url: pulumi.Output[str]
    target: pulumi.Output[str]

    def __init__(
        self, name: str, *, stage: apigateway.Stage, settings: Settings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("petstore:api:CustomDomain", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        domain = apigateway.DomainName(
            f"{name}-domain",
            domain_name=settings.domain_name,
            regional_certificate_arn=settings.certificate_arn,
            security_policy="TLS_1_2",
            endpoint_configuration={"types": "REGIONAL"},
            opts=child,
        )
        mapping = apigateway.BasePathMapping(
            f"{name}-base-path-mapping",
            domain_name=domain.domain_name,
            rest_api=stage.rest_api,
            stage_name=stage.stage_name,
            opts=child,
        )
        self.url = pulumi.Output.concat("https://", mapping.domain_name)
        self.target = domain.regional_domain_name
        self.register_outputs({"url": self.url, "target": self.target})
