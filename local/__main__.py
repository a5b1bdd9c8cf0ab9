"""`python -m local`: the PetStore on this machine, against an embedded AWS."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from rich.console import Console
from watchfiles import PythonFilter, watch

from local import demo
from local.emulator import EmulatorError
from local.issuer import CLIENT_ID, CLIENT_SECRET
from local.program import ROOT
from local.sandbox import ProgramError, Sandbox

# Where a running `up` or `emulator` can be found by `token`; removed when it stops.
RUNNING = ROOT / ".build" / "running.json"
WATCHED = ["__main__.py", "infra", "authorizer", "welcome.html", "Pulumi.local.yaml"]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m local", description="The PetStore on this machine, on an embedded AWS."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("demo", help="deploy, make the tutorial's calls, print a table; exit 1 where one surprises")
    commands.add_parser("up", help="deploy and keep it running; deploy again when a file changes; Ctrl-C stops")
    commands.add_parser("emulator", help="MiniStack, issuer and backend alone, for the Pulumi CLI; Ctrl-C stops")
    token = commands.add_parser("token", help="print an access token of the running issuer")
    token.add_argument("--scope", default="", help="scopes to ask for, separated by spaces: create:pets")
    arguments = parser.parse_args()
    # A plain kill, as a CI sends it, cleans up like Ctrl-C; and Ctrl-C does so where a shell's `&` had it ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    console = Console()
    try:
        match arguments.command:
            case "demo":
                return 0 if demo.run(console) else 1
            case "up":
                up(console)
            case "emulator":
                emulator(console)
            case _:
                print(fetch_token(arguments.scope))
    except KeyboardInterrupt:
        console.print("stopped")
    except (EmulatorError, ProgramError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def up(console: Console) -> None:
    with Sandbox() as sandbox, _announced(sandbox):
        _deploy(console, sandbox)
        console.print("Watching for changes; Ctrl-C stops everything.")
        paths = [ROOT / name for name in WATCHED]
        for _ in watch(*paths, watch_filter=_Filter(), raise_interrupt=True):
            sandbox.emulator.reset()
            try:
                _deploy(console, sandbox)
            except ProgramError as error:
                console.print(f"[red]{error}[/]; waiting for the next change")


def emulator(console: Console) -> None:
    with Sandbox(fixed_ports=True) as sandbox, _announced(sandbox):
        url = sandbox.emulator.invoke_url("$(pulumi stack output restApiId)", "$(pulumi stack output stageName)")
        console.print(
            f"MiniStack on {sandbox.emulator.url}, issuer {sandbox.issuer.issuer}, backend on {sandbox.backend.url}.\n"
            "In another terminal:\n\n"
            "  pulumi stack select local --create && pulumi up\n"
            f'  curl -H "Authorization: Bearer $(.venv/bin/python -m local token)" "{url}/pets"',
            soft_wrap=True,
            highlight=False,
        )
        console.print("\nCtrl-C stops everything.")
        threading.Event().wait()


def fetch_token(scope: str) -> str:
    """An access token by client credentials, as from a tenant. Raises `OSError` where nothing runs."""
    if not RUNNING.exists():
        raise OSError("no issuer is running; start one with `make up` or `make emulator`")
    running = json.loads(RUNNING.read_text(encoding="utf-8"))
    credentials = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    asked = {**credentials, "audience": running["audience"], **({"scope": scope} if scope else {})}
    response = requests.post(f"{running['issuer']}oauth/token", json=asked, timeout=10)
    response.raise_for_status()
    return response.json()["access_token"]


def _deploy(console: Console, sandbox: Sandbox) -> None:
    deployed = sandbox.deploy()
    console.print(f"{deployed.resources} resources deployed; the API is at {deployed.invoke_url}", soft_wrap=True)
    console.print("Call it, with a token that is good for a day:", end="\n\n")
    console.print(
        f'  curl -H "Authorization: Bearer {sandbox.issuer.mint()}" {deployed.invoke_url}/pets',
        soft_wrap=True,
        highlight=False,
    )
    console.print("\nAnother one: .venv/bin/python -m local token --scope create:pets\n")


@contextmanager
def _announced(sandbox: Sandbox) -> Iterator[None]:
    """While inside, `python -m local token` finds the issuer."""
    RUNNING.parent.mkdir(exist_ok=True)
    where = {"issuer": sandbox.issuer.issuer, "audience": sandbox.issuer.audience}
    RUNNING.write_text(json.dumps(where), encoding="utf-8")
    try:
        yield
    finally:
        RUNNING.unlink(missing_ok=True)


class _Filter(PythonFilter):
    def __init__(self) -> None:
        super().__init__(extra_extensions=(".html", ".yaml", ".txt"))


if __name__ == "__main__":
    sys.exit(main())
