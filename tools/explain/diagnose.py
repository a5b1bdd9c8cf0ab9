"""Runs every check of the authorizer on a token, with the authorizer's own code, even after the first failure."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from authorizer.claims import Identity, broken_rules, identity_of, ill_typed, missing, scopes_of
from authorizer.errors import Failure, Refused
from authorizer.issuer import Issuer
from authorizer.key_set import KeySet
from authorizer.keys import verifies
from authorizer.token import Header, broken_header_rules, claims_of, header_of, named_by, signature_of, token_of
from tools.explain.evaluate import Evaluator

HEADER = ("unsupported_algorithm", "malformed_header")
KEY = ("revoked_key", "unknown_key", "missing_kid", "unnamed_keys")
CLAIMS = (
    *("malformed_claims", "missing_claim", "wrong_audience", "wrong_client"),
    *("expired", "not_yet_valid", "wrong_claim", "sender_constrained"),
)
# The rules that are undecided if a claim is missing or has the wrong type.
_UNDECIDED = {
    "aud": {"wrong_audience"},
    "client_id": {"wrong_client"},
    "exp": {"expired"},
    "nbf": {"not_yet_valid"},
    "iat": {"not_yet_valid"},
}


@dataclass
class Examined:
    """A header value, the readable parts of its token, and the checks that fail or pass, by their words in the log.

    `failed` is in the authorizer's order. A check that is in neither list was not reached. `issuer` is the token's
    issuer. If that is unknown, it is the configured issuer, or None if there are several. `scopes` has the scopes of
    the token.
    """

    authorization: str
    evaluator: Evaluator
    header: dict[str, Any] | None = None
    claims: dict[str, Any] | None = None
    issuer: Issuer | None = None
    identity: Identity | None = None
    scopes: frozenset[str] | None = None
    failed: list[str] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)

    @property
    def key_set(self) -> KeySet:
        """The issuer's keys, without another fetch."""
        return self.evaluator.keys[self.issuer.issuer].key_set if self.issuer else KeySet()

    def note(self, checks: Iterable[str], *reasons: str) -> None:
        """Record that these checks ran, and that they failed for these reasons."""
        self.failed += [reason for reason in reasons if reason and reason not in self.failed]
        self.passed |= set(checks)
        self.passed -= set(self.failed)


def examine(authorization: str, evaluator: Evaluator) -> Examined:
    found = Examined(authorization, evaluator)
    reason = _refusal(lambda: token_of(authorization))
    found.note(["malformed_token"], reason)
    if reason:  # the same token on one line, without quotes, after one Bearer
        authorization = "Bearer " + re.sub(r"(?i)^(bearer\s+)*|[^\w.-]", "", authorization)
        if _refusal(lambda: token_of(authorization)):
            return found
    token = token_of(authorization)
    environment = evaluator.environment
    algorithms = {name for issuer in environment.issuers for name in issuer.algorithms}
    try:
        found.header = header_of(token.partition(".")[0])
        found.note(HEADER, *broken_header_rules(found.header, algorithms))
    except Refused as refusal:
        found.note([], refusal.reason)
    try:
        found.claims = claims_of(token)
    except Refused as refusal:
        found.note([], refusal.reason)
    _find_issuer(found)
    if found.issuer:
        _examine_signature(token, found, found.issuer)
        if found.claims is not None:
            _examine_claims(found.claims, found, found.issuer)
    return found


def _find_issuer(found: Examined) -> None:
    issuers = found.evaluator.environment.issuers
    name = (found.claims or {}).get("iss")
    found.issuer = next((issuer for issuer in issuers if issuer.issuer == name), None)
    if found.issuer:
        found.note(["wrong_issuer"])
    elif found.claims is not None:
        found.note([], "missing_claim" if name is None else "wrong_issuer")
    if found.issuer is None and len(issuers) == 1:
        found.issuer = issuers[0]


def _examine_signature(token: str, found: Examined, issuer: Issuer) -> None:
    members, jwks = found.header, found.evaluator.keys[issuer.issuer]
    if members is None:
        return
    kid = members.get("kid", "")
    supported = members.get("alg") in issuer.algorithms
    if not supported:
        found.note(HEADER[:1], HEADER[0])
    if not isinstance(kid, str) or not (kid or "kid" not in members):
        return
    # The key of a token with another algorithm can still be found.
    header = named_by(members) if supported else Header(issuer.algorithms[0], kid)
    reason = _refusal(lambda: jwks.key(header))
    found.note(KEY if reason != "keys_unavailable" else KEY[:1], reason)
    if reason not in ("keys_unavailable", "revoked_key"):
        found.note(["keys_unavailable"])
    if not reason and not set(HEADER) & set(found.failed):
        is_signed = verifies(jwks.key(header), *signature_of(token))
        found.note(["bad_signature"], "" if is_signed else "bad_signature")


def _examine_claims(claims: dict[str, Any], found: Examined, issuer: Issuer) -> None:
    leeway = found.evaluator.environment.leeway
    broken = broken_rules(claims, issuer, time.time(), leeway)
    doubtful = [*missing(claims, issuer), *ill_typed(claims)]
    undecided = {reason for name in doubtful for reason in _UNDECIDED.get(name, ())}
    found.note((rule for rule in CLAIMS if rule not in undecided), *broken)
    found.scopes = scopes_of(claims, issuer.scope_claims)
    if issuer.principal_claim[0] not in doubtful:
        found.identity = identity_of(claims, issuer)


def _refusal(check: Callable[[], object]) -> str:
    """The reason why the check fails, or "" if it passes."""
    try:
        check()
    except (Refused, Failure) as error:
        return error.reason
    return ""
