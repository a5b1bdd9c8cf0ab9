"""`python -m tools policy`: the policy rules without the Pulumi CLI."""

import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pulumi
import pytest
from pulumi_aws import cloudwatch

from policy.rules import RULES
from tools import policy_check, project
from tools.__main__ import main
from tools.program import main_program
from tools.project import ROOT


def test_the_program_obeys_the_rules_in_every_stack_except_the_local_one():
    result = subprocess.run(
        [sys.executable, "-m", "tools", "policy"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    stacks = sorted(path.suffixes[0][1:] for path in ROOT.glob("Pulumi.*.yaml"))
    stacks.remove("local")
    # The other lines are the program's own, such as the missing Python version of Lambda.
    assert [line for line in result.stderr.splitlines() if line.startswith("Pulumi.")] == []
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{len(RULES)} rules, the stacks {', '.join(stacks)}: 0 violations\n"


def _stacks(folder: Path, monkeypatch: pytest.MonkeyPatch, **stacks: str) -> None:
    for name, key in stacks.items():
        (folder / f"Pulumi.{name}.yaml").write_text(f"config:\n  {key}\n", encoding="utf-8")
    monkeypatch.setattr(project, "ROOT", folder)


def test_a_violation_is_reported_with_its_stack_and_its_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def program() -> None:
        main_program()
        if pulumi.get_stack() == "prod":
            cloudwatch.LogGroup("kept")

    region = "aws:region: us-east-1"
    _stacks(tmp_path, monkeypatch, dev=region, prod=region, local=region)
    assert policy_check.main(Namespace(), program) == 1
    result = capsys.readouterr()
    assert result.out == f"{len(RULES)} rules, the stacks dev, prod: 1 violation\n"
    assert result.err.endswith(
        "Pulumi.prod.yaml: logs-expire: aws:cloudwatch/logGroup:LogGroup kept: "
        "its logs never expire; set its retentionInDays\n"
    )


def test_a_stack_whose_configuration_fails_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    _stacks(tmp_path, monkeypatch, dev="petstore:lambdaRuntime: python2.7", prod="petstore:bundleKeys: 'true'")
    assert main(["policy"]) == 1
    result = capsys.readouterr().err
    assert result.startswith("error: Pulumi.dev.yaml: ")
    assert "python2.7" in result
    assert "Pulumi.prod.yaml" not in result  # The check fetches no key set for it.


def test_a_project_without_stacks_does_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    _stacks(tmp_path, monkeypatch, local="aws:region: us-east-1")
    assert main(["policy"]) == 1


def test_a_stack_file_that_is_in_git_and_missing_in_the_folder_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    region = "aws:region: us-east-1"
    _stacks(tmp_path, monkeypatch, dev=region, prod=region)
    for command in (["git", "init", "--quiet"], ["git", "add", "--all"]):
        subprocess.run(command, cwd=tmp_path, check=True)
    (tmp_path / "Pulumi.prod.yaml").unlink()
    assert main(["policy"]) == 1
    assert capsys.readouterr().err.startswith("error: Pulumi.prod.yaml: ")


def test_a_key_without_its_namespace_is_checked_like_one_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    _stacks(tmp_path, monkeypatch, dev="lambdaRuntime: python2.7")
    assert main(["policy"]) == 1
    assert "petstore:lambdaRuntime: " in capsys.readouterr().err


def test_an_encrypted_key_is_reported_as_in_the_other_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    _stacks(tmp_path, monkeypatch, dev="petstore:tokenIssuer: {secure: AAABADrK}")
    assert main(["policy"]) == 1
    result = capsys.readouterr().err
    assert result.startswith("error: Pulumi.dev.yaml: petstore:tokenIssuer is encrypted")
    assert "AAABADrK" not in result


def test_settings_of_an_environment_are_reported_as_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    _stacks(tmp_path, monkeypatch, dev="aws:region: us-east-1")
    with (tmp_path / "Pulumi.dev.yaml").open("a", encoding="utf-8") as file:
        file.write("environment: [kennel/dev]\n")
    assert policy_check.main(Namespace()) == 0
    assert "Pulumi ESC (kennel/dev)" in capsys.readouterr().err
