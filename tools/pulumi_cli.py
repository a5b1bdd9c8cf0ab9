"""Checks the Pulumi CLI's version, and reads a stack's outputs and configuration with it."""

import argparse
import json
import os
import re
import subprocess
from typing import Any

import yaml

from tools.errors import ToolError
from tools.project import ROOT


class PulumiError(ToolError):
    """The CLI failed, is too old or is missing. The message has its output, or says how to install it."""


def main(_: argparse.Namespace) -> int:
    """Check that the Pulumi CLI is installed, in a version that Pulumi.yaml accepts."""
    check()
    return 0


def check() -> None:
    """Check that the CLI is installed, in a version that `Pulumi.yaml` accepts. Raises `PulumiError`.

    Old CLIs do not read `requiredPulumiVersion` and fail later, at a missing feature.
    """
    version = _run("version").stdout.strip()
    found, required = re.match(r"v?(\d+\.\d+\.\d+)", version), _required_version()
    if found and _parts(found[1]) < _parts(required):
        raise PulumiError(f"pulumi: the Pulumi CLI is too old, got version {found[1]}. {_how_to_install()}")


def outputs_of(stack: str) -> dict[str, Any]:
    """The stack's outputs by name; empty before the first deployment. Raises `PulumiError`."""
    return _pulumi("stack", "output", stack=stack)


def config_of(stack: str) -> dict[str, Any]:
    """The stack's configuration, with the defaults of Pulumi.yaml: `{"value": ...}` by full key.

    Raises `PulumiError`.
    """
    return _pulumi("config", stack=stack)


def _pulumi(*words: str, stack: str) -> dict[str, Any]:
    result = _run(*words, "--json", "--stack", stack, "--non-interactive")
    if result.returncode:
        said = result.stderr.strip().removeprefix("error: ")
        hint = "; log in with `pulumi login`" if "PULUMI_ACCESS_TOKEN" in said else ""
        raise PulumiError(f"`pulumi {' '.join(words)}` printed: {said}{hint}")
    return json.loads(result.stdout)


def _run(*words: str) -> "subprocess.CompletedProcess[str]":
    command, environment = ["pulumi", *words], {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except (FileNotFoundError, PermissionError):
        raise PulumiError(
            f"pulumi: the Pulumi CLI is not installed, or not on your PATH. {_how_to_install()}"
        ) from None


def _how_to_install() -> str:
    return f"Install version {_required_version()} or newer: https://www.pulumi.com/docs/install/"


def _required_version() -> str:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    return project["requiredPulumiVersion"].removeprefix(">=")


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
