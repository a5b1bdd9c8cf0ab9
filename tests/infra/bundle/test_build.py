"""The Lambda function's zip: its content, and that its bytes depend only on its sources."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path, PurePosixPath

import pulumi
import pytest

from infra.bundle import build as bundle
from infra.bundle import bytecode, wheels
from infra.bundle.build import build
from infra.bundle.wheels import Target
from tools.preview.mock_recorder import declare

ARM = Target.aws_lambda("python3.13", "arm64")
ELF_MACHINE = {"arm64": 183, "x86_64": 62}


@pytest.fixture(scope="module")
def archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(build(ARM))


def test_the_zip_contains_only_the_authorizer_pyjwt_and_cryptography(archive: zipfile.ZipFile):
    missing = set[str]() if bytecode.interpreter("3.13") else {".pyc"}
    names = archive.namelist()
    assert {name.partition("/")[0].partition(".")[0] for name in names} == {
        "authorizer",
        "cryptography",
        "jwt",
        "_cffi_backend",
    }
    sources = {f"authorizer/{path.name}" for path in Path("authorizer").glob("*.py")}
    assert {name for name in names if name.startswith("authorizer/") and name.endswith(".py")} == sources
    assert {PurePosixPath(name).suffix for name in names} == {".py", ".pyc", ".so", ".typed"} - missing
    assert [name for name in names if "dist-info" in name or "test" in name.lower()] == []


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_the_machine_code_is_for_lambdas_processor(architecture: str):
    archive = zipfile.ZipFile(build(Target.aws_lambda("python3.13", architecture)))
    shared = [name for name in archive.namelist() if name.endswith(".so")]
    assert len(shared) == 2
    for name in shared:
        header = archive.read(name)[:20]
        assert header[:4] == b"\x7fELF"
        assert int.from_bytes(header[18:20], "little") == ELF_MACHINE[architecture]
        assert "abi3" in name or "cpython-313-" in name


@pytest.mark.slow
def test_two_builds_of_the_same_sources_are_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    digests: set[str] = set()
    for name, mask in (("one", 0o022), ("two", 0o077)):
        monkeypatch.setattr(bundle, "BUILD", tmp_path / name)
        before = os.umask(mask)
        try:
            digests.add(hashlib.sha256(build(ARM).read_bytes()).hexdigest())
        finally:
            os.umask(before)
    assert len(digests) == 1


def test_dates_order_and_permissions_do_not_depend_on_the_machine(archive: zipfile.ZipFile):
    assert archive.namelist() == sorted(archive.namelist())
    assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {(info.create_system, info.external_attr >> 16) for info in archive.infolist()} == {(3, 0o644)}


def test_the_handler_needs_no_other_package_and_loads_its_compiled_modules(tmp_path: Path):
    zipfile.ZipFile(build(Target.this_machine())).extractall(tmp_path)
    loaded = imported_by_the_handler(tmp_path)
    assert {"authorizer.handler", "jwt.api_jwt", "cryptography.hazmat.primitives.asymmetric.rsa"} <= set(loaded)
    for name, cached in loaded.items():
        header = Path(cached).read_bytes()[:8]
        assert (name, header) == (name, importlib.util.MAGIC_NUMBER + b"\1\0\0\0")
    # Unchecked bytecode: Python does not compare it with the source.
    (tmp_path / "authorizer" / "token.py").write_text("raise SystemExit('compiled anew')", encoding="utf-8")
    assert imported_by_the_handler(tmp_path) == loaded


def imported_by_the_handler(bundle: Path) -> dict[str, str]:
    """The bundle's modules that a cold start loads, with the bytecode file of each."""
    script = """
import json, sys, authorizer.handler
print(json.dumps({name: module.__cached__ for name, module in sys.modules.items() if hasattr(module, "__cached__")
    and module.__name__.partition(".")[0] in ("authorizer", "jwt", "cryptography") and module.__cached__}))
"""
    environment = {"TOKEN_ISSUER": "i", "AUDIENCE": "a", "JWKS_URI": "http://127.0.0.1:1/", "ROUTES": "GET /pets"}
    result = subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=bundle,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.slow
def test_without_lambdas_python_version_the_zip_is_not_compiled_and_a_warning_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    output: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", output.append)
    monkeypatch.setattr(bytecode, "_candidates", lambda _: [sys.executable])
    monkeypatch.setattr(bytecode, "interpreter", bytecode.interpreter.__wrapped__)
    monkeypatch.setattr(bundle, "BUILD", tmp_path)
    names = zipfile.ZipFile(build(Target("3.99", ()))).namelist()
    assert [name for name in names if name.endswith(".pyc")] == []
    (warning,) = output
    assert "Python 3.99 is not on this machine" in warning
    assert "lambdaRuntime" in warning


