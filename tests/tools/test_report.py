"""The report on a pull request: one comment with the newest previews, next to other people's comments."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud.servers import Answer, Request, Server
from tools.preview_output import FAILED, verdict
from tools.project import ROOT
from tools.report import LIMIT, MARKER, report, section

PREVIEW = """Previewing update (dev):
  pulumi:pulumi:Stack: (same)
warning: GET /pets was protected, and is opened to everyone: no token is asked for
    ~ aws:apigateway/method:Method: (update)
Resources:
    + 32 to create
    ~ 6 to update
    +-1 to replace
    39 changes. 129 unchanged

make plan: exit status 0
"""
SAME = "Previewing update (dev):\n  pulumi:pulumi:Stack: (same)\nResources:\n    129 unchanged\n"
# In the CLI's format: no space before the policy's description, and the message on the next line.
VIOLATION = """\
    petstore@v0.0.1 [mandatory]  methods-ask-the-authorizer  (aws:apigateway:Method: open)A method without an \
authorizer answers everyone, so that its route must say so.
GET /open answers without the authorizer, and no route declares it public; give it authorization "CUSTOM"
"""
TRACEBACK = """\
error: Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/petstore/__main__.py", line 3, in <module>
    1 / 0
ZeroDivisionError: division by zero
"""
Post = Callable[..., "subprocess.CompletedProcess[str]"]


class GitHub(Server):
    """The comments of pull request 7, two on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.comments: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.status = 200

    def says(self, body: str, login: str = "github-actions[bot]") -> None:
        self.comments.append({"id": len(self.comments), "body": body, "user": {"login": login}})

    def answer(self, request: Request) -> Answer:
        self.asked.append(f"{request.method} {request.path}")
        assert request.headers["Authorization"] == "Bearer the-token"
        if self.status != 200:
            return Answer(self.status)
        body = json.loads(request.body)["body"] if request.body else ""
        if request.method == "PATCH":
            self.comments[int(request.path.rpartition("/")[2])]["body"] = body
        if request.method == "POST":
            self.says(body)
        if request.method != "GET":
            return Answer.json({}, 200 if request.method == "PATCH" else 201)
        page = int(request.query.get("page", ["1"])[0])
        shown = self.comments[2 * page - 2 : 2 * page]
        more = len(self.comments) > 2 * page
        link = {"Link": f'<{self.url}{request.path}?page={page + 1}>; rel="next"'} if more else {}
        answer = Answer.json(shown)
        return Answer(200, answer.body, {**answer.headers, **link})


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as server:
        yield server


@pytest.fixture
def post(tmp_path: Path, github: GitHub) -> Post:
    """Runs the command for previews of dev and prod on pull request 7, unless the environment has others."""
    folder = tmp_path / "previews"
    folder.mkdir()
    (folder / "changes.md").write_text("### Routes\n", encoding="utf-8")
    (folder / "prod.preview.txt").write_text(PREVIEW, encoding="utf-8")

    def run(preview: str = PREVIEW, **environment: str) -> "subprocess.CompletedProcess[str]":
        (folder / "dev.preview.txt").write_text(preview, encoding="utf-8")
        actions = {
            "GITHUB_API_URL": github.url,
            "GITHUB_REPOSITORY": "our/petstore",
            "GITHUB_TOKEN": "the-token",
            "PULL_REQUEST": "7",
        }
        command = [sys.executable, "-m", "tools", "report", str(folder)]
        own = {"PATH": os.environ["PATH"], **actions, **environment}
        return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)

    return run


def test_there_is_one_comment_after_several_reports(post: Post, github: GitHub):
    github.says("Looks good to me", login="somebody")
    github.says("I am another workflow")
    assert post().returncode == 0
    assert post(preview=PREVIEW.replace("32 to create", "1 to create")).returncode == 0
    ours = [each["body"] for each in github.comments if each["body"].startswith(MARKER)]
    assert len(ours) == 1
    assert "of dev: 1 to create, 6 to update, 1 to replace" in ours[0]
    assert len(github.comments) == 3


def test_the_comment_is_found_on_a_later_page(post: Post, github: GitHub):
    for n in range(5):
        github.says(f"comment {n}", login="somebody")
    github.says(f"{MARKER}\nold")
    assert post().returncode == 0
    assert len(github.comments) == 6
    assert "old" not in github.comments[5]["body"]


def test_a_persons_comment_is_not_replaced(post: Post, github: GitHub):
    github.says(f"{MARKER}\nquoted by a person", login="somebody")
    assert post().returncode == 0
    assert github.comments[0]["body"].endswith("quoted by a person")
    assert len(github.comments) == 2


