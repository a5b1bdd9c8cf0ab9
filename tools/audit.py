"""`python -m tools.audit`: known vulnerabilities in what the program and the function need, by PyPI's database."""

import argparse
import json
import subprocess
import sys
from typing import Any

from tools.project import ROOT

LOCKS = ("requirements.txt", "authorizer/requirements.txt")


def main() -> int:
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    command += ["--disable-pip", "--require-hashes", *(word for lock in LOCKS for word in ("--requirement", lock))]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        packages: list[dict[str, Any]] = json.loads(result.stdout)["dependencies"]
    except (ValueError, LookupError):
        print("NOT AUDITED:", *result.stderr.strip().splitlines()[-1:], file=sys.stderr)
        # A database that cannot be reached, or not safely, is no finding.
        return 0 if "requests.exceptions" in result.stderr else 2
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    found = [(package, each) for package in packages for each in package.get("vulns", ())]
    for package, each in found:
        fixed = ", ".join(each["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {each['id']}, fixed in {fixed}", file=sys.stderr)
    if unknown:
        print(f"NOT AUDITED, the advisory database has no answer for: {', '.join(unknown)}", file=sys.stderr)
    print(f"{len(packages) - len(unknown)} of {len(packages)} locked packages audited, {len(found)} advisories")
    return 1 if found else 0


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m tools.audit", description=__doc__).parse_args()
    sys.exit(main())
