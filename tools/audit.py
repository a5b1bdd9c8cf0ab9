"""Looks up known vulnerabilities of the packages that the program and the function need."""

import argparse
import json
import subprocess
import sys
from typing import Any

import requests

from tools.errors import ToolError
from tools.progress import progress
from tools.project import ROOT

LOCKS = ("requirements.txt", "authorizer/requirements.txt")
_KNOWN = "https://pypi.org/pypi/pip/24.0/json"  # a page like those that pip-audit requests, which a mirror may lack
_TIMEOUT = 20  # seconds


def main(_: argparse.Namespace) -> int:
    """Look up the locked packages of the program and the function in PyPI's database of vulnerabilities.

    Exit status: 1 if a package is vulnerable, or if the database has no entry for any package. If the database cannot
    be reached, the command prints the reason and does not fail.
    """
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    command += ["--disable-pip", "--require-hashes", *(word for lock in LOCKS for word in ("--requirement", lock))]
    with progress("Looking up the locked packages ..."):
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        packages: list[dict[str, Any]] = json.loads(result.stdout)["dependencies"]
    except (ValueError, LookupError):
        said = " ".join(result.stderr.strip().splitlines()[-1:]) or "it said nothing"
        if "requests.exceptions" in result.stderr:
            print(f"NOT AUDITED: the database cannot be reached: {said}", file=sys.stderr)
            return 0
        raise ToolError(
            f"pip-audit: it failed: {said}. Run `make .venv/installed-check`, or `make lock` after a change."
        ) from None
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    found = [(package, each) for package in packages for each in package.get("vulns", ())]
    for package, each in found:
        fixed = ", ".join(each["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {each['id']}, fixed in {fixed}", file=sys.stderr)
    print(f"{len(packages) - len(unknown)} of {len(packages)} locked packages audited, {len(found)} advisories")
    if len(unknown) == len(packages):
        if reason := _unreachable():
            print(f"NOT AUDITED: the database cannot be reached: {reason}", file=sys.stderr)
            return 0
        raise ToolError(
            "audit: the database has no entry for any locked package. Check the versions in requirements.txt."
        )
    if unknown:
        print(f"NOT AUDITED, the database has no entry for: {', '.join(unknown)}", file=sys.stderr)
    return 1 if found else 0


def _unreachable() -> str:
    """The reason why PyPI's database cannot be reached, or "" if it can."""
    try:
        status = requests.get(_KNOWN, timeout=_TIMEOUT).status_code
    except requests.RequestException as error:
        return f"{_KNOWN}: {type(error).__name__}"
    return "" if status == requests.codes.ok else f"{_KNOWN} was answered {status}"
