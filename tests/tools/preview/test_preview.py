"""`python -m tools preview` on its own repositories: its output, its exit status, and its clean-up."""

import os
import re
import select
from pathlib import Path

import pytest

from tests.testkit.repository import Repository
from tools.preview import revision
from tools.project import PROJECT

pytestmark = pytest.mark.slow
PETS = 'Route("GET", "/pets", query=["type", "page"])'
OPEN_PETS = 'Route("GET", "/pets", query=["type", "page"], public=True)'


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_route_that_becomes_public_comes_first_as_a_warning_in_text_and_markdown(
    repository: Repository, tmp_path: Path
):
    page = tmp_path / "summary.md"
    page.write_text("what another step wrote\n", encoding="utf-8")
    repository.change("routes.py", 'Route("GET", "/", public=True,', 'Route("GET", "/",')
    repository.change("routes.py", PETS, OPEN_PETS)
    before = repository.git("status", "--porcelain", "--ignored")
    status, out, err = repository.preview("--markdown", str(page))
    assert (status, err) == (0, "")
    title, _, heading, first, second, *_ = out.splitlines()
    assert "Pulumi.dev.yaml" in title
    assert (heading, first) == ("Access", "! OPENED  GET /pets  any valid token -> public")
    assert second == "  closed  GET /      public -> any valid token"
    assert out.endswith("\n1 to replace, 5 to change, 1 WARNING\n")
    assert "\x1b" not in out
    earlier, warning = page.read_text(encoding="utf-8").split("> [!WARNING]\n")
    assert earlier.startswith("what another step wrote\n### ")
    assert "> - **OPENED** `GET /pets`: `any valid token -> public`\n\n- **closed** `GET /`" in warning
    assert repository.git("status", "--porcelain", "--ignored") == before
    assert list(repository.temporary.iterdir()) == []


def test_no_change_is_reported_in_one_line(repository: Repository):
    status, out, err = repository.preview("--stack", "prod")
    assert (status, err) == (0, "")
    assert out.startswith("Pulumi.prod.yaml: ")
    assert out.endswith(": no change\n")
    assert out.count("\n") == 1


def test_a_stack_missing_from_the_base_is_all_new(repository: Repository):
    text = (repository.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    base = repository.git("rev-parse", "HEAD").strip()
    (repository.folder / "Pulumi.new.yaml").write_text(f"environment: [kennel/dev]\n{text}", encoding="utf-8")
    repository.commit()
    status, out, err = repository.preview("--stack", "new", "--base", base)
    assert (status, err) == (0, "")
    assert out.splitlines()[0].endswith("which has no such stack: all resources are new")
    assert "! TRUSTED ISSUER ADDED" in out
    assert re.search(r"new +GET /pets +any valid token", out)
    assert not re.search("OPENED|LONGER|closed|to change|to replace|to delete", out)
    assert "Pulumi ESC (kennel/dev)" in out
    status, out, err = repository.preview("--stack", "nowhere", "--base", base)
    assert status == 1
    assert "there is no file Pulumi.nowhere.yaml; stacks with a file: " in err


def test_a_base_with_another_infra_folder_runs_its_own_code(repository: Repository):
    of_the_base = repository.git("rev-parse", "HEAD").strip()
    repository.change("__main__.py", "example API behind a JWT authorizer", "in other words")
    repository.change("__main__.py", 'title="PetStore"', 'title="Pets"')
    repository.commit()
    status, out, err = repository.preview("--base", of_the_base)
    assert (status, err) == (0, "")
    assert "~ change apigateway:RestApi petstore\n    description: The PetStore" in out
    assert " behind a JWT authorizer -> " in out
    assert " in other words\n    name: PetStore -> Pets\n" in out
    assert "WARNING" not in out


def test_a_failing_program_of_the_branch_is_reported_with_its_error(repository: Repository):
    repository.change("routes.py", PETS, 'Route("GET", "pets")')
    status, out, err = repository.preview()
    assert (status, out) == (1, "")
    assert err.startswith("error: the program of the working tree does not run:\n")
    assert "route GET pets: has a path that does not begin with a slash, got 'pets'. Use `/pets`." in err
    assert "Traceback" not in err
    assert list(repository.temporary.iterdir()) == []


def test_a_module_of_the_branch_that_cannot_be_imported_is_reported_as_its_error(repository: Repository):
    repository.change("infra/api/access_warnings.py", "def unnamed(", "def unnamed((")
    status, out, err = repository.preview()
    assert (status, out) == (1, "")
    assert err.startswith("error: the program of the working tree does not run:\n")
    assert "infra/api/access_warnings.py" in err


def test_a_failing_program_of_the_base_prevents_a_comparison(repository: Repository):
    repository.change("routes.py", PETS, 'Route("GET", "pets")')
    commit = repository.commit()
    repository.change("routes.py", 'Route("GET", "pets")', PETS)
    status, out, err = repository.preview()
    assert (status, out) == (1, "")
    assert err.startswith(f"error: nothing can be compared: the program of the base, {commit[:10]}, ")
    assert "Use `/pets`" in err


def test_an_interrupted_preview_leaves_nothing(repository: Repository, tmp_path: Path):
    os.mkfifo(running := tmp_path / "running")
    begun = os.open(running, os.O_RDONLY | os.O_NONBLOCK)
    wait = f"import signal\ntry:\n    Path({str(running)!r}).write_text('!')\n    signal.pause()\n"
    wait += f"finally:\n    Path({str(tmp_path / 'cleared-up-')!r} + str(os.getpid())).touch()\n"
    repository.change("routes.py", "ROUTES = [", f"import os\n{wait}ROUTES = [")
    repository.commit()
    with repository.start() as process:
        try:
            assert select.select([begun], [], [], 60)[0], "the program never ran"
            process.terminate()
            _, err = process.communicate(timeout=60)
        finally:
            process.terminate()
            os.close(begun)
    assert (process.returncode, err) == (130, "stopped\n")
    assert list(tmp_path.glob("cleared-up-*")), "a program had no time to"
    assert list(repository.temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--base", "no-such-branch"], "there is no revision no-such-branch here; name an existing one with --base"),
        (["--base=--all"], "there is no revision --all here"),
        (["--stack", "nowhere"], "there is no file Pulumi.nowhere.yaml; stacks with a file: dev, local, prod"),
        (["--markdown", "nowhere/summary.md"], "nowhere/summary.md: No such file or directory"),
    ],
    ids=["base", "option", "stack", "page"],
)
def test_a_missing_stack_or_base_is_named(repository: Repository, words: list[str], expected: str):
    status, _, err = repository.preview(*words)
    assert status == 1
    assert err.startswith("error: ")
    assert expected in err


