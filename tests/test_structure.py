"""The import boundaries: which folders and packages a module may import."""

import ast
import graphlib
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import NormalizedName, canonicalize_name

from tools.install import requirements
from tools.project import modules

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("infra", "authorizer", "component", "examples", "templates", "tools", "local", "tenant", "ci", "policy", "lab")
MODULES = modules(*ROOMS)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def imports(path: Path) -> set[str]:
    """The top-level names that a module imports; for our own folders, the full name such as `authorizer.routes`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in ROOMS:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: an import by dots"
            found |= {node.module or ""}
    return found


def rooms(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


# The other folders and packages that the modules of a folder may import. `*`: all packages.
PROGRAM = {"authorizer", "infra"}
BOUNDARIES: dict[str, set[str]] = {
    "authorizer": {"jwt", "cryptography"},  # the content of the function's zip
    "infra": {"authorizer", "pulumi", "pulumi_aws", "requests", "yaml"},
    "component": {*PROGRAM, "pulumi", "yaml"},
    # Other people's programs, which have the package's SDK and not this repository.
    "examples": {"pulumi", "pulumi_aws", "pulumi_jwt_authorizer"},
    "templates": {"pulumi", "pulumi_jwt_authorizer"},
    "policy": {*PROGRAM, "pulumi_policy"},
    "tenant": {*PROGRAM, "pulumi", "pulumi_auth0", "routes"},
    "ci": {*PROGRAM, "pulumi", "pulumi_aws"},
    "tools": {*PROGRAM, "policy", "tenant", "ci", "routes", "*"},
    "local": {*PROGRAM, "policy", "tenant", "ci", "routes", "tools", "*"},
    "lab": {*PROGRAM, "policy", "tenant", "ci", "routes", "tools", "local", "tests", "*"},
}
# The same for the folders of infra; "" are the modules next to them, which every folder may import.
WITHIN_INFRA: dict[str, set[str]] = {
    "": set(),
    "auth": set(),
    "monitoring": set(),
    "bundle": {"auth"},
    "api": {"auth", "monitoring"},
    "openapi": {"api"},
    "config": {"api", "auth", "openapi"},
    "issuer": {"auth", "config"},
    "protected_api": {"api", "auth", "bundle", "config", "issuer", "monitoring"},  # the module that combines them
}


def test_every_folder_of_modules_has_its_boundary():
    assert {path.relative_to(ROOT).parts[0] for path in ROOT.glob("[a-z]*/**/*.py")} - {"tests"} == set(BOUNDARIES)
    assert {path.parent.name for path in (ROOT / "infra").glob("*/*.py")} == set(WITHIN_INFRA) - {"", "protected_api"}


@pytest.mark.parametrize("folder", BOUNDARIES)
def test_a_module_imports_only_what_its_folder_may(folder: str):
    allowed = BOUNDARIES[folder] | {folder}
    for path in modules(folder):
        found = rooms(path) - sys.stdlib_module_names
        if "*" in allowed:
            found &= {*BOUNDARIES, "tests"}
        assert found <= allowed, _name(path)


@pytest.mark.parametrize("path", modules("infra"), ids=_name)
def test_a_module_of_infra_imports_only_what_its_folder_may(path: Path):
    inside = [name.split(".")[1:] for name in imports(path) if name.startswith("infra.")]
    folder = path.parent.name if path.parent.parent.name == "infra" else path.stem
    folder = folder if folder in WITHIN_INFRA else ""
    found = {parts[0] for parts in inside if parts[0] in WITHIN_INFRA}
    assert found <= WITHIN_INFRA[folder] | {folder}


def test_the_folders_of_infra_have_no_circular_imports():
    assert list(graphlib.TopologicalSorter(WITHIN_INFRA).static_order())


def test_components_never_receive_the_settings_object():
    takers = [path for path in MODULES if any("infra.config.settings" in name for name in imports(path))]
    assert [path for path in takers if path.is_relative_to(ROOT / "infra")] == [ROOT / "infra" / "protected_api.py"]


SHARED = {
    f"authorizer.{name}"
    for name in (
        *("claims", "encoding", "environment", "errors", "fetch", "issuer", "key_set", "log", "policy", "routes"),
        "token",
    )
}


@pytest.mark.parametrize("name", sorted(SHARED))
def test_code_shared_by_program_and_function_needs_the_standard_library_only(name: str):
    found = imports(ROOT / f"{name.replace('.', '/')}.py")
    assert {module for module in found if module.partition(".")[0] not in sys.stdlib_module_names} <= SHARED


@pytest.mark.parametrize("path", modules("infra"), ids=_name)
def test_the_program_imports_only_modules_of_the_function_that_need_no_package(path: Path):
    assert {name for name in imports(path) if name.startswith("authorizer.")} <= SHARED


def test_the_bootstrap_program_is_short_and_declares_no_resource_itself():
    path = ROOT / "ci" / "bootstrap" / "__main__.py"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40
    assert "pulumi_aws" not in rooms(path)


def test_the_commands_do_not_need_the_local_aws():
    for path in modules("tools"):
        assert not rooms(path) & {"local", "lab", "tests"}, _name(path)


def test_the_program_is_short_and_declares_no_resource_itself():
    text = (ROOT / "__main__.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert rooms(ROOT / "__main__.py") <= {"pulumi", "infra", "routes"}
    assert ".apply(" not in text


def test_a_module_has_at_most_300_lines():
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_the_program_needs_only_its_four_packages():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {line.partition("==")[0] for line in asked} == {"pulumi", "pulumi-aws", "pyjwt", "requests"}


# Only these commands need other packages than those of the group `demo`.
OTHERS = {
    "tools/install.py": {"pip"},  # in every virtual environment
    "tools/prose/command.py": {"proselint"},
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
def test_the_demo_and_the_tools_need_only_the_packages_of_the_group_demo(room: str):
    for path in modules(room):
        foreign = rooms(path) - sys.stdlib_module_names - {*ROOMS, "routes", ""}
        missing = {name for name in foreign if not providers().get(name)}
        assert missing == OTHERS.get(path.relative_to(ROOT).as_posix(), set()), path
