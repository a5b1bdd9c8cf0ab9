"""The stack's configuration as one typed object. The same keys, with their types, stand in Pulumi.yaml."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from infra.api.routes import Route
from infra.config import validators
from infra.config.config_reader import Reader
from infra.config.errors import ConfigurationError
from infra.openapi import routes as openapi

_DOMAIN = "auth0:domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `pulumi config` holds for this stack, checked, and its routes.

    The issuer as it stands in the tokens, with its slash.
    """

    routes: tuple[Route, ...]
    token_issuer: str
    audience: str
    token_lifetime_in_seconds: int

    @classmethod
    def load(cls, routes: Sequence[Route]) -> "Settings":
        """Read and check the stack's configuration, and with it these routes, or those of the document it names.

        Raises `ConfigurationError` with every mistake of the stack, before any resource is declared.
        """
        reader = Reader()
        domain = pulumi.Config("auth0").get("domain") or os.environ.get("AUTH0_DOMAIN")  # as the provider reads it
        custom_domain = reader.text("customDomain", host_name, default="")
        api = openapi.load(reader, routes)
        settings = cls(
            routes=api.routes,
            token_issuer=f"https://{custom_domain or domain}/",
            audience=reader.text("audience", lambda value: audience(value, (domain or "", custom_domain))),
            token_lifetime_in_seconds=reader.whole("tokenLifetimeInSeconds", 3600, 60, 86_400),
        )
        mistakes = [*_mistakes_in_domain(domain), *reader.mistakes, *reader.unknown_keys(), *api.mistakes]
        if mistakes:
            raise ConfigurationError(mistakes)
        return settings


def host_name(value: str) -> validators.Problem | None:
    host = value.rpartition("://")[2].partition("/")[0].partition(":")[0]
    if "." not in host:
        return validators.Problem("not a host name", f"write it in full, such as {host or 'YOUR_TENANT'}.eu.auth0.com")
    if host != value:
        return validators.Problem("more than a host name", f"use {host}")
    return validators.issuer(f"https://{host}/")


def audience(value: str, hosts: Sequence[str]) -> validators.Problem | None:
    for host in hosts:
        if f"{value}/".startswith(f"https://{host}/"):
            return validators.Problem(
                "an address of the tenant, where Auth0's own APIs are (/api/v2/, /userinfo)",
                "use an identifier of your API, such as the address under which it is called",
            )
    return None


def _mistakes_in_domain(domain: str | None) -> list[str]:
    if domain is None:
        return [f"{_DOMAIN} is required; run `pulumi config set {_DOMAIN} YOUR_TENANT.auth0.com`"]
    problem = validators.stray_characters(domain) or host_name(domain)
    return [f"{_DOMAIN} is {domain!r}: {problem.what}; {problem.fix}"] if problem else []
