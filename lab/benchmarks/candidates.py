"""The candidates of the benchmarks, and the command that starts each."""

import json
import os
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from lab.benchmarks import environments
from lab.benchmarks.events import ROUTES
from lab.benchmarks.issuer import AUDIENCE, ISSUER, Issuer

BUNDLED = "ours, with the key set in the bundle (`bundleKeys`)"
OURS, FLOOR, BARE = "ours", "floor: one RSA verification", "one bare `jwt.decode`"
NAIVE, NAIVE_BARE = "naive: requests + PyJWT", "naive, without .pyc files"
JWKS_CLIENT, JOSERFC = "PyJWKClient", "joserfc"
AUTH0, PULUMI = "Auth0 sample", "Pulumi example"
AWS_JWT_VERIFY, JOSE = "aws-jwt-verify", "jose"
COLD_ONLY = frozenset({BUNDLED, NAIVE_BARE})  # once warm, they are the same as the original

_PYTHON = {NAIVE: "naive", JWKS_CLIENT: "jwks_client", JOSERFC: "joserfc_keys"}
_NODE = {
    AUTH0: "auth0_sample.cjs",
    PULUMI: "pulumi_example.cjs",
    AWS_JWT_VERIFY: "aws_jwt_verify.mjs",
    JOSE: "jose.mjs",
}


@dataclass(frozen=True)
class Candidate:
    """One implementation to measure.

    `handler`: whether it answers an event with a policy, or only decodes or verifies.
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    handler: bool = True

    def reading_keys_at(self, uri: str) -> "Candidate":
        return replace(self, environment=self.environment | {"JWKS_URI": uri})


@dataclass(frozen=True)
class Lineup:
    """The candidates by name, and Node's path if it is installed."""

    candidates: dict[str, Candidate]
    node: str | None

    def __getitem__(self, name: str) -> Candidate:
        return self.candidates[name]

    def handlers(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates.values() if candidate.handler]


def line_up(issuer: Issuer, ca: Path, trust: Path) -> Lineup:
    """Every candidate that can run here. Creates missing environments."""
    node = shutil.which("node") if shutil.which("npm") else None
    ours = environments.bundle()
    bundled = environments.with_bundled_keys(
        ours, ca.parent, {"trusted_until": 2**40, "key_sets": {ISSUER: {"keys": issuer.published}}}
    )
    peers = environments.peers(node is not None)
    compiled, bare = environments.packages()
    shared = {
        "PATH": os.environ["PATH"],
        "TOKEN_ISSUER": ISSUER,
        "AUDIENCE": AUDIENCE,
        "ROUTES": ROUTES,
        "JWK": json.dumps(issuer.published[0]),
        # The loopback interface needs no proxy.
        "NO_PROXY": "*",
    }
    # Python reads a whole trust store from a file. Node has one compiled in and adds the certificates in the file.
    python = {**shared, "SSL_CERT_FILE": str(trust), "REQUESTS_CA_BUNDLE": str(trust), "PYTHONDONTWRITEBYTECODE": "1"}

    def in_python(name: str, module: str, folder: Path, handler: bool = True) -> Candidate:
        # -S: without this machine's site-packages and their .pth files.
        command = [str(Path(sys.executable).resolve()), "-S", str(peers / "drive.py"), module]
        uri = {"JWKS_URI": issuer.jwks_uri("warm")}
        return Candidate(name, command, python | uri | {"PYTHONPATH": str(folder)}, handler)

    found = [
        in_python(FLOOR, "floor", ours, handler=False),
        in_python(BARE, "bare_decode", ours, handler=False),
        in_python(OURS, "authorizer.handler", ours),
        *(in_python(name, module, compiled) for name, module in _PYTHON.items()),
        in_python(BUNDLED, "authorizer.handler", bundled),
        in_python(NAIVE_BARE, "naive", bare),
    ]
    if node:
        uri = {"JWKS_URI": issuer.jwks_uri("warm"), "NODE_EXTRA_CA_CERTS": str(ca)}
        found += [
            Candidate(name, [node, str(peers / "drive.mjs"), str(peers / file)], shared | uri)
            for name, file in _NODE.items()
        ]
    return Lineup({candidate.name: candidate for candidate in found}, node)
