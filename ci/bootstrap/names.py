"""The names of this project's resources, and the name patterns of the program at the repository's root.

No name of this project matches a pattern of the program: otherwise a deployment could change that role.
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
    """The name of the program's project, in characters that AWS accepts, as `infra.names` writes it."""
    text = (_ROOT / "Pulumi.yaml").read_text(encoding="utf-8-sig")
    (name,) = re.findall(r"""^name:[ \t]*["']?([\w.-]+)""", text, re.MULTILINE)
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


PROJECT = _project()


@dataclass(frozen=True)
class Place:
    """One account and region of AWS, with the ARNs that belong to the program's stacks of any name.

    The program names its resources `PROJECT-STACK-...`. Pulumi names the others `<logical name>-<hex>`.
    """

    partition: str
    account: str
    region: str

    @classmethod
    def here(cls, region: str) -> "Place":
        """The account and region of the current credentials.

        Previews ask AWS for them too, so they show complete policies.
        """
        identity = get_caller_identity()
        return cls(identity.arn.split(":")[1], identity.account_id, region)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def iam(self, resource: str, account: str | None = None) -> str:
        return f"arn:{self.partition}:iam::{self.account if account is None else account}:{resource}"

    def api_gateway(self, path: str) -> str:
        """An ARN of API Gateway's management API.

        It has no account id, because it always applies to the caller's account.
        """
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
        """The ARNs of the function's versions and aliases."""
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
