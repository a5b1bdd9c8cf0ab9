"""GitHub's access as declared: the trusted tokens, the retained state, and the limits of a deployment's roles."""

import json
import re

import pytest

from ci.bootstrap.names import BOUNDARY
from tests.ci.iam import allows, may_assume
from tests.testkit.bootstrap import ACCOUNT, ISSUER, PROVIDER, REPOSITORY, granted, run, statements, trusted
from tools.preview.mock_recorder import Declared

MAIN = f"repo:{REPOSITORY}:ref:refs/heads/main"
PULL_REQUEST = f"repo:{REPOSITORY}:pull_request"
DEV, PROD = (f"repo:{REPOSITORY}:environment:{name}" for name in ("dev", "prod"))
TRUSTED = [("preview", MAIN), ("preview", PULL_REQUEST), ("deploy", DEV), ("deploy", PROD)]


@pytest.fixture(scope="module")
def adopted() -> Declared:
    """With a provider that the account already has: the trust policy contains its ARN."""
    return run({"petstore-bootstrap:oidcProviderArn": PROVIDER})


def takes(declared: Declared, role: str, sub: str, **claims: str) -> bool:
    return may_assume(trusted(declared, role), PROVIDER, {"aud": "sts.amazonaws.com", "sub": sub, **claims})


@pytest.mark.parametrize(("role", "sub"), TRUSTED)
def test_a_job_of_the_repository_may_assume_its_own_role_only(adopted: Declared, role: str, sub: str):
    assert takes(adopted, role, sub)
    assert not takes(adopted, "deploy" if role == "preview" else "preview", sub)


@pytest.mark.parametrize("role", ["preview", "deploy"])
@pytest.mark.parametrize(
    "sub",
    [
        # Another repository: a fork, one of the same name with another owner, one that took over the name.
        *(
            sub.replace(REPOSITORY, other)
            for _, sub in TRUSTED
            for other in (
                "mallory@66/petstore@75",
                "octo-org@65/petstore@75",
                "octo-org@66/petstore@74",
                "octo-org/petstore",
                "octo-org@65/petstore@744",
                "octo-org@65/petstore-fork@74",
                "Octo-Org@65/petstore@74",
                "x/octo-org@65/petstore@74",
                "*",
            )
        ),
        f"repo:{REPOSITORY}:ref:refs/heads/feature",
        f"repo:{REPOSITORY}:ref:refs/heads/main/x",
        f"repo:{REPOSITORY}:ref:refs/heads/*",
        f"repo:{REPOSITORY}:ref:refs/tags/main",
        f"repo:{REPOSITORY}:environment:staging",
        f"repo:{REPOSITORY}:environment:production",
        f"repo:{REPOSITORY}:environment:PROD",
        f"repo:{REPOSITORY}:*",
        f"repo:{REPOSITORY}",
        "",
    ],
)
def test_no_other_repository_branch_or_environment_may_assume_a_role(adopted: Declared, role: str, sub: str):
    assert not takes(adopted, role, sub)


@pytest.mark.parametrize(("role", "sub"), TRUSTED)
def test_a_token_with_another_audience_or_issuer_assumes_no_role(adopted: Declared, role: str, sub: str):
    assert not takes(adopted, role, sub, aud="https://github.com/octo-org")
    assert not may_assume(trusted(adopted, role), PROVIDER, {"sub": sub})
    assert not may_assume(trusted(adopted, role), PROVIDER, {"aud": "sts.amazonaws.com"})
    elsewhere = f"arn:aws:iam::{ACCOUNT}:oidc-provider/gitlab.example"
    assert not may_assume(trusted(adopted, role), elsewhere, {"aud": "sts.amazonaws.com", "sub": sub})


def test_the_trust_policies_contain_no_pattern(bootstrap: Declared):
    for role in bootstrap.of("Role"):
        assert not re.search(r"[*?]|Like", role.inputs["assumeRolePolicy"])


def test_a_stack_may_set_a_repository_without_ids_another_branch_and_other_environments():
    declared = run(
        {
            "petstore-bootstrap:oidcProviderArn": PROVIDER,
            "petstore-bootstrap:repository": "octo-org/petstore",
            "petstore-bootstrap:branch": "release/1.2",
            "petstore-bootstrap:environments": '["live"]',
        }
    )
    assert takes(declared, "preview", "repo:octo-org/petstore:ref:refs/heads/release/1.2")
    assert takes(declared, "deploy", "repo:octo-org/petstore:environment:live")
    assert not takes(declared, "preview", "repo:octo-org/petstore:ref:refs/heads/main")
    assert not takes(declared, "deploy", "repo:octo-org/petstore:environment:prod")


def test_the_provider_is_githubs_and_is_retained_on_destroy(bootstrap: Declared):
    provider = bootstrap.one("OpenIdConnectProvider")
    assert provider.inputs == {"url": f"https://{ISSUER}", "clientIdLists": ["sts.amazonaws.com"]}
    assert provider.retain_on_delete
    for role in bootstrap.of("Role"):
        assert [it["Principal"] for it in statements(role.inputs["assumeRolePolicy"])] == [
            {"Federated": "ARN(petstore-github-provider)"}
        ]


def test_an_existing_provider_is_not_created_again(adopted: Declared):
    assert adopted.of("OpenIdConnectProvider") == []


