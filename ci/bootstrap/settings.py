"""The stack's configuration as one typed object. The same keys, with their types, stand in Pulumi.yaml."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pulumi

from ci.bootstrap.names import ISSUER
from infra.config import aws_validators
from infra.config.config_reader import Reader
from infra.config.errors import ConfigurationError
from infra.config.validators import Problem

_ENVIRONMENTS = ("dev", "prod")
# No *, no ? and no colon in any of them: each stands in the `sub` that a role is trusted for.
_REPOSITORY = re.compile(r"[A-Za-z0-9_-]{1,39}(@[0-9]+)?/[A-Za-z0-9._-]{1,100}(@[0-9]+)?")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PROVIDER = re.compile(rf"arn:aws[a-z-]*:iam::\d{{12}}:oidc-provider/{re.escape(ISSUER)}")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, without dots: TLS takes none.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `pulumi config` holds for this stack, checked. `repository` as it stands in the `sub` claim."""

    region: str
    repository: str
    branch: str
    environments: tuple[str, ...]
    domain_names: tuple[str, ...]
    oidc_provider_arn: str
    state_bucket: str

    @classmethod
    def load(cls) -> "Settings":
        """Read and check the stack's configuration.

        Raises `ConfigurationError` with every mistake of the stack, before any resource is declared.
        """
        reader = Reader()
        region = pulumi.Config("aws").get("region") or os.environ.get("AWS_REGION") or ""  # as the provider reads it
        settings = cls(
            region=region,
            repository=reader.text("repository", repository),
            branch=reader.text("branch", branch, default="main"),
            environments=reader.lines("environments") or _ENVIRONMENTS,
            domain_names=reader.lines("domainNames"),
            oidc_provider_arn=reader.text("oidcProviderArn", oidc_provider_arn, default=""),
            state_bucket=reader.text("stateBucket", bucket, default=""),
        )
        mistakes = [*settings._mistakes(reader), *reader.mistakes, *reader.unknown_keys()]
        if mistakes:
            raise ConfigurationError(mistakes)
        return settings

    @property
    def preview_subjects(self) -> list[str]:
        """The `sub` of jobs that name no environment: of pull requests, and of the branch."""
        return [f"repo:{self.repository}:pull_request", f"repo:{self.repository}:ref:refs/heads/{self.branch}"]

    @property
    def deploy_subjects(self) -> list[str]:
        return [f"repo:{self.repository}:environment:{environment}" for environment in self.environments]

    def _mistakes(self, reader: Reader) -> Iterator[str]:
        if not self.region:
            yield "aws:region is required, that of the stacks to deploy; run `pulumi config set aws:region REGION`"
        for name in self.environments:
            if not _ENVIRONMENT.fullmatch(name):
                yield f"{reader.name('environments')} holds {name!r}: not letters, digits, dots, - and _; rename it"
        for name in self.domain_names:
            if problem := aws_validators.domain_name(name):
                yield f"{reader.name('domainNames')} holds {name!r}: {problem.what}; {problem.fix}"


def repository(value: str) -> Problem | None:
    found = _REPOSITORY.fullmatch(value)
    if not found:
        return Problem("not a repository as in a sub claim", "use OWNER@OWNER_ID/NAME@REPOSITORY_ID or OWNER/NAME")
    if bool(found[1]) != bool(found[2]):
        return Problem("only one of its two ids", "use OWNER@OWNER_ID/NAME@REPOSITORY_ID, or none of them")
    return None


def branch(value: str) -> Problem | None:
    if not _BRANCH.fullmatch(value) or value.startswith("refs/"):
        return Problem("not the plain name of one branch", "use it as in main or release/1.2")
    return None


def oidc_provider_arn(value: str) -> Problem | None:
    if not _PROVIDER.fullmatch(value):
        return Problem("not the ARN of GitHub's provider", f"use arn:aws:iam::ACCOUNT:oidc-provider/{ISSUER}")
    return None


def bucket(value: str) -> Problem | None:
    if not _BUCKET.fullmatch(value):
        return Problem("not a bucket's name", "use 3 to 63 lower-case letters, digits and hyphens")
    return None
