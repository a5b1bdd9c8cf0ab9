"""The project's folder, its name, and the configuration of its stacks. Nothing here needs Pulumi's SDK."""

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent

PROJECT = "petstore"
STACK = "local"
# Where a running `up` or `emulator` says its issuer and audience; removed when it stops.
RUNNING = ROOT / ".build" / "running.json"


class ProgramError(Exception):
    """The program could not be run. The message says why, or that it has been said on standard error."""


def stacks(root: Path | None = None) -> list[str]:
    """The names of the stacks that have a file. `root`: the project's folder, this one by default."""
    found = (root or ROOT).glob("Pulumi.*.yaml")
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in found)


def stack_config(stack: str, root: Path | None = None) -> dict[str, str]:
    """The configuration in `Pulumi.{stack}.yaml`, as the engine would hand it to the program: all values as text.

    `root`: the project's folder, this one by default.

    Raises `ProgramError` where there is none.
    """
    path = (root or ROOT) / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        raise ProgramError(f"there is no {path.name}; stacks with a file: {', '.join(stacks(root))}")
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    except (OSError, yaml.YAMLError, TypeError, KeyError) as error:
        raise ProgramError(f"{path.name} holds no configuration ({error}); try `git checkout {path.name}`") from None
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def emulator_url(endpoint: str, rest_api_id: str, stage_name: str) -> str:
    """Where the emulator at `endpoint` serves a stage: a stage's own `invokeUrl` is a host name of AWS."""
    return f"{endpoint}/restapis/{rest_api_id}/{stage_name}/_user_request_"


def plain_value(config: Mapping[str, str], name: str) -> str | None:
    """The value of one of the project's own keys, None where it is not set.

    Raises `ProgramError` where it is encrypted.
    """
    value = config.get(f"{PROJECT}:{name}")
    if value and value.startswith('{"secure":'):
        raise ProgramError(
            f"{PROJECT}:{name} is encrypted, which only the Pulumi CLI can read; it need not be: "
            f"pulumi config set --plaintext {name} VALUE"
        )
    return value
