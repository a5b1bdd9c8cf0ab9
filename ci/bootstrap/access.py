"""Gives GitHub's workflows access to AWS, with OIDC tokens instead of stored keys."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import iam

from ci.bootstrap.boundary import boundary
from ci.bootstrap.deploying import deploying
from ci.bootstrap.names import BOUNDARY, DEPLOY_ROLE, ISSUER, PREVIEW_ROLE, Place
from ci.bootstrap.policies import AUDIENCE, trust_github
from ci.bootstrap.reading import reading
from ci.bootstrap.state import State
from infra.policies import document


class GitHubAccess(pulumi.ComponentResource):
    """`petstore:ci:GitHubAccess`: two roles for one repository's workflows, and a permissions boundary.

    Children: the OpenIdConnectProvider, unless the account has one; it outlives `pulumi destroy`, because other
    projects may use it. The Policy that is the boundary of every role that a deployment creates. A Role with its
    RolePolicy for previews, and one for deployments; each has a second RolePolicy if the state is in the account.
    """

    preview_role_arn: pulumi.Output[str]
    deploy_role_arn: pulumi.Output[str]
    boundary_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        place: Place,
        state: State | None,
        preview_subjects: Sequence[str],
        deploy_subjects: Sequence[str],
        domain_names: Sequence[str],
        oidc_provider_arn: str = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("petstore:ci:GitHubAccess", name, None, opts)
        self._name, self._child = name, pulumi.ResourceOptions(parent=self)
        self._issuer_arn = oidc_provider_arn or self._issuer()
        self.boundary_arn = iam.Policy(
            f"{name}-boundary",
            name=BOUNDARY,
            description="The most that a role made by a deployment of the PetStore can do",
            policy=boundary(place),
            opts=self._child,
        ).arn
        read = reading(place, domain_names)
        preview, deploy = (
            self._role(
                "preview",
                PREVIEW_ROLE,
                "Previews the PetStore's stacks: reads their resources, changes nothing",
                preview_subjects,
            ),
            self._role("deploy", DEPLOY_ROLE, "Deploys the PetStore's stacks, and nothing else", deploy_subjects),
        )
        self._grant("preview", preview, document(*read))
        self._grant("deploy", deploy, document(*read, *deploying(place, domain_names)))
        if state:
            self._grant("preview-state", preview, state.reading)
            self._grant("deploy-state", deploy, state.writing)
        self.preview_role_arn, self.deploy_role_arn = preview.arn, deploy.arn
        self.register_outputs({"previewRoleArn": preview.arn, "deployRoleArn": deploy.arn})

    def _issuer(self) -> pulumi.Output[str]:
        return iam.OpenIdConnectProvider(
            f"{self._name}-provider",
            url=f"https://{ISSUER}",
            client_id_lists=[AUDIENCE],
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        ).arn

    def _role(self, purpose: str, name: str, description: str, subjects: Sequence[str]) -> iam.Role:
        return iam.Role(
            f"{self._name}-{purpose}-role",
            name=name,
            description=description,
            assume_role_policy=pulumi.Output.from_input(self._issuer_arn).apply(
                lambda arn: trust_github(arn, subjects)
            ),
            opts=self._child,
        )

    def _grant(self, purpose: str, role: iam.Role, policy: pulumi.Input[str]) -> None:
        iam.RolePolicy(f"{self._name}-{purpose}-policy", role=role.id, policy=policy, opts=self._child)
