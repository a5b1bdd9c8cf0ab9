"""The Lambda function's zip: the package `authorizer/`, compiled, and the locked wheels it needs.

Two machines make the same bytes of the same sources, if the Lambda's Python on them is of one version.
"""

import hashlib
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pulumi

from authorizer.seed import FILE as SEED
from infra import bytecode

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "authorizer"
LOCK = SOURCE / "requirements.txt"
BUILD = ROOT / ".build"
BUILDERS = (Path(__file__), Path(bytecode.__file__), bytecode.SCRIPT)

# What of the wheels the function imports. The rest (metadata, cffi's compiler, pycparser) only makes it larger.
PACKAGES = ("jwt", "cryptography", "_cffi_backend")
# What of them it never imports. These go along uncompiled.
_IDLE = (
    *("cryptography/cobblestone", "cryptography/fernet", "cryptography/hazmat/asn1/", "cryptography/x509/ocsp"),
    *(f"cryptography/hazmat/primitives/{name}" for name in ("hpke", "kdf/", "serialization/pkcs", "twofactor/")),
)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
# For glibc 2.17, which is older than that of any Lambda runtime.
_PLATFORMS = ("manylinux_2_17", "manylinux2014")
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}


@dataclass(frozen=True)
class Target:
    """The machine that will run the function: the Python version, and pip's platform tags (none: this machine)."""

    python: str
    platforms: tuple[str, ...]

    @classmethod
    def aws_lambda(cls, runtime: str, architecture: str) -> "Target":
        platforms = tuple(f"{tag}_{_MACHINES[architecture]}" for tag in _PLATFORMS)
        return cls(runtime.removeprefix("python"), platforms)

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


def build(target: Target, seed: bytes | None = None) -> Path:
    """The path of the zip, built unless one of the same content is there. Relative to the project where it can be.

    `seed` is the key set that goes with it, in the form of `authorizer.seed`. Raises `pulumi.RunError` where the wheels
    cannot be had.
    """
    own = dict(_sources())
    if seed is not None:
        own[f"{SOURCE.name}/{SEED}"] = seed
    python = bytecode.interpreter(target.python)
    path = BUILD / f"authorizer-{_fingerprint(target, own, python)}.zip"
    if not path.exists():
        BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            download(target, Path(folder))
            members = own | dict(_wheel_members(Path(folder)))
            if python is not None:
                members |= bytecode.compiled(python, {name: members[name] for name in members if _is_used(name)})
            unfinished = Path(folder) / "bundle.zip"
            _write(unfinished, members)
            unfinished.replace(path)  # at once: an interrupted build leaves no half of a zip behind
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _fingerprint(target: Target, own: Mapping[str, bytes], python: bytecode.Interpreter | None) -> str:
    """Of everything that the zip's bytes follow from; the modules that build it are part of it."""
    digest = hashlib.sha256(repr((target, python and python.version)).encode())
    if not target.platforms:
        digest.update(f"{sys.platform} {platform.machine()}".encode())
    others = {path.name: path.read_bytes() for path in (LOCK, *BUILDERS)}
    for name, content in {**own, **others}.items():
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _sources() -> Iterator[tuple[str, bytes]]:
    for path in sorted(SOURCE.glob("*.py")):
        yield f"{SOURCE.name}/{path.name}", path.read_bytes().replace(b"\r\n", b"\n")


def is_bundled(name: str) -> bool:
    """Whether a member of a wheel goes into the zip."""
    return PurePosixPath(name).parts[0].split(".")[0] in PACKAGES and not name.endswith((".pyi", "/"))


def _is_used(name: str) -> bool:
    return name.endswith(".py") and not name.startswith(_IDLE)


def download(target: Target, folder: Path) -> None:
    """Put the locked wheels for the target into the folder. Raises `pulumi.RunError` where they cannot be had."""
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
                if is_bundled(name):
                    yield name, archive.read(name)


def _write(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # Unix, also where built on Windows: it decides how the permissions are read
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[name], zipfile.ZIP_DEFLATED, compresslevel=9)
