"""Runs `__main__.py` in this process with Pulumi's own SDK, without the Pulumi CLI."""

import asyncio
import contextvars
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import set_all_config
from pulumi.runtime.mocks import Mocks, set_mocks
from pulumi.runtime.settings import SETTINGS, _shutdown_callbacks
from pulumi.runtime.stack import Stack, wait_for_rpcs

from tools.project import PROJECT, ROOT


def main_program(root: Path = ROOT) -> None:
    runpy.run_path(str(root / "__main__.py"), run_name="__main__")


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
    try:
        program()
        await wait_for_rpcs()
        root = pulumi.runtime.get_root_resource()
        assert isinstance(root, Stack)
        outputs = {name: await pulumi.Output.from_input(value).future() for name, value in root.outputs.items()}
        return {name: value for name, value in outputs.items() if value is not None}  # as the engine has it
    except BaseException:
        # What failed in its wake would be told of one by one, by asyncio, whenever it is cleared away.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        raise
    finally:
        await _shutdown_callbacks()  # of the server by which an engine would call the program's hooks
