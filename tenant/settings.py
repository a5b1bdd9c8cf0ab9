"""Reads the stack's configuration as one typed object. Pulumi.yaml lists the same keys with their types."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.api.routes import Route
from infra.config import validators
from infra.config.config_reader import Reader, stack_configuration
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake, Problem
from infra.openapi import routes as openapi
from infra.openapi.file import file_name
from infra.openapi.security import SETTING

_DOMAIN = "auth0:domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The checked configuration of this stack, and its routes.

    The issuer is written as in tokens, with its final slash.
    """

    routes: tuple[Route, ...]
    token_issuer: str
    audience: str
    token_lifetime_in_seconds: int

    @classmethod
    def load(cls, routes: Sequence[Route]) -> "Settings":
        """The settings of the running program's stack; see `parse`."""
        found = stack_configuration()
        domain = found.get(_DOMAIN) or os.environ.get("AUTH0_DOMAIN")  # as the provider reads it
        return cls.parse(found | ({_DOMAIN: domain} if domain else {}), routes, project=pulumi.get_project())

    @classmethod
    def parse(cls, config: Mapping[str, str], routes: Sequence[Route], *, project: str) -> "Settings":
        """Read and check a configuration, with these routes or those of the document that it names.

        Raises `ConfigurationError` with every mistake of the stack.
        """
        reader = Reader(config, project)
        settings = cls.read(reader, routes, config.get(_DOMAIN))
        if mistakes := [*reader.mistakes, *reader.unknown_keys()]:
            raise ConfigurationError(mistakes)
        return settings

    @classmethod
    def read(cls, reader: Reader, routes: Sequence[Route], domain: str | None) -> "Settings":
        """Read the settings. The reader collects the mistakes: if there are any, do not use the settings."""
        reader.mistakes += _mistakes_in_domain(domain)
        custom_domain = reader.text("customDomain", host_name, default="")
        api = openapi.load(reader.text("openapi", file_name, default=""), routes, reader.lines(SETTING), maps=False)
        settings = cls(
            routes=api.routes,
            token_issuer=f"https://{custom_domain or domain}/",
            audience=reader.text("audience", lambda value: audience(value, (domain or "", custom_domain))),
            token_lifetime_in_seconds=reader.whole_number("tokenLifetimeInSeconds", 3600, 60, 86_400),
        )
        reader.mistakes += api.mistakes
        return settings


def host_name(value: str) -> Problem | None:
    host = value.rpartition("://")[2].partition("/")[0].partition(":")[0]
    if "." not in host:
        fix = f"Write it in full, such as `{host or 'YOUR_TENANT'}.eu.auth0.com`."
        return Problem("not-a-host-name", "is not a host name", fix)
    if host != value:
        return Problem("more-than-a-host-name", "is more than a host name", f"Use `{host}`.")
    return validators.issuer(f"https://{host}/")


def audience(value: str, hosts: Sequence[str]) -> Problem | None:
    for host in hosts:
        if f"{value}/".startswith(f"https://{host}/"):
            return Problem(
                "auth0s-own-api",
                "is an address of the tenant, where Auth0's own APIs are (/api/v2/, /userinfo)",
                "Use the identifier of your API, such as its URL.",
            )
    return None


def _mistakes_in_domain(domain: str | None) -> list[Mistake]:
    if domain is None:
        fix = f"Run `pulumi config set {_DOMAIN} YOUR_TENANT.auth0.com`."
        return [Mistake(_DOMAIN, "required", "is not set", fix)]
    problem = validators.stray_characters(domain) or host_name(domain)
    return [Mistake.of(_DOMAIN, problem, repr(domain))] if problem else []
