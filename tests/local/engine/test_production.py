"""The program with all production settings, and deployments that fail half-way, on the embedded AWS."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from pulumi.runtime.mocks import MockResourceArgs

from local.cloud.sandbox import Sandbox
from local.engine.deploy import Deployer
from local.engine.operations import OPERATIONS
from tests.testkit.production import PRODUCTION
from tools.program import run
from tools.project import PROJECT, STACK, stack_config

pytestmark = pytest.mark.xdist_group("production")  # It has its own sandbox.
DOMAIN = "api.petstore.example"
EVERYTHING = {
    **{key: value for key, value in PRODUCTION.items() if key.startswith(f"{PROJECT}:")},
    f"{PROJECT}:manageAccountLogging": "true",
    f"{PROJECT}:provisionedConcurrency": "2",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(domain_name=DOMAIN) as sandbox:
        sandbox.emulator.wait()
        yield sandbox


class FailingDeployment(Deployer):
    """A deployment that fails at the first resource of a type, or at none if the type is None."""

    def __init__(self, sandbox: Sandbox, dies_at: str | None) -> None:
        super().__init__(sandbox.emulator.url, "us-east-1")
        self._dies_at = dies_at

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if args.typ == self._dies_at:
            raise ConnectionError(f"the run died at {args.name}")
        return super().new_resource(args)


def deploy(sandbox: Sandbox, dies_at: str | None = None) -> str:
    """Deploy everything and return the stage's URL here."""
    config = {**stack_config(STACK), **EVERYTHING, f"{PROJECT}:tokenIssuer": sandbox.issuer.issuer}
    config[f"{PROJECT}:backendUrl"] = f"{sandbox.backend.url}{urlsplit(config[f'{PROJECT}:backendUrl']).path}"
    outputs = run(FailingDeployment(sandbox, dies_at), stack=STACK, config=config)
    return sandbox.emulator.invoke_url(outputs["restApiId"], outputs["stageName"])


def answers(sandbox: Sandbox, url: str, **headers: str) -> list[int]:
    """The statuses of GET /pets without a token and with one."""
    credentials = {"Authorization": f"Bearer {sandbox.issuer.mint()}"}
    return [
        requests.get(f"{url}/pets", headers={**headers, **more}, timeout=30).status_code for more in ({}, credentials)
    ]


def test_the_domain_and_the_stage_invoke_the_authorizer_through_its_alias(sandbox: Sandbox):
    url = deploy(sandbox)
    assert answers(sandbox, url) == [401, 200]
    assert answers(sandbox, sandbox.emulator.url, Host=DOMAIN) == [401, 200]


@pytest.mark.slow
def test_deployments_that_fail_at_each_type_allow_no_request_and_are_repaired_by_running_again(sandbox: Sandbox):
    for dies_at in sorted(OPERATIONS):
        with pytest.raises(ConnectionError, match="the run died"):
            deploy(sandbox, dies_at)
        without_token, _ = answers(sandbox, sandbox.emulator.url, Host=DOMAIN)
        assert without_token != 200, dies_at
    assert answers(sandbox, deploy(sandbox)) == [401, 200]
