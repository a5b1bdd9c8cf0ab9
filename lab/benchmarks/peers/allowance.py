"""The answer of the Python peers: the tutorial's policy, which allows only the requested method."""

from typing import Any


def allow(subject: str, method_arn: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": method_arn}
    return {"principalId": subject, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
