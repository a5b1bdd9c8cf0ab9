"""The most that a role made by a deployment can do, whatever its policies say.

Who may make roles and functions could otherwise make one with every right, and have it act. What is left is what the
program's own roles do: a function's writes its log and its traces; API Gateway's (`manageAccountLogging`) writes the
logs of all APIs of the account and reads its own.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from ci.bootstrap.names import Place
from infra.policies import allow, document


def boundary(place: Place) -> str:
    """The policy. Its actions are those of `infra.auth.function` and of AWS's AmazonAPIGatewayPushToCloudWatchLogs."""
    own = [place.arn("logs", f"log-group:{name}") for name in ("/aws/apigateway/*", "API-Gateway-Execution-Logs_*")]
    return document(
        allow(
            *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"),
            Resource=place.arn("logs", "*"),  # that one role writes every API's access log, wherever that is
        ),
        allow("logs:GetLogEvents", "logs:FilterLogEvents", Resource=[*own, *place.log_groups]),
        # No resources that a policy could name: service authorization references of CloudWatch Logs and AWS X-Ray.
        allow("logs:DescribeLogGroups", "xray:PutTraceSegments", "xray:PutTelemetryRecords", Resource="*"),
    )
