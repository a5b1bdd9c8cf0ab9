"""`python -m tools.explain [TOKEN]`: why this token would get 200, 401, 403 or 500 on each route."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from authorizer import log
from authorizer.environment import parse
from infra.auth.environment import variables
from tools.explain.diagnose import examine
from tools.explain.evaluate import Evaluator
from tools.explain.report import report
from tools.explain.sources import UsageError, authorization, key_source, settings_of

_DESCRIPTION = """\
Why would this token get 200, 401, 403 or 500 on each route? The Lambda function's own code judges it, with the issuer,
the audience and the keys of a stack. Nobody is asked but the issuer, for its key set. The token is neither stored nor
printed; what its claims and header say where a check reads them, is. Ends with 0 where it gets 200 on a protected
route, or on the one of --route; with 1 where it does not; with 2 where it could not be judged."""
_GIVEN = """\
the token; without it, or with -, standard input is read, which is better: others on this machine can see the arguments
of a command, and shells keep them"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:  # noqa: ARG002 - it may quote a token that stands in a wrong place
        raise UsageError("these arguments are not understood; see --help")


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        return _run(_arguments(arguments))
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    except Exception as error:
        # Its message and its traceback may hold words of the token, the place does not.
        print(f"error: a mistake of this command's: {type(error).__name__} at {log.place(error)}", file=sys.stderr)
    return 2


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="python -m tools.explain", description=_DESCRIPTION)
    # A list, so that an unquoted `Bearer eyJ...` is no mistake.
    parser.add_argument("token", nargs="*", help=_GIVEN)
    parser.add_argument("--file", type=Path, help="read the token from this file")
    what_runs = "by default as what runs here (`make up`, `make emulator`), else as dev"
    parser.add_argument("--stack", help=f"judge as Pulumi.STACK.yaml has it; {what_runs}")
    parser.add_argument("--route", help="judge for this route only, such as 'POST /pets'")
    parser.add_argument(
        "--jwks", type=Path, metavar="FILE", help="take the issuer's key set from this file, and ask nobody"
    )
    return parser.parse_args(arguments)


def _run(given: argparse.Namespace) -> int:
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


if __name__ == "__main__":
    sys.exit(main())
