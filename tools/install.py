"""`.venv/bin/python -I tools/install.py GROUP`: installs a dependency group of uv.lock, each package by its hash.

It runs before any package is installed, so it needs only the standard library. uv comes from the package index and is
fast. If uv has no wheel, or with `make UV=`, pip does the same. Both use the index that pip is configured for.
"""

import argparse
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "uv.lock"
VENV = ROOT / ".venv"
# Groups with a separate environment. MiniStack runs functions in its own Python: if PyJWT were installed there, a
# bundle without PyJWT would pass.
OWN = {"ministack": ROOT / ".venv-ministack", "mutants": ROOT / ".venv-mutants"}
# Groups without the program's own packages.
APART = {"authorizer", "installer", "benchmarks", "policy", "tenant", *OWN}
# Only imported modules get bytecode: that of all pulumi_aws would need 150 MB.
_USED = """
import os
for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):  # which may name none that exists
    os.environ.pop(name, None)
import boto3, pulumi_policy, requests, rich.live, rich.table, watchfiles
from pulumi_aws import apigateway, cloudwatch, iam, lambda_, sns  # This import is lazy.
apigateway.RestApi, cloudwatch.MetricAlarm, iam.Role, lambda_.Function, sns.Topic
boto3.client("lambda", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
"""
_PIP = (sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "install")
_HEARTBEAT_SECONDS = 2
# uv's variable for each of pip's options.
_UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


class InstallError(Exception):
    """A package manager failed. The message is its output."""


def requirements(group: str, lock: Mapping[str, Any] | None = None) -> list[str]:
    """The packages of a group for this machine, from uv.lock: a sorted list of `name==version --hash=sha256:...`."""
    from pip._vendor.packaging.markers import Marker  # noqa: PLC0415 - a new environment has no pip yet

    locked: list[dict[str, Any]] = (lock or tomllib.loads(LOCK.read_text(encoding="utf-8")))["package"]
    (project,) = [each for each in locked if "virtual" in each["source"]]
    wanted = [*project["dev-dependencies"][group], *(() if group in APART else project["dependencies"])]
    found: dict[str, dict[str, Any]] = {}
    seen: set[tuple[str, str]] = set()
    while wanted:
        edge = wanted.pop()
        if "marker" in edge and not Marker(edge["marker"]).evaluate():
            continue
        # An edge has a version only if the lock has several of the package.
        same_name = [each for each in locked if each["name"] == edge["name"]]
        (package,) = [each for each in same_name if edge.get("version", each["version"]) == each["version"]]
        found[edge["name"]] = package
        for extra in {"", *edge.get("extra", ())} - {extra for name, extra in seen if name == edge["name"]}:
            seen.add((edge["name"], extra))
            wanted += package["optional-dependencies"][extra] if extra else package.get("dependencies", ())
    return [_line(found[name]) for name in sorted(found)]


def _line(package: dict[str, Any]) -> str:
    files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
    return " ".join([f"{package['name']}=={package['version']}", *(f"--hash={file['hash']}" for file in files)])


def install(group: str) -> None:
    """Install a group into its environment, unless it is already installed. Raises `InstallError`."""
    venv = OWN.get(group, VENV)
    if importlib.util.find_spec("pip") is None:
        _run([sys.executable, "-I", "-m", "ensurepip", "--default-pip"], venv, "Installing pip")
    lines = requirements(group)
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    stamp, unfinished = venv / f"installed-{group}", venv / "unfinished"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
        if not (venv / "bin" / "python").exists():
            # Without pip: the pip of .venv installs into it.
            subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(venv)], check=True)
        again = unfinished.exists()  # an interrupted installation may have left an incomplete package
        unfinished.touch()
        _install(lines, venv, f"Installing {group}: {len(lines)} packages into {venv.name}", again)
        if group == "demo":
            _run([sys.executable, "-I", "-c", _USED], venv, "Compiling the modules of every command")
        unfinished.unlink()
    stamp.write_text(digest, encoding="utf-8")


def _install(lines: list[str], venv: Path, label: str, again: bool) -> None:
    python = str(venv / "bin" / "python")
    pip = [*_PIP[:-1], "--python", python, "install", "--no-compile", *(["--force-reinstall"] if again else [])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requirements.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        options = ["--no-deps", "--require-hashes", "--requirement", str(path)]
        uv = _uv()
        if uv:
            try:
                _run(
                    [uv, "pip", "install", "--python", python, *options, *(["--reinstall"] if again else [])],
                    venv,
                    label,
                )
            except InstallError as error:
                print(f"uv failed, so pip installs, which takes longer. uv printed:\n{error}", flush=True)
            else:
                return
        _run([*pip, *options], venv, label)


def _uv() -> str | None:
    """The path of the locked uv; None with `make UV=`, or if uv has no wheel for this machine."""
    if os.environ.get("UV") == "":
        return None
    path = VENV / "bin" / "uv"
    if not path.exists():
        with tempfile.TemporaryDirectory() as folder:
            wanted = Path(folder) / "requirements.txt"
            wanted.write_text("\n".join(requirements("installer")) + "\n", encoding="utf-8")
            options = ["--only-binary", ":all:", "--require-hashes", "--requirement", str(wanted)]
            try:
                _run([*_PIP, "--no-compile", *options], VENV, "Installing uv, which installs the rest")
            except InstallError:
                print("uv could not be installed; pip takes longer", flush=True)
                return None
    return str(path)


def _run(command: list[str], venv: Path, label: str) -> None:
    """Run a package manager and show its progress every two seconds. Raises `InstallError` with its output."""
    started = time.monotonic()
    print(f"{label} ...", flush=True)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=_environment(), cwd=ROOT)
        try:
            while (status := _ended(process)) is None:
                seconds = time.monotonic() - started
                count = len(list(venv.glob("lib/python*/site-packages/*.dist-info")))
                print(f"  {seconds:3.0f} s, {count} packages are there", flush=True)
        finally:
            process.kill()
            process.wait()
        if status:
            output.seek(0)
            raise InstallError(output.read().strip()[-4000:])


def _ended(process: "subprocess.Popen[bytes]") -> int | None:
    try:
        return process.wait(_HEARTBEAT_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _environment() -> dict[str, str]:
    """The environment variables for pip and uv, with pip's configuration for uv.

    Never print them: there may be a password.
    """
    command = [*_PIP[:-1], "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return _uv_variables(listed.splitlines()) | os.environ


def _uv_variables(listed: list[str]) -> dict[str, str]:
    """The output of `pip config list`, as environment variables of uv. Later sections win, as in pip."""
    found: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):
        for line in listed:
            key, _, value = line.partition("=")
            name = _UV_VARIABLES.get(key.removeprefix(section))
            if key.startswith(section) and name:
                found[name] = " ".join(value.strip("'\"").replace("\\n", " ").split())
    return found


def groups() -> list[str]:
    return sorted(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/install.py", description=__doc__)
    parser.add_argument("group", choices=groups())
    group = parser.parse_args().group
    try:
        install(group)
    except KeyboardInterrupt:
        print("stopped; the same command goes on where this one stopped", file=sys.stderr)
        return 130
    except InstallError as error:
        lines = [line for line in str(error).splitlines() if not line.startswith("WARNING: Retrying")]
        said = "\n".join(lines)
        print(f"error: {group}: pip could not install the packages. It printed:\n{said}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