def test_the_base_has_every_file_of_its_commit_as_git_stores_it(repository: Repository):
    (repository.folder / "Pulumi.qa.yaml").symlink_to("Pulumi.dev.yaml")
    (repository.folder / "Pulumi.uat.yaml").symlink_to("/nowhere")
    (repository.folder / ".gitattributes").write_text("routes.py export-ignore\n", encoding="utf-8")
    hook = repository.folder / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hooked\n", encoding="utf-8")
    hook.chmod(0o755)
    commit = repository.commit()
    (repository.folder / "routes.py").write_text("", encoding="utf-8")
    before = repository.git("status", "--porcelain", "--ignored")
    names = repository.git("ls-files").splitlines()
    with revision.unpacked(repository.folder, revision.Base(commit, "main")) as folder:
        found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or path.is_file()}
        assert found == {*names, ".build"}
        assert (folder / "Pulumi.qa.yaml").read_text(encoding="utf-8").startswith("# The two values")
        assert str((folder / "Pulumi.uat.yaml").readlink()) == "/nowhere"
        assert "ROUTES" in (folder / "routes.py").read_text(encoding="utf-8")
    assert repository.git("status", "--porcelain", "--ignored") == before
    assert not folder.parent.exists()


def test_a_renamed_project_has_all_new_resources(repository: Repository):
    repository.change("Pulumi.yaml", f"name: {PROJECT}", "name: another")
    for stack in repository.folder.glob("Pulumi.*.yaml"):
        stack.write_text(stack.read_text(encoding="utf-8").replace(f"{PROJECT}:", "another:"), encoding="utf-8")
    status, out, err = repository.preview("--stack", "prod")
    assert (status, err) == (0, "")
    added, removed = re.findall(r"(\d+) to (?:add|remove)", out)
    assert added == removed != "0"


def test_a_shallow_clone_is_advised_to_fetch_the_rest(repository: Repository, tmp_path: Path):
    repository.commit()
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--depth", "1", f"file://{repository.folder}", str(clone))
    with pytest.raises(
        revision.BaseError, match=r"no revision HEAD\^1 here; .*`git fetch --unshallow`, or set `fetch-depth: 0`"
    ):
        revision.find(clone, "HEAD^1")


def test_two_histories_without_a_common_commit_cannot_be_compared(repository: Repository):
    repository.git("checkout", "--quiet", "--orphan", "other")
    repository.commit()
    with pytest.raises(revision.BaseError, match="HEAD and main have no commit in common"):
        revision.find(repository.folder)


def test_a_folder_outside_git_and_a_machine_without_git_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(revision.BaseError, match="not a git repository"):
        revision.find(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(revision.BaseError, match="git is not on this machine"):
        revision.find(tmp_path)


def test_later_commits_on_main_are_not_changes_of_this_branch(repository: Repository):
    left = repository.git("rev-parse", "HEAD").strip()
    repository.git("checkout", "--quiet", "-b", "branch")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    latest = repository.commit()
    assert revision.find(repository.folder) == revision.Base(latest, "main")
    repository.git("checkout", "--quiet", "branch")
    assert revision.find(repository.folder, "main") == revision.Base(left, "main")
    repository.git("update-ref", "refs/remotes/origin/main", "branch")
    assert revision.find(repository.folder).revision == "origin/main"


def test_a_project_in_a_subfolder_is_compared_with_that_folder(repository: Repository):
    project = repository.folder / "infra"
    with revision.unpacked(project, revision.find(repository.folder)) as folder:
        assert {path.name for path in folder.iterdir()} == {
            path.name for path in project.iterdir() if path.name != "__pycache__"
        } | {".build"}
    assert not folder.exists()
    assert project.exists()
    (project / ".build").rmdir()
