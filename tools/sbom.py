"""Lists the packages in the function's zip, as a CycloneDX document."""
# The library's serialisation hides its classes from type checkers:
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false

import argparse
import email.parser
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from infra.bundle.build import BUILD
from infra.bundle.wheels import Target, download, is_bundled
from tools.progress import progress

PATH = BUILD / "authorizer.cdx.json"
DEFAULT = Target.aws_lambda("python3.13", "arm64")


def main(_: argparse.Namespace) -> int:
    """Write the packages in the function's zip, with their compiled libraries, to .build/authorizer.cdx.json."""
    with progress("Downloading the function's wheels ..."):
        document = sbom(DEFAULT)
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(document, encoding="utf-8")
    names = [f"{each['name']} {each['version']}" for each in json.loads(document)["components"]]
    print(f".build/{PATH.name}: {', '.join(names)}")
    return 0


def sbom(target: Target) -> str:
    """The packages of the bundle for this target, with their compiled libraries, as CycloneDX 1.6 in JSON.

    Raises `pulumi.RunError` if the wheels cannot be downloaded.
    """
    bom = Bom()
    bom.metadata.component = root = Component(name="authorizer", type=ComponentType.APPLICATION, bom_ref="authorizer")
    with tempfile.TemporaryDirectory() as folder:
        download(target, Path(folder))
        packages = [component for wheel in sorted(Path(folder).glob("*.whl")) for component in _components(wheel)]
    for package in packages:
        bom.components.add(package)
    bom.register_dependency(root, packages)
    return JsonV1Dot6(bom).output_as_string(indent=2)


def _components(wheel: Path) -> Iterator[Component]:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        if not any(is_bundled(name) for name in names):
            return  # a build dependency, not in the zip
        about = _metadata(archive)
        version = str(about["Version"])
        component = Component(
            name=str(about["Name"]),
            version=version,
            purl=PackageURL("pypi", None, str(about["Name"]).lower(), version),
            bom_ref=f"{about['Name']}=={version}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(wheel.read_bytes()).hexdigest())],
            licenses=[LicenseExpression(about["License-Expression"])] if about["License-Expression"] else (),
        )
        # PEP 770: the maintainers' list of compiled libraries, such as OpenSSL.
        for name in names:
            if ".dist-info/sboms/" in name and name.endswith(".json"):
                for inner in json.loads(archive.read(name))["components"]:
                    component.components.add(_inner(component, inner))
        yield component


def _metadata(archive: zipfile.ZipFile) -> Message:
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    return email.parser.BytesHeaderParser().parsebytes(archive.read(name))


def _inner(outer: Component, told: dict[str, Any]) -> Component:
    purl = PackageURL.from_string(told["purl"].partition("?")[0]) if "purl" in told else None
    return Component(
        name=told["name"],
        version=told.get("version"),
        purl=purl,
        bom_ref=f"{outer.bom_ref}:{told['name']}@{told.get('version')}",
    )
