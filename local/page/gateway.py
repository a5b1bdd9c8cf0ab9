"""Serves the deployed API, and no other part of MiniStack, from another origin than the page's."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from infra.api.routes import ANY
from local.cloud.sandbox import Deployed
from local.cloud.servers import Answer, Request, Server
from local.cloud.session import session_of_emulator

_TIMEOUT = 30  # seconds; API Gateway itself gives a request 29
_TO_US = ("host", "content-length", "connection", "accept-encoding")
_OF_MINISTACK = ("content-length", "transfer-encoding", "connection", "date")


class Gateway(Server):
    """Serves the deployment that `show` was last called with, to programs and to the page of `origin`."""

    def __init__(self, emulator_url: str, origin: str, port: int = 0) -> None:
        super().__init__(port)
        self._emulator_url = emulator_url
        self._origin = origin
        self._integrations: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.invoke_url = ""

    @property
    def origins(self) -> tuple[str]:
        return (self._origin,)

    def show(self, deployed: Deployed) -> None:
        path = urlsplit(deployed.invoke_url).path
        client = session_of_emulator(deployed.config["aws:region"]).client(
            "apigateway", endpoint_url=self._emulator_url
        )
        resources = client.get_resources(restApiId=deployed.rest_api_id, embed=["methods"], limit=500)["items"]
        client.close()
        self._integrations = {
            (method, resource["path"]): what["methodIntegration"]
            for resource in resources
            for method, what in resource.get("resourceMethods", {}).items()
            if "methodIntegration" in what
        }
        self.invoke_url = f"{self.url}{path}"

    def summary(self, method: str, path: str) -> str:
        """A sentence that describes an allowed call of a deployed route."""
        integration = self._integrations.get((method, path)) or self._integrations.get((ANY, path), {})
        match integration.get("type", "MOCK"):
            case "MOCK":
                return "API Gateway answers with a page"
            case "AWS_PROXY":
                return "Goes to a Lambda function"
            case _:
                return f"Goes to {integration['uri']}"

    def answer(self, request: Request) -> Answer:
        # The rest of MiniStack changes resources, and pages of all origins reach this server.
        if not request.path.startswith(f"{urlsplit(self.invoke_url).path or None}/"):
            return Answer.json({"message": "not found"}, 404)
        try:
            response = requests.request(
                request.method,
                f"{self._emulator_url}{request.path}",
                params=request.query,
                headers={name: value for name, value in request.headers.items() if name.lower() not in _TO_US},
                data=request.body,
                timeout=_TIMEOUT,
                allow_redirects=False,
                auth=lambda prepared: prepared,  # without credentials of a .netrc
            )
        except requests.RequestException:
            return Answer.json({"message": "MiniStack does not answer. Stop `make up`, and start it again."}, 502)
        headers = {name: value for name, value in response.headers.items() if name.lower() not in _OF_MINISTACK}
        return Answer(response.status_code, response.content, headers)
