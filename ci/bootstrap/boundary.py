"""The permissions boundary of every role that a deployment creates.

Without it, the deploy role could create a role and a function with all permissions. The boundary allows only the
actions that the program's own roles need. A function's role writes its log and its traces. API Gateway's role
(`manageAccountLogging`) writes the logs of all APIs of the account, and reads them.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from ci.bootstrap.names import Place
from infra.policies import allow, document


def boundary(place: Place) -> str:
    """The policy, with the actions of `infra.auth.function` and of AWS's AmazonAPIGatewayPushToCloudWatchLogs."""
    own = [place.arn("logs", f"log-group:{name}") for name in ("/aws/apigateway/*", "API-Gateway-Execution-Logs_*")]
    return document(
        allow(
            *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"),
            Resource=place.arn("logs", "*"),  # this role writes the access log of every API
        ),
        allow("logs:GetLogEvents", "logs:FilterLogEvents", Resource=[*own, *place.log_groups]),
        # These actions have no resources: service authorization references of CloudWatch Logs and AWS X-Ray.
        allow("logs:DescribeLogGroups", "xray:PutTraceSegments", "xray:PutTelemetryRecords", Resource="*"),
    )
