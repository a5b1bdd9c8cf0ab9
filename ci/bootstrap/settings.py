"""Reads the stack's configuration as one typed object. Pulumi.yaml lists the same keys with their types."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from ci.bootstrap.names import ISSUER
from infra.config import aws_validators
from infra.config.config_reader import Reader, stack_configuration
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake, Problem

_REGION = "aws:region"
_ENVIRONMENTS = ("dev", "prod")
_IDS = "`OWNER@OWNER_ID/NAME@REPOSITORY_ID`"
# None of them contains *, ? or a colon, because each is a part of the `sub` that a role trusts.
_REPOSITORY = re.compile(r"[A-Za-z0-9_-]{1,39}(@[0-9]+)?/[A-Za-z0-9._-]{1,100}(@[0-9]+)?")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PROVIDER = re.compile(rf"arn:aws[a-z-]*:iam::\d{{12}}:oidc-provider/{re.escape(ISSUER)}")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, but no dots: TLS.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The checked configuration of this stack. `repository` is written as in the `sub` claim."""

    region: str
    repository: str
    branch: str
    environments: tuple[str, ...]
    domain_names: tuple[str, ...]
    oidc_provider_arn: str
    state_bucket: str

    @classmethod
    def load(cls) -> "Settings":
        """The settings of the running program's stack; see `parse`."""
        found = stack_configuration()
        region = found.get(_REGION) or os.environ.get("AWS_REGION") or ""  # as the provider reads it
        return cls.parse(found | {_REGION: region}, project=pulumi.get_project())

    @classmethod
    def parse(cls, config: Mapping[str, str], *, project: str) -> "Settings":
        """Read and check a configuration. Raises `ConfigurationError` with every mistake of the stack."""
        reader = Reader(config, project)
        settings = cls.read(reader, config.get(_REGION, ""))
        if mistakes := [*reader.mistakes, *reader.unknown_keys()]:
            raise ConfigurationError(mistakes)
        return settings

    @classmethod
    def read(cls, reader: Reader, region: str) -> "Settings":
        """Read the settings. The reader collects the mistakes: if there are any, do not use the settings."""
        if not region:
            fix = f"Run `pulumi config set {_REGION} REGION`, with the region of the stacks."
            reader.mistakes.append(Mistake(_REGION, "required", "is not set", fix))
        settings = cls(
            region=region,
            repository=reader.text("repository", repository),
            branch=reader.text("branch", branch, default="main"),
            environments=reader.lines("environments", _ENVIRONMENTS) or _ENVIRONMENTS,
            domain_names=reader.lines("domainNames"),
            oidc_provider_arn=reader.text("oidcProviderArn", oidc_provider_arn, default=""),
            state_bucket=reader.text("stateBucket", bucket, default=""),
        )
        for key, values, check in (
            ("environments", settings.environments, environment),
            ("domainNames", settings.domain_names, aws_validators.domain_name),
        ):
            for value in values:
                if problem := check(value):
                    reader.wrong(key, problem.rule, f"has an item that {problem.what}", problem.fix, value)
        return settings

    @property
    def preview_subjects(self) -> list[str]:
        """The `sub` claims of jobs without an environment: those for pull requests and for the branch."""
        return [f"repo:{self.repository}:pull_request", f"repo:{self.repository}:ref:refs/heads/{self.branch}"]

    @property
    def deploy_subjects(self) -> list[str]:
        return [f"repo:{self.repository}:environment:{environment}" for environment in self.environments]


def repository(value: str) -> Problem | None:
    found = _REPOSITORY.fullmatch(value)
    if not found:
        return Problem(
            "not-a-repository",
            "is not a repository as GitHub names it in the sub claim",
            f"Use {_IDS} or `OWNER/NAME`.",
        )
    if bool(found[1]) != bool(found[2]):
        return Problem("one-id", "has only one of its two ids", f"Use {_IDS} or `OWNER/NAME`.")
    return None


def environment(value: str) -> Problem | None:
    if not _ENVIRONMENT.fullmatch(value):
        return Problem("not-an-environment", "has characters other than letters, digits, dots, - and _", "Rename it.")
    return None


def branch(value: str) -> Problem | None:
    if not _BRANCH.fullmatch(value) or value.startswith("refs/"):
        return Problem("not-a-branch", "is not the plain name of a branch", "Use one such as `main` or `release/1.2`.")
    return None


def oidc_provider_arn(value: str) -> Problem | None:
    if not _PROVIDER.fullmatch(value):
        return Problem(
            "not-a-provider",
            "is not the ARN of GitHub's provider",
            f"Use `arn:aws:iam::ACCOUNT:oidc-provider/{ISSUER}`.",
        )
    return None


def bucket(value: str) -> Problem | None:
    if not _BUCKET.fullmatch(value):
        return Problem("not-a-bucket", "is not a bucket's name", "Use 3 to 63 lower-case letters, digits and hyphens.")
    return None
