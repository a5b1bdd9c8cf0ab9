"""Policy statements that `infra.policies` does not have."""

from collections.abc import Sequence

from ci.bootstrap.names import ISSUER
from infra.policies import allow, document

AUDIENCE = "sts.amazonaws.com"  # the audience that aws-actions/configure-aws-credentials requests

Statement = dict[str, object]


def deny(*actions: str, **statement: object) -> Statement:
    return {**allow(*actions, **statement), "Effect": "Deny"}


def trust_github(provider_arn: str, subjects: Sequence[str]) -> str:
    """The trust policy of a role that only workflows with one of these `sub` claims in their token may assume.

    It does not need sts:TagSession: configure-aws-credentials sends no tags with a token from GitHub.
    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    """
    return document(
        allow(
            "sts:AssumeRoleWithWebIdentity",
            Principal={"Federated": provider_arn},
            Condition={"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": list(subjects)}},
        )
    )
