"""Checks in a preview, before a deployment, whether the issuer's tokens can pass."""

import pulumi

from infra.auth.environment import Trust
from infra.issuer.metadata import Finding, examine_all


def preflight(trust: Trust, *, ask: bool = True) -> None:
    """Check each issuer in a preview, if `ask` is set. An update relies on the check in its preview.

    Raises `pulumi.RunError` with all findings that would make every token fail. It logs the other findings as warnings.
    If a key is revoked, every finding is a warning, because the issuer may not have a new key yet.
    """
    if not ask or not pulumi.runtime.is_dry_run():
        return
    findings = examine_all(trust.issuers)
    for finding in findings:
        if finding.verdict == "warning" or (finding.verdict == "wrong" and trust.revoked_kids):
            pulumi.log.warn(_line(finding))
    wrong = [_line(finding) for finding in findings if finding.verdict == "wrong"]
    if wrong and not trust.revoked_kids:
        raise pulumi.RunError(
            "every token would be refused:\n"
            + "\n".join(f"  - {line}" for line in wrong)
            + "\nTo preview without this check, set preflight to false."
        )
    for finding in findings:
        if finding.verdict == "unchecked":
            pulumi.log.info(f"unchecked {_line(finding)}")


def _line(finding: Finding) -> str:
    return f"{finding.check}: {finding.found}" + (f"; {finding.fix}" if finding.fix else "")