def test_the_comment_begins_with_the_routes_and_names_every_stack(post: Post, github: GitHub):
    post()
    (comment,) = github.comments
    order = ["### Routes", "`pulumi preview` of dev:", "`pulumi preview` of prod:"]
    assert [comment["body"].index(each) for each in order] == sorted(comment["body"].index(each) for each in order)


def test_a_failed_preview_replaces_a_successful_one(post: Post, github: GitHub):
    post()
    result = post(preview="error: 1 mistake in the configuration or the routes:\n  - route GET /pets: listed twice\n")
    assert result.returncode == 1
    assert result.stderr.startswith("error: dev: the preview failed")
    assert "make plan STACK=" in result.stderr
    (comment,) = github.comments
    assert "`pulumi preview` of dev: :x: failed" in comment["body"]
    assert (
        "- `` error: 1 mistake in the configuration or the routes: ``\n  - `` route GET /pets: listed twice ``"
        in (comment["body"])
    )
    assert "<details open><summary>dev" in comment["body"]


def test_widened_access_is_reported_before_the_details():
    text = section("dev", PREVIEW, LIMIT)
    assert text.index("- `` warning: GET /pets was protected, and is opened to everyone") < text.index(
        "<details><summary>dev"
    )


ENDINGS = {
    "nothing to do": (SAME, "no change"),
    "nothing to do, exit status 0": (f"{SAME}\nmake plan: exit status 0\n", "no change"),
    "cut off after the summary": (SAME.rstrip(), "no change"),
    "nothing to do, with warnings": (f"warning: the issuer has a new key\n{SAME}", "no change"),
    "nothing to do, with policies": (f"{SAME}\nPolicy Packs run:\n    Name      Version\n    p  1\n", "no change"),
    "create": ("Resources:\n    + 3 to create\n", "3 to create"),
    "create, the rest is the same": ("Resources:\n    + 3 to create\n    1 unchanged\n", "3 to create"),
    "several kinds": (PREVIEW, "32 to create, 6 to update, 1 to replace"),
    "import": ("Resources:\n    = 1 to import\n    168 unchanged\n", "1 to import"),
    "replacement steps": (
        "Resources:\n    ++1 to create-replacement\n    --1 to delete-replaced\n    2 changes\n",
        "1 to create-replacement, 1 to delete-replaced",
    ),
    "a kind that is new": ("Resources:\n    ? 2 to discard\n    129 unchanged\n", "2 to discard"),
    "Markdown": ("Resources:\n    + 3 to <img> [create](x) @all\n", "3 to img createx all"),
    "a refresh": ("Resources:\n    ~ 1 updated\n    128 unchanged\n\nDuration: 3s\n", "1 updated"),
    "an earlier summary": (f"{SAME}Resources:\n    + 1 to create\n    129 unchanged\n", "1 to create"),
    "an empty file": ("", FAILED),
    "no CLI": ("/bin/sh: 1: pulumi: not found\n", FAILED),
    "no CLI, exit status": ("/bin/sh: 1: pulumi: not found\n\nmake plan: exit status 127\n", FAILED),
    "cut off before the summary": (PREVIEW.partition("Resources:")[0], FAILED),
    "cut off in the summary": (SAME.partition("129")[0], FAILED),
    "a summary without a count": ("Resources:\n", FAILED),
    "only warnings": ("warning: the issuer cannot be reached\n", FAILED),
    "a mistake in the configuration": ("error: 1 mistake in the configuration\n  - a\n", FAILED),
    "an exception": (TRACEBACK, FAILED),
    "an error after the summary": (f"{SAME}error: the plan cannot be written\n", FAILED),
    "an exit status after the summary": (f"{SAME}\nmake plan: exit status 255\n", FAILED),
    "a violation": (f"{VIOLATION}{SAME}", FAILED),
    "a resource that errored": ("Resources:\n    128 unchanged\n    1 errored\n", FAILED),
    "cancelled": ("Previewing update (dev):\n^C received; cancelling.\nerror: preview canceled\n", FAILED),
    "killed": ("Previewing update (dev):\nKilled\n\nmake plan: exit status 137\n", FAILED),
    "a diff that quotes a summary": ("      ~ description: Resources:\n              129 unchanged\n", FAILED),
}


@pytest.mark.parametrize(("preview", "expected"), ENDINGS.values(), ids=ENDINGS)
def test_only_a_summary_without_changes_is_reported_as_no_change(preview: str, expected: str):
    assert verdict(preview) == expected
    assert section("dev", preview, LIMIT).startswith(f"### `pulumi preview` of dev: {expected}\n")


def test_a_violation_is_listed_with_its_fix_before_the_details():
    text = section("dev", f"{VIOLATION}error: preview failed\n", LIMIT)
    assert text.partition("<details open>")[0].splitlines()[2:] == [
        "- `` [mandatory] methods-ask-the-authorizer, aws:apigateway:Method: open ``",
        "  - `` GET /open answers without the authorizer, and no route declares it public; "
        'give it authorization "CUSTOM" ``',
        "- `` error: preview failed ``",
        "",
    ]


