"""Checks the resources of each stack against the policy pack, without the Pulumi CLI."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator

import pulumi

from infra.configuration_error import ConfigurationError
from policy.rules import RULES
from tools import project
from tools.preview.mock_recorder import WITHOUT_THE_ISSUER, declare
from tools.program import main_program
from tools.progress import progress
from tools.project import STACK, ProgramError, must_be_plain, stack_config, stacks, unread_environment
from tools.settings import explained, with_line


def main(_: argparse.Namespace, program: Callable[[], None] = main_program) -> int:
    """Check the resources of each stack, except the local one, against the rules of policy/.

    Exit status: 1 if a stack breaks a rule, is missing or has a mistake; otherwise 0.
    """
    checked = [stack for stack in stacks() if stack != STACK]
    if not checked:
        raise ProgramError("Pulumi.dev.yaml: there is no stack file. Restore it, or run `pulumi stack init dev`.")
    if missing := deleted():
        raise ProgramError(f"{missing[0]}: it is in git and not in the folder. Restore it, or commit its removal.")
    with progress(f"Checking {', '.join(checked)} ...", plain=False):
        found = [line for stack in checked for line in violations(stack, program)]
    for line in [*filter(None, map(unread_environment, checked)), *found]:
        print(line, file=sys.stderr)
    print(
        f"{len(RULES)} rules, the stacks {', '.join(checked)}: {len(found)} violation{'' if len(found) == 1 else 's'}"
    )
    return 1 if found else 0


def deleted() -> list[str]:
    """The stack files that are in git's index and missing in the folder; empty without git."""
    command = ["git", "ls-files", "--deleted", "Pulumi.*.yaml"]
    try:
        result = subprocess.run(command, cwd=project.ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return []
    return result.stdout.splitlines()


def violations(stack: str, program: Callable[[], None]) -> Iterator[str]:
    """The violations in the stack, one line each. Raises `ProgramError` if the program fails with its settings."""
    try:
        config = stack_config(stack)
        must_be_plain(config, stack)
        declared = declare(config | WITHOUT_THE_ISSUER, program, stack)
    except ConfigurationError as error:
        raise ProgramError(explained(error, stack)) from None
    except pulumi.RunError as error:
        raise ProgramError(with_line(f"Pulumi.{stack}.yaml: {error}", stack)) from None
    for rule in RULES:
        for resource, what, fix in rule.check(declared.resources):
            yield f"Pulumi.{stack}.yaml: {rule.name}: {resource.type} {resource.name}: {what}; {fix}"
