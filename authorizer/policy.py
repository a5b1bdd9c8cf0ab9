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
from authorizer.routes import STAR, GuardedRoute, alike, covers, fences, strays

_METHOD_ARN = re.compile(
    r"(?P<stage>arn:[a-z-]+:execute-api:[a-z0-9-]+:[0-9]+:[A-Za-z0-9]+/[A-Za-z0-9_-]+)/(?P<method>[A-Z]+)(?:/(?P<path>.*))?",
    re.DOTALL,
)

# Spellings of a path that API Gateway may route as they stand, and that a backend may read as another path: an empty
# segment, a segment of dots, an encoded slash or backslash, and an encoded percent sign, which is a second encoding.
# For some servers `;` ends a segment's name. No client needs them.
OTHER_SPELLINGS = (
    *("*//*", "*/./*", "*/../*", "*/.", "*/..", "*/;*", "*/.;*", "*/..;*"),
    *("*/%2E*", "*/%2e*", "*/.%2E*", "*/.%2e*"),
    *("*%2F*", "*%2f*", "*%5C*", "*%5c*", "*\\*", "*%25*"),
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
        return _document(_statement("Deny", stage_arn, [STAR]))
    statements = [_statement("Allow", stage_arn, {resource for route in allowed for resource in _resources(route)})]
    if any(STAR in route.pattern for route in allowed):
        beyond = {
            f"{method}/{path}"
            for methods, table in alike(routes)
            for path in _beyond(table, granted)
            for method in methods
        }
        statements.append(_statement("Deny", stage_arn, beyond.union(OTHER_SPELLINGS)))
    return _document(*statements)


def _beyond(table: list[GuardedRoute], granted: frozenset[str]) -> set[str]:
    """Of the routes of one method: the paths that the wildcards of those allowed match and must not.

    Without `OTHER_SPELLINGS`, which are denied whatever the routes are.
    """
    allowed = [route for route in table if route.scopes <= granted]
    denied = [route for route in table if not route.scopes <= granted]
    with_slash = {route.pattern for route in allowed if route.path.endswith("/")}  # the root, too
    # A * matches nothing at all, too, and would deny a path for the slash at its end.
    last = f"?{STAR}" if with_slash - {()} else STAR
    found: set[str] = set()
    for route in allowed:
        if STAR not in route.pattern:
            continue
        fenced = fences(route, allowed)
        found.update(_text(fence, last) for fence in fenced)
        # GET/pets/* matches a request for /pets/, and GET/* the one for the root. Inside of a path that leaves two
        # slashes.
        parent = route.pattern[:-1]
        if route.pattern[-1] == STAR and parent not in with_slash:
            found.add("/".join((*parent, "")))
        literal = "/".join((*route.template.literal_prefix, ""))
        for other in denied:
            if strays(route, other) and not any(covers(fence, other.segments) for fence in fenced):
                # Denied by name, then; and because the name of a literal segment could be spelt in other ways that
                # reach the same method (a slash at the end, %61 for a, ;x behind it), those are denied as well.
                name = _text(other.pattern, last)
                found.update((name, f"{name}/", f"{literal}*%*", f"{literal}*;*"))
    return found


def _text(pattern: tuple[str, ...], last: str) -> str:
    return "/".join((*pattern[:-1], last) if pattern[-1:] == (STAR,) else pattern)


def _resources(route: GuardedRoute) -> tuple[str, ...]:
    """A path with a slash at its end is allowed with and without it: API Gateway has one resource for both."""
    resource = f"{route.method}/{'/'.join(route.pattern)}"
    return (resource, f"{resource}/") if route.path.endswith("/") and route.segments else (resource,)


def _statement(effect: str, stage_arn: str, resources: Iterable[str]) -> dict[str, Any]:
    arns = [f"{stage_arn}/{resource}" for resource in sorted(resources)]
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": arns}


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
