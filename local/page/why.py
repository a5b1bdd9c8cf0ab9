"""Explains why a call was answered as it was, in a sentence, by the authorizer's own code.

A process of its own, so that a changed authorizer is read again. The call comes by standard input: it holds a token.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authorizer.environment import parse
from infra.api.routes import Route
from tools.explain.diagnose import Examined, examine
from tools.explain.evaluate import Answer, Evaluator, KeySource
from tools.explain.report import rows


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that a page has made, and what its browser let it see: `status` 0 where that was nothing.

    `scopes`: those of the route, None where it is public. `authorization`: the header's value, or "". `environment`:
    the function's. `ttl`: how many seconds API Gateway keeps the function's answer for a token.
    """

    method: str
    path: str
    scopes: Sequence[str] | None
    authorization: str
    status: int
    environment: Mapping[str, str]
    ttl: int


def why(call: Call) -> str:
    if call.scopes is None:
        return "Public: no token is asked for."
    if not call.authorization:
        return "No token was sent. API Gateway refuses that itself, without asking the authorizer."
    evaluator = Evaluator(parse(call.environment), KeySource())
    answer = evaluator.answer(call.authorization, Route(call.method, call.path, call.scopes))
    older = f"API Gateway keeps an older answer for up to {call.ttl} s."
    if answer.status == 200:
        return f"The authorizer would let it in now; {older}" if call.status in (401, 403) else _let_in(call)
    if answer.status != call.status:
        return f"The authorizer would answer {answer.status} now, {answer.reason}; {older}"
    return f"{answer.reason}: {_told(call, examine(call.authorization, evaluator), answer)}."


def _told(call: Call, found: Examined, answer: Answer) -> str:
    if answer.status == 403 and found.identity:
        lacking = sorted(set(call.scopes or ()) - found.identity.scopes)
        return f"the token is valid, and was not granted {' '.join(lacking)}"
    row = next(row for row in rows(found, [answer]) if row.verdict == "failed")
    return f"{row.found}. To mend it: {row.fix}"


def _let_in(call: Call) -> str:
    granting = f" and grants {' '.join(call.scopes)}" if call.scopes else ""
    beyond = "" if call.status < 300 else f"; {call.status} is what came from behind it"
    return f"Let in: the token is valid{granting}{beyond}."


def main(_: argparse.Namespace) -> int:
    """Print a sentence, as JSON, for the call on standard input."""
    json.dump(why(Call(**json.load(sys.stdin))), sys.stdout)
    return 0
