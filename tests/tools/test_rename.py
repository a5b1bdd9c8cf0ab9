"""`make rename` changes the project's name in every key that contains it, and nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.__main__ import main
from tools.project import PROJECT, ROOT, project_name
from tools.rename import RenameError, rename

FILES = (
    "docs/operations.md",
    "tests/infra/auth/test_jwt_authorizer.py",
    "Pulumi.yaml",
    "Pulumi.dev.yaml",
    "Pulumi.local.yaml",
    "Pulumi.prod.yaml",
    "README.md",
)
NAME = "wine.shop_2-x"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_name_changes_in_pulumi_yaml_and_all_stack_files_and_comments_stay(folder: Path):
    before = contents(folder)
    output = rename(folder, NAME)
    assert project_name(folder) == NAME
    for name, text in contents(folder).items():
        old = before[name].replace(f"name: {PROJECT}\n".encode(), f"name: {NAME}\n".encode())
        for sign in (":", "-<stack>", "-dev-", "-prod"):
            old = old.replace(f"{PROJECT}{sign}".encode(), f"{NAME}{sign}".encode())
        assert text == old, name
        assert (text != before[name]) == any(line.startswith(f"{name}: ") for line in output), name
    config = yaml.safe_load((folder / "Pulumi.local.yaml").read_text(encoding="utf-8"))["config"]
    assert {f"{NAME}:tokenIssuer", "aws:region"} < set(config)


def test_renaming_twice_changes_nothing_and_renaming_back_restores_every_byte(folder: Path):
    before = contents(folder)
    rename(folder, NAME)
    renamed = contents(folder)
    assert rename(folder, NAME) == []
    assert contents(folder) == renamed
    rename(folder, PROJECT)
    assert contents(folder) == before


def test_stack_files_that_pulumi_new_left_with_the_old_name_are_renamed(folder: Path):
    project = folder / "Pulumi.yaml"
    project.write_text(
        project.read_text(encoding="utf-8").replace(f"name: {PROJECT}", f"name: {NAME}"), encoding="utf-8"
    )
    (folder / "Pulumi.dev.yaml").write_text(f"config:\n  {NAME}:audience: a\n", encoding="utf-8")
    rename(folder, NAME)
    assert f"{PROJECT}:".encode() not in (folder / "Pulumi.local.yaml").read_bytes()
    assert f"  {NAME}:stageName: prod\n" in (folder / "Pulumi.prod.yaml").read_text(encoding="utf-8")


def test_text_that_only_resembles_a_key_of_the_project_stays(folder: Path):
    text = (
        f"config:\n  auth0:audience: a\n  aws:region: b\n  my-{PROJECT}:audience: c\n  another:colour: d\n"
        f"  other: https://x/{PROJECT}:audience {PROJECT}:api:Methods {PROJECT}:audiences\n"
        f"  names: {PROJECT}-jwt-role {PROJECT}-development {PROJECT}-bootstrap my-{PROJECT}-dev\n"
    )
    (folder / "Pulumi.qa.yaml").write_text(text, encoding="utf-8")
    rename(folder, NAME)
    assert (folder / "Pulumi.qa.yaml").read_text(encoding="utf-8") == text


def test_line_ends_encodings_quotes_and_a_byte_order_mark_stay(folder: Path):
    stack = b'\xef\xbb\xbfconfig:\r\n  "%b:audience": caf\xe9 # \xe4\r\n' % PROJECT.encode()
    (folder / "Pulumi.qa.yaml").write_bytes(stack)
    rename(folder, NAME)
    assert (folder / "Pulumi.qa.yaml").read_bytes() == stack.replace(PROJECT.encode(), NAME.encode())


@pytest.mark.parametrize("hidden", [".venv", ".git", ".build", "node_modules", "__pycache__"])
def test_files_outside_the_project_are_not_changed(folder: Path, hidden: str):
    (folder / hidden).mkdir()
    (folder / hidden / "x.py").write_text(f"{PROJECT}:audience", encoding="utf-8")
    (folder / "link.md").symlink_to(folder / hidden / "x.py")
    rename(folder, NAME)
    assert (folder / hidden / "x.py").read_text(encoding="utf-8") == f"{PROJECT}:audience"


@pytest.mark.parametrize("name", ["123", "true", "No", "1.0", "-", "_x", "null"])
def test_a_name_that_yaml_would_not_read_as_a_string_is_quoted(folder: Path, name: str):
    rename(folder, name)
    assert yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))["name"] == name
    assert f"{name}:audience" in yaml.safe_load((folder / "Pulumi.local.yaml").read_text(encoding="utf-8"))["config"]
    assert project_name(folder) == name
    rename(folder, PROJECT)
    assert (folder / "Pulumi.yaml").read_bytes() == (ROOT / "Pulumi.yaml").read_bytes()


REFUSED = ("", "a b", "shop/x", "a:b", "x" * 101, "käse", "a\n", "$(x)", "aws", "pulumi", "auth0")


@pytest.mark.parametrize("name", REFUSED)
def test_an_invalid_project_name_is_refused_with_the_fix(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("tools.rename.ROOT", folder)
    before = contents(folder)
    assert main(["rename", "--", name]) == 2
    assert "make rename NAME=shop" in capsys.readouterr().err
    assert contents(folder) == before


def test_a_folder_without_a_project_is_left_alone(folder: Path):
    (folder / "Pulumi.yaml").write_text("runtime: python\n", encoding="utf-8")
    before = contents(folder)
    with pytest.raises(RenameError, match="no project name"):
        rename(folder, NAME)
    assert contents(folder) == before


@pytest.mark.slow
def test_the_renamed_project_declares_the_same_resources(tmp_path: Path):
    """Runs the whole program under another name, and checks that no file has a key of the old one."""
    parts = (
        "__main__.py",
        "routes.py",
        "welcome.html",
        "Pulumi*.yaml",
        "infra",
        "authorizer",
        "tools",
        "local",
        "policy",
        "docs",
    )
    for path in (path for part in parts for path in ROOT.glob(part)):
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, tmp_path / path.name)
    (ROOT / ".build").mkdir(exist_ok=True)
    (tmp_path / ".build").symlink_to(ROOT / ".build")
    for command in (
        ["rename", "another"],
        ["policy"],
        ["run-program", str(tmp_path), "local"],
    ):
        words = [sys.executable, "-m", "tools", *command]
        result = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stderr) == (0, ""), command
    assert "another-local-authorizer" in result.stdout
    assert f"{PROJECT}-local" not in result.stdout
