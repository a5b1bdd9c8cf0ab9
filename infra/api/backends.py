"""The backends of an API, which create the integrations of its routes. A new kind is a class with `integration`."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from authorizer.environment import context_key
from authorizer.routes import PathTemplate
from infra.api.integrations import Cors, Integration, Response, distinct, mock, static
from infra.api.path_parameters import parameters, prefixes
from infra.api.routes import CLAIM_HEADERS, Route, with_methods

PRINCIPAL_HEADER = "X-Principal-Id"
SCOPE_HEADER = "X-Scope"
# Headers of the backend's response that an HTTP integration passes. API Gateway passes only mapped headers.
RESPONSE_HEADERS = (
    *("Content-Type", "Location", "ETag", "Retry-After", "Cache-Control", "Content-Disposition", "Link", "Allow"),
)
# Statuses that pass unchanged. Each costs two resources for each method, so the list is short.
# Other statuses become the first of their class: RFC 9110 15 asks clients to treat unknown statuses in this way.
_STATUSES = ("200", "400", "403", "404")
_STATUSES_OF_CHANGES = ("200", "201", "204", "400", "403", "404", "409")
_CLASSES = ("200", "400")
# The response for statuses that match no pattern: 5XX, and redirects, which clients of this API could not follow.
_OTHERWISE = "500"


class Backend(Protocol):
    """A backend, which answers the requests for a route."""

    def integration(self, route: Route) -> Integration: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """An HTTP server. `url` is the part before a route's path; `vpc_link_id` is the VPC link to a private server."""

    url: str
    vpc_link_id: str = ""
    timeout_in_millis: int | None = None

    def uri(self, route: Route) -> str:
        path = route.backend_path or route.path
        return self.url + ("" if path == "/" else path.replace("+}", "}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """`HTTP`: passes only mapped parts of requests and responses.

    The mapped parts of a request are the path's parameters, the query parameters and headers that the route lists, and
    the body. `X-Principal-Id`, `X-Scope` and an `X-Claim-...` for each of `context_claims` identify the caller. Their
    values come from the authorizer, never from the client. The backend gets the token only with
    `forward_authorization`.
    """

    upstream: Upstream
    cors: Cors
    forward_authorization: bool = False
    context_claims: Sequence[str] = ()
    response_headers: Sequence[str] = RESPONSE_HEADERS
    statuses: Sequence[str] = ()

    def integration(self, route: Route) -> Integration:
        parameters = _paths(route)
        for kind, names in (("querystring", route.query), ("header", distinct(route.headers))):
            parameters |= {f"{kind}.{name}": f"method.request.{kind}.{name}" for name in names}
        if not route.public:
            parameters[f"header.{PRINCIPAL_HEADER}"] = "context.authorizer.principalId"
            parameters[f"header.{SCOPE_HEADER}"] = "context.authorizer.scope"
            # API Gateway omits a header if the token lacks the claim; HTTP passes none of the client's instead.
            for key in map(context_key, self.context_claims):
                parameters[f"header.{CLAIM_HEADERS}{key.replace('_', '-')}"] = f"context.authorizer.{key}"
            if self.forward_authorization:
                parameters["header.Authorization"] = "method.request.header.Authorization"
        passed = {name: f"integration.response.header.{name}" for name in self.response_headers}
        headers = passed | self.cors.headers(self.response_headers)
        own = _STATUSES if route.method in ("GET", "HEAD") else _STATUSES_OF_CHANGES
        statuses = sorted({*own, *self.statuses} - {_OTHERWISE})
        return Integration(
            type="HTTP",
            http_method=route.method,
            uri=self.upstream.uri(route),
            parameters=parameters,
            responses=[
                *(Response(status, headers, _pattern(status, statuses)) for status in statuses),
                Response(_OTHERWISE, headers),
            ],
            vpc_link_id=self.upstream.vpc_link_id,
            timeout_in_millis=self.upstream.timeout_in_millis,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProxy:
    """`HTTP_PROXY`: passes method, path, query, headers, body and status in both directions, including the token.

    It maps no header: AWS does not document the result if the client also sends a mapped header, in another case or
    twice. If the mapped value is empty, the client's header passes. So the backend reads the token's claims itself.
    """

    upstream: Upstream

    def integration(self, route: Route) -> Integration:
        return Integration(
            type="HTTP_PROXY",
            http_method=route.method,
            uri=self.upstream.uri(route),
            parameters=_paths(route),
            vpc_link_id=self.upstream.vpc_link_id,
            timeout_in_millis=self.upstream.timeout_in_millis,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaProxy:
    """`AWS_PROXY`: invokes a Lambda function, which gets the caller as `requestContext.authorizer`."""

    function: str
    timeout_in_millis: int | None = None

    def integration(self, route: Route) -> Integration:  # noqa: ARG002 - the event names the route
        # API Gateway calls Lambda's API with POST, for every method of the client.
        return Integration(
            type="AWS_PROXY", http_method="POST", function=self.function, timeout_in_millis=self.timeout_in_millis
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`MOCK`: HTML that API Gateway answers itself."""

    html: str
    cors: Cors

    def integration(self, route: Route) -> Integration:  # noqa: ARG002 - the page is the same
        return mock({"Content-Type": static("text/html"), **self.cors.headers()}, self.html)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backends:
    """Selects the backend of each route.

    `integration_type` is `HTTP` or `HTTP_PROXY`, for routes that do not set it. `response_headers` and `statuses` are
    passed by `HTTP`, in addition to the standard ones.
    """

    url: str
    cors: Cors
    integration_type: str = "HTTP"
    vpc_link_id: str = ""
    timeout_in_millis: int | None = None
    forward_authorization: bool = False
    context_claims: Sequence[str] = ()
    response_headers: Sequence[str] = ()
    statuses: Sequence[str] = ()

    def of(self, route: Route) -> Backend:
        if route.page is not None:
            return Page(html=route.page, cors=self.cors)
        if route.function is not None:
            return LambdaProxy(function=route.function, timeout_in_millis=self.timeout_in_millis)
        if (route.integration or self.integration_type) == "HTTP_PROXY":
            return HttpProxy(upstream=self._upstream)
        return Http(
            upstream=self._upstream,
            cors=self.cors,
            forward_authorization=self.forward_authorization,
            context_claims=self.context_claims,
            response_headers=distinct((*RESPONSE_HEADERS, *self.response_headers)),
            statuses=self.statuses,
        )

    def integrations(self, routes: Sequence[Route]) -> Iterator[tuple[Route, Integration]]:
        """Each route with its integration; then, for each path, the integration that answers a browser's preflight.

        With `HTTP_PROXY`, the backend handles CORS, so preflights go to it too. Preflights are public: a browser sends
        them without credentials (Fetch standard, CORS-preflight fetch).
        """
        declared = [(route, self.of(route).integration(route)) for route in routes]
        yield from declared
        if not self.cors.is_on:
            return
        verbs: dict[str, list[str]] = {}
        for route, methods in with_methods(routes):
            verbs.setdefault(route.path, []).extend(methods)
        proxied = {route.path: route for route, it in reversed(declared) if it.type == "HTTP_PROXY"}
        for path, methods in verbs.items():
            options = Route("OPTIONS", path, public=True)
            if path in proxied:
                options = dataclasses.replace(options, backend_path=proxied[path].backend_path)
                yield options, HttpProxy(upstream=self._upstream).integration(options)
            else:
                yield options, self.cors.preflight(sorted(methods))

    def resources(self, routes: Sequence[Route]) -> int:
        """The number of Pulumi resources that the methods and the paths of these routes need."""
        paths = {prefix for route in routes for prefix in prefixes(route.template)}
        made = [integration for _, integration in self.integrations(routes)]
        return len(paths) + sum(2 + 2 * len(each.responses) + bool(each.function) for each in made)

    @property
    def _upstream(self) -> Upstream:
        return Upstream(url=self.url, vpc_link_id=self.vpc_link_id, timeout_in_millis=self.timeout_in_millis)


def function_arn(function: str, execution_arn: str) -> str:
    """The ARN of a function, given by name or ARN. A name is one in the API's account and region; an alias is kept."""
    if function.startswith("arn:"):
        return function
    _, partition, _, region, account, *_ = execution_arn.split(":")
    return f"arn:{partition}:lambda:{region}:{account}:function:{function}"


def invocation_uri(arn: str) -> str:
    """The URI with which API Gateway invokes the function with this ARN."""
    _, partition, _, region, *_ = arn.split(":")
    return f"arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def qualified(function: str) -> tuple[str, str | None]:
    """A function's name or ARN without its alias or version, and the alias or version."""
    parts = function.split(":")
    bare = 7 if function.startswith("arn:") else 1
    return ":".join(parts[:bare]), parts[bare] if len(parts) > bare else None


def _paths(route: Route) -> dict[str, str]:
    at_backend = PathTemplate.parse(route.backend_path or route.path)
    return {f"path.{name}": f"method.request.path.{name}" for name in parameters(at_backend)}


def _pattern(status: str, statuses: Sequence[str]) -> str:
    """The pattern of the backend's statuses that become this one.

    Patterns do not overlap, because API Gateway defines no order for them. It does not matter whether API Gateway
    compares the whole status or its beginning: a pattern has three digits, as a status does.
    """
    if status not in _CLASSES:
        return status
    others = [re.escape(other[1:]) for other in statuses if other[0] == status[0] and other != status]
    return f"{status[0]}(?!{'|'.join(others)})[0-9][0-9]" if others else f"{status[0]}[0-9][0-9]"
