"""Explains each route's response to a token."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from authorizer.environment import parse
from infra.api.routes import Route, with_methods
from infra.api.routing import routed
from infra.config.settings import Settings
from tools.errors import UsageError
from tools.explain.diagnose import examine
from tools.explain.evaluate import Evaluator
from tools.explain.report import About, as_json, report
from tools.explain.sources import authorization, key_source, settings_of

_GIVEN = """\
the token; by default, or with -, from standard input, which is safer: other users can see a command's arguments, and
shells store them"""


def arguments(parser: argparse.ArgumentParser) -> None:
    # A list, so that an unquoted `Bearer eyJ...` is accepted.
    parser.add_argument("token", nargs="*", help=_GIVEN)
    parser.add_argument("--file", type=Path, help="read the token from this file")
    what_runs = "by default those of `make up` or `make emulator` if one runs here, else of dev"
    parser.add_argument("--stack", help=f"use the settings of Pulumi.STACK.yaml; {what_runs}")
    parser.add_argument(
        "--route", help="explain only this route, such as 'POST /pets', or this request, such as 'GET /pets/1'"
    )
    parser.add_argument(
        "--jwks", type=Path, metavar="FILE", help="read the issuer's key set from this file, without a request"
    )
    parser.add_argument("--json", action="store_true", help="print the checks and routes as JSON")


def main(given: argparse.Namespace) -> int:
    """Explain each route's response to a token: allowed, 401, 403 or 500.

    The Lambda function's own code verifies the token, with the issuer, the audience and the keys of a stack. The only
    network request is for the issuer's key set. The command neither stores nor prints the token. The output has only
    the claims and header fields that a check reads.

    --json prints {"stack", "issuer", "audience", "note", "cacheSeconds", "checks": [{"check", "verdict", "found",
    "fix"}], "routes": [{"route", "answer", "why"}]}. An answer is "allowed", or the status 401, 403 or 500 as a number.

    Exit status: 0 if the token is allowed on a protected route, or on the route of --route; 1 if the token is refused;
    2 if it could not be verified, for example without the issuer's keys. `make explain` exits with 0 instead of 1.
    """
    stack, settings = settings_of(given.stack)
    chosen = _route(given.route, settings.routes) if given.route else None
    header, note = authorization(given.token, given.file)
    evaluator = Evaluator(parse(settings.authorizer.variables()), key_source(given.jwks))
    answers = [evaluator.answer(header, route, methods[0]) for route, methods in with_methods(settings.routes)]
    asked = [answer for answer in answers if chosen in (None, answer.route)]
    about = about_of(stack, settings, note)
    examined = examine(header, evaluator)
    if given.json:
        print(as_json(about, examined, answers, asked))
    else:
        report(Console(), about, examined, answers, asked)
    statuses = {answer.status for answer in asked if given.route or not answer.route.public}
    return 0 if 200 in statuses else 2 if 500 in statuses else 1


def about_of(stack: str, settings: Settings, note: str) -> About:
    issuers = settings.trust.issuers
    names = ", ".join(issuer.issuer for issuer in issuers)
    audiences = ", ".join(dict.fromkeys(each for issuer in issuers for each in issuer.audiences))
    clients = ", ".join(dict.fromkeys(each for issuer in issuers for each in issuer.client_ids))
    return About(stack, names, audiences or f"none, clients {clients}", note, settings.authorizer.result_ttl_in_seconds)


def _route(wanted: str, routes: Sequence[Route]) -> Route:
    """The route with this name, or else the route to which API Gateway sends this request."""
    method, _, path = wanted.partition(" ")
    named = next((route for route in routes if str(route) == wanted), None)
    found = named or routed(routes, method, [part for part in path.split("/") if part])
    if found is None:
        raise UsageError(f"--route: there are {', '.join(map(str, routes))}")
    return found
