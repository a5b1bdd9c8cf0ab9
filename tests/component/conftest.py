"""Constructs components through the provider, with mocks instead of the engine."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.provider.server import ProviderServicer
from pulumi.runtime import rpc

from component.provider import PackageProvider
from tools.preview.mock_recorder import Declared, declare

UNKNOWN = rpc.UNKNOWN  # the engine's marker for a value that is known only after the deployment
MINIMAL = {
    "issuer": "https://petstore-test.eu.auth0.com/",
    "audience": "https://petstore.example/api",
    "routes": [{"method": "GET", "path": "/pets"}, {"method": "POST", "path": "/pets", "scopes": ["create:pets"]}],
}
OF_API = {"restApiId": "api1", "executionArn": "arn:aws:execute-api:eu-west-1:123456789012:api1"}
BACKEND = {"backendUrl": "https://backend.example"}
COMPONENTS = {"JwtAuthorizer": OF_API, "JwtAuthorizerFunction": {}, "ProtectedRestApi": BACKEND}


def secret(value: object) -> dict[str, object]:
    """A secret in the engine's encoding."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def construct(
    component: str, inputs: Mapping[str, Any] | None = None, *, name: str = "shop", without: str = ""
) -> Declared:
    """Declare a component with the minimal inputs and these. The component's outputs become the stack's."""
    given = {**MINIMAL, **COMPONENTS[component], **(inputs or {})}
    given.pop(without, None)

    def program() -> None:
        struct = json_format.ParseDict(given, struct_pb2.Struct())

        async def outputs() -> Any:
            read = await ProviderServicer._construct_inputs(struct, {})
            result = PackageProvider().construct(name, f"jwt-authorizer:index:{component}", read)
            urn = await pulumi.Output.from_input(result.urn).future()
            return {"urn": urn, **result.state}

        pulumi.export("outputs", pulumi.Output.from_input(outputs()))

    return declare({}, program, project="consumer")


@pytest.fixture
def mistakes() -> Callable[..., list[str]]:
    """Returns the lines of the error for these inputs."""

    def found(component: str, inputs: Mapping[str, Any] | None = None, *, without: str = "") -> list[str]:
        with pytest.raises(pulumi.InputPropertiesError) as error:
            construct(component, inputs, without=without)
        return str(error.value.message).splitlines()

    return found
