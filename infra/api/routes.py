"""The routes of the API, from routes.py or an OpenAPI document; what API Gateway would not take or keep apart."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from authorizer.path_template import PathTemplate, is_parameter
from authorizer.policy import policy_for
from authorizer.routes import SCOPE, GuardedRoute, indistinguishable, rank
from infra.config.errors import ConfigurationError

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
ANY = "ANY"  # each of them that has no route of its own on the path
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
MAX_RESOURCES = 300  # AWS raises it on request (Service Quotas)
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
MAX_POLICY_ARN = 512
# AWS names no limit for a whole policy, only 6 MB for a function's answer. A table of 300 resources with six methods
# and two path parameters each makes 446 KB, which a function of 512 MB writes in two seconds of its five.
MAX_POLICY_BYTES = 512 * 1024
_STAGE = "arn:aws:execute-api:eu-central-1:123456789012:abcdefghij/prod"
_LONGEST_STAGE = len("arn:aws-us-gov:execute-api:ap-southeast-1:123456789012:abcdefghij/") + 128  # the stage's name
# What API Gateway takes as a path part; none of it means anything in an ARN.
_SEGMENT = re.compile(r"[A-Za-z0-9._:-]+|\{[A-Za-z0-9._-]+\+?\}")
_QUERY = re.compile(r"[A-Za-z0-9._$-]+")


class Routable(Protocol):
    """A method, or ANY, of a path."""

    @property
    def method(self) -> str: ...
    @property
    def template(self) -> PathTemplate: ...


AnyRoute = TypeVar("AnyRoute", bound=Routable)


@dataclass(frozen=True)
class Route:
    """One method of one path, or ANY. Whoever holds a valid token may call it, unless it says otherwise.

    `scopes`: what the token must have been granted, all of it. `public`: no token is asked for. `query`: names of
    query parameters that reach the backend. `page`: HTML that API Gateway answers itself, instead of a backend.

    Raises `ConfigurationError` when a field has another type: `public="false"` is true in Python and would open it.
    """

    method: str
    path: str
    scopes: Sequence[str] = ()
    public: bool = False
    query: Sequence[str] = ()
    page: str | None = None

    def __post_init__(self) -> None:
        if wrong := list(_wrong_types(self)):
            raise ConfigurationError([f"route {self.method!s} {self.path!s}: {mistake}" for mistake in wrong])

    @property
    def template(self) -> PathTemplate:
        return PathTemplate.parse(self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def with_methods(routes: Iterable[Route]) -> list[tuple[Route, list[str]]]:
    """The routes, each with the methods of the requests that API Gateway sends to it.

    Of ANY, those that have no route of their own on the path, be it public or protected. OPTIONS is not among them:
    each path has its own OPTIONS method, and a specific method goes before ANY.
    """
    table = list(routes)
    taken: dict[str, set[str]] = {}
    for route in table:
        taken.setdefault(route.path, set()).add(route.method)
    return [
        (route, [route.method] if route.method != ANY else [it for it in METHODS if it not in taken[route.path]])
        for route in table
    ]


def routed(routes: Iterable[AnyRoute], method: str, segments: Sequence[str]) -> AnyRoute | None:
    """The route that API Gateway sends a request with these path segments to.

    From the left, it prefers a literal segment, then `{name}`, then `{name+}`; on one path, the method itself to ANY. A
    path that has neither is passed over.
    """
    candidates = [it for it in routes if it.method in (method, ANY) and it.template.matches(segments)]
    return min(candidates, key=lambda it: ([*map(rank, it.template.segments)], it.method == ANY), default=None)


def guarded(routes: Iterable[Route]) -> list[GuardedRoute]:
    """The protected routes as the authorizer knows them.

    It does not know ANY: `*` for a method would cross slashes as well, and `*/pets` match `GET /admin/pets`.
    """
    return [
        GuardedRoute(method, route.path, frozenset(route.scopes))
        for route, methods in with_methods(routes)
        if not route.public
        for method in methods
    ]


def mistakes_in(routes: Sequence[Route]) -> list[str]:
    """What is wrong with the route table, a sentence each."""
    if not isinstance(cast("object", routes), list | tuple):
        return [f"ROUTES is not a list of routes, got {routes!r}. Write [...] around them."]
    strays = [
        f'ROUTES[{at}] is not a Route, got {item!r}. Write Route("GET", "/pets"), for example.'
        for at, item in enumerate(cast("Sequence[object]", routes))
        if not isinstance(item, Route)
    ]
    if strays:
        return strays
    found = [f"route {route}: {mistake}" for route in routes for mistake in mistakes_in_one(route)]
    if found:
        return found
    twice = [route for route, count in Counter(map(str, routes)).items() if count > 1]
    found += [f"route {route}: listed twice; remove one" for route in twice]
    found += _sibling_parameters(routes)
    resources = {prefix for route in routes for prefix in route.template.prefixes}
    if len(resources) > MAX_RESOURCES:
        found.append(
            f"the paths make {len(resources)} resources, prefixes included; API Gateway takes {MAX_RESOURCES}: "
            'split the API, or have AWS raise "Resources per API" and edit MAX_RESOURCES in infra/api/routes.py'
        )
    found += (
        f"route {route}: each method of the path has a route of its own; remove this one"
        for route, methods in with_methods(routes)
        if not methods
    )
    if not found:
        found += mistakes_in_policies(routes)
    if not any(not route.public for route in routes):
        found.append(
            "no route is protected: the authorizer would guard nothing; take public=True, or `security: []`, out of one"
        )
    return found


def mistakes_in_policies(routes: Sequence[Route]) -> Iterable[str]:
    """What the authorizer could not say in a policy."""
    table = guarded(routes)
    names = {(method, route.path): str(route) for route, methods in with_methods(routes) for method in methods}
    reported: set[tuple[str, str]] = set()
    for triple in indistinguishable(table):
        allowed, denied, hit = (names[it.method, it.path] for it in triple)
        path = triple[1].template
        rest = f", such as {path.text[:-1]}+}}" if triple[2].greedy and is_parameter(path.segments[-1]) else ""
        if (allowed, denied) not in reported:
            reported.add((allowed, denied))
            yield (
                f"route {denied}: a token for {allowed} would reach it, because * in an execute-api ARN crosses /, "
                f"and denying it would deny {hit} too; give these routes the same scopes or other paths{rest}"
            )
    every = frozenset(scope for route in table for scope in route.scopes)
    policies = [policy_for(tuple(table), granted, _STAGE) for granted in (every, frozenset[str]())]
    resources = (arn.removeprefix(_STAGE) for it in policies for each in it["Statement"] for arn in each["Resource"])
    longest = max(resources, key=len)
    if _LONGEST_STAGE + len(longest) > MAX_POLICY_ARN:
        yield (
            f"a policy would name {longest}, which with the ARN of a stage has up to {_LONGEST_STAGE + len(longest)} "
            f"characters; API Gateway takes {MAX_POLICY_ARN}: shorten the path"
        )
    size = max(len(json.dumps(policy)) for policy in policies)
    if size > MAX_POLICY_BYTES:
        yield (
            f"the policy of a token would have {size} bytes; the program allows {MAX_POLICY_BYTES}: use fewer routes "
            "with ANY or with path parameters, or split the API"
        )


def mistakes_in_one(route: Route) -> Iterable[str]:
    """What is wrong with one route, whatever the others are."""
    if route.method == "OPTIONS":
        yield "a preflight is made for every path; remove it"
    elif route.method not in (*METHODS, ANY):
        known = route.method.upper() in (*METHODS, ANY)
        yield f"unknown method; use {route.method.upper() if known else 'one of ' + ', '.join((*METHODS, ANY))}"
    yield from _mistakes_in_path(route)
    yield from (
        f"{scope!r} is no scope (RFC 6749 3.3); list each on its own"
        for scope in route.scopes
        if not SCOPE.fullmatch(scope)
    )
    yield from (
        f"{name!r} is no query parameter's name that API Gateway takes: letters, digits, . _ $ -; list each on its own"
        for name in route.query
        if not _QUERY.fullmatch(name)
    )
    if route.public and route.scopes:
        yield "public, yet it asks for scopes; remove one of the two"


def _wrong_types(route: Route) -> Iterable[str]:
    """The fields whose value has another type than theirs. Nothing may be guessed from it, access least of all."""
    if not isinstance(cast("object", route.method), str):
        yield f'method is not text, got {route.method!r}. Write "GET", for example.'
    if not isinstance(cast("object", route.path), str):
        yield f'path is not text, got {route.path!r}. Write "/pets", for example.'
    for name, value in (("scopes", route.scopes), ("query", route.query)):
        if not _are_names(value):
            yield f'{name} is not a list of texts, got {value!r}. Write {name}=["NAME"].'
    if not isinstance(cast("object", route.public), bool):
        yield f"public is neither True nor False, got {route.public!r}. Write public=True, or leave it out."
    if not isinstance(cast("object", route.page), str | None):
        yield f"page is not text, got {route.page!r}. Give the page's HTML, or leave it out."


def _are_names(value: object) -> bool:
    """A text is a sequence of texts, too: without this, scopes="abc" would ask for the scopes a, b and c."""
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in cast("Sequence[object]", value))


def _mistakes_in_path(route: Route) -> Iterable[str]:
    if not route.path.startswith("/"):
        yield f"the path must begin with a slash; use /{route.path}"
        return
    segments = route.template.segments
    plain = f"/{'/'.join(segments)}"
    if route.path != plain:
        yield f"a segment is empty; use {plain}"
    for segment in segments:
        if not _SEGMENT.fullmatch(segment):
            yield f"{segment!r} is no path segment that API Gateway takes; use letters, digits, . _ : - or {{name}}"
        elif segment.startswith(":"):
            yield f"{segment!r} would be taken as it stands; a path parameter is written {{{segment[1:]}}}"
    if any(segment.endswith("+}") for segment in segments[:-1]):
        yield "a {name+} takes the rest of the path; it must come last"
    if len(set(route.template.parameters)) < len(route.template.parameters):
        yield "a path parameter's name stands twice; rename one"


def _sibling_parameters(routes: Sequence[Route]) -> list[str]:
    """API Gateway allows one path parameter below a resource."""
    names: dict[str, set[str]] = {}
    for route in routes:
        template = route.template
        for segment, parent in zip(template.segments, ("/", *template.prefixes), strict=False):
            if is_parameter(segment):
                names.setdefault(parent, set()).add(segment)
    return [
        f"below {parent}, {' and '.join(sorted(found))} stand in one place; API Gateway takes one there: use one name"
        for parent, found in names.items()
        if len(found) > 1
    ]
