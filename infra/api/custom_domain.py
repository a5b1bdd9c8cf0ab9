"""A host name of one's own in front of a stage."""

import pulumi
from pulumi_aws import apigateway

from infra.api.values import Domain


class CustomDomain(pulumi.ComponentResource):
    """`petstore:api:CustomDomain`: a host name of its own.

    Child: the DomainName, regional, with TLS 1.2 or newer only. It comes before the API, which gives up AWS's host name
    for it: a certificate that AWS does not take must not cost the API the name that it has. `target` is what the DNS
    record, an alias or a CNAME, has to point to; that is the owner's to make.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html
    """

    domain: apigateway.DomainName
    target: pulumi.Output[str]

    def __init__(self, name: str, *, domain: Domain, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("petstore:api:CustomDomain", name, None, opts)
        self.domain = apigateway.DomainName(
            f"{name}-domain",
            domain_name=domain.name,
            regional_certificate_arn=domain.certificate_arn,
            security_policy="TLS_1_2",
            endpoint_configuration={"types": "REGIONAL"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.target = self.domain.regional_domain_name
        self.register_outputs({"target": self.target})
