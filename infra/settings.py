"""The stack's configuration as one typed object. The same keys, with their types, stand in Pulumi.yaml."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from authorizer.environment import MAX_LEEWAY
from infra import checks
from infra.errors import ConfigurationError
from infra.routes import Route, mistakes_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `pulumi config` holds for this stack, checked. Durations in the unit their name says."""

    token_issuer: str
    audience: str
    jwks_uri: str
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

    @classmethod
    def load(cls, routes: Sequence[Route]) -> "Settings":
        """Read and check the stack's configuration, and the routes with it.

        Raises `ConfigurationError` with every mistake of the stack, before any resource is declared.
        """
        reader = _Reader()
        issuer = reader.text("tokenIssuer", checks.issuer)
        settings = cls(
            token_issuer=issuer,
            audience=reader.text("audience", lambda value: checks.audience(value, issuer)),
            jwks_uri=reader.text("jwksUri", lambda value: checks.jwks_uri(value, issuer), default="")
            or f"{issuer.rstrip('/')}/.well-known/jwks.json",
            backend_url=reader.text(
                "backendUrl",
                lambda value: checks.backend_url(value, issuer),
                default="http://petstore-demo-endpoint.execute-api.com/petstore",
            ),
            stage_name=reader.text("stageName", checks.stage_name, default="test"),
            authorizer_result_ttl_in_seconds=reader.whole("authorizerResultTtlInSeconds", 300, 0, 3600),
            leeway_in_seconds=reader.whole("leewayInSeconds", 10, 0, MAX_LEEWAY),
            lambda_runtime=reader.text("lambdaRuntime", checks.lambda_runtime, default="python3.13"),
            lambda_architecture=reader.text("lambdaArchitecture", checks.lambda_architecture, default="arm64"),
            log_retention_in_days=reader.one_of("logRetentionInDays", 30, checks.RETENTION_DAYS),
            throttling_rate_limit=reader.whole("throttlingRateLimit", 50, 1, 10_000),
            throttling_burst_limit=reader.whole("throttlingBurstLimit", 100, 1, 5_000),
            allowed_origin=reader.text("allowedOrigin", checks.origin, default="*"),
            forward_authorization=reader.flag("forwardAuthorization"),
            access_log=reader.flag("accessLog"),
        )
        mistakes = [*reader.mistakes, *settings._contradictions(reader), *reader.unknown_keys(), *mistakes_in(routes)]
        if mistakes:
            raise ConfigurationError(mistakes)
        if urlsplit(settings.jwks_uri).hostname != urlsplit(issuer).hostname:
            pulumi.log.warn(
                f"{reader.name('jwksUri')} is on another host than the issuer: whoever runs "
                f"{urlsplit(settings.jwks_uri).hostname} decides which tokens are valid"
            )
        return settings

    def _contradictions(self, reader: "_Reader") -> list[str]:
        if self.forward_authorization and not (self.backend_url.startswith("https://") or self.on_this_machine):
            return [
                f"{reader.name('forwardAuthorization')} is true: callers' tokens would go to {self.backend_url} "
                f"in clear; set {reader.name('backendUrl')} to a backend of your own on https"
            ]
        return []

    @property
    def on_this_machine(self) -> bool:
        """Whether the stack runs against an emulator here: no function in AWS could reach a loopback issuer."""
        return checks.is_loopback(self.token_issuer)


class _Reader:
    """Reads values of the project's namespace, collecting what is wrong with them instead of stopping at the first."""

    def __init__(self) -> None:
        self._config = pulumi.Config()
        self._asked: set[str] = set()
        self.mistakes: list[str] = []

    def name(self, key: str) -> str:
        return self._config.full_key(key)

    def text(self, key: str, check: checks.Check, default: str | None = None) -> str:
        value = self._raw(key)
        if value is None and default is None:
            self._wrong(key, "is required", f"run `pulumi config set --plaintext {key} VALUE`")
        if value is None or value == default:
            return default or ""
        problem = checks.stray_characters(value) or check(value)
        if problem:
            self._wrong(key, f"is {value!r}: {problem.what}", problem.fix)
        return value

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        value = self._raw(key)
        if value is None:
            return default
        if value.isascii() and value.isdecimal() and len(value) < 10 and least <= int(value) <= most:
            return int(value)
        self._wrong(key, f"is {value!r}: not a whole number from {least} to {most}", f"the default is {default}")
        return default

    def one_of(self, key: str, default: int, values: Sequence[int]) -> int:
        value = self._raw(key)
        if value is None or value in map(str, values):
            return int(value or default)
        self._wrong(key, f"is {value!r}: not a value that AWS takes", f"use one of {', '.join(map(str, values))}")
        return default

    def flag(self, key: str) -> bool:
        value = self._raw(key)
        if value not in (None, "true", "false"):
            self._wrong(key, f"is {value!r}: neither true nor false", "the default is false")
        return value == "true"

    def unknown_keys(self) -> list[str]:
        """Pulumi lets a mistyped key pass in silence; the option it was meant for would keep its default."""
        prefix = f"{pulumi.get_project()}:"
        everything = {**get_config_env(), **CONFIG.get()}  # the engine hands the configuration over in the environment
        given = [key.removeprefix(prefix) for key in everything if key.startswith(prefix)]
        return [
            f"{prefix}{key} is no key of this program: "
            + (f"did you mean {prefix}{near[0]}?" if near else f"it knows {', '.join(sorted(self._asked))}")
            for key in sorted(given)
            if key not in self._asked
            for near in [difflib.get_close_matches(key, self._asked, n=1)]
        ]

    def _raw(self, key: str) -> str | None:
        self._asked.add(key)
        value = self._config.get(key)
        return value if value is None else str(value)

    def _wrong(self, key: str, what: str, fix: str) -> None:
        self.mistakes.append(f"{self.name(key)} {what}; {fix}")
