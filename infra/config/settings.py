"""Reads the stack's configuration as one typed object. Pulumi.yaml lists the same keys with their types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi

from authorizer.environment import MAX_LEEWAY
from infra.api.backends import Backends, HttpProxy
from infra.api.integrations import ALLOWED_HEADERS, Cors
from infra.api.routes import Route, guarded
from infra.api.values import Domain, Logging, RestApiSettings, RouteTable, StageSettings
from infra.auth.environment import MAX_BYTES, AuthorizerSettings, FunctionSettings, Trust, size, stored
from infra.config import aws_validators, validators
from infra.config.config_reader import Reader, stack_configuration
from infra.config.issuers import read_context_claims, read_issuers
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake
from infra.openapi import routes as openapi
from infra.openapi.file import file_name
from infra.openapi.security import SETTING
from infra.openapi.server import SET_URL

MANY_RESOURCES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The checked configuration of a stack, in groups for the components, and its routes."""

    routes: tuple[Route, ...]
    authorizer: AuthorizerSettings
    api: RestApiSettings
    backends: Backends
    token_in_clear: bool
    stage: StageSettings
    logging: Logging
    alarms_to: str
    bundle_keys: bool
    preflight: bool

    @classmethod
    def load(cls, routes: Sequence[Route]) -> "Settings":
        """The settings of the running program's stack; see `parse`. Logs the warnings."""
        settings = cls.parse(stack_configuration(), routes, project=pulumi.get_project())
        for warning in settings.warnings:
            pulumi.log.warn(warning)
        return settings

    @classmethod
    def parse(cls, config: Mapping[str, str], routes: Sequence[Route], *, project: str) -> "Settings":
        """Read and check a configuration, with these routes or those of the document that it names.

        `config` has whole keys, such as `petstore:audience` and `aws:region`; `project` is this project's namespace.
        Raises `ConfigurationError` with every mistake of the stack.
        """
        reader = Reader(config, project)
        settings = cls.read(reader, routes, config.get("aws:region"))
        if mistakes := [*reader.mistakes, *reader.unknown_keys()]:
            raise ConfigurationError(mistakes)
        return settings

    @classmethod
    def read(cls, reader: Reader, routes: Sequence[Route], region: str | None = None) -> "Settings":
        """Read the settings, with these routes or those of the OpenAPI document in the settings; see `interpret`."""
        document = reader.text("openapi", file_name, default="")
        schemes = reader.lines(SETTING)
        if schemes and not document:
            fix = f"Set {reader.name('openapi')} to the document, or remove it."
            reader.wrong(SETTING, "no-document", "is set without an OpenAPI document", fix)
        maps = reader.parsed("integrationType", "HTTP") != "HTTP_PROXY"
        return cls.interpret(reader, openapi.load(document, routes, schemes, maps=maps), region)

    @classmethod
    def interpret(cls, reader: Reader, api: openapi.Api, region: str | None = None) -> "Settings":
        """Read the settings of an API. The reader collects the mistakes: if there are any, do not use the settings."""
        trust = Trust(
            issuers=read_issuers(reader),
            leeway_in_seconds=reader.whole_number("leewayInSeconds", 10, 0, MAX_LEEWAY),
            revoked_kids=reader.lines("revokedKids"),
            context_claims=read_context_claims(reader),
        )
        issuer = trust.issuers[0].issuer  # all of them are on this machine, or none
        backend_url = reader.text("backendUrl", lambda value: validators.backend_url(value, issuer), default="")
        retention = reader.one_of("logRetentionInDays", 30, validators.RETENTION_DAYS)
        boundary = reader.text("permissionsBoundary", aws_validators.permissions_boundary, default="") or None
        domain_name = reader.text("domainName", aws_validators.domain_name, default="")
        certificate_arn = reader.text(
            "certificateArn", lambda value: aws_validators.certificate_arn(value, region), default=""
        )
        cors = Cors(
            allowed_origin=reader.text("allowedOrigin", validators.origin, default="*"),
            allowed_headers=(*ALLOWED_HEADERS, *reader.lines("allowedHeaders", check=aws_validators.header_name)),
            exposed_headers=reader.lines("exposedHeaders", check=aws_validators.header_name),
            max_age=reader.whole_number("corsMaxAge", 600, 0, 86_400),
        )
        settings = cls(
            routes=api.routes,
            authorizer=AuthorizerSettings(
                trust=trust,
                routes=tuple(guarded(api.routes)),
                result_ttl_in_seconds=reader.whole_number("authorizerResultTtlInSeconds", 300, 0, 3600),
                function=FunctionSettings(
                    runtime=reader.text("lambdaRuntime", validators.lambda_runtime, default="python3.13"),
                    architecture=reader.text("lambdaArchitecture", validators.lambda_architecture, default="arm64"),
                    snap_start=reader.flag("snapStart"),
                    provisioned_concurrency=reader.whole_number("provisionedConcurrency", 0, 0, 1000),
                    log_retention_in_days=retention,
                    permissions_boundary=boundary,
                ),
            ),
            api=RestApiSettings(
                cors=cors,
                endpoint_type=reader.text("endpointType", aws_validators.endpoint_type, default="REGIONAL"),
                vpc_endpoint_ids=reader.lines("vpcEndpointIds", check=aws_validators.vpc_endpoint_id),
                binary_media_types=reader.lines("binaryMediaTypes", check=aws_validators.media_type)
                or api.binary_media_types,
                domain=Domain(name=domain_name, certificate_arn=certificate_arn) if domain_name else None,
                protect=reader.flag("protectRestApi"),
            ),
            backends=Backends(
                url=backend_url or api.backend_url,
                cors=cors,
                integration_type=reader.text("integrationType", aws_validators.integration_type, default="HTTP"),
                vpc_link_id=reader.text("vpcLinkId", aws_validators.vpc_link_id, default=""),
                timeout_in_millis=reader.whole_number("timeoutInMillis", 29_000, 50, 29_000),
                forward_authorization=reader.flag("forwardAuthorization"),
                context_claims=trust.context_claims,
                response_headers=reader.lines("responseHeaders", check=aws_validators.response_header),
                statuses=reader.lines("backendStatuses", check=aws_validators.backend_status),
            ),
            token_in_clear=reader.flag("allowTokenInClear"),
            stage=StageSettings(
                name=reader.text("stageName", aws_validators.stage_name, default="test"),
                throttling_rate_limit=reader.whole_number("throttlingRateLimit", 50, 1, 10_000),
                throttling_burst_limit=reader.whole_number("throttlingBurstLimit", 100, 1, 5_000),
            ),
            logging=Logging(
                access_log=reader.flag("accessLog"),
                retention_in_days=retention,
                manage_account_role=reader.flag("manageAccountLogging"),
                permissions_boundary=boundary,
            ),
            alarms_to=reader.text("alarmsTo", lambda value: aws_validators.alarms_to(value, region), default=""),
            bundle_keys=reader.flag("bundleKeys"),
            preflight=reader.flag("preflight", default=True),
        )
        reader.mistakes += [*settings._contradictions(reader), *api.mistakes, *_mistakes_in_media_types(api)]
        if not backend_url and any(route.page is None and route.function is None for route in api.routes):
            reader.mistakes += _mistakes_in_backend(api, issuer)
        return settings

    @property
    def on_this_machine(self) -> bool:
        """Whether the stack runs on an emulator, which is so if an issuer is on loopback: AWS could not reach that."""
        return all(validators.is_loopback(each.issuer) for each in self.trust.issuers)

    @property
    def trust(self) -> Trust:
        return self.authorizer.trust

    @property
    def function(self) -> FunctionSettings:
        return self.authorizer.function

    @property
    def table(self) -> RouteTable:
        return RouteTable(routes=self.routes, backends=self.backends, stage_name=self.stage.name)

    @property
    def warnings(self) -> list[str]:
        """The warnings about settings that are not mistakes, but need attention."""
        found = list[str]()
        for each in self.trust.issuers:
            host = validators.hostname(each.jwks_uri)
            if validators.hostname(each.issuer) not in (None, host):
                said = f" {each.issuer}" if len(self.trust.issuers) > 1 else ""
                place = f"jwksUri is on another host than the issuer{said}"
                found.append(f"{place}: the owner of {host} decides which tokens are valid")
        made = self.backends.resources(self.routes)
        proxied = replace(self.backends, integration_type="HTTP_PROXY").resources(self.routes)
        if made > MANY_RESOURCES > proxied or made > 2 * proxied > MANY_RESOURCES:
            found.append(f"the routes make {made} resources; with integrationType HTTP_PROXY they would make {proxied}")
        return found

    @property
    def bundled_key_sets(self) -> dict[str, str]:
        """The URL of each key set that goes into the bundle, by issuer."""
        return {each.issuer: each.jwks_uri for each in self.trust.issuers} if self.bundle_keys else {}

    def _contradictions(self, reader: Reader) -> Iterator[Mistake]:
        name, backend, domain, function = reader.name, self.backends, self.api.domain, self.authorizer.function
        variables = stored(self.authorizer.variables()).environment
        if (needed := size(variables)) > MAX_BYTES:
            largest = max(variables, key=lambda each: len(variables[each]))
            fix = "Remove revoked keys whose tokens have expired, shorten paths and scopes, or split the API."
            what = f"need {needed:,} bytes, most of them for {largest}, but Lambda allows {MAX_BYTES:,}"
            yield Mistake("the function's environment variables", "environment-too-large", what, fix)
        is_safe = backend.url.startswith("https://") or backend.vpc_link_id or self.on_this_machine
        if not is_safe and not self.token_in_clear:
            fix = f"Set {name('backendUrl')} to your own backend on https, or set {name('vpcLinkId')}."
            proxied = [route for route in self.routes if isinstance(backend.of(route), HttpProxy) and not route.public]
            if backend.forward_authorization:
                what = f"is true: callers' tokens would go to {backend.url} unencrypted"
                yield Mistake(name("forwardAuthorization"), "token-in-clear", what, fix)
            elif proxied:
                what = f"is HTTP_PROXY for {proxied[0]}: callers' tokens would go to {backend.url} unencrypted"
                yield Mistake(name("integrationType"), "token-in-clear", what, fix)
        if (self.api.endpoint_type == "PRIVATE") != bool(self.api.vpc_endpoint_ids):
            what = "must be set if the endpoint type is PRIVATE, and only then"
            fix = f"Set {name('endpointType')} to PRIVATE and {name('vpcEndpointIds')}, or neither."
            yield Mistake(name("vpcEndpointIds"), "endpoint-incomplete", what, fix)
        if domain and self.api.endpoint_type == "PRIVATE":
            what = (
                "is set, but the endpoint type is PRIVATE, and this program declares no custom domain for a private API"
            )
            fix = f"Remove {name('domainName')} and {name('certificateArn')}."
            yield Mistake(name("domainName"), "domain-of-private-api", what, fix)
        if domain and validators.hostname(backend.url) == domain.name:
            fix = f"Set {name('backendUrl')} to the backend's own URL."
            yield Mistake(
                name("domainName"), "calls-itself", "is also the backend's host name, so the API would call itself", fix
            )
        for one, other in (("domainName", "certificateArn"), ("certificateArn", "domainName")):
            if reader.given(one) and not reader.given(other):
                what = f"is set without {name(other)}, but a custom domain needs both"
                yield Mistake(name(one), "domain-incomplete", what, f"Set {name(other)}, or remove {name(one)}.")
        if function.snap_start and function.provisioned_concurrency:
            what = f"is set together with {name('provisionedConcurrency')}, but Lambda allows only one for a version"
            yield Mistake(name("snapStart"), "snapstart-and-concurrency", what, "Remove one of them.")
        if function.snap_start and function.runtime in validators.WITHOUT_SNAP_START:
            what = f"is true, but Lambda has no SnapStart for {function.runtime}"
            yield Mistake(name("snapStart"), "no-snapstart", what, f"Set {name('lambdaRuntime')} to a newer one.")


def _mistakes_in_media_types(api: openapi.Api) -> Iterator[Mistake]:
    for value in api.binary_media_types:
        if problem := aws_validators.media_type(value):
            yield Mistake.of(f"{api.document}: {openapi.BINARY}", problem, repr(value))


def _mistakes_in_backend(api: openapi.Api, issuer: str) -> Iterator[Mistake]:
    url = api.backend_url
    problem = api.no_backend or validators.stray_characters(url) or validators.backend_url(url, issuer)
    if problem:
        yield Mistake(
            f"{api.document}: servers", problem.rule, problem.what, SET_URL, "" if api.no_backend else repr(url)
        )
