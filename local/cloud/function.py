"""Creates substitutes for Lambda functions that the program names but does not declare, because they exist on AWS."""

import io
import zipfile
from contextlib import suppress
from functools import cache
from typing import Any

from local.cloud.session import session_of_emulator

_HANDLER = '''"""Says who called, and with what."""
import json


def handler(event, _):
    caller = event["requestContext"].get("authorizer", {})
    answer = {"method": event["httpMethod"], "path": event["path"], "authorizer": caller}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(answer)}
'''


class Functions:
    """The functions on MiniStack. The region is that of a function's ARN, or else that of the deployment."""

    def __init__(self, endpoint: str, region: str) -> None:
        self._region = region
        session = session_of_emulator(region)
        self._client = cache(lambda region: session.client("lambda", region_name=region, endpoint_url=endpoint))

    def client_of(self, function: str, qualifier: str | None) -> Any:
        """A client that finds this function, given by name or ARN, and its alias or version.

        If there is no such function, a substitute is created.
        """
        name = function.rpartition(":")[2]
        client = self._client(function.split(":")[3] if name != function else self._region)
        try:
            client.get_function(FunctionName=name, **({"Qualifier": qualifier} if qualifier else {}))
        except client.exceptions.ResourceNotFoundException:
            _create(client, name, qualifier)
        return client


def _create(client: Any, name: str, qualifier: str | None) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", _HANDLER)
    with suppress(client.exceptions.ResourceConflictException):  # it exists, with another alias
        client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role="arn:aws:iam::000000000000:role/stand-in",
            Handler="index.handler",
            Code={"ZipFile": code.getvalue()},
        )
    if qualifier:
        version = client.publish_version(FunctionName=name)["Version"]
        if not qualifier.isdecimal():
            client.create_alias(FunctionName=name, Name=qualifier, FunctionVersion=version)
