"""Runs `__main__.py` in this process with Pulumi's own SDK, without the Pulumi CLI."""

import asyncio
import contextvars
import json
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime.config import set_all_config
from pulumi.runtime.mocks import Mocks, set_mocks
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import Stack, wait_for_rpcs

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "petstore"


class ProgramError(Exception):
    """The program could not be run. The message says why, or that it has been said on standard error."""


def stack_config(stack: str) -> dict[str, str]:
    """The configuration in `Pulumi.{stack}.yaml`, as the engine would hand it to the program: all values as text.

    Raises `ProgramError` where there is none.
    """
    path = ROOT / f"Pulumi.{stack}.yaml"
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    except (OSError, yaml.YAMLError, TypeError, KeyError) as error:
        raise ProgramError(f"{path.name} holds no configuration ({error}); try `git checkout {path.name}`") from None
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def main_program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def run(
    mocks: Mocks, *, stack: str, config: Mapping[str, str], program: Callable[[], None] = main_program
) -> dict[str, Any]:
    """Run the program once, with `mocks` in the place of the engine, and return the stack's outputs.

    An exception that the program or `mocks` raises comes out as it is.
    """
    # A context of its own: the SDK keeps configuration, stack and settings in context variables.
    return contextvars.Context().run(lambda: asyncio.run(_run(mocks, stack, config, program)))


async def _run(mocks: Mocks, stack: str, config: Mapping[str, str], program: Callable[[], None]) -> dict[str, Any]:
    settings: Any = SETTINGS  # its attributes are made at run time
    settings.rpc_manager.clear()  # of what an earlier run left that failed half-way: its event loop is gone
    settings.outputs.clear()
    set_all_config(dict(config))
    set_mocks(mocks, project=PROJECT, stack=stack)
    program()
    await wait_for_rpcs()
    root = pulumi.runtime.get_root_resource()
    assert isinstance(root, Stack)
    return {name: await pulumi.Output.from_input(value).future() for name, value in root.outputs.items()}
