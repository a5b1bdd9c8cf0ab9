"""Who is let in by what a program declares, route by route, and how a change of that is told.

By the resources, not by `routes.py`: what a base revision's objects looked like then, nobody knows now.
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
    """A change of who is let in, or of whom is believed. `loud`: it may let in who was kept out."""

    label: str
    subject: str
    was: str
    now: str
    loud: bool = False


class Protection(NamedTuple):
    """`kind`: `public`, `token`, or API Gateway's `authorization` where it is neither; `judge`: the authorizer's name;
    `scopes`: None where the authorizer's function has no such route, or no table that can be read.
    """

    kind: str
    judge: str = ""
    scopes: frozenset[str] | None = frozenset()

    def __str__(self) -> str:
        if self.kind != "token":
            return self.kind
        if self.scopes is None:
            return f"whom {self.judge or 'an authorizer'} lets in: no table says whom"
        return f"tokens with {' '.join(sorted(self.scopes))}" if self.scopes else "any valid token"


class Route(NamedTuple):
    """One method of one path. `name`: of the Method in API Gateway, which may be ANY."""

    name: str
    method: str
    template: PathTemplate
    protection: Protection

    def __str__(self) -> str:
        return f"{self.method} {self.template.text}"


Routes = dict[tuple[str, str], Route]


def routes(resources: Sequence[Resource]) -> Routes:
    """By API and by route, whatever its parameters are called. Preflights are none.

    ANY is each of the methods that it stands for.
    """
    by_urn = {each.urn: each for each in resources}
    methods = [
        (each, path_of(each, by_urn) or f"(a path that cannot be told: {each.name})")
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
    judges = made_of(method, "authorizerId", resources)
    tables = [
        scopes_by_route(variables(each, resources))
        for judge in judges
        for each in functions(judge, "authorizerUri", resources)
    ]
    scopes = next((table[unnamed(route)] for table in tables if unnamed(route) in table), None)
    return Protection("token", " ".join(judge.name for judge in judges), scopes)


def scopes_by_route(given: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """From the table among the function's variables; a route as `unnamed` writes it. Empty where it is not ours."""
    try:
        return {unnamed(str(route)): route.scopes for route in parse_table(given["ROUTES"])}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def notices(before: Sequence[Resource], after: Sequence[Resource]) -> Iterator[Notice]:
    """Every change of a route's protection, once for all the methods of an ANY."""
    old, new = routes(before), routes(after)
    found = (
        notice
        for key in old | new
        for notice in _of_route(old.get(key), new.get(key), _elsewhere(key, old, new), _elsewhere(key, new, old))
    )
    yield from dict.fromkeys(found)


def _elsewhere(key: tuple[str, str], there: Routes, here: Routes) -> Route | None:
    """The route that takes the requests of one that is only on the other side, as an ANY or a parameter may."""
    if key in there:
        return None
    route = here[key]
    segments = [part.partition("}")[0] for part in route.template.segments]
    return routed([it for (api, _), it in there.items() if api == key[0]], route.method, segments)


def _of_route(was: Route | None, now: Route | None, before: Route | None, after: Route | None) -> Iterator[Notice]:
    """`before`: what took the requests of a new route; `after`: what takes those of a removed one."""
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
        yield Notice(label, subject, words[0], words[1], label in ("OPENED", "JUDGED ANEW"))


def _verdict(was: Protection, now: Protection) -> str:
    """`OPENED` where somebody may come in who could not, `closed` where nobody may."""
    if now.kind == "public":
        return "OPENED"
    if was.kind == "public":
        return "closed"
    if (was.kind, was.judge) != (now.kind, now.judge) or was.scopes is None or now.scopes is None:
        return "JUDGED ANEW"
    return "OPENED" if was.scopes - now.scopes else "closed"
