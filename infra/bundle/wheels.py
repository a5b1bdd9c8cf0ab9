"""Installs the function's wheels, locked by their hashes, for Lambda's machine and Python."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pulumi

from infra.names import ROOT

SOURCE = ROOT / "authorizer"
LOCK = SOURCE / "requirements.txt"

# The parts of the wheels that the function imports. The rest (metadata, cffi's compiler, pycparser) is not needed.
PACKAGES = ("jwt", "cryptography", "_cffi_backend")
# For glibc 2.17, which is older than the glibc of every Lambda runtime.
_PLATFORMS = ("manylinux_2_17", "manylinux2014")
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}


@dataclass(frozen=True)
class Target:
    """The machine that will run the function: the Python version, and pip's platform tags (empty for this machine)."""

    python: str
    platforms: tuple[str, ...]

    @classmethod
    def aws_lambda(cls, runtime: str, architecture: str) -> "Target":
        platforms = tuple(f"{tag}_{_MACHINES[architecture]}" for tag in _PLATFORMS)
        return cls(runtime.removeprefix("python"), platforms)

    @classmethod
    def this_machine(cls) -> "Target":
        """The target for an emulator, which runs the function with this machine's Python."""
        return cls(f"{sys.version_info.major}.{sys.version_info.minor}", ())

    def pip_options(self) -> list[str]:
        if not self.platforms:
            return []
        compact = self.python.replace(".", "")
        options = ["--python-version", self.python, "--implementation", "cp", "--abi", f"cp{compact}", "--abi", "abi3"]
        return [*options, "--abi", "none", *(word for tag in self.platforms for word in ("--platform", tag))]


def download(target: Target, folder: Path) -> None:
    """Download the locked wheels for the target into the folder. Raises `pulumi.RunError` if the download fails."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes", "--only-binary", ":all:", "--dest", str(folder), "--requirement", str(LOCK)]
    result = subprocess.run([*command, *target.pip_options()], capture_output=True, text=True, check=False)
    if result.returncode:
        where = ", ".join(target.platforms[:1]) or "this machine"
        lines = [line for line in result.stderr.strip().splitlines() if not line.startswith("WARNING: ")]
        shown = lines[-1:] if "Traceback (most recent call last):" in result.stderr else lines
        raise pulumi.RunError(
            f"the wheels in authorizer/requirements.txt could not be downloaded for Python {target.python} on {where}. "
            "Check the network, pip's index and the disk. pip printed:\n" + "\n".join(shown)
        )


def is_bundled(name: str) -> bool:
    """Whether a member of a wheel goes into the zip."""
    return PurePosixPath(name).parts[0].split(".")[0] in PACKAGES and not name.endswith((".pyi", "/"))


def members(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the wheels, whose hashes pip has checked. Files that an installation would add are not included."""
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if is_bundled(name):
                    yield name, archive.read(name)
