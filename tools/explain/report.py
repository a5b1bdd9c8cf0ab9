"""Prints the checks of docs/tokens.md with their results for a token, and the answer of each route."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from authorizer import log
from infra.issuer.jwks_checks import quoted
from tools.explain.claims import OF_CLAIMS, moment, span
from tools.explain.diagnose import Examined
from tools.explain.evaluate import Answer
from tools.explain.token_format import OF_FORM

ADVICE = {**OF_FORM, **OF_CLAIMS}
# In the order of the table in docs/tokens.md.
CHECKS: Sequence[tuple[str, Sequence[str]]] = (
    ("form", ("malformed_token",)),
    ("algorithm", ("unsupported_algorithm",)),
    ("header", ("malformed_header",)),
    ("issuer", ("wrong_issuer",)),
    ("revoked keys", ("revoked_key",)),
    ("key", ("unknown_key", "missing_kid", "unnamed_keys")),
    ("key set", ("keys_unavailable",)),
    ("signature", ("bad_signature",)),
    ("claims", ("malformed_claims",)),
    ("required claims", ("missing_claim",)),
    ("audience", ("wrong_audience",)),
    ("client", ("wrong_client",)),
    ("dates", ("expired", "not_yet_valid")),
    ("claim values", ("wrong_claim",)),
    ("binding", ("sender_constrained",)),
)
NOT_REACHED = "not reached"
STYLES = {"ok": "green", "failed": "red", "also wrong": "red", NOT_REACHED: "dim", "not enough": "yellow"}


class Row(NamedTuple):
    """A check and its verdict, which is one of `STYLES`."""

    check: str
    verdict: str
    found: str = ""
    fix: str = ""


class About(NamedTuple):
    """The stack that verifies the token. `note` is about text around the token; `ttl` is the cache's, in seconds."""

    stack: str
    issuer: str
    audience: str
    note: str
    ttl: int


def report(console: Console, about: About, it: Examined, answers: Sequence[Answer], asked: Sequence[Answer]) -> None:
    """Print the report. `answers` has the answer for every route, `asked` those for the routes of the report."""
    head = f"For {about.stack}: issuer {about.issuer}, audience {about.audience}"
    for words in filter(None, (about.note, head)):
        console.print(Text(words), soft_wrap=True)
    found = [*rows(it, answers), *_scopes(it, asked)]
    checks = Table("check", "verdict", "found")
    checks.columns[2].overflow = "fold"
    unasked = [row.check for row in found if row.verdict == NOT_REACHED]
    found = [row for row in found if row.verdict != NOT_REACHED]
    if unasked:
        found.append(Row("the others", NOT_REACHED, ", ".join(unasked)))
    for row in found:
        # Text, not markup, because the content comes from a token.
        checks.add_row(row.check, Text(row.verdict, STYLES[row.verdict]), Text(row.found))
    console.print(checks)
    for row in found:
        if row.fix:
            console.print(Text(f"{row.check}: {row.fix}"), soft_wrap=True)
    routes = Table("route", "answer", "why")
    for answer in asked:
        style = "green" if answer.status == 200 else "yellow" if answer.status == 403 else "red"
        routes.add_row(Text(str(answer.route)), Text(str(_answer(answer)), style), Text(_why(answer, it)))
    console.print(routes)
    cached = f"A cached policy may differ, for up to {about.ttl} s."
    end = f"API Gateway answers 403 for any other path. {cached}"
    console.print(Text(end), soft_wrap=True)


def as_json(about: About, it: Examined, answers: Sequence[Answer], asked: Sequence[Answer]) -> str:
    """The report as JSON. It escapes all characters beyond ASCII, so a token cannot control a terminal."""
    head = {"stack": about.stack, "issuer": about.issuer, "audience": about.audience, "note": about.note}
    checks = [row._asdict() for row in (*rows(it, answers), *_scopes(it, asked))]
    routes = [{"route": str(answer.route), "answer": _answer(answer), "why": _why(answer, it)} for answer in asked]
    return json.dumps({**head, "cacheSeconds": about.ttl, "checks": checks, "routes": routes}, indent=2)


