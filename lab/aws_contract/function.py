"""The Lambda function of the test API, which is its authorizer and its backend. Standard library only."""

import json
from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return _policy(event) if event.get("type") == "TOKEN" else _echo(event)


def _policy(event: dict[str, Any]) -> dict[str, Any]:
    """The policy that the token names: `allow`, `before DATE`, `size BYTES` or `arn CHARACTERS`."""
    arn = event["methodArn"]
    kind, _, value = event["authorizationToken"].partition(" ")
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": [arn.split("/")[0] + "/*"],
    }
    if kind == "before":
        statement["Condition"] = {"DateLessThan": {"aws:CurrentTime": value}}
    elif kind == "arn":
        statement["Resource"].append(arn.split("/")[0].ljust(int(value), "/"))
    elif kind == "size":
        other = arn.split("/")[0] + "/other/GET/"
        statement["Resource"] += [f"{other}{number:0>100}" for number in range(int(value) // (len(other) + 104))]
    elif kind != "allow":
        raise Exception("Unauthorized")
    return {
        "principalId": "caller",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"arn": arn, "text": "theirs", "empty": "", "number": 1, "flag": True},
    }


def _echo(event: dict[str, Any]) -> dict[str, Any]:
    headers = event.get("multiValueHeaders") or {name: [value] for name, value in event["headers"].items()}
    seen = {
        "method": event["httpMethod"],
        "path": event["path"],
        "resource": event["resource"],
        "headers": headers,
        "arn": (event["requestContext"].get("authorizer") or {}).get("arn"),
    }
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(seen)}
