"""The issuers that the function trusts, as objects of `petstore:issuers`. Standard library only."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from authorizer.key_set import ALGORITHMS, DEFAULT_ALGORITHMS

MAX_ISSUERS = 5
SCOPE_CLAIMS = ("scope", "scp", "permissions")  # RFC 9068 2.2.3; Okta and Entra ID; Auth0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Scalar = str | bool | int
Name = Callable[[str], str]


class Issuer(NamedTuple):
    """An issuer, and the requirements for its tokens. Their `iss` must be exactly `issuer` (RFC 8725 3.8).

    A token is for this API if `aud` contains one of `audiences`, and its client (`client_id`, `azp`) is one of
    `client_ids`. If one of the two is empty, it requires nothing. With `client_ids`, `aud` may be absent. The claims in
    `scope_claims` grant scopes. The first claim of `principal_claim` that a token has is the principal. Each of
    `required_claims` must equal one of its values, in type too. `claims.claim_at` describes the names of claims.
    """

    issuer: str
    jwks_uri: str
    audiences: tuple[str, ...] = ()
    client_ids: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS
    scope_claims: tuple[str, ...] = SCOPE_CLAIMS
    principal_claim: tuple[str, ...] = ("sub",)
    required_claims: tuple[tuple[str, tuple[Scalar, ...]], ...] = ()


def is_safe_url(url: str) -> bool:
    """Whether keys may be fetched from this URL: https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:  # an incomplete IPv6 address, or a wrong port
        return False
    return bool(host) and " " not in url and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def _is_name(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text  # in a principal, the first space ends it


_TEXT = bool, "not be empty"
# By their names in `petstore:issuers`: the field, and the rule for each of its strings.
KEYS: Mapping[str, tuple[str, Callable[[str], bool], str]] = {
    "issuer": ("issuer", _is_name, "be printable ASCII without spaces"),
    "jwksUri": ("jwks_uri", is_safe_url, "be an https:// address (http:// only on loopback)"),
    "audience": ("audiences", *_TEXT),
    "clientIds": ("client_ids", *_TEXT),
    "algorithms": ("algorithms", ALGORITHMS.__contains__, f"be of {', '.join(ALGORITHMS)}"),
    "scopeClaims": ("scope_claims", *_TEXT),
    "principalClaim": ("principal_claim", *_TEXT),
    "requiredClaims": ("required_claims", *_TEXT),
}


def parse_issuers(value: object, name: Name = "[{}]".format) -> tuple[Issuer, ...]:
    """The issuers in the value of `petstore:issuers`. Raises `ValueError`. `name` formats a place: `[0].issuer`."""
    listed = cast("list[Any]", value) if isinstance(value, list) else []
    if not 1 <= len(listed) <= MAX_ISSUERS:
        raise ValueError(f"{name('')} must be a list of 1 to {MAX_ISSUERS} objects".removeprefix("[] "))
    issuers = tuple(parse_issuer(each, f"{name(str(at))}.{{}}".format) for at, each in enumerate(listed))
    if len({issuer.issuer for issuer in issuers}) < len(issuers):
        raise ValueError("must not list an issuer twice")
    return issuers


def parse_issuer(value: object, name: Name) -> Issuer:
    """The issuer in an object of `petstore:issuers`. Raises `ValueError` for anything missing, wrong or unknown."""
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    fields: dict[str, Any] = {}
    for key, member in ({"issuer": None, "jwksUri": None} | members).items():
        if key not in KEYS:
            raise ValueError(f"{name(key)} is unknown; there are {', '.join(KEYS)}")
        field, fits, rule = KEYS[key]
        if field == "required_claims":
            fields[field] = _required(member, name(key))
            continue
        is_single = key in ("issuer", "jwksUri")
        texts = cast("list[Any]", member if isinstance(member, list) and not is_single else [member])
        if not texts or not all(isinstance(text, str) and text.strip() and fits(text) for text in texts):
            raise ValueError(f"{name(key)} must {rule}")
        fields[field] = member if is_single else tuple(texts)
    if not fields.keys() & {"audiences", "client_ids"}:
        raise ValueError(f"{name('audience')} or clientIds must be set: one binds the tokens to this API")
    return Issuer(**fields)


def _required(value: object, name: str) -> tuple[tuple[str, tuple[Scalar, ...]], ...]:
    required = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    listed = [cast("list[Any]", values) if isinstance(values, list) else [] for values in required.values()]
    if not listed or not all(values and all(isinstance(each, Scalar) for each in values) for values in listed):
        raise ValueError(f"{name} must be an object of lists of texts, whole numbers or booleans")
    return tuple((claim, tuple(values)) for claim, values in required.items())
