"""Builds the tokens, key sets and header values that a case specifies. README.md has the format of a case."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.authorizer.corpus.changes import changed
from tests.authorizer.corpus.signing import Jwk, public, public_encoding, signature
from tests.testkit.tokens import AUDIENCE, ISSUER, SUBJECT, b64u

_REPLACEMENT = re.compile(r"\$[a-z]+")
_MACRO = re.compile(r"\$\{(?:(?P<name>now|issuer|audience|kid)(?P<plus>[+-]\d+)?|(?P<count>\d+)\*(?P<what>\}|[^}]*))\}")


@dataclass(frozen=True)
class Case:
    """A request, the expected response ("allow", 401, 403 or 500), and the reason in the decision log."""

    name: str
    why: str
    source: str
    expect: str | int
    reason: str
    authorization: str
    keys: str
    method: str
    path: str
    leeway: int
    gateway: bool
    trust: dict[str, Any]
    note: str


@dataclass(frozen=True)
class CaseBuilder:
    """Builds tokens and key sets for one issuer, audience and time, from named keys. `kid` is the issuer's."""

    keys: Mapping[str, Jwk]
    now: int
    issuer: str = ISSUER
    audience: str = AUDIENCE

    def case(self, written: dict[str, Any]) -> Case:
        method, path = written.get("route", "GET /pets").split()
        authorization = self._text(written.get("authorization", "Bearer {token}"))
        for mark in ("token", "second"):
            if f"{{{mark}}}" in authorization:
                authorization = authorization.replace(f"{{{mark}}}", self.token(written.get(mark, {})))
        return Case(
            *(written[name] for name in ("name", "why", "source", "expect", "reason")),
            authorization=authorization,
            keys=written.get("keys", "issuer"),
            method=method,
            path=path,
            leeway=written.get("leeway", 0),
            gateway=written.get("gateway", False),
            trust=json.loads(self._text(json.dumps(written.get("trust", {})))),
            note=written.get("note", ""),
        )

    def key_set(self, written: Any) -> bytes:
        if isinstance(written, dict) and "document" in written:
            return self._text(written["document"]).encode(written.get("encoding", "utf-8"))
        return self._json({"keys": written} if isinstance(written, list) else written).encode()

    def token(self, spec: dict[str, Any]) -> str:
        key = self.keys[spec.get("key", "issuer")]
        header = {"alg": spec.get("alg", "RS256"), "typ": "JWT", "kid": key["kid"]}
        claims = {"iss": self.issuer, "sub": SUBJECT, "aud": self.audience, "iat": self.now - 60}
        claims |= {"exp": self.now + 3600, "azp": "my_client"}
        parts = {"header": self._part(spec, "header", header), "claims": self._part(spec, "claims", claims)}
        parts = changed(parts, spec.get("before", []), key, self.token)
        signed = f"{parts['header']}.{parts['claims']}"
        parts["signature"] = b64u(signature(spec, key, signed.encode()))
        parts = changed(parts, spec.get("after", []), key, self.token)
        return self._text(spec.get("shape", "{header}.{claims}.{signature}")).format(**parts)

    def _part(self, spec: dict[str, Any], name: str, usual: dict[str, Any]) -> str:
        raw, encoding = spec.get(f"{name}_raw"), spec.get(f"{name}_encoding", "utf-8")
        if isinstance(raw, dict):  # bytes that are not text, or a nested token
            return b64u(self.token(raw["token"]).encode() if "token" in raw else bytes.fromhex(raw["hex"]))
        if raw is not None:
            return b64u(self._text(raw).encode(encoding))
        without = spec.get(f"{name}_without", [])
        members = {k: v for k, v in (usual | spec.get(name, {})).items() if k not in without}
        first, last = (self._text(spec.get(f"{name}_{end}", "")) for end in ("first", "last"))
        return b64u(f"{{{first}{self._json(members)[1:-1]}{last}}}".encode(encoding))

    def _json(self, value: Any) -> str:
        """Serialize to JSON. An object whose first member begins with `$` is replaced by another value."""
        if isinstance(value, list):
            return f"[{','.join(map(self._json, value))}]"
        if isinstance(value, str):
            return json.dumps(self._text(value), ensure_ascii=False)
        if not isinstance(value, dict):
            return json.dumps(value)
        kind = next(iter(value), "")
        if _REPLACEMENT.fullmatch(kind):
            return self._replacement(kind, value)
        return f"{{{','.join(f'{self._json(name)}:{self._json(member)}' for name, member in value.items())}}}"

    def _replacement(self, kind: str, value: dict[str, Any]) -> str:
        given = value[kind]
        if kind in ("$public", "$private"):
            key = public(self.keys[given]) if kind == "$public" else self.keys[given]
            left_out = ["x5c", *value.get("$without", [])]
            changes = {name: member for name, member in value.items() if not name.startswith("$")}
            return self._json({name: member for name, member in key.items() if name not in left_out} | changes)
        write = {
            "$now": lambda: json.dumps(self.now + given),
            "$raw": lambda: self._text(given),
            "$token": lambda: json.dumps(self.token(given)),
            "$certificate": lambda: json.dumps(self.keys[given]["x5c"]),
            "$octets": lambda: json.dumps(b64u(public_encoding(self.keys[given[0]], given[1]))),
        }
        return write[kind]()

    def _text(self, text: str) -> str:
        """Fill in `${now+60}`, `${issuer}`, `${audience}`, `${kid}` and `${1000*x}`."""
        known = {"issuer": self.issuer, "audience": self.audience, "kid": self.keys["issuer"]["kid"]}

        def value(match: re.Match[str]) -> str:
            if match["count"]:
                return match["what"] * int(match["count"])
            return str(self.now + int(match["plus"] or 0)) if match["name"] == "now" else known[match["name"]]

        return _MACRO.sub(value, text)
