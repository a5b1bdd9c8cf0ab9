"""What things are called: those that this project makes, and those that the program at the repository's root makes.

No name of the first matches a pattern of the second: such a role of CI would be a deployment's to change.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pulumi_aws import get_caller_identity

ISSUER = "token.actions.githubusercontent.com"
PREVIEW_ROLE = "github-petstore-preview"
DEPLOY_ROLE = "github-petstore-deploy"
BOUNDARY = "github-petstore-boundary"
STATE_KEY_ALIAS = "alias/github-petstore-state"
_ROOT = Path(__file__).resolve().parents[2]


def _project() -> str:
    """The name of the program's project, in characters that AWS takes, as `infra.names` writes it."""
    text = (_ROOT / "Pulumi.yaml").read_text(encoding="utf-8-sig")
    (name,) = re.findall(r"""^name:[ \t]*["']?([\w.-]+)""", text, re.MULTILINE)
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


PROJECT = _project()


@dataclass(frozen=True)
class Place:
    """One account and region of AWS, and what in it belongs to the program's stacks, whatever they are called.

    The program names its resources `PROJECT-STACK-...`, Pulumi those that it leaves to it `<logical name>-<hex>`.
    """

    partition: str
    account: str
    region: str

    @classmethod
    def here(cls, region: str) -> "Place":
        """The account whose credentials are at hand. Asked for, not derived, so that a preview shows whole policies."""
        identity = get_caller_identity()
        return cls(identity.arn.split(":")[1], identity.account_id, region)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def iam(self, resource: str, account: str | None = None) -> str:
        return f"arn:{self.partition}:iam::{self.account if account is None else account}:{resource}"

    def api_gateway(self, path: str) -> str:
        """API Gateway's ARNs are the paths of its own REST API, of no account: the caller's is meant."""
        return f"arn:{self.partition}:apigateway:{self.region}::{path}"

    @property
    def boundary(self) -> str:
        return self.iam(f"policy/{BOUNDARY}")

    @property
    def function_role(self) -> str:
        return self.iam("role/petstore-jwt-role-*")

    @property
    def logging_role(self) -> str:
        return self.iam(f"role/{PROJECT}-*-api-gateway-logs")

    @property
    def function(self) -> str:
        return self.arn("lambda", f"function:{PROJECT}-*-authorizer")

    @property
    def published_function(self) -> str:
        """Its versions and aliases."""
        return f"{self.function}:*"

    @property
    def log_groups(self) -> list[str]:
        names = (f"/aws/lambda/{PROJECT}-*-authorizer*", "petstore-access-log-group-*")
        return [self.arn("logs", f"log-group:{name}") for name in names]

    @property
    def topic(self) -> str:
        return self.arn("sns", "petstore-alarms-topic-*")

    @property
    def alarms(self) -> str:
        return self.arn("cloudwatch", "alarm:petstore-*-alarm-*")

    @property
    def dashboards(self) -> str:
        return f"arn:{self.partition}:cloudwatch::{self.account}:dashboard/{PROJECT}-*"
