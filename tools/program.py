"""Runs `__main__.py` in this process with Pulumi's own SDK, without the Pulumi CLI."""

import asyncio
import contextvars
import gc
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
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
    """Run the program once, with `mocks` instead of the engine, and return the stack's outputs.

    Its prints go to standard error, because standard output is for a command's result, such as JSON.

    `project` is the name of the program's project, by default this project's.

    Raises the exceptions of the program and of `mocks` unchanged.
    """
    # A separate context, because the SDK keeps configuration, stack and settings in context variables.
    with _without_costly_extras(), redirect_stdout(sys.stderr):
        return contextvars.Context().run(lambda: asyncio.run(_run(mocks, stack, config, program, project or PROJECT)))


@contextmanager
def _without_costly_extras() -> Iterator[None]:
    """Turn off two features that take half of a run's time.

    The garbage collector finds nothing, because all tasks and outputs refer to each other until the run ends. The SDK
    takes a stack trace for each resource, for the engine's errors, and mocks do not use it.
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
    settings: Any = SETTINGS  # its attributes are created at run time
    settings.rpc_manager.clear()  # an earlier run that failed may have left some, and its event loop has ended
    settings.outputs.clear()
    set_all_config(dict(config))
    set_mocks(mocks, project=project, stack=stack)
    try:
        program()
        await _all_ended(settings)
        await wait_for_rpcs()
        root = pulumi.runtime.get_root_resource()
        assert isinstance(root, Stack)
        return {name: await pulumi.Output.from_input(value).future() for name, value in root.outputs.items()}
    except BaseException:
        # Otherwise, asyncio would later report each task that failed after it.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        raise
    finally:
        await _shutdown_callbacks()  # stops the server through which an engine calls the program's hooks


async def _all_ended(settings: Any) -> None:
    """Wait until all tasks of the run have ended, or one has failed.

    `wait_for_rpcs`, which reports the failure, checks all tasks each time one ends. That takes quadratic time.
    """
    while running := {task for task in (*settings.rpc_manager.rpcs, *settings.outputs) if not task.done()}:
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in ended):
            return
