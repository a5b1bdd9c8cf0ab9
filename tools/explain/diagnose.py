"""A token under each check of the authorizer by itself, also those that it would not come to.

Nothing is judged here: every verdict is the function's own code's. Where a check fails, a copy of the token is mended
in that one place and judged again, its claims under a key of ours, so that later checks speak as well.
"""

import base64
import io
import json
import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from authorizer import base64url
from authorizer.bearer import token_of
from authorizer.environment import Environment
from authorizer.errors import Failure, Refused
from authorizer.header import ALGORITHM, key_id
from authorizer.strict_json import parse_object
from authorizer.token import Identity, identify
from tools.explain.evaluate import Judge, KeySet
from tools.explain.repair_claims import ill_typed, mended, missing

# The reasons in the order of the checks, as far as they have one.
HEADER = ("unsupported_algorithm", "malformed_header")
KEY = ("revoked_key", "keys_unavailable", "unknown_key")
DATES = ("expired", "not_yet_valid")
_OF = {"iss": ["wrong_issuer"], "aud": ["wrong_audience"], "exp": DATES, "nbf": DATES, "iat": DATES}
CLAIMS = ("malformed_claims", "missing_claim", "wrong_issuer", "wrong_audience", *DATES, "sender_constrained")


@dataclass
class Examined:
    """A header value, what can be read of its token, and the checks that fail or pass, by their words in the log.

    A check that is in neither could not be asked. `identity` is what the token, mended, would prove.
    """

    authorization: str
    environment: Environment
    key_set: KeySet
    header: dict[str, Any] | None = None
    claims: dict[str, Any] | None = None
    identity: Identity | None = None
    failed: list[str] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)

    def note(self, order: Sequence[str], reason: str) -> None:
        """Of the checks in this order, the one for this reason has failed, or none."""
        for word in order:
            if word == reason:
                self.failed.append(word)
                return
            self.passed.add(word)


def examine(authorization: str, judge: Judge) -> Examined:
    found = Examined(authorization, judge.environment, judge.key_set)
    with redirect_stdout(io.StringIO()):  # the log
        reason = _refusal(lambda: token_of(authorization))
        found.note(("malformed_token",), reason)
        if reason:  # as one would copy it again: on one line, without quotes, one Bearer before it
            authorization = "Bearer " + re.sub(r"(?i)^(bearer\s+)*|[^\w.-]", "", authorization)
            if _refusal(lambda: token_of(authorization)):
                return found
        token = token_of(authorization)
        head, body, _ = token.split(".")
        found.header, found.claims = _object(head), _object(body)
        _examine_header_and_signature(token, judge, found)
        _examine_claims(base64url.decode(body.encode()), found)
    return found


def _examine_header_and_signature(token: str, judge: Judge, found: Examined) -> None:
    header = found.header or {}
    refused = _refusal(lambda: key_id(token))
    found.note(HEADER, refused)
    if refused == "unsupported_algorithm":
        head = base64.urlsafe_b64encode(json.dumps({**header, "alg": ALGORITHM}).encode()).rstrip(b"=").decode()
        found.note(HEADER[1:], _refusal(lambda: key_id(f"{head}.")))
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        return
    unknown = _refusal(lambda: judge.keys.key(kid))
    found.note(KEY, unknown)
    if not refused and not unknown:
        found.note(("bad_signature",), _refusal(lambda: _identify(token, judge.keys.key(kid), found.environment)))


@cache
def _own_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _examine_claims(payload: bytes, found: Examined) -> None:
    claims, failed = found.claims or {}, list[str]()
    key = _own_key()

    def identity() -> None:
        token = jwt.PyJWS().encode(payload, key, ALGORITHM)
        found.identity = _identify(token, key.public_key(), found.environment)

    while (reason := _refusal(identity)) and reason not in failed:
        failed.append(reason)
        if found.claims is None:
            break
        claims = mended(claims, reason, found.environment)
        payload = json.dumps(claims).encode()
    found.failed += failed
    if found.identity:
        replaced = [*missing(found.claims or {}), *ill_typed(found.claims or {})]
        unasked = {word for name, words in _OF.items() if name in replaced for word in words}
        found.passed |= {word for word in CLAIMS if word not in failed and word not in unasked}


def _identify(token: str, key: Any, it: Environment) -> Identity:
    return identify(token, key, issuer=it.issuer, audience=it.audience, leeway=it.leeway)


def _refusal(check: Callable[[], object]) -> str:
    """The reason for which the check fails, or "" where it passes."""
    try:
        check()
    except (Refused, Failure) as error:
        return error.reason
    return ""


def _object(part: str) -> dict[str, Any] | None:
    try:
        return parse_object(base64url.decode(part.encode()))
    except ValueError:
        return None
