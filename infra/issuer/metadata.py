"""What an issuer says of itself, held against the configuration: whether its tokens could pass at all."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from authorizer.fetch import DEADLINE
from authorizer.strict_json import parse_object
from infra.config import validators
from infra.issuer.http_fetch import Document, Unreadable, read, started
from infra.issuer.jwks_checks import judge, shown
from infra.mistakes import Problem

Verdict = Literal["ok", "wrong", "warning", "unchecked"]

_RS256 = "have the issuer sign this API's tokens with RS256 and 2048 bits or more (Auth0: a setting of the API)"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at and found. `wrong` is what would make every token fail; `fix` is empty where all is well."""

    check: str
    verdict: Verdict
    found: str
    fix: str = ""


def examine(issuer: str, jwks_uri: str, audience: str) -> list[Finding]:
    """Read the issuer's discovery document and key set and say what is right and wrong with them.

    10 seconds at most, where nothing answers. No address is asked that an answer names.
    """
    discovery, keys = started(lambda: discover(issuer)), started(lambda: read(jwks_uri))
    document = discovery()
    findings: list[Finding] = []
    elsewhere = ""
    if isinstance(document, Unreadable):
        findings.append(Finding("discovery", "warning", document.what, document.fix))
    else:
        findings += [_name(document, issuer), *_algorithms(document)]
        named = document.get("jwks_uri")
        if isinstance(named, str) and named != jwks_uri:
            elsewhere = _set("jwksUri", named, validators.jwks_uri(named, issuer))
            found = f"the function reads {jwks_uri}; the issuer names {shown(named)}"
            findings.append(Finding("jwks_uri", "warning", found, elsewhere))
    findings += _keys(keys(), jwks_uri, elsewhere)
    unknown = f"whether the issuer has an API {audience} and signs its tokens with RS256: only a token can tell"
    return [*findings, Finding("audience", "unchecked", unknown)]


def discovery_places(issuer: str) -> tuple[str, str]:
    """Where OpenID Connect Discovery 1.0 (section 4) has the document, and where RFC 8414 (section 3.1) has it.

    They differ for an issuer with a path, and an authorization server without OpenID Connect has the second alone.
    """
    parts = urlsplit(issuer)
    return (
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path.rstrip('/')}",
    )


def discover(issuer: str) -> dict[str, Any]:
    """The issuer's metadata, which name an issuer: this one or not. Raises `Unreadable`."""
    reasons: dict[str, str] = {}
    for url in discovery_places(issuer):
        try:
            document = parse_object(read(url).body)
            if isinstance(document.get("issuer"), str):
                return document
            reasons[url] = "it names no issuer"
        except (Unreadable, ValueError) as error:
            reasons[url] = str(error)
    once = " and ".join(reasons) if len(set(reasons.values())) == 1 else ""
    told = f"{once}: {reasons.popitem()[1]}" if once else "; ".join(f"{url}: {why}" for url, why in reasons.items())
    raise Unreadable(
        f"no document, so the issuer's name is unchecked: {told}",
        "compare tokenIssuer with the iss claim of a token: they must be the same, character by character",
    )


def _name(document: dict[str, Any], issuer: str) -> Finding:
    theirs: str = document["issuer"]
    if theirs == issuer:
        return Finding("issuer", "ok", f"calls itself {issuer}")
    if theirs.rstrip("/") == issuer.rstrip("/"):
        where = "only the slash at the end differs"
    elif theirs.lower() == issuer.lower():
        where = "only upper and lower case differ"
    else:
        where = f"they differ from character {_first_difference(theirs, issuer)} on"
    found = f"calls itself {shown(theirs)}, and tokenIssuer is {shown(issuer)}: {where}"
    return Finding("issuer", "wrong", found, _set("tokenIssuer", theirs, validators.issuer(theirs)))


def _first_difference(one: str, other: str) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False), 1) if a != b), min(len(one), len(other)) + 1
    )


def _algorithms(document: dict[str, Any]) -> Iterator[Finding]:
    algorithms = document.get("id_token_signing_alg_values_supported")
    if isinstance(algorithms, list) and "RS256" not in algorithms:
        yield Finding(
            "algorithms",
            "warning",
            f"{shown(cast('list[Any]', algorithms))} for ID tokens, no RS256 among them",
            _RS256,
        )


def _keys(answer: Document | Unreadable, jwks_uri: str, elsewhere: str) -> Iterator[Finding]:
    """`elsewhere`: how to read the key set where the issuer says it is, if that is another place."""
    if isinstance(answer, Unreadable):
        yield Finding("key set", "wrong", f"{jwks_uri}: {answer.what}", elsewhere or answer.fix)
        return
    try:
        keys = judge(answer.body)
    except ValueError as error:
        fix = elsewhere or "set jwksUri to what the issuer's discovery document names as jwks_uri"
        yield Finding("key set", "wrong", f"{jwks_uri} is no key set: {error}", fix)
        return
    if not keys.usable:
        others = _listed([*keys.faulty, *keys.foreign]) or "it is empty"
        yield Finding("key set", "wrong", f"{jwks_uri} has no key for RS256: {others}", elsewhere or _RS256)
        return
    yield Finding("key set", "ok", f"{jwks_uri} has for RS256: {_listed([shown(kid) for kid in keys.usable])}")
    if keys.faulty:
        yield Finding("key set", "warning", f"never trusted: {_listed(keys.faulty)}", "have the issuer replace it")
    if answer.seconds > DEADLINE:
        found = f"{answer.seconds:.1f} s until it was read from here; the function waits {DEADLINE:g} s"
        yield Finding("key set", "warning", found, "if that is so from AWS, too, set seedKeys to true")


def _listed(lines: Sequence[str]) -> str:
    more = f"; and {len(lines) - 5} more" if len(lines) > 5 else ""
    return "; ".join(lines[:5]) + more


def _set(key: str, value: str, problem: Problem | None) -> str:
    if problem or validators.stray_characters(value):
        return f"ask whoever runs the issuer: {key} cannot be that"
    return f"run `pulumi config set --plaintext {key} {shlex.quote(value)}`"
