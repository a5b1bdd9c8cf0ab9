"""Collects previews as Markdown, for a single comment in a pull request or for the job's summary."""

import argparse
import os
import re
from pathlib import Path
from typing import Any

import requests

from tools.errors import ToolError
from tools.preview_output import FAILED, notes, verdict

MARKER = "<!-- pulumi previews -->"  # identifies our comment
AUTHOR = "github-actions[bot]"  # comments of other authors with the marker stay
LIMIT = 65_536  # characters of a comment
TIMEOUT = 30  # seconds


class ReportError(ToolError):
    """The report could not be made or posted. The message has the reason and the fix."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="the folder with *.md and STACK.preview.txt")


def main(options: argparse.Namespace) -> int:
    """Collect the output of `make preview` (*.md) and `make plan` (a STACK.preview.txt for each stack) in a report.

    If PULL_REQUEST is a number, the report becomes that pull request's comment and replaces the previous one.
    GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL come from GitHub Actions. Without PULL_REQUEST, the report goes
    to GITHUB_STEP_SUMMARY, or is printed. STACKS lists the stacks that need a preview. If a preview is missing or
    failed, the report shows this, and the command exits with 1 after it has posted the report.
    """
    text, failed = report(options.folder)
    if number := os.environ.get("PULL_REQUEST"):
        comment(number, text)
    elif summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text, end="")
    if failed:
        fix = "Correct the errors in the report, then run `make plan STACK=NAME`"
        raise ReportError(f"{', '.join(failed)}: the preview failed or is missing. {fix}.")
    return 0


def report(folder: Path) -> tuple[str, list[str]]:
    """The Markdown document, and the stacks whose preview failed or is missing.

    Raises `ReportError` if there is nothing to report, because an empty comment would look like no change.
    """
    documents = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))]
    if sum(map(len, documents)) > LIMIT // 2:
        documents = [each.partition("<details>")[0] + "The rest is on the job's page." for each in documents]
    previews = {path.name.removesuffix(".preview.txt"): path for path in sorted(folder.glob("*.preview.txt"))}
    missing = [stack for stack in os.environ.get("STACKS", "").split() if stack not in previews]
    if not previews and not missing:
        raise ReportError(f"{folder}: has no STACK.preview.txt. Run `make plan STACK=dev`.")
    room = (LIMIT - len(MARKER) - sum(map(len, documents))) // max(len(previews), 1) - 2_000  # for the text around it
    failed = list(missing)
    for stack, path in previews.items():
        preview = path.read_text(encoding="utf-8", errors="replace")
        documents.append(section(stack, preview, max(room, 2_000)))
        failed += [stack] if verdict(preview) == FAILED else []
    documents += [f"### `pulumi preview` of {stack}: :x: missing; see its job" for stack in missing]
    return "\n\n".join((MARKER, *documents))[: LIMIT - 1] + "\n", failed


def section(stack: str, preview: str, room: int) -> str:
    """A stack's section: the number of changes, the warnings, and the whole preview, collapsed."""
    result, listed = verdict(preview), notes(preview, room // 2)
    room = max(room - sum(map(len, listed)), 2_000)
    shown = preview if len(preview) <= room else f"{preview[: room // 2]}\n...\n{preview[-room // 2 :]}"
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", shown) or ["``"]))
    lines = [f"### `pulumi preview` of {stack}: {result}", "", *listed]
    opened = " open" if result == FAILED else ""
    lines += ["", f"<details{opened}><summary>{stack}, step by step</summary>", ""]
    lines += [f"{fence}text", shown.rstrip(), fence, ""]
    if shown != preview:
        lines.append("The middle is missing, because a comment has a maximum length. The job's log has all of it.\n")
    return "\n".join([*lines, "</details>"])


def comment(number: str, text: str) -> None:
    """Post `text` as the pull request's comment, instead of the previous one.

    https://docs.github.com/en/rest/issues/comments. Raises `ReportError`.
    """
    try:
        address = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/issues"
        token = os.environ["GITHUB_TOKEN"]
    except KeyError as missing:
        raise ReportError(f"{missing.args[0]} is not set. Unset PULL_REQUEST, which is for GitHub Actions.") from None
    with requests.Session() as github:
        github.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"})
        former = _former(github, f"{address}/{number}/comments?per_page=100")
        if former is None:
            _send(github, "POST", f"{address}/{number}/comments", json={"body": text})
        else:
            _send(github, "PATCH", f"{address}/comments/{former}", json={"body": text})


def _former(github: requests.Session, page: str | None) -> int | None:
    while page:
        response = _send(github, "GET", page)
        for each in response.json():
            if each["user"]["login"] == AUTHOR and each["body"].startswith(MARKER):
                return each["id"]
        page = response.links.get("next", {}).get("url")
    return None


def _send(github: requests.Session, method: str, url: str, json: Any = None) -> requests.Response:
    try:
        response = github.request(method, url, json=json, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise ReportError(f"GitHub cannot be reached: {error}") from None
    if not response.ok:
        fix = "; the job needs `pull-requests: write`" if response.status_code == 403 else ""
        raise ReportError(f"{method} {url} was answered {response.status_code}{fix}")
    return response
