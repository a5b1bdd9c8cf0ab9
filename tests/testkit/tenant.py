"""Runs the tenant program under Pulumi's mocks, with its project and a fake Auth0."""

import contextlib
import runpy
from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.stack import Stack

from infra.api.routes import Route
from tenant.api import Api
from tools.preview.mock_recorder import Declared, Recorder, declare
from tools.project import ROOT

FOLDER = ROOT / "tenant"
AUDIENCE = "https://petstore.example/api"
CONFIG = {"auth0:domain": "petstore-test.eu.auth0.com", "petstore-tenant:audience": AUDIENCE}
SECRET = "the secret that Auth0 has made up"


class Tenant(Recorder):
    """A fake Auth0, which returns a client's secret to its own stack only."""

    secret: str | None = SECRET

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        resource_id, outputs = super().new_resource(args)
        return resource_id, {**outputs, "clientSecret": self.secret} if "ClientCredentials" in args.typ else outputs


def program() -> None:
    """Runs `__main__.py`, and outputs whether Pulumi treats each output as a secret: `clientSecret is secret`."""
    runpy.run_path(str(FOLDER / "__main__.py"), run_name="__main__")
    root = pulumi.runtime.get_root_resource()
    assert isinstance(root, Stack)
    for name, value in list(root.outputs.items()):
        pulumi.export(f"{name} is secret", pulumi.Output.from_input(pulumi.Output.from_input(value).is_secret()))


def with_routes(*routes: Route) -> Callable[[], None]:
    """A program that declares the API for other routes than the repository's."""
    return lambda: Api("petstore", routes=routes, audience=AUDIENCE, token_lifetime_in_seconds=3600) and None


def run(
    config: Mapping[str, str] | None = None, program: Callable[[], None] = program, secret: str | None = SECRET
) -> Declared:
    """Run a program with `CONFIG`, updated with `config`."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch("tools.program.PROJECT", "petstore-tenant"))
        stack.enter_context(patch("tools.preview.mock_recorder.CONFIG", {}))
        stack.enter_context(patch("tools.preview.mock_recorder.Recorder", Tenant))
        stack.enter_context(patch.object(Tenant, "secret", secret))
        return declare({**CONFIG, **(config or {})}, program)
