"""A custom host name for a stage."""

import pulumi
from pulumi_aws import apigateway

from infra.api.values import Domain


class CustomDomain(pulumi.ComponentResource):
    """`petstore:api:CustomDomain`: a custom host name.

    Child: the DomainName, regional, with TLS 1.2 or newer only. Pulumi creates it before it turns off the API's AWS
    host name. So a wrong certificate does not make the API unreachable. `target` is the host name for the DNS record
    (an alias or a CNAME) that you create.
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
