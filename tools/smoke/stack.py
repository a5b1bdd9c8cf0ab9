"""Reads a stack's URL, routes, issuer and audience."""

import json
from collections.abc import Mapping, Sequence

from infra.api.routes import Route
from infra.config.config_reader import Reader
from infra.config.settings import Settings
from infra.config.validators import is_loopback
from infra.configuration_error import ConfigurationError
from infra.openapi.file import file_name
from infra.openapi.routes import load
from infra.openapi.security import SETTING
from tools.project import PROJECT, emulator_url, plain_value, stack_config, unread_environment
from tools.pulumi_cli import outputs_of
from tools.settings import program_routes
from tools.smoke import SmokeError


class Stack:
    """A stack. `name` is its name for the Pulumi CLI: `dev`, or `organization/project/dev`.

    Raises `tools.project.ProgramError` if its file is missing or cannot be read.
    """

    def __init__(self, name: str) -> None:
        self._name, self._file = name, name.rpartition("/")[2]
        self._config = stack_config(self._file)

    def routes(self) -> Sequence[Route]:
        """The routes of the OpenAPI document in the stack's configuration, or of routes.py. Raises `SmokeError`."""
        reader = Reader(self._config, PROJECT)
        name = reader.text("openapi", file_name, default="")
        api = load(name, () if name else program_routes(), reader.lines(SETTING), maps=False)
        if mistakes := [*reader.mistakes, *api.mistakes]:
            raise SmokeError(f"Pulumi.{self._file}.yaml: {ConfigurationError(mistakes)}")
        return api.routes

    def issuer_and_audience(self) -> tuple[str, str]:
        """The first issuer and its audience.

        Raises `ProgramError` if one is encrypted, and `SmokeError` if one is not set.
        """
        if plain_value(self._config, "issuers") not in (None, "[]"):
            return self._first_issuer()
        issuer, audience = (self._value(key) for key in ("tokenIssuer", "audience"))
        return issuer, audience

    def _first_issuer(self) -> tuple[str, str]:
        try:
            first = Settings.parse(self._config, program_routes(), project=PROJECT).trust.issuers[0]
            return first.issuer, first.audiences[0]
        except ConfigurationError as error:
            raise SmokeError(f"Pulumi.{self._file}.yaml: {error}") from None
        except IndexError:
            raise SmokeError(f"Pulumi.{self._file}.yaml: the first of issuers has no audience for a token") from None

    def invoke_url(self) -> str:
        """The API's URL. Raises `SmokeError` before a deployment, and `PulumiError` if the CLI fails."""
        outputs = outputs_of(self._name)
        try:
            url, rest_api, stage = (str(outputs[name]) for name in ("invokeUrl", "restApiId", "stageName"))
        except KeyError as missing:
            raise SmokeError(f"stack {self._name} has no output {missing} yet: run `pulumi up`") from None
        endpoint = _endpoint(self._config)
        return emulator_url(endpoint, rest_api, stage) if is_loopback(endpoint) else url

    def _value(self, key: str) -> str:
        value = plain_value(self._config, key)
        if not value:
            fix = f"run `pulumi config set --plaintext {key} VALUE`"
            raise SmokeError(unread_environment(self._file) or f"Pulumi.{self._file}.yaml has no {key}; {fix}")
        return value


def _endpoint(config: Mapping[str, str]) -> str:
    """The API Gateway URL in the provider's configuration; "" for AWS."""
    try:
        return str(json.loads(config["aws:endpoints"])[0]["apigateway"])
    except (LookupError, TypeError, ValueError):
        return ""
