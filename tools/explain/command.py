"""Explains each route's response to a token."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.text import Text

from authorizer.environment import parse
from infra.auth.environment import variables
from tools.errors import UsageError
from tools.explain.diagnose import examine
from tools.explain.evaluate import Evaluator
from tools.explain.report import report
from tools.explain.sources import authorization, key_source, settings_of

_GIVEN = """\
the token; without it, or with -, standard input is read, which is better: others on this machine can see the arguments
of a command, and shells keep them"""


def arguments(parser: argparse.ArgumentParser) -> None:
    # A list, so that an unquoted `Bearer eyJ...` is no mistake.
    parser.add_argument("token", nargs="*", help=_GIVEN)
    parser.add_argument("--file", type=Path, help="read the token from this file")
    what_runs = "by default as what runs here (`make up`, `make emulator`), else as dev"
    parser.add_argument("--stack", help=f"judge as Pulumi.STACK.yaml has it; {what_runs}")
    parser.add_argument("--route", help="judge for this route only, such as 'POST /pets'")
    parser.add_argument(
        "--jwks", type=Path, metavar="FILE", help="take the issuer's key set from this file, and ask nobody"
    )


def main(given: argparse.Namespace) -> int:
    """Explain each route's response to a token: allowed, 401, 403 or 500.

    The Lambda function's own code verifies it, with the issuer, the audience and the keys of a stack. The only network
    request is for the issuer's key set. The token is neither stored nor printed; only the claims and header fields that
    a check reads are shown.

    Exit status: 0 if the token is allowed on a protected route, or on the one of --route; 1 if it is refused; 2 if it
    could not be verified. `make explain` exits with 0 for 1.
    """
    stack, settings = settings_of(given.stack)
    if given.route not in (None, *map(str, settings.routes)):
        raise UsageError(f"--route: there are {', '.join(map(str, settings.routes))}")
    header, note = authorization(given.token, given.file)
    evaluator = Evaluator(parse(variables(settings, settings.routes)), key_source(given.jwks))
    answers = [evaluator.answer(header, route) for route in settings.routes]
    asked = [answer for answer in answers if given.route in (None, str(answer.route))]
    console = Console()
    ttl = settings.authorizer_result_ttl_in_seconds
    for words in (note, f"As {stack} judges: issuer {settings.token_issuer}, audience {settings.audience}"):
        console.print(Text(words), soft_wrap=True, end="\n" if words else "")
    report(console, examine(header, evaluator), answers, asked)
    end = f"Any other path is a 403 of API Gateway's own. An answer that it has cached may differ, for up to {ttl} s."
    console.print(Text(end), soft_wrap=True)
    return 0 if any(answer.status == 200 for answer in asked if given.route or not answer.route.public) else 1
