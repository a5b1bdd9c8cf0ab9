"""Asks the issuer at preview, before anything is deployed, whether its tokens could pass."""

import pulumi

from infra.auth.environment import Trust
from infra.issuer.metadata import Finding, examine_all


def preflight(trust: Trust, *, ask: bool = True) -> None:
    """Examine each issuer at preview, if they are to be asked; an update trusts the preview before it.

    Raises `pulumi.RunError` with all that would make every token fail. What else is found is said and stops nothing;
    nor does anything where a key is revoked: that is an emergency, in which the issuer may have no other key yet.
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
            + "\nTo preview without asking the issuer, set preflight to false."
        )
    for finding in findings:
        if finding.verdict == "unchecked":
            pulumi.log.info(f"unchecked {_line(finding)}")


def _line(finding: Finding) -> str:
    return f"{finding.check}: {finding.found}" + (f"; {finding.fix}" if finding.fix else "")
