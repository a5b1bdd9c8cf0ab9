"""A program from each template, deployed by the Pulumi CLI to an embedded AWS, gives the program's answers."""

import io
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from rich.console import Console

from infra.api.routes import Route
from local import demo
from local.cloud.backend import with_examples
from local.cloud.emulator import SERVICES
from local.cloud.function import Functions
from local.cloud.sandbox import Deployed, Sandbox
from routes import ROUTES
from tests.component.test_examples import missing
from tests.conftest import Api, calling
from tests.testkit.corpus_sample import SAMPLE, builder_for
from tools.project import PROJECT, ROOT, STACK, stack_config, with_first_issuer

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pulumi")]  # the CLI installs the package, which all share

# The program's file, a pattern of its routes, and their replacement.
PROGRAMS = {
    "python": ("__main__.py", r"routes=\[.*?\n    \]", 'title="PetStore", routes={}', repr),
    "typescript": ("index.ts", r"routes: \[.*?\n    \]", 'title: "PetStore", routes: {}', json.dumps),
    "yaml": ("Pulumi.yaml", r"routes:\n.*?(?=\noutputs)", "title: PetStore\n      routes: {}", json.dumps),
}


def members(route: Route) -> dict[str, Any]:
    """The route as an input of the component."""
    usual = asdict(Route(route.method, route.path))
    given = {name: value for name, value in asdict(route).items() if value != usual[name]}
    return {"method": route.method, "path": route.path, **given}


def configuration(sandbox: Sandbox) -> dict[str, Any]:
    """The keys of the template, and the addresses of the embedded AWS."""
    aws = {key: value for key, value in stack_config(STACK).items() if key.startswith("aws:")}
    return {
        **aws,
        "aws:endpoints": [dict.fromkeys(SERVICES.split(","), sandbox.emulator.url)],
        "issuer": sandbox.issuer.issuer,
        "audience": sandbox.issuer.audience,
        "backendUrl": f"{sandbox.backend.url}/petstore",
    }


def pulumi(folder: Path, *arguments: str) -> str:
    """Run the CLI, with its state in the folder. Returns its output."""
    (folder / ".state").mkdir(exist_ok=True)
    environment = {**os.environ, "PULUMI_BACKEND_URL": (folder / ".state").as_uri(), "PULUMI_CONFIG_PASSPHRASE": ""}
    command = ["pulumi", *arguments, "--non-interactive"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def deploy(language: str, folder: Path, sandbox: Sandbox) -> Deployed:
    """Make a program from the template, give it the demo's routes, and deploy it."""
    file, pattern, text, literal = PROGRAMS[language]
    template = str(ROOT / "templates" / language)
    pulumi(folder, "new", template, "--generate-only", "--yes", "--force", "--name", f"shop-{language}")
    program = (folder / file).read_text(encoding="utf-8")
    routes = text.format(literal([members(route) for route in with_examples(ROUTES)]))
    changed, count = re.subn(pattern, lambda _: routes, program, flags=re.DOTALL)
    assert count == 1
    (folder / file).write_text(changed, encoding="utf-8")
    pulumi(folder, "package", "add", str(ROOT / "component"))
    pulumi(folder, "stack", "init", "dev")
    stack = folder / "Pulumi.dev.yaml"
    stack.write_text(
        stack.read_text(encoding="utf-8") + yaml.safe_dump({"config": configuration(sandbox)}), encoding="utf-8"
    )
    pulumi(folder, "up", "--yes", "--skip-preview")
    url = urlsplit(json.loads(pulumi(folder, "stack", "output", "--json"))["url"])
    api, stage = url.netloc.partition(".")[0], url.path.strip("/")
    config = with_first_issuer(stack_config(STACK), sandbox.issuer.issuer)
    config[f"{PROJECT}:backendUrl"] = f"{sandbox.backend.url}/petstore"
    return Deployed(sandbox.emulator.invoke_url(api, stage), api, 0, config, examples=True)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        running.emulator.wait()
        Functions(running.emulator.url, "us-east-1").client_of("orders", None)  # of the demo's routes
        yield running


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("python", marks=missing("pulumi")),
        pytest.param("typescript", marks=missing("pulumi", "npm")),
        pytest.param("yaml", marks=missing("pulumi")),
    ],
)
def shop(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Api]:
    with (
        tempfile.TemporaryDirectory() as folder,
        calling(sandbox, deploy(request.param, Path(folder), sandbox)) as deployed,
    ):
        yield deployed


def test_every_call_of_the_demo_gets_the_expected_answer(shop: Api):
    console = Console(file=io.StringIO(), width=100, record=True)
    good = demo.report(console, shop.sandbox, shop.deployed)
    output = console.export_text()
    assert good, output
    assert "24 of 24 calls answered as they should" in output


def test_every_case_of_the_corpus_sample_gets_the_expected_answer(shop: Api):
    builder = builder_for(shop.sandbox.issuer)
    cases = [builder.case(written) for written in SAMPLE]
    answers = {it.name: shop.call(it.method, it.path, Authorization=it.authorization) for it in cases}
    outcomes = {name: "allow" if answer.ok else answer.status_code for name, answer in answers.items()}
    assert outcomes == {case.name: case.expect for case in cases}
