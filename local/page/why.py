"""Explains the response to a call in a sentence, with the authorizer's own code.

This module runs in a separate process, so that it imports a changed authorizer. It reads the call from standard input,
because the call contains a token.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from authorizer.environment import parse
from infra.api.routes import Route
from tools.explain.diagnose import examine
from tools.explain.evaluate import Evaluator, KeySource
from tools.explain.report import rows


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that a page has made, and the status of the response.

    `scopes` has the route's scopes, or is None for a public route. `authorization` is the header's value, or "".
    `environment` has the function's variables. `ttl` is the number of seconds for which API Gateway caches a token's
    policy.
    """

    method: str
    path: str
    scopes: Sequence[str] | None
    authorization: str
    status: int
    environment: Mapping[str, str]
    ttl: int


class Explanation(NamedTuple):
    """An explanation in sentences, which contains only the parts of the token that a check reads. `fix` may be ""."""

    why: str
    fix: str = ""


def explain(call: Call) -> Explanation:
    """Explain the status of the call."""
    if call.scopes is None:
        return Explanation("Public route: API Gateway needs no token.")
    if not call.authorization:
        return Explanation("No token was sent: API Gateway refuses the call itself, without invoking the authorizer.")
    evaluator = Evaluator(parse(call.environment), KeySource())
    answer = evaluator.answer(call.authorization, Route(call.method, call.path, call.scopes))
    if answer.status == 200 and call.status not in (401, 403):
        return Explanation(_allowed(call))
    if answer.status != call.status:
        now = "allow the call now" if answer.status == 200 else f"answer {answer.status} now, {answer.reason}"
        return Explanation(f"The authorizer would {now}. API Gateway caches its earlier policy for up to {call.ttl} s.")
    found = examine(call.authorization, evaluator)
    if answer.status == 403 and found.identity:
        lacking = " ".join(sorted(set(call.scopes) - found.identity.scopes))
        return Explanation(f"{answer.reason}: the token is valid but does not grant {lacking}.")
    row = next(row for row in rows(found, [answer]) if row.verdict == "failed")
    return Explanation(f"{answer.reason}: {row.found}.", f"To fix: {row.fix}.")


def _allowed(call: Call) -> str:
    granting = f" and grants {' '.join(call.scopes)}" if call.scopes else ""
    beyond = "" if call.status < 300 else f" The {call.status} comes from the backend."
    return f"Allowed: the token is valid{granting}.{beyond}"


def main(_: argparse.Namespace) -> int:
    """Print an explanation, as JSON, of the call on standard input."""
    json.dump(explain(Call(**json.load(sys.stdin)))._asdict(), sys.stdout)
    return 0
