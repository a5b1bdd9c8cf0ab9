"""What the components of the API receive, as plain data in AWS's words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A custom domain name, and the ACM certificate for it in the API's region."""

    name: str
    certificate_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApiSettings:
    """`allowed_origin`: whose pages a browser lets call the API; `protect`: Pulumi refuses to delete or replace it."""

    allowed_origin: str = "*"
    domain: Domain | None = None
    protect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSettings:
    """The backend, to whose address a route's path is appended; `forward_authorization`: it gets the token, too."""

    url: str
    forward_authorization: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSettings:
    """A stage: its name, and its throttle in requests per second (`rate`) and at once (`burst`)."""

    name: str
    throttling_rate_limit: int
    throttling_burst_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """The stage's logs. `manage_account_role`: give API Gateway the account's CloudWatch role where it has none."""

    access_log: bool = False
    retention_in_days: int = 30
    manage_account_role: bool = False
    permissions_boundary: str | None = None
