"""CloudWatch's embedded metric format: a line of the log that says of itself which of its members are metrics.

The function calls nobody for it. What each decision counts under is one of a closed set: the outcomes, and the reasons
of `authorizer.errors`. How often one occurred is the number of samples of its duration.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import os

NAMESPACE = "JwtAuthorizer"
FUNCTION = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "none")  # Lambda sets it; a dimension may not be empty
DURATION = "duration_ms"
JWKS_FAILURES, JWKS_AGE = "jwks_failures", "jwks_age_seconds"


def _embedded(dimensions: list[list[str]], metrics: dict[str, str]) -> str:
    """The end of a line as JSON, from behind its last member up to the moment in milliseconds since 1970."""
    definitions = [{"Name": name, "Unit": unit} for name, unit in metrics.items()]
    directive = {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": definitions}
    members = {"function": FUNCTION, "_aws": {"CloudWatchMetrics": [directive], "Timestamp": 0}}
    return "," + json.dumps(members, separators=(",", ":"))[1:].removesuffix("0}}")


# Worked out once: a decision must not wait for what never changes.
DECISION = _embedded([["function", "outcome"], ["function", "reason"]], {DURATION: "Milliseconds"})
REFRESH_FAILED = _embedded([["function"]], {JWKS_FAILURES: "Count", JWKS_AGE: "Seconds"})
