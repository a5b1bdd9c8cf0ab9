"""Defines the routes of routes.py or an OpenAPI document, and checks the route table."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from authorizer.policy import policy_for
from authorizer.routes import SCOPE, GuardedRoute, PathTemplate, is_parameter
from infra.api.indistinguishable import indistinguishable
from infra.api.integrations import UNMAPPABLE_HEADERS
from infra.api.path_parameters import is_backend_path, parameters, prefixes
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake, Problem

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
ANY = "ANY"  # every method of the path that has no other route
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
MAX_RESOURCES = 300  # AWS raises it on request (Service Quotas)
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
MAX_POLICY_ARN = 512
# AWS documents no limit for a whole policy, only 6 MB for a function's response. A table of 300 resources with six
# methods and two path parameters each makes 446 KB. A function with 512 MB writes that in two of its five seconds.
MAX_POLICY_BYTES = 512 * 1024
_STAGE = "arn:aws:execute-api:eu-central-1:123456789012:abcdefghij/prod"
_LONGEST_STAGE = len("arn:aws-us-gov:execute-api:ap-southeast-1:123456789012:abcdefghij/") + 128  # the stage's name
# The characters that API Gateway accepts in a path part; none of them has a meaning in an ARN.
_SEGMENT = re.compile(r"(?!\.\.?$)[A-Za-z0-9._:-]+|\{[A-Za-z0-9._-]+\+?\}")
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, FunctionName: without the partial ARN.
_FUNCTION = re.compile(r"(arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:)?[\w-]{1,64}(:[\w-]{1,128})?", re.ASCII)
INTEGRATION_TYPES = ("HTTP", "HTTP_PROXY")
HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
# These come from the authorizer or API Gateway, or have a configuration key.
_NOT_THE_CLIENTS = ("authorization", "x-principal-id", "x-scope", "host", *map(str.lower, UNMAPPABLE_HEADERS))
CLAIM_HEADERS = "X-Claim-"  # the beginning of the headers that come from `petstore:contextClaims`
QUERY_NAME = re.compile(r"[A-Za-z0-9._$-]+")


@dataclass(frozen=True)
class Route:
    """One method of one path, or ANY. It needs a valid token, unless it is public.

    Its requests go to `petstore:backendUrl`, with the path appended: docs/backends.md. `scopes`: the token needs all of
    them. `public`: requests need no token.

    `integration`: HTTP or HTTP_PROXY, by default `petstore:integrationType`. `query` and `headers`: names that reach an
    HTTP backend; HTTP_PROXY passes all. `backend_path`: the path at the backend, if it differs. Instead of that
    backend, `function`: a Lambda function's name or ARN, with its alias; `page`: HTML that API Gateway answers itself.

    Raises `ConfigurationError` when a field has another type: `public="false"` is true in Python.
    """

    method: str
    path: str
    scopes: Sequence[str] = ()
    public: bool = False
    query: Sequence[str] = ()
    headers: Sequence[str] = ()
    page: str | None = None
    function: str | None = None
    integration: str | None = None
    backend_path: str | None = None

    def __post_init__(self) -> None:
        if wrong := list(_wrong_types(self)):
            raise ConfigurationError(wrong)

    @property
    def template(self) -> PathTemplate:
        return PathTemplate.parse(self.path)

    @property
    def written_path(self) -> str:
        """The path with the document's final slash, if any. API Gateway has one resource for both spellings."""
        return f"{self.path}/" if self.backend_path == f"{self.path}/" else self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def with_methods(routes: Iterable[Route]) -> list[tuple[Route, list[str]]]:
    """The routes, each with the methods of the requests that API Gateway sends to it.

    For ANY, these are the path's methods that have no other route, public or protected. OPTIONS is not among them: each
    path has its own OPTIONS method, and API Gateway prefers a specific method to ANY.
    """
    table = list(routes)
    taken: dict[str, set[str]] = {}
    for route in table:
        taken.setdefault(route.path, set()).add(route.method)
    return [
        (route, [route.method] if route.method != ANY else [it for it in METHODS if it not in taken[route.path]])
        for route in table
    ]


def guarded(routes: Iterable[Route]) -> list[GuardedRoute]:
    """The protected routes for the authorizer's table.

    The table has no ANY: `*` for a method would match slashes too, and `*/pets` would match `GET /admin/pets`. A path
    keeps the final slash of the document, because clients send it.
    """
    return [
        GuardedRoute(method, route.written_path, frozenset(route.scopes))
        for route, methods in with_methods(routes)
        if not route.public
        for method in methods
    ]


