"""Integrations of API Gateway as plain data, which `infra.api.backends` creates and `infra.api.methods` declares.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-integration-settings.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

# API Gateway writes these headers itself, and answers 500 if a response maps one of them. LocalStack's tests
# test_http_integration_with_lambda and test_apigateway_header_remapping_http recorded this from AWS.
UNMAPPABLE_HEADERS = ("Content-Length", "Transfer-Encoding")
# A page can always read these (Fetch standard, CORS-safelisted response-header name).
_SAFELISTED = (
    "Cache-Control",
    "Content-Language",
    "Content-Length",
    "Content-Type",
    "Expires",
    "Last-Modified",
    "Pragma",
)
ALLOWED_HEADERS = ("Authorization", "Content-Type", "X-Amz-Date", "X-Api-Key")
NO_ORIGIN = "none"


@dataclass(frozen=True, slots=True)
class Response:
    """An integration response and its method response.

    `headers` has the source of each header's value: `'text'` or `integration.response.header.NAME`. `pattern` is a
    regular expression for the backend's status. None is for every status that no other pattern matches.
    """

    status: str
    headers: Mapping[str, str]
    pattern: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """An integration of API Gateway, with AWS's names.

    `parameters` maps a part of the request (`header.X`, `path.x` or `querystring.x`, without AWS's prefix) to the
    source of its value. `function` is the name or ARN of the Lambda function that API Gateway needs permission to
    invoke.
    """

    type: Literal["HTTP", "HTTP_PROXY", "AWS_PROXY", "MOCK"]
    http_method: str | None = None
    uri: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    request_body: str | None = None
    responses: Sequence[Response] = ()
    vpc_link_id: str = ""
    timeout_in_millis: int | None = None
    function: str = ""

    @property
    def passthrough_behavior(self) -> str | None:
        """AWS's `passthroughBehavior`; None if the backend checks the body's type.

        A MOCK has one template, and without this setting would answer 500 to other types.
        """
        return {"MOCK": "NEVER", "AWS_PROXY": None}.get(self.type, "WHEN_NO_MATCH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    """The CORS settings for the responses that API Gateway makes or maps itself.

    `allowed_origin` is one origin, `*`, or `none`, which turns CORS off; `max_age` is in seconds.
    """

    allowed_origin: str = "*"
    allowed_headers: Sequence[str] = ALLOWED_HEADERS
    exposed_headers: Sequence[str] = ()
    max_age: int = 600

    @property
    def is_on(self) -> bool:
        return self.allowed_origin != NO_ORIGIN

    def headers(self, readable: Sequence[str] = ()) -> dict[str, str]:
        """The CORS headers of a response; `readable` has the names of its headers that a page may read."""
        if not self.is_on:
            return {}
        exposed = [name for name in distinct((*readable, *self.exposed_headers)) if name not in _SAFELISTED]
        return {
            "Access-Control-Allow-Origin": static(self.allowed_origin),
            **({"Access-Control-Expose-Headers": static(",".join(exposed))} if exposed else {}),
        }

    def preflight(self, methods: Sequence[str]) -> Integration:
        """The integration that answers a browser's preflight with the allowed methods and headers."""
        return mock(
            {
                "Access-Control-Allow-Origin": static(self.allowed_origin),
                "Access-Control-Allow-Methods": static(",".join([*methods, "OPTIONS"])),
                "Access-Control-Allow-Headers": static(",".join(distinct(self.allowed_headers))),
                "Access-Control-Max-Age": static(str(self.max_age)),
            }
        )


def distinct(names: Sequence[str]) -> list[str]:
    """The header names without duplicates. Names that differ only in case are equal."""
    first = {name.lower(): name for name in reversed(names)}
    return [name for name in dict.fromkeys(names) if first[name.lower()] == name]


def static(value: str) -> str:
    return f"'{value}'"


def mock(headers: Mapping[str, str], body: str | None = None) -> Integration:
    return Integration(type="MOCK", responses=[Response("200", headers, body=body)], request_body='{"statusCode": 200}')
