"""The bill of materials lists the packages in the function's zip, and the audit reports their advisories."""

import json
import subprocess
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

import tools.sbom
from infra.bundle.build import build
from infra.bundle.wheels import Target
from tools import audit
from tools.__main__ import main
from tools.preview.mock_recorder import declare
from tools.sbom import DEFAULT, sbom

IMPORTED_AS = {"PyJWT": "jwt", "cffi": "_cffi_backend", "cryptography": "cryptography"}


@pytest.mark.slow
def test_the_bill_lists_the_packages_in_the_zip_and_the_libraries_compiled_into_them():
    document = json.loads(sbom(DEFAULT))
    zipped = {PurePosixPath(name).parts[0].split(".")[0] for name in zipfile.ZipFile(build(DEFAULT)).namelist()}
    components = {each["name"]: each for each in document["components"]}
    assert {IMPORTED_AS[name] for name in components} | {"authorizer"} == zipped
    lock = (audit.ROOT / "authorizer" / "requirements.txt").read_text(encoding="utf-8")
    for name, component in components.items():
        assert f"{name.lower()}=={component['version']}" in lock
        assert f"--hash=sha256:{component['hashes'][0]['content']}" in lock
        assert component["licenses"]
    assert "openssl" in {each["name"] for each in components["cryptography"]["components"]}
    assert document["metadata"]["component"]["name"] == "authorizer"


def test_the_bill_is_written_into_a_new_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(tools.sbom, "PATH", tmp_path / ".build" / "authorizer.cdx.json")
    monkeypatch.chdir(tmp_path)
    assert main(["sbom"]) == 0
    assert json.loads((tmp_path / ".build" / "authorizer.cdx.json").read_bytes())["components"]
    assert capsys.readouterr().out.startswith(".build/authorizer.cdx.json: PyJWT ")


def test_the_bill_is_for_the_default_runtime_and_processor():
    function = declare().one("Function").inputs
    assert Target.aws_lambda(function["runtime"], function["architectures"][0]) == DEFAULT


PACKAGE = {"name": "pyjwt", "version": "2.15.1", "vulns": []}
VULNERABLE = {"name": "cffi", "version": "2.1.1", "vulns": [{"id": "CVE-2026-1", "fix_versions": ["2.1.2"]}]}
UNKNOWN = {"name": "cryptography", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ({"dependencies": [PACKAGE]}, 0, "1 of 1 locked packages audited, 0 advisories"),
        ({"dependencies": [PACKAGE, VULNERABLE]}, 1, "cffi 2.1.1: CVE-2026-1, fixed in 2.1.2"),
        ({"dependencies": [PACKAGE, UNKNOWN]}, 0, "NOT AUDITED, the database has no entry for: cryptography"),
        (
            "requests.exceptions.ConnectionError: no",
            0,
            "cannot be reached: requests.exceptions.ConnectionError",
        ),
        ("requests.exceptions.SSLError: self-signed", 0, "cannot be reached: requests.exceptions.SSLError"),
        ("No module named pip_audit", 1, "error: pip-audit: it failed: No module named pip_audit."),
    ],
)
def test_an_advisory_fails_the_audit_and_a_clean_audit_is_reported(
    answer: Any, code: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def pip_audit(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        broken = isinstance(answer, str)
        return subprocess.CompletedProcess(command, 1, "" if broken else json.dumps(answer), f"Traceback\n{answer}\n")

    monkeypatch.setattr(subprocess, "run", pip_audit)
    assert main(["audit"]) == code
    assert words in "".join(capsys.readouterr())
