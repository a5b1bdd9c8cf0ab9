"""Physical names that are not left to Pulumi: those that other names follow from, or that people look for."""

import re
from pathlib import Path

import pulumi

ROOT = Path(__file__).resolve().parent.parent  # the project's folder


def stack_name() -> str:
    """`petstore-prod`, of characters that Lambda, IAM and CloudWatch all take: two stacks of an account get along."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", f"{pulumi.get_project()}-{pulumi.get_stack()}")