@pytest.mark.slow
def test_the_warning_about_lambdas_python_appears_only_in_deployments():
    """Runs in its own process, because pytest's log handlers would capture the message."""
    program = (
        "from infra.bundle import bytecode; bytecode._candidates = lambda _: []\n"
        "from tools.preview.mock_recorder import declare; declare({'petstore:lambdaRuntime': 'python3.14'})"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=bundle.ROOT, capture_output=True, text=True, check=True
    )
    assert "Python 3.14" not in result.stderr


@pytest.mark.parametrize(
    "script",
    ["exit 127", "echo pypy 3.99 7.3.20", "echo cpython 3.98 3.98.0", "printf '\\377'", "no script", "#!/nowhere\n"],
)
def test_an_interpreter_with_a_wrong_version_is_ignored(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "bad").mkdir()
    (tmp_path / "good").mkdir()
    bad, good = tmp_path / "bad" / "python3.99", tmp_path / "good" / "python3.99"
    bad.write_text(script if script.startswith(("#", "no")) else f"#!/bin/sh\n{script}\n", encoding="utf-8")
    good.write_text("#!/bin/sh\necho cpython 3.99 3.99.1\n", encoding="utf-8")
    for path in (bad, good):
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bad.parent}{os.pathsep}{good.parent}{os.pathsep}{os.environ['PATH']}")
    assert bytecode.interpreter.__wrapped__("3.99") == (str(good), "3.99.1")


def test_a_module_that_cannot_be_compiled_is_shown_with_its_error():
    python = bytecode.interpreter(f"{sys.version_info.major}.{sys.version_info.minor}")
    assert python
    with pytest.raises(pulumi.RunError, match=r"could not compile the authorizer:(.|\n)*authorizer/x\.py"):
        bytecode.compiled(python, {"authorizer/x.py": b"def"})


@pytest.mark.parametrize("builder", bundle.BUILDERS, ids=lambda path: path.name)
def test_a_change_of_the_build_code_causes_a_new_build(builder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    changed = tmp_path / builder.name
    changed.write_bytes(builder.read_bytes() + b"\n")
    before = build(ARM)
    monkeypatch.setattr(bundle, "BUILDERS", [changed if path == builder else path for path in bundle.BUILDERS])
    monkeypatch.setattr(bundle, "BUILD", tmp_path)
    monkeypatch.setattr(wheels, "download", lambda *_: None)
    monkeypatch.setattr(bytecode, "compiled", lambda *_: {})
    assert build(ARM).name != before.name


@pytest.mark.slow
def test_the_zip_is_built_once_and_again_when_a_source_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = build(ARM)
    assert build(ARM) == first
    monkeypatch.setattr(bundle, "_sources", lambda: [("authorizer/other.py", b"changed")])
    monkeypatch.setattr(bundle, "BUILD", tmp_path)
    changed = build(ARM)
    assert changed.name != first.name
    assert zipfile.ZipFile(changed).read("authorizer/other.py") == b"changed"


def test_a_build_deletes_results_that_are_unused_for_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bundle, "BUILD", tmp_path)
    monkeypatch.setattr(wheels, "download", lambda *_: None)
    monkeypatch.setattr(bytecode, "compiled", lambda *_: {})
    names = ("authorizer-old.zip", "authorizer-of-another-process.zip", "dev.plan.json")
    old, recent, other = paths = [tmp_path / name for name in names]
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    for path in paths:
        path.touch()
    used = build(ARM)
    for path in (old, other, used):
        os.utime(path, (two_days_ago, two_days_ago))
    assert build(ARM) == used  # marks it as used
    another = build(Target.aws_lambda("python3.13", "x86_64"))
    assert {used, another, recent, other} == set(tmp_path.iterdir())


def test_a_wheel_with_another_hash_than_in_the_lock_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lock = tmp_path / "requirements.txt"
    lock.write_text(_forged(wheels.LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    monkeypatch.setattr(wheels, "LOCK", lock)
    monkeypatch.setattr(bundle, "BUILD", tmp_path / "build")
    with pytest.raises(pulumi.RunError, match="DO NOT MATCH THE HASHES"):
        build(ARM)
    assert list((tmp_path / "build").iterdir()) == []


@pytest.mark.slow
def test_the_stack_outputs_the_runtime_and_the_bundle():
    function = declare({"petstore:lambdaRuntime": "python3.12", "petstore:lambdaArchitecture": "x86_64"}).one(
        "Function"
    )
    assert (function.inputs["runtime"], function.inputs["architectures"]) == ("python3.12", ["x86_64"])
    assert Path(function.inputs["code"].path) == build(Target.aws_lambda("python3.12", "x86_64"))
    assert not Path(function.inputs["code"].path).is_absolute()


def test_for_an_emulator_the_bundle_has_wheels_for_this_machine():
    function = declare({"petstore:tokenIssuer": "http://127.0.0.1:1/"}).one("Function")
    assert Path(function.inputs["code"].path) == build(Target.this_machine())


def _forged(lock: str) -> str:
    """The lock with the first digits of every hash replaced by zeros."""
    head, *rest = lock.split("--hash=sha256:")
    return "--hash=sha256:".join([head, *("0" * 8 + part[8:] for part in rest)])
