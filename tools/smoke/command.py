"""Calls a deployed stack, and checks that it refuses and allows the right requests."""

import argparse
import json
import os
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from infra.api.routes import mistakes_in
from infra.config import validators
from infra.configuration_error import ConfigurationError
from tools.errors import UsageError
from tools.progress import progress
from tools.settings import program_routes
from tools.smoke import SmokeError
from tools.smoke.calls import Outcome, tabulate
from tools.smoke.client_credentials import fetch_token
from tools.smoke.run import RetryBudget, make_calls
from tools.smoke.select_calls import calls
from tools.smoke.stack import Stack
from tools.smoke.token import Token

SOURCE_HELP = "the token; - reads it from standard input, which is safer: other users can see a command's arguments"
PATH_HELP = "the path to GET with the token; by default the first protected route without parameters that it may call"
WAIT_HELP = "the total time to wait for a deployment to settle; default 60"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", metavar="NAME", help="the stack: reads Pulumi.NAME.yaml and `pulumi stack output`")
    parser.add_argument("--url", help="the stage's URL, instead of asking Pulumi; https, or http on this machine")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--token", help=SOURCE_HELP)
    source.add_argument("--client-id", metavar="ID", help="the application's id; by default the variable CLIENT_ID")
    parser.add_argument("--scope", default="", help="scopes to request from the issuer, separated by spaces")
    parser.add_argument("--path", type=_path, help=PATH_HELP)
    parser.add_argument("--wait", type=_seconds, default=60.0, metavar="SECONDS", help=WAIT_HELP)
    parser.add_argument("--json", action="store_true", help="print the calls as JSON")


def main(arguments: argparse.Namespace) -> int:
    """Check a deployed stack: 401 without a token or with a forged one, 200 with yours, 403 without a scope.

    The calls have no body and are GET requests if possible. The routes are the stack's, or those of routes.py.

    With --token -, the command reads your token. Otherwise it gets one from the stack's issuer with OAuth client
    credentials: CLIENT_ID (or --client-id) and CLIENT_SECRET, which is read from the environment only. API Gateway
    has no cached policy for a new token. The command never shows or stores the token or the secret.

      python -m tools smoke --stack dev          with CLIENT_ID and CLIENT_SECRET set
      get-a-token | python -m tools smoke --stack dev --token -
      get-a-token | python -m tools smoke --url https://api.example.com --token -

    --json prints {"url", "ok", "calls": [{"title", "method", "path", "expected", "status", "problem", "tries", "ok"}]}.
    A status is null if there was no response; a problem is null if there was none.

    Exit status: 0 if every response was as expected, 1 if one was not, 2 if the calls could not be made.
    """
    if not arguments.stack and not arguments.url:
        raise UsageError("there is no API. Add --stack NAME or --url URL.")
    with progress("Asking the Pulumi CLI and the issuer ...", plain=False):
        stack = Stack(arguments.stack) if arguments.stack else None
        url = _address(arguments.url or (stack.invoke_url() if stack else ""))
        routes = stack.routes() if stack else program_routes()
        if mistakes := mistakes_in(routes):
            raise ConfigurationError(mistakes)
        planned = calls(routes, Token.parse(_token(arguments, stack)), arguments.path)
    console = Console(stderr=arguments.json)
    outcomes = make_calls(
        url, planned, RetryBudget(arguments.wait), say=lambda line: console.print(Text(line, "red"), soft_wrap=True)
    )
    if arguments.json:
        made = list(map(_plain, outcomes))
        good = all(call["ok"] for call in made)
        print(json.dumps({"url": url, "ok": good, "calls": made}, indent=2))
    else:
        good = tabulate(console, outcomes, title=url, last="tries", cell=lambda outcome: str(outcome.tries))
    return 0 if good else 1


def _plain(outcome: Outcome) -> dict[str, Any]:
    call = outcome.call
    asked = {"title": call.title, "method": call.method, "path": call.path, "expected": call.expected}
    got = {"status": outcome.status, "problem": outcome.problem, "tries": outcome.tries, "ok": outcome.as_expected}
    return asked | got


def _token(arguments: argparse.Namespace, stack: Stack | None) -> str:
    """The token for the calls. Raises `SmokeError` if there is none."""
    if arguments.token == "-":  # noqa: S105 - no password
        return sys.stdin.readline().strip()
    if arguments.token is not None:
        return arguments.token
    client_id, secret = arguments.client_id or os.environ.get("CLIENT_ID"), os.environ.get("CLIENT_SECRET")
    if not (stack and client_id and secret):
        raise SmokeError(
            "no token: use --token -, or set CLIENT_ID and CLIENT_SECRET to those of a machine-to-machine application "
            "and add --stack, whose issuer issues the token"
        )
    issuer, audience = stack.issuer_and_audience()
    return fetch_token(issuer, audience, client_id=client_id, client_secret=secret, scope=arguments.scope)


def _address(url: str) -> str:
    if problem := validators.address(url):
        raise SmokeError(f"the URL: a token cannot go there: it {problem.what}. Use a plain https:// URL.")
    return url.rstrip("/")


def _path(text: str) -> str:
    if not text.startswith("/") or not text.isascii() or not text.isprintable() or " " in text:
        raise argparse.ArgumentTypeError("not a path such as /pets/1")
    return text


def _seconds(text: str) -> float:
    try:
        if 0 <= (seconds := float(text)) <= 3600:
            return seconds
    except ValueError:
        pass
    raise argparse.ArgumentTypeError("not a number of seconds from 0 to 3600")
