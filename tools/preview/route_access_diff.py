"""Compares the protection of each route before and after a change.

It reads the resources, not `routes.py`, because the routes of an old revision may have another format.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from authorizer.routes import PathTemplate, parse_table
from infra.api.access_warnings import unnamed
from infra.api.routes import ANY, METHODS
from infra.api.routing import routed
from policy import model
from policy.access import is_preflight, path_of
from policy.model import functions, made_of, of, variables
from tools.preview.mock_recorder import Resource


class Notice(NamedTuple):
    """A change of access or trust. `is_warning`: whether the change may allow requests that were refused."""

    label: str
    subject: str
    was: str
    now: str
    is_warning: bool = False


class Protection(NamedTuple):
    """The protection of a route.

    `kind` is `public`, `token`, or another `authorization` of API Gateway. `authorizer` is the authorizer's name.
    `scopes` is None if the table of the authorizer's function cannot be read or lacks the route.
    """

    kind: str
    authorizer: str = ""
    scopes: frozenset[str] | None = frozenset()

    def __str__(self) -> str:
        if self.kind != "token":
            return self.kind
        if self.scopes is None:
            return f"unknown: {self.authorizer or 'an authorizer'} has no readable table of routes"
        return f"tokens with {' '.join(sorted(self.scopes))}" if self.scopes else "any valid token"


class Route(NamedTuple):
    """One method of one path. `name` is the route's name in API Gateway, whose method may be ANY."""

    name: str
    method: str
    template: PathTemplate
    protection: Protection

    def __str__(self) -> str:
        return f"{self.method} {self.template.text}"


Routes = dict[tuple[str, str], Route]


def routes(resources: Sequence[Resource]) -> Routes:
    """The routes by API and name, without preflights.

    The names of path parameters are removed. ANY becomes each of its methods.
    """
    by_urn = {each.urn: each for each in resources}
    methods = [
        (each, path_of(each, by_urn) or f"(an unknown path: {each.name})")
        for each in of(resources, "apigateway/method:Method")
        if not is_preflight(each, resources)
    ]
    taken = {(it.inputs.get("restApi"), path, it.inputs.get("httpMethod")) for it, path in methods}
    found: Routes = {}
    for it, path in methods:
        api, method = it.inputs.get("restApi"), str(it.inputs.get("httpMethod"))
        for each in [verb for verb in METHODS if (api, path, verb) not in taken] if method == ANY else [method]:
            protection = _protection(it, f"{each} {path}", resources)
            route = Route(f"{method} {path}", each, PathTemplate.parse(path), protection)
            found[str(api), unnamed(str(route))] = route
    return found


def _protection(method: model.Resource, route: str, resources: Sequence[Resource]) -> Protection:
    kind = str(method.inputs.get("authorization"))
    if kind != "CUSTOM":
        return Protection("public" if kind == "NONE" else kind)
    authorizers = made_of(method, "authorizerId", resources)
    tables = [
        scopes_by_route(variables(each, resources))
        for authorizer in authorizers
        for each in functions(authorizer, "authorizerUri", resources)
    ]
    scopes = next((table[unnamed(route)] for table in tables if unnamed(route) in table), None)
    return Protection("token", " ".join(authorizer.name for authorizer in authorizers), scopes)


def scopes_by_route(given: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The scopes by route (named as by `unnamed`) in the function's variables. Empty if the table cannot be read."""
    try:
        return {unnamed(str(route)): route.scopes for route in parse_table(given["ROUTES"])}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def notices(before: Sequence[Resource], after: Sequence[Resource]) -> Iterator[Notice]:
    """Every change of a route's protection, with one notice for all methods of an ANY."""
    old, new = routes(before), routes(after)
    found = (
        notice
        for key in old | new
        for notice in _of_route(old.get(key), new.get(key), _elsewhere(key, old, new), _elsewhere(key, new, old))
    )
    yield from dict.fromkeys(found)


def _elsewhere(key: tuple[str, str], there: Routes, here: Routes) -> Route | None:
    """The route of one side that gets the requests for a route of the other side, such as an ANY or a parameter."""
    if key in there:
        return None
    route = here[key]
    segments = [part.partition("}")[0] for part in route.template.segments]
    return routed([it for (api, _), it in there.items() if api == key[0]], route.method, segments)


def _of_route(was: Route | None, now: Route | None, before: Route | None, after: Route | None) -> Iterator[Notice]:
    """The notices about a route.

    `before` is the old route for the requests of a new route; `after` is the new route for the requests of a removed
    route.
    """
    one, other = was or before, now or after
    if one is None and now:
        is_open = now.protection.kind == "public"
        yield Notice("NEW, PUBLIC" if is_open else "new", now.name, "", str(now.protection), is_open)
    elif other is None and was:
        yield Notice("removed", was.name, str(was.protection), "")
    elif one and other:
        subject = one.name if one.name == other.name else str(was or now)
        words = [f"{it.protection}{'' if it in (was, now) else f', as {it.name}'}" for it in (one, other)]
        label = "removed" if now is None else "new"
        if one.protection != other.protection:
            label = _verdict(one.protection, other.protection)
        elif was and now:
            return
        yield Notice(label, subject, words[0], words[1], label in ("OPENED", "AUTHORIZER CHANGED"))


def _verdict(was: Protection, now: Protection) -> str:
    """`OPENED` if the change may allow more requests, `closed` if it only refuses more."""
    if now.kind == "public":
        return "OPENED"
    if was.kind == "public":
        return "closed"
    if (was.kind, was.authorizer) != (now.kind, now.authorizer) or was.scopes is None or now.scopes is None:
        return "AUTHORIZER CHANGED"
    return "OPENED" if was.scopes - now.scopes else "closed"
