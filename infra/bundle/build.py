"""Builds the Lambda function's zip: the package `authorizer/`, compiled, and its locked wheels.

Two machines build the same bytes from the same sources if both have the same version of the Lambda's Python.
"""

import hashlib
import json
import platform
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from authorizer.environment import BUNDLED_KEYS, FILE
from infra.auth.environment import AuthorizerSettings, stored
from infra.bundle import bytecode, wheels
from infra.bundle.bundled_keys import bundled_keys
from infra.bundle.wheels import Target
from infra.names import ROOT

BUILD = ROOT / ".build"
BUILDERS = (Path(__file__), Path(bytecode.__file__), bytecode.SCRIPT, Path(wheels.__file__))

# Modules of the packages that the function never imports stay uncompiled.
_IDLE = (
    *("cryptography/cobblestone", "cryptography/fernet", "cryptography/hazmat/asn1/", "cryptography/x509/ocsp"),
    *(f"cryptography/hazmat/primitives/{name}" for name in ("hpke", "kdf/", "serialization/pkcs", "twofactor/")),
)
_UNUSED_SECONDS = 24 * 60 * 60
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date in a zip


def build_for(
    settings: AuthorizerSettings, *, on_this_machine: bool = False, key_sets: Mapping[str, str] = MappingProxyType({})
) -> Path:
    """Build the zip for an authorizer's function; see `build`.

    Call it before the first resource is declared, because it may fail. `on_this_machine`: whether the emulator runs the
    function. `key_sets` has the URL of each issuer's key set that goes into the zip.

    Raises `pulumi.RunError` if the wheels or a key set cannot be fetched.
    """
    function = settings.function
    target = Target.this_machine() if on_this_machine else Target.aws_lambda(function.runtime, function.architecture)
    bundled = stored(settings.variables()).bundled
    data = {FILE: json.dumps(bundled, sort_keys=True).encode()} if bundled else {}
    if key_sets:
        data[BUNDLED_KEYS] = bundled_keys(key_sets)
    return build(target, data)


def build(target: Target, data: Mapping[str, bytes] = MappingProxyType({})) -> Path:
    """Build the zip, unless it exists with the same content, and return its path, relative to the project if possible.

    `data` has further files, by name, which go next to the function's modules. Raises `pulumi.RunError` if the wheels
    cannot be fetched.
    """
    own = dict(_sources()) | {f"{wheels.SOURCE.name}/{name}": content for name, content in data.items()}
    python = bytecode.interpreter(target.python)
    path = BUILD / f"authorizer-{_fingerprint(target, own, python)}.zip"
    if not path.exists():
        BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            wheels.download(target, Path(folder))
            members = own | dict(wheels.members(Path(folder)))
            if python is not None:
                members |= bytecode.compiled(python, {name: members[name] for name in members if _is_used(name)})
            unfinished = Path(folder) / "bundle.zip"
            _write(unfinished, members)
            unfinished.replace(path)  # atomic: an interrupted build leaves no incomplete zip
        _prune()
    with suppress(OSError):  # a read-only checkout
        path.touch()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _prune() -> None:
    """Delete the zips that were not used for a day.

    The newer ones stay, because another process may be uploading one.
    """
    for path in BUILD.glob("authorizer-*.zip"):
        with suppress(FileNotFoundError):  # another process may delete it at the same time
            if time.time() - path.stat().st_mtime > _UNUSED_SECONDS:
                path.unlink()


def _fingerprint(target: Target, own: Mapping[str, bytes], python: bytecode.Interpreter | None) -> str:
    """A hash of everything that determines the zip's bytes, including the modules that build it."""
    digest = hashlib.sha256(repr((target, python and python.version)).encode())
    if not target.platforms:
        digest.update(f"{sys.platform} {platform.machine()}".encode())
    others = {path.name: path.read_bytes() for path in (wheels.LOCK, *BUILDERS)}
    for name, content in {**own, **others}.items():
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _sources() -> Iterator[tuple[str, bytes]]:
    for path in sorted(wheels.SOURCE.glob("*.py")):
        yield f"{wheels.SOURCE.name}/{path.name}", path.read_bytes().replace(b"\r\n", b"\n")


def _is_used(name: str) -> bool:
    return name.endswith(".py") and not name.startswith(_IDLE)


def _write(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # the Unix format, even on Windows, because of the permissions
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[name], zipfile.ZIP_DEFLATED, compresslevel=9)
