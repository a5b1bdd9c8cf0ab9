"""`python -m tools.policy_check`: the rules of `policy/` over what the program declares, without the Pulumi CLI.

For every stack but the local one, by its configuration. No value is unknown here, as some are in a preview.
"""

import argparse
import sys
from collections.abc import Callable, Iterator

import pulumi

from policy.rules import RULES
from tools.preview.mock_recorder import WITHOUT_THE_ISSUER, declare
from tools.program import main_program
from tools.project import STACK, ProgramError, stack_config, stacks


def main(program: Callable[[], None] = main_program) -> int:
    judged = [stack for stack in stacks() if stack != STACK]
    found = [line for stack in judged for line in violations(stack, program)]
    for line in found:
        print(line, file=sys.stderr)
    print(f"{len(RULES)} rules, the stacks {', '.join(judged)}: {len(found)} violation{'' if len(found) == 1 else 's'}")
    return 0 if judged and not found else 1


def violations(stack: str, program: Callable[[], None]) -> Iterator[str]:
    """A line for each violation by the program as configured for the stack, or for why it does not run."""
    try:
        declared = declare(stack_config(stack) | WITHOUT_THE_ISSUER, program, stack)
    except ProgramError as error:
        yield str(error)
        return
    except pulumi.RunError as error:
        yield f"Pulumi.{stack}.yaml: {error}"
        return
    for rule in RULES:
        for resource, what, fix in rule.check(declared.resources):
            yield f"Pulumi.{stack}.yaml: {rule.name}: {resource.type} {resource.name}: {what}; {fix}"


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m tools.policy_check", description=__doc__).parse_args()
    sys.exit(main())
