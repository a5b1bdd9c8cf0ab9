"""From an authorizer event to a decision, its line in the log, and the answer for API Gateway."""

import time
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple, cast

from authorizer import log
from authorizer.claims import Identity, broken_rules, identity_of
from authorizer.environment import Environment, context_key
from authorizer.errors import Failure, InternalError, MalformedEvent, Reason, Refused
from authorizer.issuer import Issuer
from authorizer.jwks import Jwks
from authorizer.keys import verifies
from authorizer.policy import policy_for, split_method_arn
from authorizer.routes import GuardedRoute, is_parameter
from authorizer.token import Header, broken_header_rules, claims_of, header_of, named_by, signature_of, token_of

MAX_SCOPE_LENGTH = 4096  # of `scope` in the context, because all headers to the backend have 10,240 bytes together
_FAILURES = {kind.reason: kind for kind in Failure.__subclasses__()}


class Decision(NamedTuple):
    """A decision. `outcome` is allow, deny, unauthorized or error; `reason` is its word in the log. `kid` names only a
    published or revoked key. `stage`, an ARN, is set if `identity` is; `error` has the place of a bug.
    """

    outcome: str
    reason: str
    route: GuardedRoute | None
    kid: str | None = None
    identity: Identity | None = None
    stage: str = ""
    error: str = ""


class Authorizer:
    """Verifies the bearer tokens of one API. `keys` has the keys of each issuer by its name."""

    def __init__(self, environment: Environment, keys: Mapping[str, Jwks]) -> None:
        self._environment = environment
        self._trusted = {issuer.issuer: (issuer, keys[issuer.issuer]) for issuer in environment.issuers}
        self._algorithms = {name for issuer in environment.issuers for name in issuer.algorithms}
        self._known_scopes = frozenset(scope for route in environment.routes for scope in route.scopes)
        # Prefer a literal segment, from the left, as API Gateway does.
        self._table = sorted(environment.routes, key=lambda route: [is_parameter(part) for part in route.segments])
        # A table has few scopes and a container few stages. A policy takes a third of the time of a decision.
        self._policy = lru_cache(maxsize=64)(partial(policy_for, environment.routes))
        # Requests share method ARNs, and the tokens of an issuer share a header.
        self._request = lru_cache(maxsize=128)(self._stage_and_route)
        self._header = lru_cache(maxsize=128)(self._header_or_reason)

    def answer(self, event: object) -> dict[str, Any]:
        """The answer to a TOKEN authorizer event `{type, authorizationToken, methodArn}`: principal, policy, context.

        Raises exactly `Exception("Unauthorized")` for a refused token: API Gateway answers 401. Raises a `Failure` if
        the token could not be verified: API Gateway answers 500, as for any other error.
        """
        started = time.perf_counter()
        decision = self.decide(event)
        identity, several = decision.identity, len(self._trusted) > 1
        subject = identity and log.pseudonym(identity.issuer, identity.subject)
        line: dict[str, object] = {"event": "decision", "outcome": decision.outcome, "reason": decision.reason}
        line["route"], line["kid"] = str(decision.route) if decision.route else None, decision.kid
        if identity:
            line["subject"], line["principal_claim"] = subject, identity.principal_claim
            line |= {"issuer": identity.issuer} if several else {}
        elif decision.error:
            line["error"] = decision.error
        line[log.DURATION] = round((time.perf_counter() - started) * 1000, 3)
        log.write(log.DECISION, **line)
        if identity is None:
            # API Gateway compares the message: any other word is a 500. It must not reveal the reason.
            raise Exception("Unauthorized") if decision.outcome == "unauthorized" else _FAILURES[decision.reason]
        return {
            "principalId": f"{identity.issuer} {identity.subject}" if several else identity.subject,
            "policyDocument": self._policy(identity.scopes & self._known_scopes, decision.stage),
            "context": {**_context(identity), "principalHash": subject},
        }

    def decide(self, event: object) -> Decision:
        """The decision on a TOKEN authorizer event. Raises nothing."""
        route, kid = None, None
        try:
            given = cast("dict[str, Any]", event) if isinstance(event, dict) else {}
            if given.get("type") != "TOKEN":
                raise MalformedEvent("type is not TOKEN")
            method_arn = given.get("methodArn")
            stage, route = self._request(method_arn if isinstance(method_arn, str) else "")
            token = token_of(given.get("authorizationToken"))
            header = self._header(token[: token.index(".")])
            if isinstance(header, Reason):
                raise Refused(header)
            claims = claims_of(token)
            issuer, jwks = self._issuer_of(claims)
            kid = header.kid if header.kid in self._environment.revoked else None
            key = jwks.key(header)
            kid = key.kid or None
            if not verifies(key, *signature_of(token)):
                raise Refused(Reason.BAD_SIGNATURE)
            for broken in broken_rules(claims, issuer, time.time(), self._environment.leeway):
                raise Refused(broken)
            identity = identity_of(claims, issuer, self._environment.context_claims)
        except Refused as refusal:
            return Decision("unauthorized", refusal.reason, route, kid)
        except Failure as failure:
            return Decision("error", failure.reason, route)
        except Exception as error:
            # A bug. Its message and its traceback may contain parts of the token; its place does not.
            place = f"{type(error).__name__} at {log.place(error)}"
            return Decision("error", InternalError.reason, route, kid, error=place)
        if route is None:
            return Decision("deny", "unknown_route", None, kid, identity, stage)
        if not route.scopes <= identity.scopes:
            return Decision("deny", "insufficient_scope", route, kid, identity, stage)
        return Decision("allow", "authorized", route, kid, identity, stage)

    def _header_or_reason(self, part: str) -> Header | Reason:
        members = header_of(part)
        return next(broken_header_rules(members, self._algorithms), None) or named_by(members)

    def _issuer_of(self, claims: Mapping[str, Any]) -> tuple[Issuer, Jwks]:
        """The issuer that the token names, and its keys. One of the keys must verify the token (RFC 8725 3.8)."""
        name = claims.get("iss")
        if name is None:
            raise Refused(Reason.MISSING_CLAIM)
        if not isinstance(name, str) or name not in self._trusted:
            raise Refused(Reason.WRONG_ISSUER)
        return self._trusted[name]

    def _stage_and_route(self, method_arn: str) -> tuple[str, GuardedRoute | None]:
        stage, method, path = split_method_arn(method_arn)
        segments = path.split("/")
        fitting = (it for it in self._table if it.method == method and it.template.matches(segments))
        return stage, next(fitting, None)


def _context(identity: Identity) -> dict[str, str]:
    """The values that the integration may pass to a backend: strings, because API Gateway answers 500 to nested ones.

    No value is empty: if a mapping's value is empty, the client's own header reaches the backend.
    """
    scope = " ".join(sorted(identity.scopes))
    if len(scope) > MAX_SCOPE_LENGTH:  # cut between two scopes, if too long
        scope = scope[: scope.rindex(" ", 0, MAX_SCOPE_LENGTH + 1)] if " " in scope[: MAX_SCOPE_LENGTH + 1] else ""
    own = {"sub": identity.subject, "issuer": identity.issuer, "principalClaim": identity.principal_claim}
    own |= {name: value for name, value in (("scope", scope), ("clientId", identity.client)) if value}
    return {context_key(name): value for name, value in identity.extra} | own
