"""`python -m tools.doctor [STACK]`: whether the tokens of a stack's issuer could pass, asked of the issuer itself."""

import argparse
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from authorizer import fetch
from authorizer.keys import read_key_set
from infra.config.errors import ConfigurationError
from infra.config.settings import Settings
from infra.issuer.jwks_checks import shown
from infra.issuer.metadata import Finding, examine
from routes import ROUTES
from tools.preview.mock_recorder import Recorder
from tools.program import run
from tools.project import PROJECT, ProgramError, plain_value, stack_config

STYLES = {"ok": "green", "wrong": "red", "warning": "yellow", "unchecked": "dim"}


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where nothing is wrong, 1 where something is, 2 where there is no such stack file."""
    parser = argparse.ArgumentParser(prog="python -m tools.doctor", description="Could this issuer's tokens pass?")
    parser.add_argument("stack", nargs="?", default="dev", help="reads Pulumi.STACK.yaml; by default dev")
    stack: str = parser.parse_args(arguments).stack
    try:
        settings = load(stack)
    except ConfigurationError as error:
        print(f"Pulumi.{stack}.yaml: {error}", file=sys.stderr)
        return 1
    except ProgramError as error:
        parser.error(str(error))
    findings = examine(settings.token_issuer, settings.jwks_uri, settings.audience)
    if ("key set", "wrong") not in [(finding.check, finding.verdict) for finding in findings]:
        findings.append(trusted(settings))
    report(Console(), stack, findings)
    return 1 if any(finding.verdict == "wrong" for finding in findings) else 0


def load(stack: str, **values: str) -> Settings:
    """The stack's settings as the program would read them. `values` go before those of its file.

    Raises `ConfigurationError` with every mistake in them, and `ProgramError` where the file cannot be read.
    """
    config = stack_config(stack) | {f"{PROJECT}:{key}": value for key, value in values.items()}
    for key in config:
        if key.startswith(f"{PROJECT}:"):
            plain_value(config, key.partition(":")[2])
    loaded: list[Settings] = []
    # Mocks, which are never asked: nothing is declared.
    run(Recorder(), stack=stack, config=config, program=lambda: loaded.append(Settings.load(ROUTES)))
    return loaded[0]


def trusted(settings: Settings) -> Finding:
    """The keys that the function itself would trust, read and judged by its own code."""
    try:
        kids = {key.kid for key in read_key_set(fetch.get(settings.jwks_uri).body).keys}
    except (fetch.FetchError, ValueError) as error:
        fix = "that is this machine's, if the key set is ok: the function's code knows no proxy and reads for 2 s"
        return Finding("function", "warning", f"its own code takes no key from here: {shown(str(error))}", fix)
    revoked = kids.intersection(settings.revoked_kids)
    names = _listed(kids - revoked) or "no key"
    but = f", not {_listed(revoked)}: in revokedKids" if revoked else ""
    if kids == revoked:
        return Finding("function", "wrong", f"would trust {names}{but}", "have the issuer publish a new key")
    return Finding("function", "ok", f"would trust {names}{but}")


def _listed(kids: Iterable[str]) -> str:
    return ", ".join(shown(kid) for kid in sorted(kids))


def report(console: Console, stack: str, findings: Sequence[Finding]) -> None:
    table = Table("check", "found", "verdict", title=f"Pulumi.{stack}.yaml, as its issuer answers from here")
    table.columns[1].overflow = "fold"  # an address whose end is cut off helps nobody
    for finding in findings:
        # Text, not markup: what an issuer writes is shown, not obeyed.
        table.add_row(finding.check, Text(finding.found), Text(finding.verdict, STYLES[finding.verdict]))
    console.print(table)
    for finding in findings:
        if finding.fix:
            console.print(Text(f"{finding.check}: {finding.fix}"), soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
