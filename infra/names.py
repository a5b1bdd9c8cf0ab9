"""Physical names that Pulumi does not choose, because other names depend on them or people search for them."""

import re
from pathlib import Path

import pulumi

ROOT = Path(__file__).resolve().parent.parent  # the project's folder


def stack_name() -> str:
    """`petstore-prod`, in characters that Lambda, IAM and CloudWatch accept. It is unique for each stack."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", f"{pulumi.get_project()}-{pulumi.get_stack()}")
