"""From an authorizer event to its answer, with the line in the log that says why."""

import time
from functools import lru_cache, partial
from typing import Any, cast

from authorizer import log, metrics
from authorizer.bearer import token_of
from authorizer.environment import Environment
from authorizer.errors import Failure, InternalError, Refused
from authorizer.header import key_id
from authorizer.jwks import Jwks
from authorizer.path_template import is_parameter
from authorizer.policy import policy_for, split_method_arn
from authorizer.routes import GuardedRoute
from authorizer.token import Identity, identify

MAX_SCOPE_LENGTH = 4096  # of the context's `scope`: all headers to the backend together may have 10,240 bytes


class Authorizer:
    """Decides on the bearer tokens of one API."""

    def __init__(self, environment: Environment, keys: Jwks) -> None:
        self._environment, self._keys = environment, keys
        self._known_scopes = frozenset(scope for route in environment.routes for scope in route.scopes)
        # A table knows few scopes and a container few stages and paths: what follows from them is worked out once.
        self._policy = lru_cache(maxsize=64)(partial(policy_for, environment.routes))
        self._request = lru_cache(maxsize=128)(self._request_of)

    def answer(self, event: object) -> dict[str, Any]:
        """The answer to a TOKEN authorizer event `{type, authorizationToken, methodArn}`: principal, policy, context.

        Raises exactly `Exception("Unauthorized")` for a token that is not acceptable, which API Gateway turns into 401;
        and a subclass of `Failure` for what is not the caller's doing, which it turns into 500, as any other error.
        """
        started = time.perf_counter()
        line: dict[str, object] = {"event": "decision", "outcome": "error", "reason": InternalError.reason}
        try:
            given = cast("dict[str, Any]", event) if isinstance(event, dict) else {}
            method_arn = given.get("methodArn")
            stage_arn, route = self._request(method_arn if isinstance(method_arn, str) else "")
            line["route"] = str(route) if route else None
            identity = self._identify(given.get("authorizationToken"), line)
            line["subject"] = subject = log.pseudonym(self._environment.issuer, identity.subject)
            may_call = route is not None and route.scopes <= identity.scopes
            reason = "authorized" if may_call else "insufficient_scope" if route else "unknown_route"
            line.update(outcome="allow" if may_call else "deny", reason=reason)
            return {
                "principalId": identity.subject,
                "policyDocument": self._policy(identity.scopes & self._known_scopes, stage_arn),
                "context": {**_context(identity), "principalHash": subject},
            }
        except Refused as refusal:
            line.update(outcome="unauthorized", reason=refusal.reason)
            # API Gateway compares the message: any other word is a 500. It must not say more than that, either.
            raise Exception("Unauthorized") from None
        except Failure as failure:
            line["reason"] = failure.reason
            raise
        except Exception as error:
            # A mistake of ours. Its message and its traceback may hold words of the token, the place does not.
            line["error"] = f"{type(error).__name__} at {log.place(error)}"
            raise InternalError from None
        finally:
            line[metrics.DURATION] = round((time.perf_counter() - started) * 1000, 3)
            log.write(metrics.DECISION, **line)

    def _identify(self, authorization: object, line: dict[str, object]) -> Identity:
        token = token_of(authorization)
        kid = key_id(token)
        environment = self._environment
        try:
            return identify(
                token,
                self._keys.key(kid),
                issuer=environment.issuer,
                audience=environment.audience,
                leeway=environment.leeway,
            )
        finally:
            # A kid that the issuer does not publish is text of the caller's: it has no place in a log.
            line["kid"] = kid if self._keys.known(kid) else None

    def _request_of(self, method_arn: str) -> tuple[str, GuardedRoute | None]:
        """The stage and the route a request is for: literal segments first, as API Gateway routes."""
        stage_arn, method, path = split_method_arn(method_arn)
        segments = path.split("/") if path else []
        candidates = [
            route for route in self._environment.routes if route.method == method and route.template.matches(segments)
        ]
        route = min(candidates, key=lambda route: [is_parameter(part) for part in route.segments], default=None)
        return stage_arn, route


def _context(identity: Identity) -> dict[str, str]:
    """What the integration may pass to a backend: strings only, for API Gateway answers 500 to anything nested."""
    scope = " ".join(sorted(identity.scopes))
    if len(scope) > MAX_SCOPE_LENGTH:  # fewer scopes than granted, never half of one
        scope = scope[: scope.rindex(" ", 0, MAX_SCOPE_LENGTH + 1)] if " " in scope[: MAX_SCOPE_LENGTH + 1] else ""
    return {"sub": identity.subject, "scope": scope, "clientId": identity.client}
