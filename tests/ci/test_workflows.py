"""The workflows: their permissions and triggers, and that they run the same commands as a developer."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tools.project import ROOT, STACK, stacks

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))}
ACTION = yaml.safe_load((ROOT / ".github" / "actions" / "pulumi" / "action.yml").read_text(encoding="utf-8"))
JOBS = {f"{file}/{name}": job for file, workflow in WORKFLOWS.items() for name, job in workflow["jobs"].items()}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
OWN = "github.event.pull_request.head.repo.full_name == github.repository"
DEPLOYED = [stack for stack in stacks() if stack != STACK]


def on(file: str) -> dict[str, Any]:
    """A workflow's triggers. YAML 1.1 reads the word `on` as true."""
    triggers = WORKFLOWS[file][True]
    return triggers if isinstance(triggers, dict) else {triggers: None}


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    return job.get("steps", [])


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in steps(job) if "run" in step]


def recipe(target: str) -> str:
    (found,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    return found


def test_the_five_workflows_are_there():
    assert list(WORKFLOWS) == ["deploy.yml", "destroy.yml", "drift.yml", "preview.yml", "test.yml"]


@pytest.mark.parametrize("file", WORKFLOWS)
def test_a_workflow_has_only_the_permissions_that_a_job_requests(file: str):
    assert WORKFLOWS[file]["permissions"] == {}


@pytest.mark.parametrize("name", JOBS)
def test_the_only_write_permission_of_a_job_is_for_the_comment(name: str):
    writes = {key for key, value in JOBS[name].get("permissions", {}).items() if value != "read"}
    assert writes <= ({"pull-requests"} if name == "preview.yml/comment" else {"id-token"})


@pytest.mark.parametrize("file", WORKFLOWS)
def test_no_workflow_runs_a_forks_code_with_this_repositorys_permissions(file: str):
    assert on(file).keys() <= {"push", "pull_request", "schedule", "workflow_call", "workflow_dispatch"}


def test_in_a_pull_request_only_this_repositorys_branches_get_credentials():
    for name, job in WORKFLOWS["preview.yml"]["jobs"].items():
        text = str(job)
        if "write" in str(job.get("permissions", {})) or "secrets." in text or "vars.AWS_" in str(steps(job)):
            own = f"{OWN} &&" in job["if"] or (
                "preview" in job.get("needs", []) and "needs.preview.result != 'skipped'" in job["if"]
            )
            assert own, name
    for name in ("test.yml/test", "preview.yml/changes", "preview.yml/none"):
        assert "secrets." not in str(JOBS[name])
        assert "id-token" not in str(JOBS[name])


def test_a_pull_request_without_a_preview_gets_the_reason():
    none, preview = JOBS["preview.yml/none"], JOBS["preview.yml/preview"]
    assert preview["if"] == f"{OWN} && vars.AWS_PREVIEW_ROLE != ''"
    assert none["if"] == f"{OWN.replace('==', '!=')} || vars.AWS_PREVIEW_ROLE == ''"
    (command,) = commands(none)
    assert "::notice title=No pulumi preview::$REASON" in command
    assert "a fork gets the tests, but no credentials" in steps(none)[0]["env"]["REASON"]


def test_secrets_belong_to_an_environment_and_are_used_by_the_smoke_test_only():
    for name, job in JOBS.items():
        found = re.findall(r"secrets\.(\w+)", str(job))
        if found:
            assert set(found) == {"CLIENT_SECRET"}, name
            assert job["environment"] == job["env"]["STACK"], name
        for step in steps(job):
            assert "secrets." not in str(step) or step["run"] == "make smoke", name
    assert "secrets." not in str(ACTION)


def test_the_job_that_writes_the_comment_does_not_run_the_pull_requests_code():
    checkout = steps(JOBS["preview.yml/comment"])[0]
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"


def every_step() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in JOBS.items():
        yield from ((name, step) for step in [*steps(job), job])
    yield from (("action.yml", step) for step in ACTION["runs"]["steps"])


def test_actions_of_others_are_pinned_to_a_commit():
    used = [step["uses"] for _, step in every_step() if "uses" in step]
    assert used
    for reference in used:
        assert reference.startswith("$/.github/") or re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", reference), reference
    text = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob(".github/**/*.yml"))
    assert len(re.findall(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", text, re.MULTILINE)) == len(
        [reference for reference in used if "@" in reference]
    )


def test_a_checkout_stores_no_credentials():
    found = [step for _, step in every_step() if step.get("uses", "").startswith("actions/checkout@")]
    assert len(found) > 5
    assert all(step["with"]["persist-credentials"] is False for step in found)


def test_ci_runs_make_targets():
    found = [(name, step["run"]) for name, step in every_step() if "run" in step]
    assert len(found) > 15
    for name, command in found:
        target = re.fullmatch(r"make ([a-z-]+)", command)
        if target:
            assert recipe(target[1]) if target[1] != "setup" else "setup:" in MAKEFILE, name
        else:  # only prints a message in CI's log
            assert re.fullmatch(r'echo "::(notice title=[^:]+|error)::[^"]*(\\"[^"]*)*"( && false)?', command), command


def test_ci_runs_the_readmes_tests_and_ours_on_every_version_of_python():
    job = JOBS["test.yml/test"]
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert oldest
    assert job["strategy"]["matrix"]["python"] == [oldest[1], "3.11", "3.12", "3.13", "3.14"]
    assert f"sys.version_info < ({oldest[1].replace('.', ', ')})" in MAKEFILE
    assert f"Python {oldest[1]}+" in (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert sorted(commands(job)) == sorted(re.findall(r"\bmake [a-z-]+", script))
    assert "pull_request" in on("test.yml")
    assert JOBS["deploy.yml/test"]["uses"] == "$/.github/workflows/test.yml"
    assert JOBS["deploy.yml/dev"]["needs"] == "test"


def test_every_stack_has_a_preview_a_drift_check_and_a_destroy_job():
    for name in ("preview.yml/changes", "preview.yml/preview", "drift.yml/drift"):
        assert JOBS[name]["strategy"]["matrix"]["stack"] == DEPLOYED
        assert JOBS[name]["env"]["STACK"] == "${{ matrix.stack }}"
    assert steps(JOBS["preview.yml/comment"])[-1]["env"]["STACKS"].split() == DEPLOYED
    assert on("destroy.yml")["workflow_dispatch"]["inputs"]["stack"]["options"] == DEPLOYED
    assert {job.get("environment") for job in WORKFLOWS["deploy.yml"]["jobs"].values()} - {None} == set(DEPLOYED)


def test_prod_follows_dev_and_applies_the_reviewed_plan():
    assert commands(JOBS["deploy.yml/dev"]) == ["make plan", "make apply", "make smoke"]
    plan, prod = JOBS["deploy.yml/plan"], JOBS["deploy.yml/prod"]
    assert (plan["needs"], prod["needs"], prod["environment"]) == ("dev", "plan", "prod")
    assert "environment" not in plan  # The plan is made before the approval, with the read-only role.
    (upload,) = [step["with"] for step in steps(plan) if "upload-artifact" in step.get("uses", "")]
    (download,) = [step["with"] for step in steps(prod) if "download-artifact" in step.get("uses", "")]
    assert upload["name"] == download["name"]
    assert upload["path"] == f"{download['path']}/prod.plan.json"
    assert commands(prod)[1:] == ["make apply", "make smoke"]
    assert "--save-plan '.build/$(stack).plan.json'" in recipe("plan")
    assert "mv '.build/$(stack).plan.json' \"$$plan\"" in recipe("apply")
    assert '--plan "$$plan"' in recipe("apply")


def test_a_plan_of_an_earlier_attempt_is_not_applied():
    plan, prod = JOBS["deploy.yml/plan"], JOBS["deploy.yml/prod"]
    assert plan["outputs"] == {"attempt": "${{ github.run_attempt }}"}
    first = steps(prod)[0]
    assert first["if"] == "needs.plan.outputs.attempt != github.run_attempt"
    assert first["run"].endswith("&& false")


def test_a_plan_that_failed_is_reported_and_fails_its_job():
    plan, preview = steps(JOBS["deploy.yml/plan"]), steps(JOBS["preview.yml/preview"])
    for job in (plan, preview):
        (step,) = [step for step in job if step.get("run") == "make plan"]
        assert "if" not in step
        assert "continue-on-error" not in step
    (report,) = [step for step in plan if step.get("run") == "make report"]
    (upload,) = [step for step in preview if "upload-artifact" in step.get("uses", "")]
    assert report["if"] == upload["if"] == "${{ !cancelled() }}"
    comment = JOBS["preview.yml/comment"]
    assert comment["if"] == "${{ !cancelled() && needs.preview.result != 'skipped' }}"


def test_jobs_that_only_read_use_the_read_only_role():
    for name, job in JOBS.items():
        roles = re.findall(r"vars\.(AWS_\w+_ROLE) }}", str(steps(job)))
        writes = {"make apply", "make destroy"} & set(commands(job))
        assert roles == ([] if not roles else ["AWS_DEPLOY_ROLE" if writes else "AWS_PREVIEW_ROLE"]), name
        assert bool(roles) == ("id-token" in job.get("permissions", {})), name
        assert not writes or job["environment"], name


def test_runs_on_a_stack_are_queued_and_never_cancelled():
    for file, workflow in WORKFLOWS.items():
        if any({"make apply", "make destroy"} & set(commands(job)) for job in workflow["jobs"].values()):
            assert workflow["concurrency"] == {"group": "stacks", "queue": "max"}, file
        else:
            assert workflow["concurrency"]["group"] != "stacks", file


def test_drift_is_checked_every_night():
    (entry,) = on("drift.yml")["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* \*", entry["cron"])
    assert commands(JOBS["drift.yml/drift"]) == ["make drift"]
    assert "--refresh --expect-no-changes" in recipe("drift")


def test_hidden_files_are_uploaded_only_on_purpose():
    for name, step in every_step():
        path = step.get("with", {}).get("path", "")
        if "upload-artifact" in step.get("uses", "") and path.startswith("."):
            assert step["with"]["include-hidden-files"] is True, name


def test_every_job_has_a_timeout():
    for name, job in JOBS.items():
        assert "timeout-minutes" in job or "uses" in job, name


def test_the_cli_has_the_version_of_the_sdk():
    (version,) = [step["with"]["pulumi-version"] for step in ACTION["runs"]["steps"] if "pulumi/actions@" in str(step)]
    assert f"\npulumi=={version} " in (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_dependabot_updates_every_lock():
    (uv,) = [
        entry
        for entry in yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
        if entry["package-ecosystem"] == "uv"
    ]
    assert uv["directories"] == ["/"]
    # `make lock` writes these files from the lock, so Dependabot must not.
    assert len(list(ROOT.glob("*.lock"))) == 1


def test_the_version_is_the_changelogs_newest():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert re.findall(r"^## (\S+) - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)[0] == project["version"]
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").split()[:2] == ["Apache", "License"]
    assert project["license"] == "Apache-2.0"
