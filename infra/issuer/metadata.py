"""Compares an issuer's metadata and keys with the configuration, to find out whether its tokens can pass."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from authorizer.encoding import parse_object
from authorizer.fetch import DEADLINE
from authorizer.issuer import Issuer
from authorizer.key_set import ALGORITHMS, DEFAULT_ALGORITHMS
from infra.config import validators
from infra.issuer.http_fetch import Document, Unreadable, read, started
from infra.issuer.jwks_checks import quoted, select_keys
from infra.mistakes import Problem

Verdict = Literal["ok", "wrong", "warning", "unchecked"]

_COMPARE = "compare the configured issuer with the iss claim of a token: they must be the same, character by character"
_RS256 = "configure the issuer to sign this API's tokens with RS256 (Auth0: a setting of the API)"
_REPLACE = "replace or correct it at the issuer; an RSA key needs 2048 bits or more"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check. `wrong`: whether every token would fail. `fix` is empty if there is no problem."""

    check: str
    verdict: Verdict
    found: str
    fix: str = ""


Place = Callable[[str], str]


def examine_all(issuers: Sequence[Issuer]) -> list[Finding]:
    """The findings of all issuers, in parallel. If there are several, each check names its issuer."""
    if len(issuers) == 1:
        return examine(issuers[0])
    places: list[Place] = [f"issuers[{at}].{{}}".format for at in range(len(issuers))]
    found: list[Finding] = []
    with ThreadPoolExecutor(len(issuers)) as pool:
        for issuer, findings in zip(issuers, pool.map(examine, issuers, places), strict=True):
            found += [replace(finding, check=f"{issuer.issuer} {finding.check}") for finding in findings]
    return found


def examine(issuer: Issuer, place: Place | None = None) -> list[Finding]:
    """Fetch and check an issuer's discovery document and key set.

    Takes at most 10 seconds. It sends no request to a URL from a response. `place` is the configuration path of the
    member of `issuers`, or None for one issuer in separate keys.
    """
    name, jwks_uri = issuer.issuer, issuer.jwks_uri
    keys = started(lambda: read(jwks_uri))
    findings: list[Finding] = []
    named = elsewhere = ""
    if validators.address(name):
        found = f"{quoted(name)} is not a plain https:// URL, so it has no known document"
        findings.append(Finding("discovery", "unchecked", found, _COMPARE))
    else:
        document = started(lambda: discover(name))()
        if isinstance(document, Unreadable):
            findings.append(Finding("discovery", "warning", document.what, document.fix))
        else:
            findings += [_name(document, name, place), *_algorithms(document, issuer)]
            named = _other_jwks_uri(document, issuer)
            ours = validators.with_tenant(named, name)
            elsewhere = _set("jwksUri", ours, validators.jwks_uri(ours, name), place) if named else ""
    of_keys = list(_keys(keys(), issuer, elsewhere))
    if named:
        found = f"the function fetches {jwks_uri}; the issuer names {quoted(named)}"
        unless = "" if of_keys[0].verdict == "wrong" else "if the keys of this API's tokens are only there, "
        findings.append(Finding("jwks_uri", "warning", found, f"{unless}{elsewhere}"))
    findings += of_keys
    bound = (
        f"has an API {' or '.join(issuer.audiences)}"
        if issuer.audiences
        else (f"has a client {' or '.join(issuer.client_ids)}")
    )
    unknown = f"whether the issuer {bound} and signs its tokens with {_words(issuer)}: confirm it with a real token"
    return [*findings, Finding("audience" if issuer.audiences else "client", "unchecked", unknown)]


def discovery_places(issuer: str) -> tuple[str, str]:
    """The URLs of the discovery document by OpenID Connect Discovery 1.0 (section 4) and by RFC 8414 (section 3.1).

    They differ for an issuer with a path. An authorization server without OpenID Connect has only the second.
    """
    parts = urlsplit(issuer)
    return (
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path.rstrip('/')}",
    )


def discover(issuer: str) -> dict[str, Any]:
    """Fetch the issuer's metadata, which may name another issuer. Raises `Unreadable`."""
    reasons: dict[str, str] = {}
    for url in discovery_places(issuer):
        try:
            document = parse_object(read(url).body)
            if isinstance(document.get("issuer"), str):
                return document
            reasons[url] = "it does not name an issuer"
        except (Unreadable, ValueError) as error:
            reasons[url] = str(error)
    once = " and ".join(reasons) if len(set(reasons.values())) == 1 else ""
    told = f"{once}: {reasons.popitem()[1]}" if once else "; ".join(f"{url}: {why}" for url, why in reasons.items())
    raise Unreadable(
        f"no document, so the issuer's name is not checked: {told}",
        _COMPARE,
    )