def mistakes_in(routes: Sequence[Route]) -> list[Mistake]:
    """The mistakes in the route table."""
    if not isinstance(cast("object", routes), list | tuple):
        return [Mistake("ROUTES", "not-a-list", "is not a list of routes", "Put the routes in [...].", repr(routes))]
    fix = 'Write one such as Route("GET", "/pets").'
    not_routes = [
        Mistake(f"ROUTES[{at}]", "not-a-route", "is not a Route", fix, repr(item))
        for at, item in enumerate(cast("Sequence[object]", routes))
        if not isinstance(item, Route)
    ]
    if not_routes:
        return not_routes
    found = [mistake for route in routes for mistake in mistakes_in_one(route)]
    if found:
        return found
    twice = [route for route, count in Counter(map(str, routes)).items() if count > 1]
    found += [Mistake(f"route {route}", "duplicate-route", "is listed twice", "Remove one.") for route in twice]
    found += _sibling_parameters(routes)
    resources = {prefix for route in routes for prefix in prefixes(route.template)}
    if len(resources) > MAX_RESOURCES:
        what = f"make {len(resources)} resources, including prefixes, but API Gateway allows {MAX_RESOURCES}"
        fix = 'Split the API, or ask AWS to raise "Resources per API" and edit MAX_RESOURCES in infra/api/routes.py.'
        found.append(Mistake("the paths", "too-many-resources", what, fix))
    found += (
        Mistake(f"route {route}", "any-of-nothing", "has no method left, because each has its own route", "Remove it.")
        for route, methods in with_methods(routes)
        if not methods
    )
    if not found:
        found += mistakes_in_policies(routes)
    if all(route.public for route in routes):
        fix = "Add a protected route, or remove `public=True` or `security: []` from one."
        found.append(Mistake("the routes", "nothing-protected", "are all public, so no route needs a token", fix))
    return found


def mistakes_in_policies(routes: Sequence[Route]) -> Iterable[Mistake]:
    """The routes for which no policy is right, or whose policy is too large."""
    table = guarded(routes)
    if not table:
        return
    names = {(method, route.written_path): str(route) for route, methods in with_methods(routes) for method in methods}
    reported: set[tuple[str, str]] = set()
    for triple in indistinguishable(table):
        allowed, denied, hit = (names[it.method, it.path] for it in triple)
        path = triple[1].template
        can_be_greedy = triple[2].template.greedy and is_parameter(path.segments[-1]) and not path.greedy
        rest = f", such as {prefixes(path)[-1][:-1]}+}}" if can_be_greedy else ""
        if (allowed, denied) not in reported:
            reported.add((allowed, denied))
            what = (
                f"could be called with a token for {allowed}, because * in an execute-api ARN matches /; a policy that "
                f"denies this route would also deny {hit}"
            )
            fix = f"Give these routes the same scopes or other paths{rest}."
            yield Mistake(f"route {denied}", "indistinguishable", what, fix)
    every = frozenset(scope for route in table for scope in route.scopes)
    policies = [policy_for(tuple(table), granted, _STAGE) for granted in (every, frozenset[str]())]
    resources = (arn.removeprefix(_STAGE) for it in policies for each in it["Statement"] for arn in each["Resource"])
    longest = max(resources, key=len)
    if (length := _LONGEST_STAGE + len(longest)) > MAX_POLICY_ARN:
        what = f"make an ARN in a policy up to {length} characters long, but API Gateway allows {MAX_POLICY_ARN}"
        yield Mistake("the paths", "policy-arn-too-long", what, "Shorten the path.", longest)
    if (size := max(len(json.dumps(policy)) for policy in policies)) > MAX_POLICY_BYTES:
        what = f"make a token's policy {size:,} bytes long, but the program allows {MAX_POLICY_BYTES:,}"
        fix = "Use fewer routes with ANY or with path parameters, or split the API."
        yield Mistake("the routes", "policy-too-large", what, fix)


def mistakes_in_one(route: Route) -> Iterable[Mistake]:
    """The mistakes in one route, without regard to the others."""

    def wrong(rule: str, what: str, fix: str, got: str | None = None) -> Mistake:
        return Mistake(f"route {route}", rule, what, fix, "" if got is None else repr(got))

    if route.method == "OPTIONS":
        yield wrong("options", "is a preflight, which the program adds to every path", "Remove it.")
    elif route.method not in (*METHODS, ANY):
        known = route.method.upper() in (*METHODS, ANY)
        fix = f"Use {route.method.upper() if known else 'one of ' + ', '.join((*METHODS, ANY))}."
        yield wrong("unknown-method", "has an unknown method", fix, route.method)
    for problem, got in _problems_in_path(route):
        yield wrong(*problem, got)
    for scope in route.scopes:
        if not SCOPE.fullmatch(scope):
            yield wrong(
                "not-a-scope",
                "needs a scope with characters that RFC 6749 3.3 excludes",
                "List each scope separately.",
                scope,
            )
    yield from (wrong(*problem, got) for problem, got in _problems_in_backend(route))
    for name in route.query:
        if not QUERY_NAME.fullmatch(name):
            fix = "Use letters, digits, . _ $ and -, and list each name separately."
            yield wrong(
                "not-a-query-name", "has a query parameter with a name that API Gateway does not accept", fix, name
            )
    if route.public and route.scopes:
        yield wrong("public-with-scopes", "is public and needs scopes", "Remove one of the two.")


