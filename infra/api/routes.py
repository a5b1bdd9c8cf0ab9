"""The routes of the API, from routes.py or an OpenAPI document; what API Gateway would not take or keep apart."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from authorizer.path_template import PathTemplate, is_parameter
from authorizer.routes import SCOPE, GuardedRoute, indistinguishable, render_table
from infra.auth.environment import MAX_BYTES
from infra.mistakes import ConfigurationError, Mistake, Problem

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
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

    Raises `ConfigurationError` when a field has another type: `public="false"` is true in Python, and would open it.
    """

    method: str
    path: str
    scopes: Sequence[str] = ()
    public: bool = False
    query: Sequence[str] = ()
    page: str | None = None

    def __post_init__(self) -> None:
        if wrong := list(_wrong_types(self)):
            raise ConfigurationError(wrong)

    @property
    def template(self) -> PathTemplate:
        return PathTemplate.parse(self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def guarded(routes: Iterable[Route]) -> list[GuardedRoute]:
    """The protected routes as the authorizer knows them."""
    return [GuardedRoute(route.method, route.path, frozenset(route.scopes)) for route in routes if not route.public]


def mistakes_in(routes: Sequence[Route]) -> list[Mistake]:
    """What is wrong with the route table."""
    if not isinstance(cast("object", routes), list | tuple):
        return [Mistake("ROUTES", "not-a-list", "is not a list of routes", "Write [...] around them.", repr(routes))]
    strays = [
        Mistake(
            f"ROUTES[{at}]", "not-a-route", "is not a Route", 'Write one such as Route("GET", "/pets").', repr(item)
        )
        for at, item in enumerate(cast("Sequence[object]", routes))
        if not isinstance(item, Route)
    ]
    if strays:
        return strays
    found = [mistake for route in routes for mistake in mistakes_in_one(route)]
    if found:
        return found
    twice = [route for route, count in Counter(map(str, routes)).items() if count > 1]
    found += [Mistake(f"route {route}", "duplicate-route", "is listed twice", "Remove one.") for route in twice]
    found += _sibling_parameters(routes)
    resources = {prefix for route in routes for prefix in route.template.prefixes}
    if len(resources) > MAX_RESOURCES:
        what = f"make {len(resources)} resources, and API Gateway takes {MAX_RESOURCES}"
        found.append(Mistake("the paths", "too-many-resources", what, "Split the API."))
    table = guarded(routes)
    if not found and len(render_table(table)) <= MAX_BYTES:  # a longer one is a mistake of its own, and slow to search
        found += _indistinguishable(table)
    if not table:
        fix = "Take public=True, or `security: []`, out of one: the authorizer would guard nothing."
        found.append(Mistake("the routes", "nothing-protected", "are all public", fix))
    return found


def mistakes_in_one(route: Route) -> Iterable[Mistake]:
    """What is wrong with one route, whatever the others are."""

    def wrong(rule: str, what: str, fix: str, got: str | None = None) -> Mistake:
        return Mistake(f"route {route}", rule, what, fix, "" if got is None else repr(got))

    if route.method == "OPTIONS":
        yield wrong("options", "is a preflight, which is made for every path", "Remove it.")
    elif route.method not in METHODS:
        known = route.method.upper() in METHODS
        fix = f"Use {route.method.upper() if known else 'one of ' + ', '.join(METHODS)}."
        yield wrong("unknown-method", "has an unknown method", fix, route.method)
    for problem, got in _problems_in_path(route):
        yield wrong(*problem, got)
    for scope in route.scopes:
        if not SCOPE.fullmatch(scope):
            yield wrong("not-a-scope", "asks for what is no scope (RFC 6749 3.3)", "List each on its own.", scope)
    for name in route.query:
        if not _QUERY.fullmatch(name):
            fix = "Use letters, digits, . _ $ and -, and list each on its own."
            yield wrong("not-a-query-name", "has a query parameter whose name API Gateway does not take", fix, name)
    if route.public and route.scopes:
        yield wrong("public-with-scopes", "is public, yet it asks for scopes", "Remove one of the two.")


def _wrong_types(route: Route) -> Iterable[Mistake]:
    """The fields whose value has another type than theirs. Nothing may be guessed from it, access least of all."""
    key = f"route {route}"
    if not isinstance(cast("object", route.method), str):
        yield Mistake(key, "wrong-type", "method is not text", 'Write one such as "GET".', repr(route.method))
    if not isinstance(cast("object", route.path), str):
        yield Mistake(key, "wrong-type", "path is not text", 'Write one such as "/pets".', repr(route.path))
    for name, value in (("scopes", route.scopes), ("query", route.query)):
        if not _are_names(value):
            yield Mistake(key, "wrong-type", f"{name} is not a list of texts", f'Write {name}=["NAME"].', repr(value))
    if not isinstance(cast("object", route.public), bool):
        fix = "Write public=True, or leave it out."
        yield Mistake(key, "wrong-type", "public is neither True nor False", fix, repr(route.public))
    if not isinstance(cast("object", route.page), str | None):
        yield Mistake(key, "wrong-type", "page is not text", "Give the page's HTML, or leave it out.", repr(route.page))


def _are_names(value: object) -> bool:
    """A text is a sequence of texts, too: without this, scopes="abc" would ask for the scopes a, b and c."""
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in cast("Sequence[object]", value))


