"""What the Pulumi CLI says of a stack."""

import json
import subprocess
from typing import Any


class PulumiError(Exception):
    """The CLI did not say. The message holds its own words, and what to do where there is no CLI."""


def outputs_of(stack: str) -> dict[str, Any]:
    """The stack's outputs by name, none where nothing is deployed yet. Raises `PulumiError`."""
    return _pulumi("stack", "output", stack=stack)


def config_of(stack: str) -> dict[str, Any]:
    """By its full key each value, as `{"value": ...}`, with the defaults of Pulumi.yaml. Raises `PulumiError`."""
    return _pulumi("config", stack=stack)


def _pulumi(*words: str, stack: str) -> dict[str, Any]:
    try:
        command = ["pulumi", *words, "--json", "--stack", stack, "--non-interactive"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise PulumiError("there is no `pulumi` on this machine; see https://www.pulumi.com/docs/install/") from None
    if result.returncode:
        said = result.stderr.strip().removeprefix("error: ")
        hint = "; log in with `pulumi login`" if "PULUMI_ACCESS_TOKEN" in said else ""
        raise PulumiError(f"`pulumi {' '.join(words)}` said: {said}{hint}")
    return json.loads(result.stdout)
