"""The claims of a token: their rules, and the identity in them (RFC 7519, 8725, 9068). Standard library only."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from authorizer.errors import Reason
from authorizer.issuer import SCOPE_CLAIMS, Issuer
from authorizer.routes import SCOPE

Claims = Mapping[str, Any]

DATES = ("exp", "nbf", "iat")
CLIENT_CLAIMS = ("azp", "client_id")  # OpenID Connect Core 2 (Auth0), RFC 9068 2.2
MAX_CONTEXT_LENGTH = 1024  # of a claim in the context, because all headers to the backend have 10,240 bytes together
_HASHED = "sha256:"
# Empty, or printable ASCII that does not begin like the JSON of a string.
_PLAIN_TEXT = re.compile(r"(?:[\x21\x23-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?")
# OpenID Connect Core 2: at most 255 ASCII characters. It becomes a request header, so only printable ones.
_SUBJECT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")


class Identity(NamedTuple):
    """The identity in a token. `subject` is the value of `principal_claim`, or its SHA-256 if a header cannot hold that
    value. `client` is "" if the token names none; `extra` has the claims for the backend as strings.
    """

    issuer: str
    subject: str
    scopes: frozenset[str]
    client: str
    principal_claim: str
    extra: tuple[tuple[str, str], ...]


def broken_rules(claims: Claims, issuer: Issuer, now: float, leeway: float = 0) -> Iterator[Reason]:
    """The reasons to refuse these claims, the decisive one first.

    `now` is in seconds since 1970, `leeway` in seconds. The other rules about an absent or ill-typed claim are skipped.
    """
    wrong_types, absent = ill_typed(claims), missing(claims, issuer)
    if wrong_types:
        yield Reason.MALFORMED_CLAIMS
    if absent:
        yield Reason.MISSING_CLAIM
    if "iss" not in absent and claims["iss"] != issuer.issuer:
        yield Reason.WRONG_ISSUER
    if not _is_for(claims.get("aud"), issuer):
        yield Reason.WRONG_AUDIENCE
    if issuer.client_ids and not all(client in issuer.client_ids for client in _clients(claims)):
        yield Reason.WRONG_CLIENT
    if "exp" not in wrong_types and "exp" not in absent and now >= claims["exp"] + leeway:
        yield Reason.EXPIRED
    ahead = [claims[name] for name in ("nbf", "iat") if name in claims and name not in wrong_types]
    if ahead and max(ahead) > now + leeway:
        yield Reason.NOT_YET_VALID
    if issuer.required_claims and not all(equals(claim_at(claims, name), it) for name, it in issuer.required_claims):
        yield Reason.WRONG_CLAIM
    if "cnf" in claims:
        yield Reason.SENDER_CONSTRAINED


def missing(claims: Claims, issuer: Issuer) -> list[str]:
    """The required claims that are absent, null or empty."""
    names = [name for name in ("exp", "iss") if claims.get(name) is None]
    if issuer.audiences and not issuer.client_ids and not claims.get("aud"):
        names.append("aud")
    if issuer.client_ids and not _clients(claims):
        names.append("client_id")
    if _principal(claims, issuer) is None:
        names.append(issuer.principal_claim[0])
    return names


def ill_typed(claims: Claims) -> list[str]:
    """The dates that are not numbers (RFC 7519 2, NumericDate), and `sub` and `jti` if they are not strings."""
    names = [name for name in DATES if name in claims and not _is_number(claims[name])]
    if not isinstance(claims.get("sub"), str | None):
        names.append("sub")
    if not isinstance(claims.get("jti", ""), str):
        names.append("jti")
    return names


def identity_of(claims: Claims, issuer: Issuer, context_claims: Iterable[str] = ()) -> Identity:
    """The identity in claims that break no rule."""
    principal_claim, subject = cast("tuple[str, str]", _principal(claims, issuer))
    client = next((each for each in _clients(claims) if _is_plain(each)), "")
    extra = [(name, _as_text(claim_at(claims, name))) for name in context_claims]
    kept = tuple((name, text) for name, text in extra if 0 < len(text) <= MAX_CONTEXT_LENGTH)
    # A hash, because two subjects could become the same if they were shortened or cleaned.
    plain = _is_plain(subject) and not subject.startswith(_HASHED)
    hashed = subject if plain else _HASHED + hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
    return Identity(issuer.issuer, hashed, scopes_of(claims, issuer.scope_claims), client, principal_claim, kept)


def scopes_of(claims: Claims, names: Iterable[str] = SCOPE_CLAIMS) -> frozenset[str]:
    """The scopes that these claims grant: the words of a string, or the elements of a list that RFC 6749 3.3 allows.

    An element with a space is not a scope. `permissions` is a list (Auth0), and grants nothing as a string.
    """
    words: list[object] = []
    for name in names:
        value = claim_at(claims, name)
        if isinstance(value, list):
            words += value
        elif isinstance(value, str) and name != "permissions":
            words += value.split(" ")
    return frozenset(word for word in words if isinstance(word, str) and SCOPE.fullmatch(word))


def claim_at(claims: Claims, name: str) -> Any:
    """The claim with this name, or else at this path (`realm_access.roles`), in which names may have dots; or None."""
    if name in claims:
        return claims[name]
    for at in [at for at, character in enumerate(name) if character == "."] if "." in name else ():
        inner = claims.get(name[:at])
        if isinstance(inner, dict) and (found := claim_at(cast("Claims", inner), name[at + 1 :])) is not None:
            return found
    return None


def _principal(claims: Claims, issuer: Issuer) -> tuple[str, str] | None:
    for name in issuer.principal_claim:
        value = claim_at(claims, name)
        if isinstance(value, str) and value:
            return name, value
    return None


def _clients(claims: Claims) -> list[Any]:
    return [claims[name] for name in CLIENT_CLAIMS if claims.get(name) is not None]


def _is_for(audience: object, issuer: Issuer) -> bool:
    """Whether this `aud` permits the token for this API. An absent one does, because `missing` checks that."""
    listed = cast("object", [audience] if isinstance(audience, str) else audience)
    texts = cast("list[Any]", listed) if isinstance(listed, list) else [listed]
    if not issuer.audiences:
        # An ID token is for the client, whose id is in `aud` (OpenID Connect Core 2).
        return not any(each in issuer.client_ids for each in texts)
    are_texts = all(isinstance(each, str) for each in texts)
    return not audience or (are_texts and not set(texts).isdisjoint(issuer.audiences))


def equals(value: object, allowed: Iterable[object]) -> bool:
    """Whether an allowed value is equal, in type too: "true" and 1 are not true, 1.0 is not 1, and [1] is not 1."""
    return any(type(value) is type(each) and value == each for each in allowed)


def _is_number(value: object) -> bool:
    """Whether the value can be a date: a number below 2^53, and not NaN, for which every comparison is false."""
    return type(value) in (int, float) and abs(cast("float", value)) < 2**53


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and _SUBJECT.fullmatch(value) is not None


def _as_text(value: object) -> str:
    """The claim as a string: printable ASCII unchanged, other values as JSON in ASCII.

    "" for a value that is absent, null, empty or too deep.
    """
    if value is None or (isinstance(value, str) and _PLAIN_TEXT.fullmatch(value)):
        return value or ""
    try:
        return json.dumps(value, separators=(",", ":"))
    except RecursionError:
        return ""
