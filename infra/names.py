"""Makes the physical names on which other names depend, or for which people search; Pulumi chooses the others."""

import re
from pathlib import Path

import pulumi

ROOT = Path(__file__).resolve().parent.parent  # the project's folder


def stack_name(*more: str) -> str:
    """The stack's name in AWS: `petstore-prod`, in characters that Lambda, IAM and CloudWatch accept.

    The name is unique for each stack. With `more`, it is the name of a part of the stack: `petstore-prod-orders`.
    """
    return re.sub(r"[^A-Za-z0-9_-]", "-", "-".join((pulumi.get_project(), pulumi.get_stack(), *more)))
