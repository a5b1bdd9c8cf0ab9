"""Deploys the program to MiniStack through the AWS API, in the place of Pulumi's engine and its AWS provider.

    python -m local.deploy URL < configuration.json

A process of its own, so that a changed program is read anew. Prints the stack's outputs as JSON; progress and errors
go to standard error.
"""

import json
import sys
import threading
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pulumi import RunError
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks
from rich.console import Console

from local.operations import AUTO_NAMED, OPERATIONS
from local.program import run

STACK = "local"


class DeploymentError(Exception):
    """A resource could not be made. The message names it and says what AWS said."""


class Deployer(Mocks):
    """Makes each resource that the program declares, when it declares it."""

    def __init__(self, endpoint: str, region: str) -> None:
        session = boto3.Session("test", "test", region_name=region)
        services = {operation.service for operations in OPERATIONS.values() for operation in operations}
        options = Config(retries={"total_max_attempts": 1}, max_pool_connections=32)
        self._clients = {name: session.client(name, endpoint_url=endpoint, config=options) for name in services}
        self._region = region
        self._lock = threading.Lock()
        self.made = 0

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if not args.custom:
            return None, args.inputs
        if args.typ not in OPERATIONS:
            raise DeploymentError(f"{args.name}: local/operations.py has no entry for {args.typ}; add one")
        inputs = _plain(args.inputs)
        if args.typ in AUTO_NAMED:
            inputs.setdefault("name", args.name)
        state = {**inputs, "region": self._region}
        outputs = dict(args.inputs)
        for operation in OPERATIONS[args.typ]:
            try:
                response = getattr(self._clients[operation.service], operation.name)(**operation.parameters(inputs))
            except (BotoCoreError, ClientError) as error:
                raise DeploymentError(f"{args.name} ({args.typ}): {operation.name}: {error}") from error
            state |= response
            outputs |= operation.outputs(state)
        with self._lock:  # resources that do not depend on one another are made at the same time
            self.made += 1
        return OPERATIONS[args.typ][-1].id(state), {**inputs, **outputs}

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        raise DeploymentError(f"the program calls {args.token}, which the local run does not have")


def _plain(value: Any) -> Any:
    """Pulumi sends every number as a float; AWS tells 30 from 30.0."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def main() -> int:
    (endpoint,) = sys.argv[1:]
    config = json.load(sys.stdin)
    console = Console(stderr=True)
    deployer = Deployer(endpoint, config["aws:region"])
    try:
        with console.status("Deploying the program to MiniStack ...") as status:
            ticker = threading.Event()

            def show() -> None:
                while not ticker.wait(0.1):
                    status.update(f"Deploying the program to MiniStack: {deployer.made} resources made")

            threading.Thread(target=show, daemon=True).start()
            try:
                outputs = run(deployer, stack=STACK, config=config)
            finally:
                ticker.set()
    except (DeploymentError, RunError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    json.dump({"outputs": outputs, "resources": deployer.made}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
