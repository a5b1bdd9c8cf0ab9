"""What stands behind a method: a backend, a page, or the answer to a preflight. Plain data for `infra.api.methods`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from infra.api.routes import Route

# Statuses that a backend's answer keeps. A non-proxy integration passes on only those it lists: the tutorial's import
# lists 200 alone, and turns a 404 into it. An unlisted status becomes the first of its class, which is how a client is
# to treat one it does not know (RFC 9110 15).
_STATUSES = ("200", "201", "202", "204", "400", "401", "403", "404", "409", "422", "429", "500", "503", "504")
_CLASSES = ("200", "400", "500")
# What fits no pattern, redirects above all, is an answer this API has no use for.
_OTHERWISE = "502"
PRINCIPAL_HEADER = "X-Principal-Id"
SCOPE_HEADER = "X-Scope"


@dataclass(frozen=True)
class Response:
    """An integration response and its method response. `pattern` selects it by the backend's status; None: all else."""

    status: str
    headers: Mapping[str, str]
    pattern: str | None = None
    body: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """An integration: its type, where it goes, what of the request goes there, and what comes back.

    `parameters` are request mappings without their prefix: `header.X` or `path.x` to what it is mapped from.
    """

    type: str
    responses: Sequence[Response]
    http_method: str | None = None
    uri: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    request_body: str | None = None

    @property
    def passthrough_behavior(self) -> str:
        """A backend judges a body's type itself. A MOCK knows one, and would fail on another (500, not 415)."""
        return "NEVER" if self.type == "MOCK" else "WHEN_NO_MATCH"


def http_backend(route: Route, *, backend_url: str, allowed_origin: str, forward_authorization: bool) -> Endpoint:
    """The route's path on the backend.

    Not HTTP_PROXY, which hands every header of the client on, the bearer token included. Of the request's headers this
    one passes what is listed: who calls, from the authorizer and never from the client; the token only if asked for.
    """
    parameters = {f"path.{name}": f"method.request.path.{name}" for name in route.template.parameters}
    parameters |= {f"querystring.{name}": f"method.request.querystring.{name}" for name in route.query}
    if not route.public:
        parameters[f"header.{PRINCIPAL_HEADER}"] = "context.authorizer.principalId"
        parameters[f"header.{SCOPE_HEADER}"] = "context.authorizer.scope"
        if forward_authorization:
            parameters["header.Authorization"] = "method.request.header.Authorization"
    headers = {"Access-Control-Allow-Origin": allowed_origin}
    path = "" if route.path == "/" else route.path.replace("+}", "}")  # a backend's URI has no greedy parameters
    return Endpoint(
        type="HTTP",
        http_method=route.method,
        uri=f"{backend_url}{path}",
        parameters=parameters,
        responses=[
            *(Response(status, headers, _pattern(status)) for status in _STATUSES),
            Response(_OTHERWISE, headers),
        ],
    )


def page(body: str, *, allowed_origin: str) -> Endpoint:
    """HTML that API Gateway answers itself."""
    headers = {"Access-Control-Allow-Origin": allowed_origin, "Content-Type": "text/html"}
    return _mock(Response("200", headers, body=body))


def preflight(methods: Sequence[str], *, allowed_origin: str) -> Endpoint:
    """The answer to a browser that asks which methods and headers it may send from another origin."""
    return _mock(
        Response(
            "200",
            {
                "Access-Control-Allow-Origin": allowed_origin,
                "Access-Control-Allow-Methods": ",".join([*methods, "OPTIONS"]),
                "Access-Control-Allow-Headers": "Authorization,Content-Type,X-Amz-Date,X-Api-Key",
            },
        )
    )


def _mock(response: Response) -> Endpoint:
    return Endpoint(type="MOCK", responses=[response], request_body='{"statusCode": 200}')


def _pattern(status: str) -> str:
    """The statuses that are answered as this one. Patterns must not overlap: API Gateway names no order for them."""
    if status not in _CLASSES:
        return status
    others = [other[1:] for other in _STATUSES if other[0] == status[0] and other != status]
    if status[0] == _OTHERWISE[0]:
        others.append(_OTHERWISE[1:])
    return f"{status[0]}(?!{'|'.join(others)})[0-9][0-9]"
