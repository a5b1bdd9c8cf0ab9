"""Makes events with their expected answers, which `peers/drive.py` compares with the beginning of an answer."""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

from lab.benchmarks.issuer import Issuer

ROUTES = "GET /\nGET /pets\nPOST /pets create:pets\nGET /pets/{petId}"
REFUSED = "Unauthorized"
ALLOWED = "Allow"
_STAGE_ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/dev"


@dataclass
class Events:
    """Events and, in the same order, the expected answers."""

    events: list[dict[str, Any]] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def add(self, authorization: str | None, expected: str, resource: str = "GET/pets") -> None:
        self.events.append(
            {"type": "TOKEN", "authorizationToken": authorization, "methodArn": f"{_STAGE_ARN}/{resource}"}
        )
        self.expected.append(expected)


def good(issuer: Issuer, count: int, *, handler: bool = True) -> Events:
    """Valid tokens of `count` callers. A bare decoder (`handler=False`) returns no principal."""
    events = Events()
    for at in range(count):
        events.add(f"Bearer {issuer.mint(f'auth0|{at}')}", f"{ALLOWED} auth0|{at} " if handler else ALLOWED)
    return events


def bad(issuer: Issuer, *, signature_only: bool = False) -> Events:
    """Tokens that every candidate must refuse; the floor only verifies signatures."""
    tokens = [issuer.mint(key="forger", kid=issuer.published[0]["kid"])]
    if not signature_only:
        tokens.append(issuer.mint(exp=int(time.time()) - 3600))
        tokens.append(issuer.mint(aud="https://other.example"))
        tokens.append(issuer.mint(iss="https://other.example/"))
    events = Events()
    for token in tokens:
        events.add(f"Bearer {token}", REFUSED)
    return events


def unknown_kids(issuer: Issuer, count: int, start: int = 0) -> Events:
    events = Events()
    for at in range(start, start + count):
        events.add(f"Bearer {issuer.mint(key='forger', kid=f'unknown-{at}')}", REFUSED)
    return events


def garbage(issuer: Issuer) -> dict[str, Events]:
    """Header values, by name, that an authorizer should refuse before it does any work."""
    rest = issuer.mint().partition(".")[2]
    texts = {
        "no header": None,
        "`Bearer x`": "Bearer x",
        "8 KB of junk": "Bearer " + "!" * 8192,
        "8 KB of base64url in one part": "Bearer " + "a" * 8192,
        "three parts of junk": "Bearer abcd.abcd.abcd",
        "three parts of junk, 8 KB": "Bearer " + ".".join(["abcd" * 683] * 3),
        "`alg` HS256": f"Bearer {_header(alg='HS256')}.{rest}",
        "`alg` none": f"Bearer {_header(alg='none')}.{rest}",
    }
    kinds = {name: Events() for name in texts}
    for name, text in texts.items():
        kinds[name].add(text, REFUSED)
    return {**kinds, "unknown `kid`, another one each time": unknown_kids(issuer, 400)}


def _header(**members: str) -> str:
    text = json.dumps({"typ": "JWT", "kid": "benchmark-signing-key-1"} | members)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
