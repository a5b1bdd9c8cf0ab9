"""The bucket for the stacks' state, and the key that encrypts the secrets in it."""

import pulumi
from pulumi_aws import kms, s3

from ci.bootstrap.names import STATE_KEY_ALIAS, Place
from ci.bootstrap.policies import Statement, deny
from infra.policies import allow, document


class State(pulumi.ComponentResource):
    """`petstore:ci:State`: a bucket that keeps every version of its objects, and its encryption key.

    Children: the Key, which AWS rotates each year, and its Alias; the Bucket with its BucketVersioning,
    BucketServerSideEncryptionConfiguration, BucketPublicAccessBlock and BucketPolicy (TLS only). Key and Bucket are
    protected and outlive `pulumi destroy`, because without them the record of all stacks' resources would be lost.
    """

    backend_url: str
    secrets_provider: str

    def __init__(
        self, name: str, *, bucket_name: str, place: Place, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("petstore:ci:State", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)
        self._bucket_arn = f"arn:{place.partition}:s3:::{bucket_name}"
        self._key = kms.Key(
            f"{name}-key",
            description="Encrypts the state of the PetStore's stacks, and the secrets in it",
            enable_key_rotation=True,
            opts=kept,
        )
        kms.Alias(f"{name}-key-alias", name=STATE_KEY_ALIAS, target_key_id=self._key.key_id, opts=kept)
        bucket = s3.Bucket(f"{name}-bucket", bucket=bucket_name, opts=kept)
        s3.BucketVersioning(
            f"{name}-versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=kept
        )
        s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": self._key.arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=child,
        )
        closed = s3.BucketPublicAccessBlock(
            f"{name}-public-access-block",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        s3.BucketPolicy(
            f"{name}-bucket-policy",
            bucket=bucket.id,
            policy=document(
                deny(
                    "s3:*",
                    Principal="*",
                    Resource=[self._bucket_arn, f"{self._bucket_arn}/*"],
                    Condition={"Bool": {"aws:SecureTransport": "false"}},
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
        self.backend_url = f"s3://{bucket_name}?region={place.region}"
        self.secrets_provider = f"awskms://{STATE_KEY_ALIAS}?region={place.region}"
        self.register_outputs({"backendUrl": self.backend_url, "secretsProvider": self.secrets_provider})

    @property
    def reading(self) -> pulumi.Output[str]:
        """The policy of the preview role: a preview takes no lock and writes nothing."""
        return self._policy(
            allow("s3:ListBucket", Resource=self._bucket_arn),
            allow("s3:GetObject", Resource=f"{self._bucket_arn}/.pulumi/*"),
            key_actions=("kms:Decrypt",),
        )

    @property
    def writing(self) -> pulumi.Output[str]:
        """The policy of the deploy role.

        It cannot delete old versions of objects, so a deleted lock or state can be restored.
        """
        return self._policy(
            allow("s3:ListBucket", Resource=self._bucket_arn),
            allow("s3:GetObject", "s3:PutObject", "s3:DeleteObject", Resource=f"{self._bucket_arn}/.pulumi/*"),
            key_actions=("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
        )

    def _policy(self, *statements: Statement, key_actions: tuple[str, ...]) -> pulumi.Output[str]:
        return self._key.arn.apply(lambda key: document(*statements, allow(*key_actions, Resource=key)))
