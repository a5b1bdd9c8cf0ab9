"""Deploys the program to MiniStack through the AWS API, in the place of Pulumi's engine and its AWS provider.

    python -m local.engine.deploy URL < configuration.json

A process of its own, so that a changed program is read anew. Prints the stack's outputs as JSON; progress and errors
go to standard error.
"""

import json
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pulumi import RunError
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks
from rich.console import Console

from local.cloud.emulator import reset
from local.engine.operations import AUTO_NAMED, OPERATIONS, READS
from tools.program import run
from tools.project import ROOT, STACK


class DeploymentError(Exception):
    """A resource could not be made. The message names it and says what AWS said."""


class Deployer(Mocks):
    """Makes each resource that the program declares, when it declares it."""

    def __init__(self, endpoint: str, region: str) -> None:
        session = boto3.Session("test", "test", region_name=region)
        services = {operation.service for operations in OPERATIONS.values() for operation in operations}
        options = Config(retries={"total_max_attempts": 1}, max_pool_connections=32)
        self._clients = {name: session.client(name, endpoint_url=endpoint, config=options) for name in services}
        self._endpoint, self._region = endpoint, region
        self._afresh = False
        self._lock = threading.Lock()
        self.made = 0

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if not args.custom:
            return None, args.inputs
        if args.custom is None:  # read, not declared
            read = READS[args.typ]
            return args.resource_id, getattr(self._clients[read.service], read.name)()
        if args.typ not in OPERATIONS:
            raise DeploymentError(f"{args.name}: local/engine/operations.py has no entry for {args.typ}; add one")
        with self._lock:
            if not self._afresh:  # not earlier: a program that fails before leaves what is there as it is
                reset(self._endpoint)
                self._afresh = True
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


def _explain(error: Exception) -> str:
    """An error in a line or two, with the line of the program that it comes from where its message does not say."""
    kind = type(error).__name__
    if isinstance(error, DeploymentError | RunError):
        return str(error)
    if isinstance(error, SyntaxError):
        return f"{Path(error.filename or '?').name}:{error.lineno}: {kind}: {error.msg}"
    rooms = (ROOT / "__main__.py", ROOT / "routes.py", ROOT / "infra", ROOT / "authorizer")
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(Path(frame.filename).is_relative_to(room) for room in rooms)]
    if not ours:
        return "".join(traceback.format_exception(error))
    return f"{Path(ours[-1].filename).relative_to(ROOT)}:{ours[-1].lineno}: {ours[-1].line}\n{kind}: {error}"


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
    except Exception as error:  # whatever a program can do wrong, the reader wants its line and not ours
        print(f"error: {_explain(error)}", file=sys.stderr)
        return 1
    json.dump({"outputs": outputs, "resources": deployer.made}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
