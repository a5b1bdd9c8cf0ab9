"""Physical names that are not left to Pulumi: those that other names follow from, or that people look for."""

import re
from pathlib import Path

import pulumi

ROOT = Path(__file__).resolve().parent.parent  # the project's folder


def stack_name(*more: str) -> str:
    """`petstore-prod`, of characters that Lambda, IAM and CloudWatch all take: two stacks of an account get along.

    With `more`, the name of a part of the stack: `petstore-prod-orders`.
    """
    return re.sub(r"[^A-Za-z0-9_-]", "-", "-".join((pulumi.get_project(), pulumi.get_stack(), *more)))