@pytest.mark.parametrize(
    "then",
    ["Resources:\n", "error: preview failed\n", "warning: old\n", VIOLATION, "    + aws:sns/topic:Topic: (create)\n"],
)
def test_a_violations_message_ends_where_the_next_event_begins(then: str):
    text = section("dev", VIOLATION + then, LIMIT).partition("<details")[0]
    assert text.count('"CUSTOM" ``\n') == 1


def test_a_violation_without_a_message_has_its_policys_description():
    text = section(
        "dev", "    other@v2 [advisory] [severity: low]  tags  (aws:sns:Topic: a (b))Topics need tags.\n", LIMIT
    )
    assert "- `` [advisory] tags, aws:sns:Topic: a (b) ``\n  - `` Topics need tags. ``\n" in text


def test_an_exception_is_listed_with_its_last_line():
    text = section("dev", TRACEBACK, LIMIT)
    assert "exception: ``\n  - `` ZeroDivisionError: division by zero ``\n" in text


def test_errors_are_listed_before_warnings_up_to_a_limit():
    warnings = "".join(f"warning: {n:04} {'x' * 90}\n" for n in range(1_000))
    text = section("dev", f"{warnings}error: preview failed\n", 20_000)
    assert len(text) < 21_000
    assert text.splitlines()[2] == "- `` error: preview failed ``"
    assert re.search(r"^- and \d+ more, below$", text, re.MULTILINE)


def test_a_preview_cannot_end_the_code_block_around_it():
    text = section("dev", "~ description: ```` </details> <script>\n", LIMIT)
    opened, closed = re.findall(r"^(`{3,})(?:text)?$", text, re.MULTILINE)
    assert len(opened) == len(closed) == 5


def test_a_comment_never_exceeds_githubs_limit(tmp_path: Path):
    for stack in ("dev", "prod", "staging"):
        (tmp_path / f"{stack}.preview.txt").write_text(PREVIEW + "+ resource\n" * 20_000 + PREVIEW, encoding="utf-8")
    text, _ = report(tmp_path)
    assert len(text) <= LIMIT
    assert text.count("</details>") == 3
    assert text.count("The middle is missing") == 3


def test_a_preview_is_not_displaced_by_long_pages(tmp_path: Path):
    for stack in ("dev", "prod"):
        page = f"### Routes of {stack}\n\n<details>\n" + "- a resource\n" * 4_000 + "</details>\n"
        (tmp_path / f"changes-{stack}.md").write_text(page, encoding="utf-8")
        (tmp_path / f"{stack}.preview.txt").write_text(PREVIEW, encoding="utf-8")
    text, _ = report(tmp_path)
    assert len(text) <= LIMIT
    for stack in ("dev", "prod"):
        assert f"### Routes of {stack}\n\nThe rest is on the job's page." in text
        assert f"`pulumi preview` of {stack}: 32 to create" in text
    (tmp_path / "changes-dev.md").write_text("- a route\n" * 9_000, encoding="utf-8")
    assert len(report(tmp_path)[0]) <= LIMIT


def test_without_a_pull_request_the_report_is_the_jobs_summary(post: Post, github: GitHub, tmp_path: Path):
    summary = tmp_path / "summary.md"
    assert post(PULL_REQUEST="", GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    assert "`pulumi preview` of prod" in summary.read_text(encoding="utf-8")
    assert github.asked == []
    assert "`pulumi preview` of prod" in post(PULL_REQUEST="").stdout


@pytest.mark.parametrize("status", [403, 500])
def test_a_refusal_by_github_names_the_missing_permission(post: Post, github: GitHub, status: int):
    github.status = status
    result = post()
    assert result.returncode == 1
    assert result.stderr.startswith("error: GET ")
    assert ("`pull-requests: write`" in result.stderr) == (status == 403)
    assert "the-token" not in result.stdout + result.stderr


def test_a_stack_whose_preview_did_not_start_is_reported(post: Post, github: GitHub):
    result = post(STACKS="dev prod staging")
    assert (result.returncode, result.stderr.startswith("error: staging: ")) == (1, True)
    (comment,) = github.comments
    assert "### `pulumi preview` of staging: :x: missing; see its job" in comment["body"]
    assert "preview` of dev: :x:" not in comment["body"]


def test_without_previews_there_is_an_error_and_no_empty_comment(github: GitHub, tmp_path: Path):
    command = [sys.executable, "-m", "tools", "report", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, github.asked) == (1, [])
    assert "make plan STACK=dev" in result.stderr
