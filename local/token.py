"""Prints an access token of the running issuer."""

import argparse

import requests

from local.cloud.issuer import CLIENT_ID, CLIENT_SECRET
from tools import running
from tools.project import ProgramError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scope", default="", help="scopes to request, separated by spaces: create:pets")


def main(options: argparse.Namespace) -> int:
    """Print an access token of the issuer that `make up` or `make emulator` runs. It is valid for a day."""
    print(fetch_token(options.scope))
    return 0


def fetch_token(scope: str) -> str:
    """Fetch an access token with client credentials, as from a tenant. Raises `ProgramError` if no issuer runs."""
    run = running.find()
    if run is None:
        raise ProgramError("no issuer is running; start one with `make up` or `make emulator`")
    asked = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    asked |= {"audience": run.audience, **({"scope": scope} if scope else {})}
    try:
        response = requests.post(f"{run.issuer}oauth/token", json=asked, timeout=10)
        response.raise_for_status()
        return response.json()["access_token"]
    except (requests.RequestException, LookupError):
        fix = "Stop the run with Ctrl-C, and start it again."
        raise ProgramError(f"{run.issuer}: the issuer gives no token. {fix}") from None