def _answer(answer: Answer) -> str | int:
    """The status, or `allowed` if the status would come from the backend."""
    return "allowed" if answer.status == 200 else answer.status


def rows(it: Examined, answers: Iterable[Answer]) -> Iterator[Row]:
    """A row for each check except that of the scopes. `failed` is the check that decides the authorizer's answer."""
    decisive = next((answer.reason for answer in answers if answer.status in (401, 500)), "")
    facts = _facts(it)
    for check, reasons in CHECKS:
        failed = [reason for reason in reasons if reason in it.failed]
        if failed:
            advice = [ADVICE[reason](it) for reason in failed]
            found, fix = ("; ".join(words) for words in zip(*advice, strict=True))
            yield Row(check, "failed" if decisive in failed else "also wrong", found, fix)
        elif it.passed.issuperset(reasons):
            yield Row(check, "ok", facts.get(check, ""))
        else:
            yield Row(check, NOT_REACHED)
    if decisive and decisive not in ADVICE:
        yield Row("authorizer", "failed", decisive, "this is a bug of the authorizer: please report it")


def _facts(it: Examined) -> dict[str, str]:
    """The facts about passed checks. The subject is a hash, as in the log, because it may be a person's name."""
    claims, header = it.claims or {}, it.header or {}
    facts = {
        "algorithm": quoted(header.get("alg")),
        "key": f"kid {quoted(header['kid'])}" if "kid" in header else "no kid",
    }
    facts |= {"issuer": quoted(claims.get("iss")), "audience": quoted(claims.get("aud"))}
    if it.identity and not {"malformed_claims", "missing_claim"} & set(it.failed):
        identity = it.identity
        facts["claims"] = f"the log has the subject as {log.pseudonym(identity.issuer, identity.subject)}"
        if identity.principal_claim != "sub":
            facts["claims"] += f", from {identity.principal_claim}"
    if "expired" in it.passed:
        facts["dates"] = f"for another {span(claims['exp'] - time.time())}, until {moment(claims['exp'])}"
    return facts


def _scopes(it: Examined, answers: Iterable[Answer]) -> Iterator[Row]:
    if it.scopes is None or it.issuer is None:
        yield Row("scopes", NOT_REACHED)
        return
    granted, names = it.scopes, it.issuer.scope_claims
    found = f"grants {quoted(' '.join(sorted(granted)))}" if granted else "grants none"
    lacking = sorted({scope for answer in answers for scope in answer.route.scopes} - granted)
    if not lacking:
        yield Row("scopes", "ok", found)
        return
    fix = f"grant {' '.join(lacking)} to this client or user at the issuer, and request scope={' '.join(lacking)}"
    elsewhere = [name for name, value in (it.claims or {}).items() if name not in names and _holds(value, lacking)]
    if elsewhere:
        fix = f"{', '.join(map(quoted, elsewhere))} has it, but only {', '.join(names)} count (scopeClaims); {fix}"
    yield Row("scopes", "not enough", f"{found}; {', '.join(lacking)} is asked for", fix)


def _holds(value: Any, scopes: Iterable[str]) -> bool:
    """Whether a claim such as `roles` or Keycloak's `realm_access` contains one of the scopes."""
    inner = value.get("roles") if isinstance(value, dict) else value
    words = inner.split() if isinstance(inner, str) else inner if isinstance(inner, list) else []
    return any(scope in words for scope in scopes)


def _why(answer: Answer, it: Examined) -> str:
    if answer.route.public:
        return "public: no token is needed"
    lacking = sorted(set(answer.route.scopes) - it.scopes) if it.scopes is not None else []
    lacks = f"lacks {' '.join(lacking)}" if lacking else ""
    if answer.status in (401, 500):
        return f"{answer.reason}; also {lacks}" if lacks else answer.reason
    return lacks or "allowed"
