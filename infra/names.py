"""Physical names that Pulumi does not choose, because other names depend on them or people search for them."""

import re
from pathlib import Path

import pulumi

ROOT = Path(__file__).resolve().parent.parent  # the project's folder


def stack_name(*more: str) -> str:
    """`petstore-prod`, in characters that Lambda, IAM and CloudWatch accept. The name is unique for each stack.

    With `more`, the name of a part of the stack: `petstore-prod-orders`.
    """
    return re.sub(r"[^A-Za-z0-9_-]", "-", "-".join((pulumi.get_project(), pulumi.get_stack(), *more)))
