"""Checks a stack's issuer: whether its tokens can pass."""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

from authorizer import fetch
from authorizer.issuer import Issuer
from authorizer.keys import read_key_set
from infra.issuer.jwks_checks import quoted
from infra.issuer.metadata import Finding, examine_all
from tools.progress import progress
from tools.settings import load, with_line

STYLES = {"ok": "green", "wrong": "red", "warning": "yellow", "unchecked": "dim"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "stack", nargs="?", default="dev", help="the stack, whose Pulumi.STACK.yaml is read; by default dev"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def main(options: argparse.Namespace) -> int:
    """Check whether tokens of a stack's issuer can pass.

    The command sends requests to the issuer and needs no Pulumi CLI.

    --json prints {"stack", "ok", "findings": [{"check", "verdict", "found", "fix"}]}. A verdict is ok, warning, wrong
    or unchecked; a fix is empty if there is nothing to do.

    Exit status: 1 if something is wrong, or if the stack file has a mistake; otherwise 0.
    """
    stack: str = options.stack
    settings = load(stack)
    trust = settings.trust
    with progress(f"Asking {', '.join(issuer.issuer for issuer in trust.issuers)} ...", plain=False):
        findings = examine_all(trust.issuers)
        for issuer in trust.issuers:
            of = f"{issuer.issuer} " if len(trust.issuers) > 1 else ""
            if (f"{of}key set", "wrong") not in [(finding.check, finding.verdict) for finding in findings]:
                finding = trusted(issuer, trust.revoked_kids)
                findings.append(replace(finding, check=f"{of}{finding.check}"))
    findings = [replace(finding, fix=with_line(finding.fix, stack)) for finding in findings]
    ok = all(finding.verdict != "wrong" for finding in findings)
    if options.json:
        print(json.dumps({"stack": stack, "ok": ok, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        report(Console(), stack, findings)
    return 0 if ok else 1


def trusted(issuer: Issuer, revoked_kids: Iterable[str]) -> Finding:
    """The keys that the function would trust, fetched and checked by its own code."""
    try:
        kids = {key.kid for key in read_key_set(fetch.get(issuer.jwks_uri).body, issuer.algorithms).keys}
    except (fetch.FetchError, ValueError) as error:
        fix = "if the key set is ok, check this machine's network: the function uses no proxy and waits for 2 s"
        return Finding("function", "warning", f"its own code gets no key from here: {quoted(str(error))}", fix)
    revoked = kids.intersection(revoked_kids)
    names = _listed(kids - revoked) or "no key"
    but = f", not {_listed(revoked)}: in revokedKids" if revoked else ""
    if kids == revoked:
        return Finding("function", "wrong", f"would trust {names}{but}", "publish a new key at the issuer")
    return Finding("function", "ok", f"would trust {names}{but}")


def _listed(kids: Iterable[str]) -> str:
    return ", ".join(quoted(kid) for kid in sorted(kids))


def report(console: Console, stack: str, findings: Sequence[Finding]) -> None:
    table = Table("check", "found", "verdict", title=f"Pulumi.{stack}.yaml, and its issuer as seen from here")
    table.columns[1].overflow = "fold"  # a URL without its end is useless
    for finding in findings:
        # Text, not markup, because the content comes from the issuer.
        table.add_row(finding.check, Text(finding.found), Text(finding.verdict, STYLES[finding.verdict]))
    console.print(table)
    for finding in findings:
        if finding.fix:
            console.print(Text(f"{finding.check}: {finding.fix}"), soft_wrap=True)