def _name(document: dict[str, Any], issuer: str, place: Place | None) -> Finding:
    # AD FS has a different iss in access tokens than in ID tokens, and names it here.
    other = document.get("access_token_issuer")
    theirs: str = other if isinstance(other, str) else document["issuer"]
    if theirs == issuer:
        return Finding("issuer", "ok", f"calls itself {issuer}")
    if theirs.rstrip("/") == issuer.rstrip("/"):
        where = "only the slash at the end differs"
    elif theirs.lower() == issuer.lower():
        where = "only upper and lower case differ"
    else:
        where = f"they differ from character {_first_difference(theirs, issuer)} on"
    said = "names its access tokens' issuer" if theirs == other else "calls itself"
    found = f"{said} {quoted(theirs)}, and the configured issuer is {quoted(issuer)}: {where}"
    keys = document.get("jwks_uri")
    # Other names than plain https:// URLs are compared as strings, and need jwksUri.
    is_string = bool(validators.address(theirs)) and (theirs == other or theirs.lower().startswith("https://"))
    if is_string and isinstance(keys, str) and not validators.stray_characters(theirs):
        both = (
            _set("tokenIssuer", theirs, validators.token_issuer(theirs, keys), place),
            _set("jwksUri", keys, validators.jwks_uri(keys, theirs), place),
        )
        return Finding("issuer", "wrong", found, "; ".join(both))
    fix = _set("tokenIssuer", theirs, validators.issuer(theirs), place)
    if theirs.startswith("https://sts.windows.net/") and issuer.startswith("https://login.microsoftonline.com/"):
        fix = f"for version 1.0 tokens of Entra ID, {fix}; for version 2.0, add /v2.0 to the configured one"
    return Finding("issuer", "wrong", found, fix)


def _other_jwks_uri(document: dict[str, Any], issuer: Issuer) -> str:
    """The URL of the key set in the document; "" if the function fetches the same URL, with or without a query."""
    named = document.get("jwks_uri")
    if not isinstance(named, str):
        return ""
    fetched = issuer.jwks_uri, issuer.jwks_uri.partition("?")[0]
    return "" if validators.with_tenant(named, issuer.issuer) in fetched else named


def _first_difference(one: str, other: str) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False), 1) if a != b), min(len(one), len(other)) + 1
    )


def _algorithms(document: dict[str, Any], issuer: Issuer) -> Iterator[Finding]:
    algorithms = document.get("id_token_signing_alg_values_supported")
    if isinstance(algorithms, list) and not set(issuer.algorithms).intersection(
        each for each in cast("list[Any]", algorithms) if isinstance(each, str)
    ):
        yield Finding(
            "algorithms",
            "warning",
            f"{quoted(cast('list[Any]', algorithms))} for ID tokens, no {_words(issuer)} among them",
            _sign_with(issuer),
        )


def _keys(answer: Document | Unreadable, issuer: Issuer, elsewhere: str) -> Iterator[Finding]:
    """The findings about the keys. `elsewhere` is the fix if the issuer names another URL for its key set."""
    jwks_uri = issuer.jwks_uri
    if isinstance(answer, Unreadable):
        yield Finding("key set", "wrong", f"{jwks_uri}: {answer.what}", elsewhere or answer.fix)
        return
    try:
        keys = select_keys(answer.body, issuer.algorithms)
    except ValueError as error:
        fix = elsewhere or "set jwksUri to the jwks_uri of the issuer's discovery document"
        yield Finding("key set", "wrong", f"{jwks_uri} is not a key set: {error}", fix)
        return
    if not keys.usable:
        others = _listed([*keys.faulty, *keys.foreign]) or "it is empty, as if a shared secret signed tokens (HS256)"
        usable = [each for each in ALGORITHMS if select_keys(answer.body, [each]).usable]
        fixes = [elsewhere] * bool(elsewhere) + [_REPLACE] * bool(keys.faulty)
        fixes += [f"set algorithms to those that the issuer signs with, of {', '.join(usable)}"] * bool(usable)
        fix = "; or ".join(fixes) or _sign_with(issuer)
        yield Finding("key set", "wrong", f"{jwks_uri} has no key for {_words(issuer)}: {others}", fix)
        return
    named = _listed([quoted(kid) for kid in keys.usable])
    yield Finding("key set", "ok", f"{jwks_uri} has for {_words(issuer)}: {named}")
    if keys.faulty:
        yield Finding("key set", "warning", f"never trusted: {_listed(keys.faulty)}", _REPLACE)
    if answer.seconds > DEADLINE:
        found = f"the fetch took {answer.seconds:.1f} s from here; the function waits {DEADLINE:g} s"
        yield Finding("key set", "warning", found, "if it takes as long from AWS, set bundleKeys to true")


def _words(issuer: Issuer) -> str:
    return " or ".join(issuer.algorithms)


def _sign_with(issuer: Issuer) -> str:
    if issuer.algorithms == DEFAULT_ALGORITHMS:
        return _RS256
    return f"configure the issuer to sign this API's tokens with {_words(issuer)}, or correct algorithms"


def _listed(lines: Sequence[str]) -> str:
    more = f"; and {len(lines) - 5} more" if len(lines) > 5 else ""
    return "; ".join(lines[:5]) + more


def _set(key: str, value: str, problem: Problem | None, place: Place | None) -> str:
    if validators.no_tenant(value):
        return "use your tenant's id: this document is for all tenants"
    if problem or validators.stray_characters(value):
        return f"ask the issuer's operator: {key} cannot have this value"
    path = f"--path '{place(key.replace('tokenIssuer', 'issuer'))}'" if place else key
    return f"run `pulumi config set --plaintext {path} {shlex.quote(value)}`"
