"""The Lambda function's zip: the package `authorizer/` and the locked wheels it needs, the same bytes anywhere."""

import hashlib
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pulumi

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "authorizer"
LOCK = SOURCE / "requirements.txt"
BUILD = ROOT / ".build"

# What of the wheels the function imports. The rest (metadata, cffi's compiler, pycparser) only makes it larger.
PACKAGES = ("jwt", "cryptography", "_cffi_backend")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
# Lambda's Python runtimes run on Amazon Linux 2023 (glibc 2.34) from 3.12 on, and on Amazon Linux 2 (2.26) before.
_MANYLINUX = {
    "python3.11": ("manylinux_2_26", "manylinux_2_17", "manylinux2014"),
}
_MANYLINUX_AL2023 = ("manylinux_2_34", "manylinux_2_28", *_MANYLINUX["python3.11"])
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}


@dataclass(frozen=True)
class Target:
    """The machine that will run the function: the Python version, and pip's platform tags (none: this machine)."""

    python: str
    platforms: tuple[str, ...]

    @classmethod
    def aws_lambda(cls, runtime: str, architecture: str) -> "Target":
        tags = _MANYLINUX.get(runtime, _MANYLINUX_AL2023)
        return cls(runtime.removeprefix("python"), tuple(f"{tag}_{_MACHINES[architecture]}" for tag in tags))

    @classmethod
    def this_machine(cls) -> "Target":
        """For an emulator, which runs the function in the Python it finds here."""
        return cls(f"{sys.version_info.major}.{sys.version_info.minor}", ())

    def pip_options(self) -> list[str]:
        if not self.platforms:
            return []
        compact = self.python.replace(".", "")
        options = ["--python-version", self.python, "--implementation", "cp", "--abi", f"cp{compact}", "--abi", "abi3"]
        return [*options, "--abi", "none", *(word for tag in self.platforms for word in ("--platform", tag))]


def build(target: Target) -> Path:
    """The path of the zip, built unless one of the same content is there. Relative to the project where it can be.

    Raises `pulumi.RunError` where the wheels cannot be had.
    """
    path = BUILD / f"authorizer-{_fingerprint(target)}.zip"
    if not path.exists():
        BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            _download(target, Path(folder))
            unfinished = Path(folder) / "bundle.zip"
            _write(unfinished, dict(_sources()) | dict(_wheel_members(Path(folder))))
            unfinished.replace(path)  # at once: an interrupted build leaves no half of a zip behind
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _fingerprint(target: Target) -> str:
    """Of everything that the zip's bytes follow from; this module is part of it."""
    digest = hashlib.sha256(repr(target).encode())
    if not target.platforms:
        digest.update(f"{sys.platform} {platform.machine()}".encode())
    for name, content in (*_sources(), ("lock", LOCK.read_bytes()), ("builder", Path(__file__).read_bytes())):
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _sources() -> Iterator[tuple[str, bytes]]:
    for path in sorted(SOURCE.glob("*.py")):
        yield f"{SOURCE.name}/{path.name}", path.read_bytes().replace(b"\r\n", b"\n")


def _download(target: Target, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes", "--only-binary", ":all:", "--dest", str(folder), "--requirement", str(LOCK)]
    result = subprocess.run([*command, *target.pip_options()], capture_output=True, text=True, check=False)
    if result.returncode:
        where = ", ".join(target.platforms[:1]) or "this machine"
        raise pulumi.RunError(
            f"the wheels in authorizer/requirements.txt could not be had for Python {target.python} on {where}; "
            f"pip said:\n{result.stderr.strip()}"
        )


def _wheel_members(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Straight from the wheels, whose hashes pip has checked: nothing that an installation would add."""
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                top = PurePosixPath(name).parts[0]
                if top.split(".")[0] in PACKAGES and not name.endswith((".pyi", "/")):
                    yield name, archive.read(name)


def _write(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # Unix, also where built on Windows: it decides how the permissions are read
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, members[name])
