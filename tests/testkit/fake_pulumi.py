"""A fake Pulumi CLI with the few commands in the README, for machines without the CLI.

It is as strict as the CLI: an unknown command, stack or configuration key is an error. `up` deploys the program to the
MiniStack at FAKE_EMULATOR. State is kept in the folder FAKE_STATE.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from local.cloud.emulator import Emulator
from tools.project import PROJECT, ROOT, stack_config

STATE = Path(os.environ["FAKE_STATE"]) / "stack.json"


def main(words: list[str]) -> None:
    state = json.loads(STATE.read_text(encoding="utf-8")) if STATE.exists() else {}
    match words:
        case ["stack", "init", name] | ["stack", "select", name, "--create"]:
            assert name in ("dev", "local", "prod"), name
            # The CLI reads the salt in the stack file, and asks for the matching passphrase.
            assert name != "local" or os.environ["PULUMI_CONFIG_PASSPHRASE"] == ""
            state = {"stack": name, "config": stack_config(name)}
        case ["config", "set", "--path", "--type", "string", path, "--", value]:
            key, _, index = path.removesuffix("]").partition("[")
            listed = json.loads(state["config"].get(f"{PROJECT}:{key}", "[]"))
            assert int(index) == len(listed), path
            state["config"][f"{PROJECT}:{key}"] = json.dumps([*listed, value])
        case ["config", "set", *flags, key, value]:
            assert flags == ["--plaintext"] or "token" not in key.lower(), f"{key} looks like a secret"
            assert key in yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"], key
            state["config"][f"{PROJECT}:{key}"] = value
        case ["up"] | ["up", "--refresh"]:
            # AWS's demo backend is not available locally.
            state["outputs"] = deploy({**state["config"], f"{PROJECT}:backendUrl": os.environ["FAKE_BACKEND"]})
        case ["stack", "output", name]:
            print(state["outputs"][name])
        case ["destroy"] | ["destroy", "--refresh"]:
            state["outputs"] = {}
        case ["stack", "rm", "--preserve-config"]:
            assert state["outputs"] == {}, "the stack still has resources"
            STATE.unlink()
            return
        case _:
            state = keep(words, state)
    STATE.write_text(json.dumps(state), encoding="utf-8")


def keep(words: list[str], state: dict[str, Any]) -> dict[str, Any]:
    """Run the commands that choose and move the backend for the state, and return the new state."""
    match words:
        case ["login"] | ["login", "--local"]:
            pass
        case ["login", back_end]:
            assert back_end.startswith("s3://"), back_end
        case ["stack", "init", "dev", "--secrets-provider", key]:
            assert key.startswith("awskms://alias/"), key
            return {"stack": "dev", "config": stack_config("dev")}
        case ["stack", "change-secrets-provider", "--stack", "dev", key]:
            assert key.startswith("awskms://alias/"), key
        case ["stack", "export", "--stack", "dev", "--file", file]:
            Path(file).write_text(json.dumps(state), encoding="utf-8")
        case ["stack", "import", "--stack", "dev", "--file", file]:
            assert "outputs" not in state, "it is imported into a new stack"
            exported = json.loads(Path(file).read_text(encoding="utf-8"))
            Path(file).unlink()  # as in the page, after the preview
            return exported
        case ["preview", "--stack", "dev", "--expect-no-changes"]:
            assert state["outputs"], "there is nothing in this stack: all of it would be made"
        case _:
            raise SystemExit(f"pulumi: no such command: {' '.join(words)}")
    return state


def bootstrap(words: list[str]) -> None:
    """Run the commands for the project in ci/bootstrap/, in the fake account of tests/ci."""
    from tests.testkit.bootstrap import run  # noqa: PLC0415 - the SDK takes a second, and few commands need it

    file = STATE.with_name("bootstrap.json")
    state = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    match words:
        case ["stack", "init", "account"]:
            state = {"config": {}}
        case ["config", "set", key, value]:
            state["config"][key if ":" in key else f"petstore-bootstrap:{key}"] = value
        case ["up"]:
            assert os.environ["PULUMI_CONFIG_PASSPHRASE"] == ""
            state["outputs"] = run(state["config"]).outputs
        case ["stack", "output", name]:
            print(state["outputs"][name])
        case _:
            raise SystemExit(f"pulumi -C ci/bootstrap: no such command: {' '.join(words)}")
    _save(file, state)


def tenant(words: list[str]) -> None:
    """Run the commands for the project in tenant/. The local issuer replaces Auth0: ISSUER, CLIENT_ID, ..."""
    from tests.testkit.tenant import run  # noqa: PLC0415 - the SDK takes a second, and few commands need it

    file = STATE.with_name("tenant.json")
    state = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    match words:
        case ["stack", "init", "dev"]:
            state = {"config": {}}
        case ["config", "set", "--secret", "auth0:clientSecret" as key]:
            state["config"][key] = sys.stdin.readline().strip()
        case ["config", "set", key, value]:
            state["config"][key if ":" in key else f"petstore-tenant:{key}"] = value
        case ["up"]:
            assert state["config"]["auth0:clientId"]
            assert state["config"]["auth0:clientSecret"]
            played = {"tokenIssuer": "ISSUER", "clientId": "CLIENT_ID", "clientSecret": "CLIENT_SECRET"}
            outputs = run(state["config"]).outputs
            state["outputs"] = outputs | {name: os.environ[variable] for name, variable in played.items()}
            assert state["outputs"].keys() == outputs.keys()
        case ["stack", "output", "clientSecret", "--show-secrets"]:
            print(state["outputs"]["clientSecret"])
        case ["stack", "output", name]:
            print("[secret]" if name == "clientSecret" else state["outputs"][name])
        case _:
            raise SystemExit(f"pulumi -C tenant: no such command: {' '.join(words)}")
    _save(file, state)


def _save(file: Path, state: object) -> None:
    """Save atomically, because the commands of a pipeline read the file at the same time."""
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(state), encoding="utf-8")
    unfinished.replace(file)


def deploy(config: dict[str, str]) -> dict[str, str]:
    url = os.environ["FAKE_EMULATOR"]
    emulator = Emulator(int(url.rpartition(":")[2]))
    command = [sys.executable, "-m", "tools", "deploy-program", url]
    result = subprocess.run(command, input=json.dumps(config), stdout=subprocess.PIPE, text=True, check=True)
    outputs = json.loads(result.stdout.splitlines()[-1])["outputs"]
    invoke_url = emulator.invoke_url(outputs["restApiId"], outputs["stageName"])
    return {**outputs, "invokeUrl": invoke_url, "petsUrl": f"{invoke_url}/pets"}


if __name__ == "__main__":
    if sys.argv[1:3] == ["-C", "tenant"]:
        tenant(sys.argv[3:])
    elif sys.argv[1:3] == ["-C", "ci/bootstrap"]:
        bootstrap(sys.argv[3:])
    else:
        main(sys.argv[1:])
