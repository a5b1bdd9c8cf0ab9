"""The examples and templates use only inputs of the schema. With the Pulumi CLI, they compile against its SDKs."""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from component import schema
from tools.project import ROOT

PROGRAMS = sorted(
    path
    for folder in ("examples", "templates")
    for name in ("__main__.py", "index.ts", "main.go", "Pulumi.yaml")
    for path in (ROOT / folder).glob(f"*/{name}")
    if name != "Pulumi.yaml" or "resources" in yaml.safe_load(path.read_text(encoding="utf-8"))
)
PACKAGE = schema.package()
COMPONENTS: dict[str, Any] = {token.rpartition(":")[2]: it for token, it in PACKAGE["resources"].items()}
ROUTE = PACKAGE["types"]["jwt-authorizer:index:Route"]["properties"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def camel(snake: str) -> str:
    head, *rest = snake.split("_")
    return head + "".join(part.title() for part in rest)


def used(path: Path) -> Iterator[tuple[str, set[str], list[set[str]]]]:
    """For each component of the program, the names of its inputs and of the members of its routes."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        for resource in yaml.safe_load(text)["resources"].values():
            properties = resource["properties"]
            yield resource["type"].rpartition(":")[2], set(properties), [set(route) for route in properties["routes"]]
    elif path.suffix == ".py":
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            kind = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if kind in COMPONENTS:
                inputs = {camel(each.arg or ""): each.value for each in call.keywords}
                yield kind, set(inputs), [{camel(key) for key in route} for route in ast.literal_eval(inputs["routes"])]
    else:
        for found in re.finditer(r"(?:jwt\.|jwtauthorizer\.New)(\w+)\((.*?)^\s*\}\)", text, re.DOTALL | re.MULTILINE):
            inputs, routes = _literal(found[2])
            yield found[1], inputs, routes


def _literal(text: str) -> tuple[set[str], list[set[str]]]:
    """The keys of a TypeScript or Go object, and of the objects in it."""
    plain = re.sub(r"//[^\n]*|\"[^\"]*\"|`[^`]*`", "", text)
    keys: dict[int, list[set[str]]] = {}
    depth = 0
    for part in re.findall(r"[{}]|\b\w+(?=:)", plain):
        if part == "{":
            depth += 1
            keys.setdefault(depth, []).append(set())
        elif part == "}":
            depth -= 1
        else:
            keys[depth][-1].add(part[0].lower() + part[1:])
    (inputs,) = keys[1]
    routes = [route for level in (2, 3) for route in keys.get(level, ()) if route]
    return inputs, routes


@pytest.mark.parametrize("path", PROGRAMS, ids=name)
def test_a_program_uses_only_inputs_and_members_of_the_schema(path: Path):
    components = list(used(path))
    assert components
    for kind, inputs, routes in components:
        assert inputs <= COMPONENTS[kind]["inputProperties"].keys()
        assert {"issuer", "audience", "routes", *COMPONENTS[kind]["requiredInputs"]} <= inputs
        assert routes
        for route in routes:
            assert {"method", "path"} <= route <= ROUTE.keys()


@pytest.mark.parametrize("path", [path for path in PROGRAMS if path.suffix != ".yaml"], ids=name)
def test_a_program_imports_the_sdk_whose_name_does_not_depend_on_how_the_package_was_added(path: Path):
    owner, package = PACKAGE["namespace"], schema.NAME
    imported = {
        ".go": f'"github.com/{owner}/pulumi-{package}/sdk/go/jwtauthorizer"',
        ".py": f"import {owner}_{package.replace('-', '_')} as",
        ".ts": f'from "@{owner}/{package}"',
    }
    assert imported[path.suffix] in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", sorted((ROOT / "templates").iterdir()), ids=name)
def test_a_template_is_a_few_files_and_asks_for_issuer_audience_and_backend(folder: Path):
    assert len(list(folder.iterdir())) <= 7  # `pulumi new` adds the stack file
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert (project["name"], project["description"]) == ("${PROJECT}", "${DESCRIPTION}")
    assert project["template"]["config"].keys() == {"aws:region", "issuer", "audience", "backendUrl"}


@pytest.mark.parametrize("folder", sorted((ROOT / "examples").iterdir()), ids=name)
def test_an_example_is_one_page_and_uses_this_package(folder: Path):
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert (folder / project["packages"][schema.NAME]).resolve() == ROOT / "component"
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 65 for path in folder.iterdir())


def missing(*tools: str) -> pytest.MarkDecorator:
    lacks = [tool for tool in tools if not shutil.which(tool)]
    return pytest.mark.skipif(bool(lacks), reason=f"NOT RUN, without {' and '.join(lacks)}: examples are not compiled")


def sdk(language: str, folder: Path) -> Path:
    command = ["pulumi", "package", "gen-sdk", str(schema.FILE), "--language", language, "--out", str(folder / "sdk")]
    subprocess.run([*command, "--local"], check=True, cwd=folder, capture_output=True)
    return folder / "sdk" / language


@pytest.mark.slow
@missing("pulumi", "pulumi-language-nodejs", "npm")
@pytest.mark.parametrize("folder", [path.parent for path in PROGRAMS if path.suffix == ".ts"], ids=name)
def test_a_typescript_program_compiles_against_the_sdk(folder: Path, tmp_path: Path):
    for path in folder.iterdir():
        if path.name != "Pulumi.yaml":  # its path to the package is not from here
            shutil.copy(path, tmp_path)
    manifest = json.loads((tmp_path / "package.json").read_text(encoding="utf-8").replace("${PROJECT}", "shop"))
    manifest["dependencies"]["@pulumi/jwt-authorizer"] = f"file:{sdk('nodejs', tmp_path)}"
    (tmp_path / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    for command in (["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], ["npx", "tsc", "--noEmit"]):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
