"""The role by which API Gateway writes to CloudWatch. An account has one per region, for all APIs in it."""

import pulumi
from pulumi_aws import apigateway, iam

from infra.names import stack_name
from infra.policies import trust

_ID = "api-gateway-account"  # whatever the id says, the account is the caller's own
_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"  # which AWS made for this


class AccountLogging(pulumi.ComponentResource):
    """`petstore:api:AccountLogging`: the account's CloudWatch role, where it has none.

    Children: the Account as it is, read and not managed; where that has no role, or the one that this stack has given
    it, the Role, its RolePolicyAttachment and the Account. These outlive `pulumi destroy`, for other stacks' logs hang
    on them. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html

    `ready` holds the resources to wait for before a log is turned on.
    """

    ready: pulumi.Output[list[pulumi.Resource]]

    def __init__(
        self, name: str, *, permissions_boundary: str | None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("petstore:api:AccountLogging", name, None, opts)
        self._name, self._boundary = name, permissions_boundary
        account = apigateway.Account.get(f"{name}-account-as-it-is", _ID, opts=pulumi.ResourceOptions(parent=self))
        # Declared or not by what the account says: the one place where a plan follows from what AWS answers.
        self.ready = account.cloudwatch_role_arn.apply(self._give_role)
        self.register_outputs({})

    def _give_role(self, current: str | None) -> list[pulumi.Resource]:
        role_name = f"{stack_name()}-api-gateway-logs"[-64:]
        if current and not current.endswith(f"/{role_name}"):
            return []  # somebody else's, which works as well
        kept = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        # One that is there outlived an earlier `destroy` of this stack, unless it is in the state: then this is void.
        adopted = pulumi.ResourceOptions(import_=role_name if current else None)
        role = iam.Role(
            f"{self._name}-account-role",
            name=role_name,
            description="Lets API Gateway write the logs of all APIs of this account and region; shared",
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
