"""Running the program in this process, under Pulumi's mocks."""

import asyncio
import gc
from collections.abc import Callable

import pulumi
import pytest
from pulumi.runtime import mocks, resource

from tools.program import run


class Account(mocks.Mocks):
    """A fake account that creates every resource except the one named `refused`."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, object]]:
        if args.name == "refused":
            raise PermissionError(args.name)
        return args.name, dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]]]:
        raise AssertionError(args.token)


def declares(*names: str) -> Callable[[], None]:
    """A program whose resources depend on each other and are declared one after the other."""

    def program() -> None:
        def after(made: str, *rest: str) -> pulumi.Output[str]:
            one = pulumi.CustomResource("test:index:Thing", made)
            return one.id.apply(lambda known: after(*rest) if rest else known)

        pulumi.export("last", after(*names))

    return program


def outputs(program: Callable[[], None]) -> dict[str, object]:
    return run(Account(), stack="dev", config={}, program=program)


def test_the_run_ends_when_the_last_resource_exists():
    assert outputs(declares("a", "b", "c", "d")) == {"last": "d"}


def test_a_refused_resource_ends_the_run_with_the_refusal():
    with pytest.raises(PermissionError, match="refused"):
        outputs(declares("a", "refused", "c"))


def test_a_resource_that_is_never_created_does_not_hide_a_refusal():
    def program() -> None:
        never = asyncio.get_running_loop().create_future()
        pulumi.CustomResource("test:index:Thing", "waiting", {"for": pulumi.Output.from_input(never)})
        declares("refused")()

    with pytest.raises(PermissionError, match="refused"):
        outputs(program)


@pytest.mark.parametrize("name", ["a", "refused"])
def test_the_run_leaves_the_process_unchanged(name: str):
    before = gc.isenabled(), resource._get_stack_trace
    try:
        outputs(declares(name))
    except PermissionError:
        assert name == "refused"
    assert (gc.isenabled(), resource._get_stack_trace) == before
