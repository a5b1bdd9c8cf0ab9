"""Runs `__main__.py` in this process with Pulumi's own SDK, without the Pulumi CLI."""

import asyncio
import contextvars
import gc
import runpy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi.runtime import resource
from pulumi.runtime.config import set_all_config
from pulumi.runtime.mocks import Mocks, set_mocks
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import SETTINGS, _shutdown_callbacks
from pulumi.runtime.stack import Stack, wait_for_rpcs

from tools.project import PROJECT, ROOT


def main_program(root: Path = ROOT) -> None:
    runpy.run_path(str(root / "__main__.py"), run_name="__main__")


def run(
    mocks: Mocks,
    *,
    stack: str,
    config: Mapping[str, str],
    program: Callable[[], None] = main_program,
    project: str | None = None,
) -> dict[str, Any]:
    """Run the program once, with `mocks` in the place of the engine, and return the stack's outputs.

    `project`: the name of the program's project, by default this one's.

    An exception that the program or `mocks` raises comes out as it is.
    """
    # A context of its own: the SDK keeps configuration, stack and settings in context variables.
    with _without_costly_extras():
        return contextvars.Context().run(lambda: asyncio.run(_run(mocks, stack, config, program, project or PROJECT)))


@contextmanager
def _without_costly_extras() -> Iterator[None]:
    """Half of a run's time would go into these two.

    The garbage collector, which finds nothing: until the run ends, all its tasks and outputs refer to each other.
    The stack trace of each resource's declaration, which the engine shows with an error, and mocks do not read.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        with patch.object(resource, "_get_stack_trace", source_pb2.StackTrace):
            yield
    finally:
        if collects:
            gc.enable()


async def _run(
    mocks: Mocks, stack: str, config: Mapping[str, str], program: Callable[[], None], project: str
) -> dict[str, Any]:
    settings: Any = SETTINGS  # its attributes are made at run time
    settings.rpc_manager.clear()  # of what an earlier run left that failed half-way: its event loop is gone
    settings.outputs.clear()
    set_all_config(dict(config))
    set_mocks(mocks, project=project, stack=stack)
    try:
        program()
        await _all_ended(settings)
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


async def _all_ended(settings: Any) -> None:
    """Wait until all tasks of the run have ended, or one has failed.

    `wait_for_rpcs`, which reports the failure, goes through all tasks again each time that one ends: quadratic time.
    """
    while running := {task for task in (*settings.rpc_manager.rpcs, *settings.outputs) if not task.done()}:
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in ended):
            return
