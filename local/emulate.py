"""Runs only the embedded AWS, an issuer and a backend, for the Pulumi CLI."""

import argparse
import threading

from rich.console import Console

from local.cloud.sandbox import Sandbox
from tools import running
from tools.progress import progress


def main(_: argparse.Namespace) -> int:
    """Run MiniStack, an issuer and a backend on the ports of Pulumi.local.yaml, for the Pulumi CLI. Ctrl-C stops it."""
    console = Console()
    with running.claim() as announce, Sandbox(fixed_ports=True) as sandbox:
        announce(sandbox.run)
        with progress("Starting MiniStack ..."):
            sandbox.emulator.wait()
        console.print(instructions(sandbox), soft_wrap=True, highlight=False, markup=False)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            console.print("stopped")
    return 0


def instructions(sandbox: Sandbox) -> str:
    """The URLs of the servers, and the commands that deploy to them and remove the stack."""
    url = sandbox.emulator.invoke_url("$(pulumi stack output restApiId)", "$(pulumi stack output stageName)")
    return (
        f"MiniStack on {sandbox.emulator.url}, issuer {sandbox.issuer.issuer}, backend on {sandbox.backend.url}.\n"
        "In another terminal:\n\n"
        "  export PULUMI_CONFIG_PASSPHRASE=\n"
        "  pulumi stack select local --create\n"
        "  pulumi up --refresh\n"
        f'  curl -H "Authorization: Bearer $(.venv/bin/python -m tools token)" "{url}/pets"\n\n'
        "MiniStack starts empty: use --refresh, or Pulumi assumes that the resources of an earlier run exist.\n"
        "To remove the stack, before you stop MiniStack:\n\n"
        "  pulumi destroy --refresh\n"
        "  pulumi stack rm --preserve-config\n\n"
        "Ctrl-C stops everything."
    )
