"""The configuration of Pulumi.prod.yaml, with the values that only its owner knows."""

from tools.project import stack_config

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
PRODUCTION = {
    **stack_config("prod"),
    "petstore:alarmsTo": "oncall@petstore.example",
    "petstore:domainName": "api.petstore.example",
    "petstore:certificateArn": CERTIFICATE,
}
