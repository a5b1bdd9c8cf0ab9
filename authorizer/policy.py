"""Builds the policy of a token, which must be right for every request that API Gateway may apply it to.

API Gateway caches a token's policy and applies it to each later request of the stage. So the policy names every route
that the token may call. It comes from the route table alone, because the request's path could contain wildcards.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

import re
from typing import Any

from authorizer.errors import MalformedEvent
from authorizer.routes import STAR, GuardedRoute, covers, deny_patterns, group_methods, wildcard_matches

_METHOD_ARN = re.compile(
    r"(?P<stage>arn:[a-z-]+:execute-api:[a-z0-9-]+:[0-9]+:[A-Za-z0-9]+/[A-Za-z0-9_-]+)/(?P<method>[A-Z]+)(?:/(?P<path>.*))?",
    re.DOTALL,
)

# Spellings of a path that API Gateway may route, and that a backend may read as another path. They have an empty
# segment, one of dots, an encoded slash, backslash, percent sign or NUL. For some servers `;` ends a segment's name.
OTHER_SPELLINGS = (
    *("*//*", "*/./*", "*/../*", "*/.", "*/..", "*/;*", "*/.;*", "*/..;*", "*/%3B*", "*/.%3B*", "*/..%3B*"),
    *("*/%2E*", "*/%2e*", "*/.%2E*", "*/.%2e*", "*/%3b*", "*/.%3b*", "*/..%3b*"),
    *("*%2F*", "*%2f*", "*%5C*", "*%5c*", "*\\*", "*%25*", "*%00*"),
)


def split_method_arn(method_arn: str) -> tuple[str, str, str]:
    """The stage ARN, method and path in `arn:...:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}`.

    Raises `MalformedEvent`.
    """
    match = _METHOD_ARN.fullmatch(method_arn)
    if match is None:
        raise MalformedEvent("methodArn is not the ARN of an API Gateway method")
    return match["stage"], match["method"], match["path"] or ""


def policy_for(routes: tuple[GuardedRoute, ...], granted: frozenset[str], stage_arn: str) -> dict[str, Any]:
    """The policy for a token with these scopes, on the stage `arn:.../{api}/{stage}`."""
    allowed = [route for route in routes if route.scopes <= granted]
    effects = {"Allow": {resource for route in allowed for resource in _resources(route)}}
    if any(STAR in route.pattern for route in allowed):
        groups = group_methods(routes)
        beyond = {f"{it}/{path}" for them, table in groups for path in _beyond(table, granted) for it in them}
        effects["Deny"] = beyond.union(OTHER_SPELLINGS)
    elif not allowed:
        effects = {"Deny": {STAR}}
    statements: list[dict[str, Any]] = []
    for effect, resources in effects.items():
        arns = [f"{stage_arn}/{resource}" for resource in sorted(resources)]
        statements.append({"Effect": effect, "Action": "execute-api:Invoke", "Resource": arns})
    return {"Version": "2012-10-17", "Statement": statements}


def _beyond(table: list[GuardedRoute], granted: frozenset[str]) -> set[str]:
    """The paths to deny for one method, because an allowed route's wildcard matches them; without `OTHER_SPELLINGS`."""
    allowed = [route for route in table if route.scopes <= granted]
    denied = [route for route in table if not route.scopes <= granted]
    with_slash = {route.pattern for route in allowed if route.path.endswith("/")}  # the root, too
    # A * also matches the empty text, and would deny a path for the slash at its end.
    last = f"?{STAR}" if with_slash - {()} else STAR
    found: set[str] = set()
    for route in allowed:
        if STAR not in route.pattern:
            continue
        patterns = deny_patterns(route, allowed)
        found.update(_text(pattern, last) for pattern in patterns)
        # A * also matches the empty text: GET/pets/* a request for /pets/, and GET/* the one for the root.
        parent = route.pattern[:-1]
        if route.pattern[-1] == STAR and parent not in with_slash:
            found.add("/".join((*parent, "")))
        literal = "/".join((*route.pattern[: route.pattern.index(STAR)], ""))
        for other in denied:
            if wildcard_matches(route, other) and not any(covers(it, other.segments) for it in patterns):
                # Deny it by name, and in the other spellings of a literal segment for the same method. These are a
                # slash at the end, %61 for a, or ;x behind it.
                name = _text(other.pattern, last)
                found.update((name, f"{name}/", f"{literal}*%*", f"{literal}*;*"))
    return found


def _text(pattern: tuple[str, ...], last: str) -> str:
    return "/".join((*pattern[:-1], last) if pattern[-1:] == (STAR,) else pattern)


def _resources(route: GuardedRoute) -> tuple[str, ...]:
    """The route's resources in a policy. A path that ends with a slash has two: API Gateway accepts both spellings."""
    resource = f"{route.method}/{'/'.join(route.pattern)}"
    return (resource, f"{resource}/") if route.path.endswith("/") and route.segments else (resource,)
