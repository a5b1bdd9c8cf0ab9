"""`python -m local`: the PetStore on this machine, against an embedded AWS."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from rich.console import Console
from watchfiles import Change, watch

from local import demo
from local.cloud.emulator import EmulatorError
from local.cloud.issuer import CLIENT_ID, CLIENT_SECRET
from local.cloud.sandbox import Deployed, Sandbox
from local.page.server import PORT, Page
from tools.project import ROOT, RUNNING, ProgramError


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
    with Sandbox() as sandbox, Page(sandbox) as page, _announced(sandbox):
        if page.port != PORT:
            console.print(f"Port {PORT} is taken: the page uses port {page.port}.")
        deployed = sandbox.deploy()
        page.show(deployed)
        console.print(
            f"{_summary(deployed)}\n\n  Try it in a browser: {page.url}/\n\n"
            "Or call it, with a token that is good for a day:\n\n"
            f'  curl -H "Authorization: Bearer $(.venv/bin/python -m local token)" {deployed.invoke_url}/pets\n\n'
            "A token that may do more: .venv/bin/python -m local token --scope create:pets\n"
            "Watching for changes; Ctrl-C stops everything.",
            soft_wrap=True,
            highlight=False,
        )
        # Folders, not files: an editor that saves by renaming gives a file's name to another file.
        folders = (ROOT, ROOT / "infra", ROOT / "authorizer")
        for changes in watch(*folders, watch_filter=_of_the_program, recursive=False, raise_interrupt=True):
            names = ", ".join(sorted({str(Path(path).relative_to(ROOT)) for _, path in changes}))
            console.print(f"{names} changed; deploying ...")
            page.deploying()
            try:
                deployed = sandbox.deploy()
                page.show(deployed)
                console.print(_summary(deployed), soft_wrap=True)
            except ProgramError as error:
                console.print(f"[red]{error}[/]; the next change is tried again")
                page.failed(str(error))


def _of_the_program(_: Change, path: str) -> bool:
    """Whether a changed file decides what is deployed."""
    name = Path(path)
    return (
        name.name in ("__main__.py", "routes.py", "welcome.html", "Pulumi.local.yaml")
        or ".openapi." in name.name
        or (name.parent != ROOT and (name.suffix == ".py" or name.name == "requirements.txt"))
    )


def _summary(deployed: Deployed) -> str:
    return f"{deployed.resources} resources deployed; the API is at {deployed.invoke_url}"


def emulator(console: Console) -> None:
    with Sandbox(fixed_ports=True) as sandbox, _announced(sandbox):
        console.print(instructions(sandbox), soft_wrap=True, highlight=False, markup=False)
        threading.Event().wait()


def instructions(sandbox: Sandbox) -> str:
    """What runs, and the commands that deploy to it and remove the stack again."""
    url = sandbox.emulator.invoke_url("$(pulumi stack output restApiId)", "$(pulumi stack output stageName)")
    return (
        f"MiniStack on {sandbox.emulator.url}, issuer {sandbox.issuer.issuer}, backend on {sandbox.backend.url}.\n"
        "In another terminal:\n\n"
        "  export PULUMI_CONFIG_PASSPHRASE=\n"
        "  pulumi stack select local --create\n"
        "  pulumi up --refresh\n"
        f'  curl -H "Authorization: Bearer $(.venv/bin/python -m local token)" "{url}/pets"\n\n'
        "MiniStack starts empty: use --refresh, or Pulumi takes what an earlier MiniStack had as still there.\n"
        "To remove the stack, before you stop MiniStack:\n\n"
        "  pulumi destroy --refresh\n"
        "  pulumi stack rm --preserve-config\n\n"
        "Ctrl-C stops everything."
    )


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


@contextmanager
def _announced(sandbox: Sandbox) -> Iterator[None]:
    """While inside, `python -m local token` finds the issuer."""
    RUNNING.parent.mkdir(exist_ok=True)
    where = json.dumps({"issuer": sandbox.issuer.issuer, "audience": sandbox.issuer.audience})
    RUNNING.write_text(where, encoding="utf-8")
    try:
        yield
    finally:
        if RUNNING.exists() and RUNNING.read_text(encoding="utf-8") == where:  # not that of one started later
            RUNNING.unlink()


if __name__ == "__main__":
    sys.exit(main())
