"""Who is let in by what a program declares, route by route, and how a change of that is told.

By the resources, not by `routes.py`: what a base revision's objects looked like then, nobody knows now.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from infra.auth.scope_warnings import scopes_by_route, unnamed
from policy import model
from policy.access import is_preflight, path_of
from policy.model import functions, made_of, of
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
    name: str
    protection: Protection


Routes = dict[tuple[str, str], Route]


def routes(resources: Sequence[Resource]) -> Routes:
    """By API and by route, whatever its parameters are called. Preflights are none."""
    by_urn = {each.urn: each for each in resources}
    found: Routes = {}
    for method in of(resources, "apigateway/method:Method"):
        if is_preflight(method, resources):
            continue
        path = path_of(method, by_urn) or f"(a path that cannot be told: {method.name})"
        name = f"{method.inputs.get('httpMethod')} {path}"
        found[str(method.inputs.get("restApi")), unnamed(name)] = Route(name, _protection(method, name, resources))
    return found


def _protection(method: model.Resource, route: str, resources: Sequence[Resource]) -> Protection:
    kind = str(method.inputs.get("authorization"))
    if kind != "CUSTOM":
        return Protection("public" if kind == "NONE" else kind)
    judges = made_of(method, "authorizerId", resources)
    tables = [scopes_by_route(each.inputs) for judge in judges for each in functions(judge, "authorizerUri", resources)]
    scopes = next((table[unnamed(route)] for table in tables if unnamed(route) in table), None)
    return Protection("token", " ".join(judge.name for judge in judges), scopes)


def notices(before: Sequence[Resource], after: Sequence[Resource]) -> Iterator[Notice]:
    """Every change of a route's protection."""
    old, new = routes(before), routes(after)
    for key in old | new:
        yield from _of_route(old.get(key), new.get(key))


def _of_route(was: Route | None, now: Route | None) -> Iterator[Notice]:
    if was is None:
        assert now is not None
        is_open = now.protection.kind == "public"
        yield Notice("NEW, PUBLIC" if is_open else "new", now.name, "", str(now.protection), is_open)
    elif now is None:
        yield Notice("removed", was.name, str(was.protection), "")
    elif was.protection != now.protection:
        label = _verdict(was.protection, now.protection)
        yield Notice(label, now.name, str(was.protection), str(now.protection), label != "closed")


def _verdict(was: Protection, now: Protection) -> str:
    """`OPENED` where somebody may come in who could not, `closed` where nobody may."""
    if now.kind == "public":
        return "OPENED"
    if was.kind == "public":
        return "closed"
    if (was.kind, was.judge) != (now.kind, now.judge) or was.scopes is None or now.scopes is None:
        return "JUDGED ANEW"
    return "OPENED" if was.scopes - now.scopes else "closed"