def test_the_documents_are_within_the_length_limits_of_aws(bootstrap: Declared):
    def length(*documents: str) -> int:
        return len(re.sub(r"\s", "", "".join(documents)))

    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    for role in ("preview", "deploy"):
        policies = [it.inputs["policy"] for it in bootstrap.of("RolePolicy") if f"-{role}-" in it.name]
        assert len(policies) == 2
        assert length(*policies) < 10_240 - 2_000  # room for some host names and for longer names of regions
    assert length(bootstrap.one("Policy").inputs["policy"]) < 6_144


def test_the_outputs_configure_github_and_the_stacks(bootstrap: Declared):
    assert bootstrap.one("Policy").inputs["name"] == BOUNDARY
    assert bootstrap.outputs == {
        "previewRoleArn": "ARN(petstore-github-preview-role)",
        "deployRoleArn": "ARN(petstore-github-deploy-role)",
        "permissionsBoundaryArn": "ARN(petstore-github-boundary)",
        "backendUrl": "s3://octo-petstore-state?region=eu-west-1",
        "secretsProvider": "awskms://alias/github-petstore-state?region=eu-west-1",
    }


def test_without_a_bucket_no_state_is_managed(adopted: Declared):
    assert {it.type.split("/")[0] for it in adopted.resources if not it.is_component} == {"aws:iam"}
    assert set(adopted.outputs) == {"previewRoleArn", "deployRoleArn", "permissionsBoundaryArn"}
    assert not re.search(r'"(s3|kms):', json.dumps([granted(adopted, role) for role in ("preview", "deploy")]))


BUCKET = "arn:aws:s3:::octo-petstore-state"
STATE = f"{BUCKET}/.pulumi/stacks/petstore/dev.json"


def test_the_state_is_versioned_and_encrypted_with_its_own_key(bootstrap: Declared):
    assert bootstrap.one("Bucket").inputs == {"bucket": "octo-petstore-state"}
    assert bootstrap.one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    (rule,) = bootstrap.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": "ARN(petstore-state-key)",
    }
    assert bootstrap.one("Key").inputs["enableKeyRotation"] is True
    assert bootstrap.one("Alias").inputs["name"] == "alias/github-petstore-state"


def test_the_state_and_its_key_are_protected_against_deletion(bootstrap: Declared):
    kept = {it.type.rpartition(":")[2] for it in bootstrap.resources if it.protect and it.retain_on_delete}
    assert kept == {"Bucket", "BucketVersioning", "Key", "Alias"}


def test_the_bucket_refuses_public_access_and_plain_http(bootstrap: Declared):
    closed = bootstrap.one("BucketPublicAccessBlock").inputs
    assert {value for name, value in closed.items() if name != "bucket"} == {True}
    assert len(closed) == 5
    policy = statements(bootstrap.one("BucketPolicy").inputs["policy"])
    assert [it["Principal"] for it in policy] == ["*"]
    everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}, *policy]
    for action, resource in (("s3:GetObject", STATE), ("s3:PutObject", STATE), ("s3:ListBucket", BUCKET)):
        assert allows(everything, action, resource, {"aws:SecureTransport": "true"})
        assert not allows(everything, action, resource, {"aws:SecureTransport": "false"})
        assert not allows(policy, action, resource, {"aws:SecureTransport": "true"})  # a Deny, which grants nothing


# The CLI's requests to S3 and KMS for its state. HEAD is GetObject; a copy is GetObject and PutObject.
READS = [("s3:ListBucket", BUCKET), ("s3:GetObject", STATE), ("kms:Decrypt", "ARN(petstore-state-key)")]
WRITES = [
    ("s3:PutObject", STATE),
    ("s3:PutObject", f"{BUCKET}/.pulumi/locks/organization/petstore/dev/x.json"),
    ("s3:PutObject", f"{BUCKET}/.pulumi/meta.yaml"),
    ("s3:DeleteObject", f"{BUCKET}/.pulumi/locks/organization/petstore/dev/x.json"),
    ("kms:Encrypt", "ARN(petstore-state-key)"),
    ("kms:GenerateDataKey", "ARN(petstore-state-key)"),
]


def test_a_preview_reads_the_state_and_a_deployment_writes_it(bootstrap: Declared):
    preview, deploy = granted(bootstrap, "preview"), granted(bootstrap, "deploy")
    assert [call for call in READS if not allows(preview, *call)] == []
    assert [call for call in WRITES if allows(preview, *call)] == []
    assert [call for call in (*READS, *WRITES) if not allows(deploy, *call)] == []


@pytest.mark.parametrize("role", ["preview", "deploy"])
def test_no_workflow_can_delete_the_states_history_or_its_key(bootstrap: Declared, role: str):
    key = "ARN(petstore-state-key)"
    for action, resource in (
        ("s3:DeleteObjectVersion", STATE),
        ("s3:DeleteBucket", BUCKET),
        ("s3:PutBucketVersioning", BUCKET),
        ("s3:PutBucketPolicy", BUCKET),
        ("s3:GetObject", "arn:aws:s3:::another/.pulumi/stacks/petstore/dev.json"),
        ("kms:ScheduleKeyDeletion", key),
        ("kms:DisableKey", key),
        ("kms:PutKeyPolicy", key),
        ("kms:CreateGrant", key),
        ("kms:Decrypt", "ARN(another-key)"),
    ):
        assert not allows(granted(bootstrap, role), action, resource)
