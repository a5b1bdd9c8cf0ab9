"""The routes of the API, from routes.py or an OpenAPI document; what API Gateway would not take or keep apart."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from authorizer.routes import SCOPE, GuardedRoute, indistinguishable, is_parameter, render_table
from infra.config.errors import ConfigurationError

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
# Lambda's quota for all environment variables together is 4,096 bytes; the others need their part.
MAX_TABLE_BYTES = 3_072
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
MAX_RESOURCES = 300  # AWS raises it on request
# What API Gateway takes as a path part; none of it means anything in an ARN.
_SEGMENT = re.compile(r"[A-Za-z0-9._:-]+|\{[A-Za-z0-9._-]+\+?\}")
_QUERY = re.compile(r"[A-Za-z0-9._$-]+")


@dataclass(frozen=True)
class Route:
    """One method of one path. Whoever holds a valid token may call it, unless it says otherwise.

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
    def path_parameters(self) -> list[str]:
        """Names of the `{name}` segments; `{name+}` takes the rest of the path."""
        return [part.strip("{+}") for part in self.path.split("/") if is_parameter(part)]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def guarded(routes: Iterable[Route]) -> list[GuardedRoute]:
    """The protected routes as the authorizer knows them."""
    return [GuardedRoute(route.method, route.path, frozenset(route.scopes)) for route in routes if not route.public]


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
    size = len(render_table(guarded(routes)))
    if size > MAX_TABLE_BYTES:
        found.append(
            f"the protected routes take {size} bytes of the function's environment, of which there are "
            f"{MAX_TABLE_BYTES} for them; split the API or shorten paths and scopes"
        )
    resources = {route.path[:end] for route in routes for end in _ends_of_segments(route.path)}
    if len(resources) > MAX_RESOURCES:
        found.append(f"the paths make {len(resources)} resources; API Gateway takes {MAX_RESOURCES}: split the API")
    if not found:
        reported: set[tuple[str, str]] = set()
        for allowed, denied, hit in indistinguishable(guarded(routes)):
            if (str(allowed), str(denied)) not in reported:
                reported.add((str(allowed), str(denied)))
                found.append(
                    f"route {denied}: a token for {allowed} would reach it, because * in an execute-api ARN crosses /, "
                    f"and denying it would deny {hit} too; give these routes the same scopes or other paths"
                )
    if not any(not route.public for route in routes):
        found.append(
            "no route is protected: the authorizer would guard nothing; take public=True, or `security: []`, out of one"
        )
    return found


def _ends_of_segments(path: str) -> Iterable[int]:
    return (match.end() for match in re.finditer("/[^/]+", path))


def mistakes_in_one(route: Route) -> Iterable[str]:
    """What is wrong with one route, whatever the others are."""
    if route.method == "OPTIONS":
        yield "a preflight is made for every path; remove it"
    elif route.method not in METHODS:
        known = route.method.upper() in METHODS
        yield f"unknown method; use {route.method.upper() if known else 'one of ' + ', '.join(METHODS)}"
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
    segments = route.path[1:].split("/") if route.path != "/" else []
    if "" in segments:
        yield f"a segment is empty; use {re.sub('/+', '/', route.path).rstrip('/')}"
    for segment in filter(None, segments):
        if not _SEGMENT.fullmatch(segment):
            yield f"{segment!r} is no path segment that API Gateway takes; use letters, digits, . _ : - or {{name}}"
        elif segment.startswith(":"):
            yield f"{segment!r} would be taken as it stands; a path parameter is written {{{segment[1:]}}}"
    if any(segment.endswith("+}") for segment in segments[:-1]):
        yield "a {name+} takes the rest of the path; it must come last"
    if len(set(route.path_parameters)) < len(route.path_parameters):
        yield "a path parameter's name stands twice; rename one"


def _sibling_parameters(routes: Sequence[Route]) -> list[str]:
    """API Gateway allows one path parameter below a resource."""
    names: dict[str, set[str]] = {}
    for route in routes:
        segments = route.path.split("/")
        for at, segment in enumerate(segments):
            if is_parameter(segment):
                names.setdefault("/".join(segments[:at]) or "/", set()).add(segment)
    return [
        f"below {parent}, {' and '.join(sorted(found))} stand in one place; API Gateway takes one there: use one name"
        for parent, found in names.items()
        if len(found) > 1
    ]
