"""The settings of the API's components, as plain data with AWS's names."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.api.backends import Backends
from infra.api.integrations import Cors
from infra.api.routes import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A custom domain name, and the ACM certificate for it in the API's region."""

    name: str
    certificate_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApiSettings:
    """A REST API.

    `endpoint_type` is REGIONAL, EDGE or PRIVATE, and only PRIVATE has `vpc_endpoint_ids`. With `protect`, Pulumi
    refuses to delete or replace the API. Bodies of the `binary_media_types` pass as binary data.
    """

    cors: Cors
    endpoint_type: str = "REGIONAL"
    vpc_endpoint_ids: Sequence[str] = ()
    binary_media_types: Sequence[str] = ()
    domain: Domain | None = None
    protect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """The routes of an API, their backends, and the stage that serves them."""

    routes: Sequence[Route]
    backends: Backends
    stage_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSettings:
    """A stage: its name, and its throttle as requests per second (`rate`) and concurrent requests (`burst`)."""

    name: str
    throttling_rate_limit: int
    throttling_burst_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """The stage's logs.

    `manage_account_role`: whether to create API Gateway's account-wide CloudWatch role if missing.
    """

    access_log: bool = False
    retention_in_days: int = 30
    manage_account_role: bool = False
    permissions_boundary: str | None = None