def _problems_in_path(route: Route) -> Iterable[tuple[Problem, str | None]]:
    if not route.path.startswith("/"):
        yield Problem("no-slash", "has a path that does not begin with a slash", f"Use `/{route.path}`."), route.path
        return
    segments, parameters = route.template.segments, route.template.parameters
    plain = f"/{'/'.join(segments)}"
    if route.path != plain:
        yield Problem("empty-segment", "has an empty segment in its path", f"Use `{plain}`."), None
    for segment in segments:
        if not _SEGMENT.fullmatch(segment):
            fix = "Use letters, digits, . _ : and -, or {name}."
            yield Problem("not-a-segment", "has a path segment that API Gateway does not take", fix), segment
        elif segment.startswith(":"):
            what, fix = "has a segment that would be taken as it stands", f"Write a parameter as `{{{segment[1:]}}}`."
            yield Problem("colon-parameter", what, fix), segment
    if any(segment.endswith("+}") for segment in segments[:-1]):
        yield (
            Problem("greedy-not-last", "has a {name+}, which takes the rest of the path, before its end", "Move it."),
            None,
        )
    if len(set(parameters)) < len(parameters):
        yield Problem("duplicate-parameter", "has two path parameters of one name", "Rename one."), None


def _sibling_parameters(routes: Sequence[Route]) -> list[Mistake]:
    """API Gateway allows one path parameter below a resource."""
    names: dict[str, set[str]] = {}
    for route in routes:
        template = route.template
        for segment, parent in zip(template.segments, ("/", *template.prefixes), strict=False):
            if is_parameter(segment):
                names.setdefault(parent, set()).add(segment)
    what = "has several path parameters in one place, where API Gateway takes one"
    return [
        Mistake(f"path {parent}", "sibling-parameters", what, "Use one name.", " and ".join(sorted(found)))
        for parent, found in names.items()
        if len(found) > 1
    ]


def _indistinguishable(table: Sequence[GuardedRoute]) -> list[Mistake]:
    """One mistake for each pair of routes that no policy can keep apart."""
    found: dict[tuple[str, str], Mistake] = {}
    for allowed, denied, hit in indistinguishable(table):
        what = (
            f"is reached by a token for {allowed}, because * in an execute-api ARN crosses /, and denying it would "
            f"deny {hit} too"
        )
        fix = "Give these routes the same scopes or other paths."
        found.setdefault((str(allowed), str(denied)), Mistake(f"route {denied}", "indistinguishable", what, fix))
    return list(found.values())
