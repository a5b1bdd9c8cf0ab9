"""Deploys the program to MiniStack through the AWS API, as Pulumi's engine and its AWS provider deploy it to AWS."""

import argparse
import gc
import importlib
import json
import sys
import threading
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from local.cloud.backend import with_examples
from local.cloud.emulator import reset
from local.cloud.function import Functions
from local.cloud.session import session_of_emulator
from local.engine.operations import AUTO_NAMED, OPERATIONS, READS
from tools.errors import ToolError
from tools.program import run
from tools.project import PROJECT, STACK
from tools.settings import program_routes


class DeploymentError(ToolError):
    """A resource could not be created. The message has its name and AWS's message."""


class Deployer(Mocks):
    """Pulumi's mocks, which create each resource when the program declares it."""

    def __init__(self, endpoint: str, region: str) -> None:
        session = session_of_emulator(region)
        services = {operation.service for operations in OPERATIONS.values() for operation in operations}
        options = Config(retries={"total_max_attempts": 1}, max_pool_connections=32)
        self._clients = {name: session.client(name, endpoint_url=endpoint, config=options) for name in services}
        self._endpoint, self._region = endpoint, region
        self._functions = Functions(endpoint, region)
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
            if not self._afresh:  # at the first resource, so that a program that fails earlier changes nothing
                reset(self._endpoint)
                self._afresh = True
        inputs = _plain(args.inputs)
        if args.typ in AUTO_NAMED:
            inputs.setdefault("name", args.name)
        state = {**inputs, "region": self._region}
        outputs = dict(args.inputs)
        for operation in OPERATIONS[args.typ]:
            client = self._clients[operation.service]
            try:
                if args.typ == "aws:lambda/permission:Permission":
                    client = self._functions.client_of(inputs["function"], inputs.get("qualifier"))
                response = getattr(client, operation.name)(**operation.parameters(inputs))
            except (BotoCoreError, ClientError) as error:
                raise DeploymentError(f"{args.name} ({args.typ}): {operation.name}: {error}") from error
            state |= response
            outputs |= operation.outputs(state)
        with self._lock:  # the SDK declares independent resources in parallel
            self.made += 1
        return OPERATIONS[args.typ][-1].id(state), {**inputs, **outputs}

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        raise DeploymentError(f"the program calls {args.token}, which the local run does not have")


def _plain(value: Any) -> Any:
    """The value with whole numbers as integers. Pulumi sends floats, and AWS distinguishes 30 from 30.0."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="of MiniStack")
    parser.add_argument("--examples", action="store_true", help="with routes for each kind of backend")


def _add_examples() -> bool:
    """Add a route for each kind of backend to the program's routes. Returns False if these are not the tutorial's."""
    own = program_routes()
    if not isinstance(own, list):
        return False
    routes: Any = importlib.import_module("routes")
    routes.ROUTES = with_examples(own)
    return len(routes.ROUTES) > len(own)


def main(options: argparse.Namespace) -> int:
    """Deploy the program with the configuration on standard input, in a separate process that imports it again.

    Prints lines of JSON: `{"resources": COUNT}` while it runs; at the end also the stack's `outputs`, and whether there
    are `examples`.
    """
    gc.disable()  # it would find nothing before the end, and the process ends then
    importlib.import_module("infra.protected_api")  # takes most of the start: before MiniStack and the input are there
    config, output = json.load(sys.stdin), sys.stdout  # the program's own prints go elsewhere
    has_examples = options.examples and f"{PROJECT}:openapi" not in config and _add_examples()
    deployer = Deployer(options.url, config["aws:region"])
    done = threading.Event()

    def count() -> None:
        while not done.wait(0.1):
            print(json.dumps({"resources": deployer.made}), file=output, flush=True)

    counter = threading.Thread(target=count, daemon=True)
    counter.start()
    try:
        outputs = run(deployer, stack=STACK, config=config)
    finally:
        done.set()
        counter.join()
    print(json.dumps({"outputs": outputs, "resources": deployer.made, "examples": has_examples}))
    return 0
