"""Statements that `infra.policies` has no words for."""

from collections.abc import Sequence

from ci.bootstrap.names import ISSUER
from infra.policies import allow, document

AUDIENCE = "sts.amazonaws.com"  # what aws-actions/configure-aws-credentials asks its token for

Statement = dict[str, object]


def deny(*actions: str, **statement: object) -> Statement:
    return {**allow(*actions, **statement), "Effect": "Deny"}


def trust_github(provider_arn: str, subjects: Sequence[str]) -> str:
    """Who may take a role: a workflow whose token has one of these `sub`, to the letter.

    Not sts:TagSession: configure-aws-credentials sends no tags with a token of GitHub's.
    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    """
    return document(
        allow(
            "sts:AssumeRoleWithWebIdentity",
            Principal={"Federated": provider_arn},
            Condition={"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": list(subjects)}},
        )
    )
