"""IAM policy documents, as the JSON that AWS accepts."""

import json


def allow(*actions: str, **statement: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(actions), **statement}


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(service: str) -> str:
    """The trust policy of a role that one AWS service may assume."""
    return document(allow("sts:AssumeRole", Principal={"Service": service}))
