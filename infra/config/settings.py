"""The stack's configuration as one typed object. The same keys, with their types, stand in Pulumi.yaml."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi

from authorizer.environment import MAX_LEEWAY
from infra.api.routes import Route
from infra.config import aws_validators, validators
from infra.config.config_reader import Reader
from infra.config.errors import ConfigurationError
from infra.openapi import routes as openapi

MAX_REVOKED_BYTES = 512  # of the 4 KB that Lambda has for all variables; the table of routes may go to the bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `pulumi config` holds for this stack, checked, and its routes. Durations in the unit their name says."""

    routes: tuple[Route, ...]
    token_issuer: str
    audience: str
    jwks_uri: str
    seed_keys: bool
    revoked_kids: tuple[str, ...]
    backend_url: str
    stage_name: str
    authorizer_result_ttl_in_seconds: int
    leeway_in_seconds: int
    lambda_runtime: str
    lambda_architecture: str
    log_retention_in_days: int
    throttling_rate_limit: int
    throttling_burst_limit: int
    allowed_origin: str
    forward_authorization: bool
    access_log: bool
    manage_account_logging: bool
    permissions_boundary: str
    alarms_to: str
    protect_rest_api: bool
    domain_name: str
    certificate_arn: str
    snap_start: bool
    provisioned_concurrency: int
    preflight: bool

    @classmethod
    def load(cls, routes: Sequence[Route]) -> "Settings":
        """Read and check the stack's configuration, and with it these routes, or those of the document it names.

        Raises `ConfigurationError` with every mistake of the stack, before any resource is declared.
        """
        reader = Reader()
        issuer = reader.text("tokenIssuer", validators.issuer)
        api = openapi.load(reader, routes)
        settings = cls(
            routes=api.routes,
            token_issuer=issuer,
            audience=reader.text("audience", lambda value: validators.audience(value, issuer)),
            jwks_uri=reader.text("jwksUri", lambda value: validators.jwks_uri(value, issuer), default="")
            or f"{issuer.rstrip('/')}/.well-known/jwks.json",
            seed_keys=reader.flag("seedKeys"),
            revoked_kids=reader.lines("revokedKids"),
            backend_url=reader.text("backendUrl", lambda value: validators.backend_url(value, issuer), default="")
            or api.backend_url,
            stage_name=reader.text("stageName", aws_validators.stage_name, default="test"),
            authorizer_result_ttl_in_seconds=reader.whole("authorizerResultTtlInSeconds", 300, 0, 3600),
            leeway_in_seconds=reader.whole("leewayInSeconds", 10, 0, MAX_LEEWAY),
            lambda_runtime=reader.text("lambdaRuntime", validators.lambda_runtime, default="python3.13"),
            lambda_architecture=reader.text("lambdaArchitecture", validators.lambda_architecture, default="arm64"),
            log_retention_in_days=reader.one_of("logRetentionInDays", 30, validators.RETENTION_DAYS),
            throttling_rate_limit=reader.whole("throttlingRateLimit", 50, 1, 10_000),
            throttling_burst_limit=reader.whole("throttlingBurstLimit", 100, 1, 5_000),
            allowed_origin=reader.text("allowedOrigin", validators.origin, default="*"),
            forward_authorization=reader.flag("forwardAuthorization"),
            access_log=reader.flag("accessLog"),
            manage_account_logging=reader.flag("manageAccountLogging"),
            permissions_boundary=reader.text("permissionsBoundary", aws_validators.permissions_boundary, default=""),
            alarms_to=reader.text("alarmsTo", lambda value: aws_validators.alarms_to(value, _region()), default=""),
            protect_rest_api=reader.flag("protectRestApi"),
            domain_name=reader.text("domainName", aws_validators.domain_name, default=""),
            certificate_arn=reader.text(
                "certificateArn", lambda value: aws_validators.certificate_arn(value, _region()), default=""
            ),
            snap_start=reader.flag("snapStart"),
            provisioned_concurrency=reader.whole("provisionedConcurrency", 0, 0, 1000),
            preflight=reader.flag("preflight", default=True),
        )
        mistakes = [*reader.mistakes, *settings._contradictions(reader), *reader.unknown_keys(), *api.mistakes]
        if not reader.given("backendUrl"):
            mistakes += api.mistakes_in_backend(issuer)
        if mistakes:
            raise ConfigurationError(mistakes)
        if urlsplit(settings.jwks_uri).hostname != urlsplit(issuer).hostname:
            pulumi.log.warn(
                f"{reader.name('jwksUri')} is on another host than the issuer: whoever runs "
                f"{urlsplit(settings.jwks_uri).hostname} decides which tokens are valid"
            )
        return settings

    def _contradictions(self, reader: Reader) -> Iterator[str]:
        name = reader.name
        if len("\n".join(self.revoked_kids).encode()) > MAX_REVOKED_BYTES:
            yield (
                f"{name('revokedKids')} is longer than {MAX_REVOKED_BYTES} bytes: Lambda would refuse it beside "
                "the other variables; remove those whose tokens have expired"
            )
        if self.forward_authorization and not (self.backend_url.startswith("https://") or self.on_this_machine):
            yield (
                f"{name('forwardAuthorization')} is true: callers' tokens would go to {self.backend_url} "
                f"in clear; set {name('backendUrl')} to a backend of your own on https"
            )
        if self.domain_name and urlsplit(self.backend_url).hostname == self.domain_name:
            yield f"{name('domainName')} is the backend's: the API would call itself; set {name('backendUrl')}"
        for one, other in (("domainName", "certificateArn"), ("certificateArn", "domainName")):
            if reader.given(one) and not reader.given(other):
                yield f"{name(one)} is set and {name(other)} is not: a custom domain takes both; set or remove one"
        if self.snap_start and self.provisioned_concurrency:
            yield (
                f"{name('snapStart')} and {name('provisionedConcurrency')} are both set: Lambda takes one of them "
                "for a version; remove one"
            )
        if self.snap_start and self.lambda_runtime in validators.WITHOUT_SNAP_START:
            yield (
                f"{name('snapStart')} is true: Lambda has no SnapStart for {self.lambda_runtime}; "
                f"set {name('lambdaRuntime')} to a newer one"
            )

    @property
    def on_this_machine(self) -> bool:
        """Whether the stack runs against an emulator here: no function in AWS could reach a loopback issuer."""
        return validators.is_loopback(self.token_issuer)


def _region() -> str | None:
    """The provider's region, where it stands in the stack's configuration."""
    return pulumi.Config("aws").get("region")
