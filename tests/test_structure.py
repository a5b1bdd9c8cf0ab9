"""The rooms and what may pass between them: `infra/` and `authorizer/` never lean on what only a laptop has."""

import ast
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import NormalizedName, canonicalize_name

from tools.install import requirements

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("infra", "authorizer", "tools", "local", "tenant", "ci", "policy", "lab")
MODULES = sorted({path for room in ROOMS for path in (ROOT / room).rglob("*.py")})


def imports(path: Path) -> set[str]:
    """The top-level names a module imports, `authorizer.routes` for the rooms' own."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if node.module == "authorizer" else {node.module or ""}
    return found


def rooms(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", sorted((ROOT / "authorizer").glob("*.py")), ids=lambda path: path.name)
def test_the_function_imports_only_what_its_zip_holds(path: Path):
    assert rooms(path) - sys.stdlib_module_names <= {"authorizer", "jwt", "cryptography"}


SHARED = {
    f"authorizer.{name}"
    for name in (
        *(
            "base64url",
            "bearer",
            "bundled_keys",
            "claims",
            "environment",
            "errors",
            "fetch",
            "header",
            "issuer",
            "key_set",
        ),
        *("log", "metrics", "path_template", "policy", "routes", "strict_json", "token"),
    )
}


@pytest.mark.parametrize("name", sorted(SHARED))
def test_what_the_program_shares_with_the_function_needs_the_standard_library_only(name: str):
    found = imports(ROOT / f"{name.replace('.', '/')}.py")
    assert {module for module in found if module.partition(".")[0] not in sys.stdlib_module_names} <= SHARED


@pytest.mark.parametrize("path", sorted((ROOT / "infra").rglob("*.py")), ids=lambda path: path.name)
def test_what_exists_in_aws_knows_nothing_of_a_laptop_or_of_pyjwt(path: Path):
    assert not rooms(path) & {"local", "tools", "tests", "boto3", "botocore", "jwt", "cryptography"}
    # cryptography is none of the program's packages.
    assert {name for name in imports(path) if name.startswith("authorizer")} <= SHARED


@pytest.mark.parametrize("path", sorted((ROOT / "tenant").glob("*.py")), ids=lambda path: path.name)
def test_what_exists_in_auth0_needs_neither_aws_nor_a_laptop(path: Path):
    assert rooms(path) - sys.stdlib_module_names <= {"pulumi", "pulumi_auth0", "infra", "routes", "tenant"}


@pytest.mark.parametrize("path", sorted((ROOT / "ci" / "bootstrap").glob("*.py")), ids=lambda path: path.name)
def test_what_lets_github_in_needs_no_laptop_and_its_program_declares_no_resource_itself(path: Path):
    assert rooms(path) - sys.stdlib_module_names <= {"pulumi", "pulumi_aws", "infra", "ci"}
    if path.name == "__main__.py":
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 40
        assert "pulumi_aws" not in rooms(path)


@pytest.mark.parametrize("path", sorted((ROOT / "tools").rglob("*.py")), ids=lambda path: path.name)
def test_the_commands_need_no_local_cloud(path: Path):
    assert not rooms(path) & {"local", "lab", "tests"}


def test_the_program_is_a_screenful_that_declares_no_resource_itself():
    text = (ROOT / "__main__.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert rooms(ROOT / "__main__.py") <= {"pulumi", "infra", "routes"}
    assert ".apply(" not in text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_module_is_read_in_one_sitting(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_the_program_needs_its_four_packages_only():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {line.partition("==")[0] for line in asked} == {"pulumi", "pulumi-aws", "pyjwt", "requests"}


# Only these commands need more than the packages of the group `demo`.
OTHERS = {
    "tools/install.py": {"pip"},  # every virtual environment has it
    "tools/sbom.py": {"cyclonedx", "packageurl"},
    "local/page/browser.py": {"playwright"},
    "local/page/pictures.py": {"playwright"},
}


@cache
def providers() -> dict[str, set[NormalizedName]]:
    """The packages of the group `demo` that provide a module, by the module's name."""
    locked = {line.partition("==")[0] for line in requirements("demo")}
    return {
        name: {canonicalize_name(each) for each in packages} & locked
        for name, packages in packages_distributions().items()
    }


@pytest.mark.parametrize("room", ["infra", "policy", "tools", "local"])
def test_the_demo_and_the_tools_need_the_demos_packages_only(room: str):
    for path in (ROOT / room).rglob("*.py"):
        foreign = rooms(path) - sys.stdlib_module_names - {*ROOMS, "routes", ""}
        missing = {name for name in foreign if not providers().get(name)}
        assert missing == OTHERS.get(path.relative_to(ROOT).as_posix(), set()), path
