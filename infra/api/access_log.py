"""The access log: one JSON object for each request to the stage."""

import json

import pulumi
from pulumi_aws import cloudwatch

from infra.names import stack_name

# The request, its response, the part that answered, and the duration. No headers, because one is the token.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
FIELDS = {
    "requestId": "$context.requestId",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "errorType": "$context.error.responseType",
    "responseLatency": "$context.responseLatency",
    "integrationStatus": "$context.integration.status",
    "authorizerStatus": "$context.authorizer.status",
    "authorizerLatency": "$context.authorizer.latency",
    "principalHash": "$context.authorizer.principalHash",  # the `subject` of the authorizer's own log
}
METRIC = "ThrottledRequests"


class AccessLog(pulumi.ComponentResource):
    """`petstore:api:AccessLog`: the stage's access log.

    Children: the LogGroup, and a LogMetricFilter that counts the requests to which the stage's throttle answered 429,
    because API Gateway has no metric for them. `metric` has that count's namespace and name.
    """

    arn: pulumi.Output[str]
    format: str
    metric: tuple[str, str]

    def __init__(self, name: str, *, retention_in_days: int, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("petstore:api:AccessLog", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        log_group = cloudwatch.LogGroup(f"{name}-access-log-group", retention_in_days=retention_in_days, opts=child)
        self.metric = (stack_name(), METRIC)
        cloudwatch.LogMetricFilter(
            f"{name}-throttled-filter",
            log_group_name=log_group.name,
            pattern='{ $.errorType = "THROTTLED" }',
            metric_transformation={
                "namespace": self.metric[0],
                "name": self.metric[1],
                "value": "1",
                "default_value": "0",
                "unit": "Count",
            },
            opts=child,
        )
        self.arn, self.format = log_group.arn, json.dumps(FIELDS)
        self.register_outputs({"arn": self.arn})