def _wrong_types(route: Route) -> Iterable[Mistake]:
    """The fields whose value has the wrong type. The program never guesses a value, because it could widen access."""
    key = f"route {route}"
    if not isinstance(cast("object", route.method), str):
        yield Mistake(key, "wrong-type", "method is not a string", 'Write one such as "GET".', repr(route.method))
    if not isinstance(cast("object", route.path), str):
        yield Mistake(key, "wrong-type", "path is not a string", 'Write one such as "/pets".', repr(route.path))
    for name, value in (("scopes", route.scopes), ("query", route.query), ("headers", route.headers)):
        if not _are_names(value):
            yield Mistake(key, "wrong-type", f"{name} is not a list of strings", f'Write {name}=["NAME"].', repr(value))
    if not isinstance(cast("object", route.public), bool):
        fix = "Write public=True, or leave it out."
        yield Mistake(key, "wrong-type", "public is neither True nor False", fix, repr(route.public))
    texts = {"page": "Give its HTML", "function": "Give its name or ARN", "integration": "Write HTTP or HTTP_PROXY"}
    for name, fix in {**texts, "backend_path": 'Write one such as "/pets"'}.items():
        value = getattr(route, name)
        if not isinstance(cast("object", value), str | None):
            yield Mistake(key, "wrong-type", f"{name} is not a string", f"{fix}, or leave it out.", repr(value))


def _are_names(value: object) -> bool:  # a string is a sequence of strings: scopes="abc" would need a, b and c
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in cast("Sequence[object]", value))


def _problems_in_backend(route: Route) -> Iterable[tuple[Problem, str | None]]:
    others = [name for name in ("page", "function", "integration") if getattr(route, name) is not None]
    if len(others) > 1:
        what = f"has {' and '.join(others)}, but may have only one of them"
        yield Problem("several-backends", what, "Keep one."), None
    if route.integration not in (None, *INTEGRATION_TYPES):
        yield Problem("unknown-integration", "has an unknown integration", "Use HTTP or HTTP_PROXY."), route.integration
    if route.function is not None and not _FUNCTION.fullmatch(route.function):
        fix = "Use its name, `NAME:ALIAS`, or its ARN."
        yield Problem("not-a-function", "has a function with a name that Lambda does not accept", fix), route.function
    if route.backend_path is not None and not is_backend_path(route.backend_path, route.template):
        what = "has a backend path that is malformed, or has a parameter that the route's path lacks"
        fix = "Write one such as `/v2/pets/{petId}`; `petstore:backendUrl` has the rest of the URL."
        yield Problem("not-a-backend-path", what, fix), route.backend_path
    for name in route.headers:
        if not HEADER.fullmatch(name):
            fix = "Use letters, digits, - and _, and list each name separately."
            yield Problem("not-a-header", "has a header with a name that API Gateway does not accept", fix), name
        elif name.lower() in _NOT_THE_CLIENTS or name.lower().startswith(CLAIM_HEADERS.lower()):
            fix = "Remove it. To pass the token, set forwardAuthorization."
            yield Problem("not-the-clients-header", "passes a header that clients must not set", fix), name


def _problems_in_path(route: Route) -> Iterable[tuple[Problem, str | None]]:
    if not route.path.startswith("/"):
        yield Problem("no-slash", "has a path that does not begin with a slash", f"Use `/{route.path}`."), route.path
        return
    segments, names = route.template.segments, parameters(route.template)
    plain = f"/{'/'.join(segments)}"
    if route.path != plain:
        yield Problem("empty-segment", "has an empty segment in its path", f"Use `{plain}`."), None
    for segment in segments:
        if not _SEGMENT.fullmatch(segment):
            fix = "Use letters, digits, . _ : and -, or a {name}, which takes any segment."
            yield Problem("not-a-segment", "has a path segment that API Gateway does not accept", fix), segment
        elif segment.startswith(":"):
            what, fix = (
                "has a segment that would be a literal, not a parameter",
                f"Write a parameter as `{{{segment[1:]}}}`.",
            )
            yield Problem("colon-parameter", what, fix), segment
    if any(segment.endswith("+}") for segment in segments[:-1]):
        what = "has a {name+} before its last segment, but {name+} takes the rest of the path"
        yield Problem("greedy-not-last", what, "Move it to the end."), None
    if len(set(names)) < len(names):
        yield Problem("duplicate-parameter", "has two path parameters with the same name", "Rename one."), None


def _sibling_parameters(routes: Sequence[Route]) -> list[Mistake]:
    """The paths with several parameters below one resource, of which API Gateway allows one."""
    names: dict[str, set[str]] = {}
    for route in routes:
        template = route.template
        for segment, parent in zip(template.segments, ("/", *prefixes(template)), strict=False):
            if is_parameter(segment):
                names.setdefault(parent, set()).add(segment)
    what = "has several path parameters in one place, but API Gateway allows one"
    return [
        Mistake(f"path {parent}", "sibling-parameters", what, "Use one name.", " and ".join(sorted(found)))
        for parent, found in names.items()
        if len(found) > 1
    ]
