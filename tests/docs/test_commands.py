"""Each command block of docs/ and CONTRIBUTING.md runs."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from local.cloud.sandbox import Sandbox
from local.emulate import instructions
from tests.docs.conftest import BASH, Shell, blocks
from tools.preview.mock_recorder import declare
from tools.project import ROOT, stack_config

AUDIENCE = stack_config("local")["petstore:audience"]
CONFIGURE = """
pulumi stack init dev
pulumi config set --plaintext tokenIssuer "$ISSUER"
pulumi config set audience "$AUDIENCE"
"""
PRODUCTION, CALL = blocks("docs/production.md")
LOCAL, LOCAL_END = blocks("docs/local.md")
REMOVE_ROUTE, CLEAN_UP = blocks("docs/operations.md")


@pytest.mark.slow
def test_the_commands_create_the_api_in_auth0_and_configure_the_stack(shell: Shell):
    make, get_token = blocks("docs/tenant.md")
    shell("pulumi stack init dev")
    shell(make.replace("YOUR_TENANT", "petstore").replace("https://your-api-gateway", AUDIENCE), typed="a secret\n")
    shell("pulumi up")
    call = 'curl -s -o /dev/null -w "%{http_code}" -H "Authorization: Bearer $TOKEN" "$(pulumi stack output petsUrl)"'
    assert shell(f"{get_token}{call}") == "200"
    shell(CLEAN_UP)


@pytest.mark.slow
def test_the_commands_set_up_github_with_every_variable_of_the_workflows(shell: Shell):
    bootstrap, variables, stack, environments, smoke = blocks("docs/ci.md")
    company = bootstrap.replace("YOUR_COMPANY", "octo")
    shell(f"{company}{variables}{stack}{environments}")
    shell(smoke, typed="a secret\n")
    known = json.loads(shell('cat "$FAKE_STATE/github.json"'))
    workflows = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob(".github/workflows/*.yml"))
    read = set(re.findall(r"(?:vars|secrets)\.([A-Z_]+)", workflows))
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    exceptions = {"AWS_REGION", "PULUMI_ORGANIZATION", "AWS_PREVIEW_ROLE_PROD"}
    assert read - known.keys() == exceptions
    assert all(f"`{name}`" in page for name in exceptions)
    assert known["AWS_PREVIEW_ROLE"].startswith("ARN(")
    assert known["PULUMI_BACKEND_URL"].startswith("s3://octo-petstore-state?")
    assert set(known["branches"]) == {"dev", "prod"}
    assert known["reviewed"] == ["prod"]


@pytest.mark.slow
def test_the_commands_create_and_move_the_state(shell: Shell):
    cloud, bucket, folder, move = blocks("docs/state.md")
    shell(blocks("docs/ci.md")[0].replace("YOUR_COMPANY", "octo"))
    shell(cloud)
    shell(f"{folder}{CONFIGURE.partition('stack init dev')[2]}pulumi up")
    names = bucket.splitlines()[:2]  # The last block needs the names of the bucket and the key, too.
    shell("\n".join([*names, move]))
    shell(CLEAN_UP)
    shell(bucket)


def test_contributing_runs_the_same_targets_as_ci():
    (commands,) = blocks("CONTRIBUTING.md")
    assert set(commands.split("\n")) - {""} <= set((ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines())


def test_contributing_explains_each_slow_test():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    explained = re.findall(r"^- .*\(`(test_\w+\.py)`.*\)[;.]$", text, re.MULTILINE)
    modules = ROOT.glob("tests/**/test_*.py")
    marked = [
        path.name
        for path in modules
        if re.search(r"^(@|pytestmark = .*)pytest\.mark\.slow\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert sorted(explained) == sorted(marked)


@pytest.mark.slow
def test_the_commands_deploy_production_and_clean_up(shell: Shell):
    shell(PRODUCTION.replace("YOUR_COMPANY", "petstore"))
    assert shell("pulumi stack output stageName") == "prod\n"
    answers = re.findall(r"HTTP/1.1 (\d+)", shell(CALL))
    assert answers == ["401", "200"]
    shell(CLEAN_UP)


@pytest.mark.slow
def test_the_commands_import_an_api(shell: Shell):
    (imported,) = blocks("docs/openapi.md")
    shell(CONFIGURE)
    shell(imported)
    assert re.findall(r"HTTP/1.1 (\d+)", shell(CALL)) == ["401", "200"]
    shell(CLEAN_UP)


@pytest.mark.slow
def test_the_commands_reuse_the_samples_configuration(shell: Shell, tmp_path: Path):
    (take_over,) = blocks("docs/migrating.md")
    sample = "../jwt-rsa-aws-custom-authorizer/.env"
    environment = tmp_path / ".env"
    environment.write_text("JWKS_URI=${ISSUER}.well-known/jwks.json\nAUDIENCE=$AUDIENCE\nTOKEN_ISSUER=$ISSUER\n")
    assert take_over.startswith(f". {sample}\n")
    shell(take_over.replace(sample, str(environment)))
    assert re.findall(r"HTTP/1.1 (\d+)", shell(CALL)) == ["401", "200"]
    shell(CLEAN_UP)


@pytest.mark.slow
def test_the_commands_deploy_to_the_emulator_and_remove_the_stack(shell: Shell):
    shell(LOCAL)
    assert shell("pulumi stack output stageName") == "test\n"
    shell(LOCAL_END)


def test_the_emulator_prints_the_commands_of_the_page():
    printed = instructions(Sandbox())
    for block in (LOCAL, LOCAL_END):
        assert textwrap.indent(block, "  ") in printed


def test_the_local_stacks_file_can_be_decrypted_with_the_passphrase_of_the_page():
    """Decrypts as the CLI does (pulumi/pulumi, pkg/secrets/passphrase); a wrong passphrase is an error."""
    assert LOCAL.startswith("export PULUMI_CONFIG_PASSPHRASE=\n")
    stack = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text(encoding="utf-8"))
    version, salt, cipher, nonce, secret = stack["encryptionsalt"].split(":")
    assert (version, cipher) == ("v1", "v1")
    key = hashlib.pbkdf2_hmac("sha256", b"", base64.b64decode(salt), 1_000_000, 32)
    assert AESGCM(key).decrypt(base64.b64decode(nonce), base64.b64decode(secret), None) == b"pulumi"


def test_the_pattern_for_a_removed_route_matches_only_its_deployment():
    (pattern,) = re.findall(r"pulumi up --replace '\*\*([^']+)'", REMOVE_ROUTE)
    assert [resource.type for resource in declare().resources if resource.name.endswith(pattern)] == [
        "aws:apigateway/deployment:Deployment"
    ]


@pytest.mark.slow
def test_the_commands_revoke_a_stolen_key(shell: Shell):
    (revoke,) = blocks("docs/security.md")
    shell(CONFIGURE)
    shell(f"KID=-stolen\n{revoke}")
    assert "-stolen" in shell('cat "$FAKE_STATE/stack.json"')
    shell(CLEAN_UP)


def test_the_commands_rename_the_project(tmp_path: Path):
    (rename,) = blocks("docs/rename.md")
    for name in ("Makefile", "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    subprocess.run([*BASH, rename], cwd=tmp_path, check=True, capture_output=True)
    assert "name: shop\n" in (tmp_path / "Pulumi.yaml").read_text(encoding="utf-8")
    assert "  shop:stageName: prod\n" in (tmp_path / "Pulumi.prod.yaml").read_text(encoding="utf-8")


def test_an_upgrade_keeps_your_routes_and_brings_the_new_version(tmp_path: Path):
    (upgrade,) = blocks("docs/upgrade.md")
    upstream, yours = tmp_path / "upstream", tmp_path / "yours"
    prepare = """
        git init -q upstream; cd upstream; echo old > program; echo theirs > routes.py
        git add .; git commit -qm old; git clone -q . ../yours; echo new > program; git commit -qam new; git tag v9
        cd ../yours; echo yours > routes.py; git commit -qam yours
    """
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "UPSTREAM": str(upstream),
        "VERSION": "v9",
        **{f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    subprocess.run([*BASH, prepare], cwd=tmp_path, env=environment, check=True, capture_output=True)
    subprocess.run([*BASH, upgrade], cwd=yours, env=environment, check=True, capture_output=True)
    assert (yours / "routes.py").read_text(encoding="utf-8") == "yours\n"
    assert (yours / "program").read_text(encoding="utf-8") == "new\n"
    show = [*BASH, "git show ORIG_HEAD:program"]
    base = subprocess.run(show, cwd=yours, check=True, capture_output=True, text=True)
    assert base.stdout == "old\n"  # the base that `make preview BASE=ORIG_HEAD` compares with


def test_every_page_with_a_command_block_is_run():
    pages = [path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]]
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert {page for page in pages if blocks(page)} == set(re.findall(r'blocks\("([^"]+)"\)', tests))
