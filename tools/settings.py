"""Reads a stack's settings as the program does, without the Pulumi CLI."""

import re
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout

from infra.api.routes import Route
from infra.config.settings import Settings
from infra.configuration_error import ConfigurationError
from tools.project import PROJECT, ProgramError, must_be_plain, stack_config, unread_environment, with_first_issuer

_SET = re.compile(r"`pulumi config set (?:--plaintext )?(\w+) ([^`]+)`")


def program_routes() -> Sequence[Route]:
    """The list in routes.py, which is imported only here, so that a mistake in it does not affect `--help`.

    The file's prints go to standard error, because standard output may be for JSON.
    """
    with redirect_stdout(sys.stderr):
        from routes import ROUTES  # noqa: PLC0415 - the docstring says why

    return ROUTES


def load(stack: str, issuer: str = "") -> Settings:
    """The stack's settings as the program reads them. `issuer`, if given, replaces the stack's first issuer.

    Raises `ProgramError` with the file's name and every mistake in it.
    """
    config = stack_config(stack)
    if issuer:
        config = with_first_issuer(config, issuer)
    must_be_plain(config, stack)
    try:
        return Settings.parse(config, program_routes(), project=PROJECT)
    except ConfigurationError as error:
        raise ProgramError(explained(error, stack)) from None


def explained(error: ConfigurationError, stack: str) -> str:
    """The mistakes with the file's name. Keys that the stack's ESC environment may set are not reported as missing."""
    note = unread_environment(stack)
    if not note:
        return with_line(f"Pulumi.{stack}.yaml: {error}", stack)
    missing = [mistake.key for mistake in error.mistakes if mistake.rule == "required"]
    others = [str(mistake) for mistake in error.mistakes if mistake.rule != "required"]
    unset = [f"The file does not set {', '.join(missing)}."] * bool(missing)
    return "\n  - ".join([" ".join([note, *unset]), *others])


def with_line(fix: str, stack: str) -> str:
    """The fix with the Pulumi CLI, plus the line in the stack file for users without the CLI."""
    line = rf"\g<0>, or write `{PROJECT}:\1: \2` below `config:` in Pulumi.{stack}.yaml"
    return _SET.sub(line, fix)
