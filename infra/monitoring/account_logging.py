"""Declares API Gateway's role for CloudWatch. An account has one role in each region, for all its APIs."""

import pulumi
from pulumi_aws import apigateway, iam

from infra.names import stack_name
from infra.policies import trust

_ID = "api-gateway-account"  # any id works: the account is always the caller's
_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"  # AWS's policy for this role


class AccountLogging(pulumi.ComponentResource):
    """`petstore:api:AccountLogging`: the account's CloudWatch role, if it is missing.

    Children: the existing Account, which is read and not managed. If the account has no role, or this stack's role,
    also the Role, its RolePolicyAttachment and the Account. These outlive `pulumi destroy`, because other stacks' logs
    need them.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html

    `ready` lists the resources that must exist before a log is turned on.
    """

    ready: pulumi.Output[list[pulumi.Resource]]

    def __init__(
        self, name: str, *, permissions_boundary: str | None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("petstore:api:AccountLogging", name, None, opts)
        self._name, self._boundary = name, permissions_boundary
        account = apigateway.Account.get(f"{name}-account-as-it-is", _ID, opts=pulumi.ResourceOptions(parent=self))
        # Whether it is declared depends on the account: only here, a plan depends on a response from AWS.
        self.ready = account.cloudwatch_role_arn.apply(self._give_role)
        self.register_outputs({})

    def _give_role(self, current: str | None) -> list[pulumi.Resource]:
        role_name = f"{stack_name()}-api-gateway-logs"[-64:]
        if current and not current.endswith(f"/{role_name}"):
            return []  # another owner's role, which also works
        kept = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        # An existing role outlived an earlier `destroy` of this stack. If it is in the state, the import has no effect.
        adopted = pulumi.ResourceOptions(import_=role_name if current else None)
        role = iam.Role(
            f"{self._name}-account-role",
            name=role_name,
            description="API Gateway writes the logs of all APIs of this account and region; shared",
            assume_role_policy=trust("apigateway.amazonaws.com"),
            permissions_boundary=self._boundary,
            opts=pulumi.ResourceOptions.merge(kept, adopted),
        )
        attachment = iam.RolePolicyAttachment(
            f"{self._name}-account-role-policy",
            role=role.name,
            policy_arn=role.arn.apply(lambda arn: f"{arn.partition(':iam:')[0]}:iam::aws:policy/{_POLICY}"),
            opts=kept,
        )
        account = apigateway.Account(
            f"{self._name}-account",
            cloudwatch_role_arn=role.arn,
            opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(depends_on=[attachment])),
        )
        return [account]
