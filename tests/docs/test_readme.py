"""The README keeps its word: every command block is run, every reason and file it names exists."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from authorizer import errors
from authorizer.jwks import LIFETIME
from infra.api.routes import Route
from local.cloud.issuer import CLIENT_ID, CLIENT_SECRET
from local.cloud.sandbox import Sandbox
from local.emulate import instructions
from tools.preview.mock_recorder import Declared, declare
from tools.project import ROOT, stack_config


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


README = (ROOT / "README.md").read_text(encoding="utf-8")
AUDIENCE = stack_config("local")["petstore:audience"]
TRY, TEST, DEPLOY, CALL, SMOKE, LOCAL, LOCAL_END, PRODUCTION, CLEAN_UP = blocks(ROOT / "README.md")


@pytest.fixture
def program() -> Declared:
    return declare()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory):
    """Runs blocks one after the other, in a shell of their own each, against one sandbox."""
    tmp_path = tmp_path_factory.mktemp("readme")
    for name, module in (("pulumi", "tests.testkit.pulumi_stand_in"), ("gh", "tests.testkit.gh_stand_in")):
        stand_in = tmp_path / name
        stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n', encoding="utf-8")
        stand_in.chmod(0o755)
    with Sandbox() as sandbox:
        environment = {
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "STAND_IN_STATE": str(tmp_path),
            "STAND_IN_EMULATOR": sandbox.emulator.url,
            "STAND_IN_BACKEND": f"{sandbox.backend.url}/petstore",
            "ISSUER": sandbox.issuer.issuer,
            "AUDIENCE": sandbox.issuer.audience,
            "CLIENT_ID": CLIENT_ID,
            "CLIENT_SECRET": CLIENT_SECRET,
        }

        def run(block: str, typed: str = "") -> str:
            command = ["bash", "-euo", "pipefail", "-c", block]
            result = subprocess.run(
                command, cwd=ROOT, env=environment, input=typed, capture_output=True, text=True, check=False
            )
            assert result.returncode == 0, f"{block}\n{result.stdout}{result.stderr}"
            return result.stdout

        yield run


def test_the_first_two_commands_are_the_ones_that_ci_runs():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert (TRY, TEST) == ("make demo\n", "make test\n")
    assert TRY in script
    assert TEST in script


@pytest.mark.slow
def test_deploying_calling_and_cleaning_up_go_as_written(shell):
    head, _, rest = DEPLOY.partition("\n")
    assert head.startswith("export ISSUER=https://YOUR_TENANT.auth0.com/ AUDIENCE=")
    shell(rest)
    answers = re.findall(r"HTTP/1.1 (\d+)", shell(CALL))
    assert answers == ["401", "200"]
    shell(CLEAN_UP)


@pytest.mark.slow
def test_the_api_in_auth0_is_made_as_written_and_its_outputs_configure_the_stack(shell):
    make, get_token = blocks(ROOT / "docs" / "tenant.md")
    shell("pulumi stack init dev")
    shell(make.replace("YOUR_TENANT", "petstore").replace("https://your-api-gateway", AUDIENCE), typed="a secret\n")
    shell("pulumi up")
    call = 'curl -s -o /dev/null -w "%{http_code}" -H "Authorization: Bearer $TOKEN" "$(pulumi stack output petsUrl)"'
    assert shell(f"{get_token}{call}") == "200"
    shell(CLEAN_UP)


@pytest.mark.slow
def test_github_is_let_in_as_written_and_told_every_variable_that_the_workflows_read(shell):
    bootstrap, tell, stack, environments, smoke = blocks(ROOT / "docs" / "ci.md")
    company = bootstrap.replace("YOUR_COMPANY", "octo")
    shell(f"{company}{tell}{stack}{environments}")
    shell(smoke, typed="a secret\n")
    told = json.loads(shell('cat "$STAND_IN_STATE/github.json"'))
    workflows = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob(".github/workflows/*.yml"))
    read = set(re.findall(r"(?:vars|secrets)\.([A-Z_]+)", workflows))
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    exceptions = {"AWS_REGION", "PULUMI_ORGANIZATION", "AWS_PREVIEW_ROLE_PROD"}
    assert read - told.keys() == exceptions
    assert all(f"`{name}`" in page for name in exceptions)
    assert told["AWS_PREVIEW_ROLE"].startswith("ARN(")
    assert told["PULUMI_BACKEND_URL"].startswith("s3://octo-petstore-state?")
    assert set(told["branches"]) == {"dev", "prod"}
    assert told["reviewed"] == ["prod"]


@pytest.mark.slow
def test_the_state_is_kept_and_moved_as_written(shell):
    cloud, bucket, folder, move = blocks(ROOT / "docs" / "state.md")
    shell(blocks(ROOT / "docs" / "ci.md")[0].replace("YOUR_COMPANY", "octo"))
    shell(cloud)
    shell(f"{folder}{DEPLOY.partition('stack init dev')[2]}")
    names = bucket.splitlines()[:2]  # of the bucket and the key, which the last block needs, too
    shell("\n".join([*names, move]))
    shell(CLEAN_UP)
    shell(bucket)


def test_contributing_runs_what_ci_runs():
    (commands,) = blocks(ROOT / "CONTRIBUTING.md")
    assert set(commands.split("\n")) - {""} <= set((ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines())


def test_contributing_says_why_each_slow_test_is_slow():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = re.findall(r"^- .*\(`(test_\w+\.py)`.*\)[;.]$", text, re.MULTILINE)
    modules = ROOT.glob("tests/**/test_*.py")
    marked = [
        path.name
        for path in modules
        if re.search(r"^(@|pytestmark = .*)pytest\.mark\.slow\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert sorted(told) == sorted(marked)


@pytest.mark.slow
def test_production_is_deployed_as_written_and_cleaned_up(shell):
    shell(PRODUCTION.replace("YOUR_COMPANY", "petstore"))
    assert shell("pulumi stack output stageName") == "prod\n"
    answers = re.findall(r"HTTP/1.1 (\d+)", shell(CALL))
    assert answers == ["401", "200"]
    shell(CLEAN_UP)


@pytest.mark.slow
def test_an_api_is_imported_as_written(shell):
    (imported,) = blocks(ROOT / "docs" / "openapi.md")
    shell(DEPLOY.partition("\n")[2].removesuffix("pulumi up\n"))
    shell(imported)
    assert re.findall(r"HTTP/1.1 (\d+)", shell(CALL)) == ["401", "200"]
    shell(CLEAN_UP)


@pytest.mark.slow
def test_the_samples_configuration_is_taken_over_as_written(shell, tmp_path: Path):
    (take_over,) = blocks(ROOT / "docs" / "migrating.md")
    sample = "../jwt-rsa-aws-custom-authorizer/.env"
    environment = tmp_path / ".env"
    environment.write_text("JWKS_URI=${ISSUER}.well-known/jwks.json\nAUDIENCE=$AUDIENCE\nTOKEN_ISSUER=$ISSUER\n")
    assert take_over.startswith(f". {sample}\n")
    shell(take_over.replace(sample, str(environment)))
    assert re.findall(r"HTTP/1.1 (\d+)", shell(CALL)) == ["401", "200"]
    shell(CLEAN_UP)


@pytest.mark.slow
def test_the_emulator_is_deployed_to_and_the_stack_is_removed_as_written(shell):
    shell(LOCAL)
    assert shell("pulumi stack output stageName") == "test\n"
    shell(LOCAL_END)


def test_the_emulator_prints_the_commands_of_the_readme():
    printed = instructions(Sandbox())
    for block in (LOCAL, LOCAL_END):
        assert textwrap.indent(block, "  ") in printed


def test_the_local_stacks_file_takes_the_passphrase_of_the_readme():
    """Decrypted as the CLI does (pulumi/pulumi, pkg/secrets/passphrase); with another one, it would refuse."""
    assert LOCAL.startswith("export PULUMI_CONFIG_PASSPHRASE=\n")
    stack = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text(encoding="utf-8"))
    version, salt, cipher, nonce, secret = stack["encryptionsalt"].split(":")
    assert (version, cipher) == ("v1", "v1")
    key = hashlib.pbkdf2_hmac("sha256", b"", base64.b64decode(salt), 1_000_000, 32)
    assert AESGCM(key).decrypt(base64.b64decode(nonce), base64.b64decode(secret), None) == b"pulumi"


def test_the_changed_line_makes_the_route():
    (diff,) = re.findall(r"^```diff\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    context, added, end = diff.splitlines()
    program = (ROOT / "routes.py").read_text(encoding="utf-8")
    assert f"{context[1:]}\n{end[1:]}\n" in program
    assert added.startswith("+    ")
    route = eval(added[1:].strip().rstrip(","), {"Route": Route})  # noqa: S307 - our own README
    assert route == Route("DELETE", "/pets/{petId}", scopes=["delete:pets"])


def test_every_reason_in_the_log_is_explained_and_no_other():
    bases = (errors.Refused, errors.Failure, errors.UnknownKey)
    reasons = {kind.reason for base in bases for kind in base.__subclasses__()}
    table = README.partition("## How a token is verified")[2].partition("**Caching")[0]
    assert set(re.findall(r"`([a-z]+_[a-z_]+|expired)`", table)) == reasons | {"insufficient_scope"}


def test_the_deployment_that_a_removal_replaces_has_the_name_it_says(program: Declared):
    (pattern,) = re.findall(r"pulumi up --replace '\*\*([^']+)'", README)
    assert [resource.type for resource in program.resources if resource.name.endswith(pattern)] == [
        "aws:apigateway/deployment:Deployment"
    ]


def test_the_diagram_shows_what_is_declared(program: Declared):
    (diagram,) = re.findall(r"^```mermaid\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    lines = [line.strip() for line in diagram.splitlines()]
    authorizer, function = program.one("Authorizer").inputs, program.one("Function").inputs
    (backend,) = [it.inputs for it in program.of("Integration") if it.inputs.get("uri", "").endswith("/pets")][:1]
    header = authorizer["identitySource"].removeprefix("method.request.header.")
    headers = sorted(name.rpartition(".")[2] for name in backend["requestParameters"] if ".header." in name)
    told = sorted(it.rpartition(".")[2] for it in backend["requestParameters"].values() if ".authorizer." in it)
    keys = urlsplit(function["environment"]["variables"]["JWKS_URI"]).path
    assert lines[1:] == [
        f"client->>gateway: GET /{program.outputs['stageName']}/pets, {header}: Bearer JWT",
        f"opt no policy kept for this token, for {authorizer['authorizerResultTtlInSeconds']:.0f} s",
        f"gateway->>authorizer: {authorizer['name']}: token, method ARN",
        f"opt keys not read within {LIFETIME / 60:.0f} minutes, or the kid is not among them",
        f"authorizer->>issuer: GET {keys}",
        "end",
        f"authorizer-->>gateway: policy for every route, {', '.join(told)} (or 401, 500)",
        "end",
        f"gateway->>backend: GET {urlsplit(backend['uri']).path}, {', '.join(headers)} (or 403, by the policy)",
        "backend-->>gateway: 200",
        "gateway-->>client: 200",
    ]


PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def anchors(page: Path) -> set[str]:
    """Those that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_target_and_test_that_a_page_names_is_there(page: Path):
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)", text):
        found = page.parent / target if target else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), f"{target}#{anchor}"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    tests = {path.name for path in ROOT.glob("tests/**/*.py")}
    assert set(re.findall(r"`(test_[a-z_]+\.py)`", text)) <= tests
