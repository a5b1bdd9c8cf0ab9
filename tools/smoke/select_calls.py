"""Selects calls that show that the API refuses and allows requests, from its routes and the token's scopes."""

from collections.abc import Sequence
from itertools import product

import requests

from authorizer.routes import is_parameter
from infra.api.path_parameters import fill, parameters
from infra.api.routes import Route, with_methods
from tools.smoke import SmokeError
from tools.smoke.calls import Call
from tools.smoke.token import Token

# A value for path parameters, and a path, that exist in no backend.
_NOBODY = "smoke-test"
# The methods, least harmful first, in case the API allows them. Without a body, they cannot create or change anything.
_HARMLESS_FIRST = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")


def calls(routes: Sequence[Route], token: Token, path: str | None = None) -> list[Call]:
    """The calls of the smoke test.

    `path` is the path to GET with the token, instead of the first suitable route. Raises `SmokeError` if no route is
    suitable.
    """
    path = path or _readable(routes, token)
    public = [Call("public, no token", 200, path=route.path) for route in _plain(routes) if route.public]
    return [
        *public[:1],
        Call("no token", 401, path=path, check=_challenge),
        Call("a forged signature", 401, path=path, authorization=token.forged(), check=_challenge),
        Call("the token", 200, path=path, authorization=token.bearer),
        *_forbidden(routes, token),
    ]


def _readable(routes: Sequence[Route], token: Token) -> str:
    plain = [route for route in _plain(routes) if not route.public]
    for route in plain:
        if token.granted.issuperset(route.scopes):
            return route.path
    if plain:
        scopes = " ".join(sorted({*plain[0].scopes} - token.granted))
        raise SmokeError(f"the token may call no GET route without parameters; {plain[0]} needs the scopes {scopes}")
    raise SmokeError("every protected GET route has parameters; set the path, such as --path /pets/1")


def _plain(routes: Sequence[Route]) -> list[Route]:
    """The routes with GET and without path parameters."""
    return [it for it, methods in with_methods(routes) if "GET" in methods and not parameters(it.template)]


def _forbidden(routes: Sequence[Route], token: Token) -> list[Call]:
    """The call that gets 403; nothing if every path belongs to a route that the token may call."""
    methods = [(route, method) for route, each in with_methods(routes) for method in each]
    closed = [it for it in methods if not it[0].public and not token.granted.issuperset(it[0].scopes)]
    # A DELETE needs no body to delete everything below a path.
    harmless = [(route, method) for route, method in closed if method != "DELETE" or parameters(route.template)]
    if harmless:
        route, method = min(harmless, key=lambda each: _HARMLESS_FIRST.index(each[1]))
        lacking = " ".join(scope for scope in route.scopes if scope not in token.granted)
        path = fill(route.template, _NOBODY)
        return [Call(f"the token, without {lacking}", 403, method, path, token.bearer, _insufficient_scope)]
    why = f"{closed[0][0]} could do harm" if closed else "the token may call all"
    deepest = max(len(route.template.segments) for route in routes)
    for method, depth in product(_HARMLESS_FIRST[:2], range(1, 2 + deepest)):
        if not any(method == each and _takes_any(route, depth) for route, each in methods):
            # Without the token: API Gateway would read it as an AWS signature, and repeat it in its response.
            return [Call(f"no such path; {why}", 403, method, f"/{_NOBODY}" * depth, check=_no_such_route)]
    return []


def _takes_any(route: Route, depth: int) -> bool:
    """Whether every path with this number of segments belongs to the route."""
    return route.template.matches([_NOBODY] * depth) and all(map(is_parameter, route.template.segments))


def _challenge(response: requests.Response) -> str | None:
    """Check the challenge that a request without a valid token must get (RFC 6750 3)."""
    scheme = response.headers.get("WWW-Authenticate", "").partition(" ")[0]
    return None if scheme.lower() == "bearer" else "no WWW-Authenticate: Bearer"


def _insufficient_scope(response: requests.Response) -> str | None:
    return None if "insufficient_scope" in response.headers.get("WWW-Authenticate", "") else "no insufficient_scope"


def _no_such_route(response: requests.Response) -> str | None:
    """Check in the headers that API Gateway found no route, because a response to HEAD has no body."""
    kind = response.headers.get("x-amzn-ErrorType", "")
    return None if kind.startswith("MissingAuthenticationToken") else "no Missing Authentication Token"
