"""Reads a stack's settings as the program does, without the Pulumi CLI."""

import re
from collections.abc import Sequence

from infra.api.routes import Route
from infra.config.settings import Settings
from infra.configuration_error import ConfigurationError
from tools.project import PROJECT, ProgramError, plain_value, stack_config

_SET = re.compile(r"`pulumi config set (?:--plaintext )?(\w+) ([^`]+)`")


def program_routes() -> Sequence[Route]:
    """The list in routes.py, imported only here, so that a mistake in it stops no `--help`."""
    from routes import ROUTES  # noqa: PLC0415 - the docstring says why

    return ROUTES


def load(stack: str, **values: str) -> Settings:
    """The stack's settings as the program would read them. `values` go before those of its file.

    Raises `ProgramError` with the file's name and every mistake in it.
    """
    config = stack_config(stack) | {f"{PROJECT}:{key}": value for key, value in values.items()}
    for key in config:
        if key.startswith(f"{PROJECT}:"):
            plain_value(config, key.partition(":")[2])
    try:
        return Settings.parse(config, program_routes(), project=PROJECT)
    except ConfigurationError as error:
        raise ProgramError(with_line(f"Pulumi.{stack}.yaml: {error}", stack)) from None


def with_line(fix: str, stack: str) -> str:
    """A fix by the Pulumi CLI, also as the line of the stack file: these commands need no CLI."""
    line = rf"\g<0>, or write `{PROJECT}:\1: \2` below `config:` in Pulumi.{stack}.yaml"
    return _SET.sub(line, fix)
