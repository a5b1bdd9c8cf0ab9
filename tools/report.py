"""Collects previews as Markdown, for a pull request's one comment or the job's summary."""

import argparse
import os
import re
from pathlib import Path
from typing import Any

import requests

from tools.errors import ToolError
from tools.preview_output import FAILED, notes, verdict

MARKER = "<!-- pulumi previews -->"  # by which the comment is found again
AUTHOR = "github-actions[bot]"  # whoever else begins a comment with the marker keeps it
LIMIT = 65_536  # characters of a comment
TIMEOUT = 30  # seconds


class ReportError(ToolError):
    """The report could not be made or posted. The message says why and what to do."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="holds *.md and STACK.preview.txt")


def main(options: argparse.Namespace) -> int:
    """Collect what `make preview` and `make plan` wrote: *.md, as they are, and a STACK.preview.txt for each stack.

    With PULL_REQUEST, its number, the report is that pull request's comment: made once, then replaced. GITHUB_TOKEN,
    GITHUB_REPOSITORY and GITHUB_API_URL are GitHub Actions' own. Without it, the report goes to GITHUB_STEP_SUMMARY, or
    is printed. STACKS names the stacks that there should be a preview of. If one is missing or failed, the report says
    so, and the command exits with 1 after it has posted the report.
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
        fix = "Correct what the report says, then run `make plan STACK=NAME`"
        raise ReportError(f"{', '.join(failed)}: the preview failed, or there is none. {fix}.")
    return 0


def report(folder: Path) -> tuple[str, list[str]]:
    """The document, and the stacks whose preview failed or is missing.

    Raises `ReportError` where there is nothing to report: an empty comment would read as no change.
    """
    documents = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))]
    if sum(map(len, documents)) > LIMIT // 2:
        documents = [each.partition("<details>")[0] + "The rest is on the job's page." for each in documents]
    previews = {path.name.removesuffix(".preview.txt"): path for path in sorted(folder.glob("*.preview.txt"))}
    missing = [stack for stack in os.environ.get("STACKS", "").split() if stack not in previews]
    if not previews and not missing:
        raise ReportError(f"{folder} holds no STACK.preview.txt; `make plan STACK=dev` writes one")
    room = (LIMIT - len(MARKER) - sum(map(len, documents))) // max(len(previews), 1) - 2_000  # for what stands around
    failed = list(missing)
    for stack, path in previews.items():
        preview = path.read_text(encoding="utf-8", errors="replace")
        documents.append(section(stack, preview, max(room, 2_000)))
        failed += [stack] if verdict(preview) == FAILED else []
    documents += [f"### `pulumi preview` of {stack}: :x: there is none; its job says why" for stack in missing]
    return "\n\n".join((MARKER, *documents))[: LIMIT - 1] + "\n", failed


def section(stack: str, preview: str, room: int) -> str:
    """A stack's part: how many resources change, what the preview warns of, and the whole of it, folded."""
    result, listed = verdict(preview), notes(preview, room // 2)
    room = max(room - sum(map(len, listed)), 2_000)
    shown = preview if len(preview) <= room else f"{preview[: room // 2]}\n...\n{preview[-room // 2 :]}"
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", shown) or ["``"]))
    lines = [f"### `pulumi preview` of {stack}: {result}", "", *listed]
    opened = " open" if result == FAILED else ""
    lines += ["", f"<details{opened}><summary>{stack}, step by step</summary>", ""]
    lines += [f"{fence}text", shown.rstrip(), fence, ""]
    if shown != preview:
        lines.append("The middle is left out: a comment holds no more. The job's log has it all.\n")
    return "\n".join([*lines, "</details>"])


def comment(number: str, text: str) -> None:
    """Post `text` as the pull request's comment, in the place of the one before.

    https://docs.github.com/en/rest/issues/comments. Raises `ReportError`.
    """
    try:
        address = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/issues"
        token = os.environ["GITHUB_TOKEN"]
    except KeyError as missing:
        raise ReportError(f"{missing.args[0]} is not set; PULL_REQUEST is for GitHub Actions: go without it") from None
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
