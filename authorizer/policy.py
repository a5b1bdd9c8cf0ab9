"""The answer API Gateway wants: one policy that is right for every request it may be applied to.

API Gateway caches the policy under the token and applies it to each later request of the same stage, whatever its
method and path. So it names all that the token may call. It is written from the route table alone: text of the
request (the path in the method ARN) would let a caller write wildcards of its own.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

import re
from collections.abc import Iterable
from typing import Any

from authorizer.errors import MalformedEvent
from authorizer.routes import STAR, GuardedRoute, covers, fences, reaches

_METHOD_ARN = re.compile(
    r"(?P<stage>arn:[a-z-]+:execute-api:[a-z0-9-]+:[0-9]+:[A-Za-z0-9]+/[A-Za-z0-9_-]+)/(?P<method>[A-Z]+)(?:/(?P<path>.*))?",
    re.DOTALL,
)


def split_method_arn(method_arn: str) -> tuple[str, str, str]:
    """Stage ARN, method and path of `arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}`.

    Raises `MalformedEvent`.
    """
    match = _METHOD_ARN.fullmatch(method_arn)
    if match is None:
        raise MalformedEvent("methodArn is not the ARN of an API Gateway method")
    return match["stage"], match["method"], match["path"] or ""


def policy_for(routes: tuple[GuardedRoute, ...], granted: frozenset[str], stage_arn: str) -> dict[str, Any]:
    """The policy document for a token that was granted these scopes, on the stage `arn:.../{api}/{stage}`."""
    allowed = [route for route in routes if route.scopes <= granted]
    if not allowed:
        return _document(_statement("Deny", [f"{stage_arn}/*"]))
    denied = [route for route in routes if not route.scopes <= granted]
    beyond = {resource for route in allowed if STAR in route.pattern for resource in _beyond(route, allowed, denied)}
    statements = [_statement("Allow", _arns(stage_arn, {_resource(route.method, route.pattern) for route in allowed}))]
    if beyond:
        statements.append(_statement("Deny", _arns(stage_arn, beyond)))
    return _document(*statements)


def _beyond(route: GuardedRoute, allowed: list[GuardedRoute], denied: list[GuardedRoute]) -> Iterable[str]:
    """The resources that the wildcards of an allowed route match and must not."""
    fenced = fences(route, allowed)
    for fence in fenced:
        yield _resource(route.method, fence)
    root_is_allowed = any(other.method == route.method and not other.segments for other in allowed)
    # A * matches nothing at all, too: GET/pets/* a request for /pets/, and GET/* the one for the root.
    for at, part in enumerate(route.pattern):
        emptied = (*route.pattern[:at], "", *route.pattern[at + 1 :])
        if part == STAR and (emptied != ("",) or not root_is_allowed):
            yield _resource(route.method, emptied)
    if route.greedy:  # no fence keeps /files//, which may be /files, from {name+}
        yield _resource(route.method, (*route.pattern[:-1], "", STAR))
    for other in denied:
        if other.method != route.method or not reaches(route.pattern, other.segments):
            continue
        if any(covers(fence, other.segments) for fence in fenced):
            continue
        # Denied by name, then; and because the name of a literal segment could be spelt in other ways that reach the
        # same method (slashes at the end, %61 for a), those are denied as well.
        name = _resource(other.method, other.pattern)
        yield from (name, f"{name}/", f"{name}//*")
        yield _resource(route.method, (*route.template.literal_prefix, "*%*"))


def _resource(method: str, pattern: tuple[str, ...]) -> str:
    return f"{method}/{'/'.join(pattern)}"


def _arns(stage_arn: str, resources: set[str]) -> list[str]:
    return [f"{stage_arn}/{resource}" for resource in sorted(resources)]


def _statement(effect: str, resources: list[str]) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resources}


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
