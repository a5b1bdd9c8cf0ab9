"""What a stack says of itself: where it is served, and whose tokens it takes."""

import json
from collections.abc import Mapping, Sequence

from infra.api.routes import Route
from infra.config.settings import Settings
from infra.config.validators import is_loopback
from infra.configuration_error import ConfigurationError
from infra.openapi.file import Refused, read
from infra.openapi.routes import interpret
from infra.openapi.security import SETTING
from tools.project import PROJECT, emulator_url, plain_value, stack_config, unread_environment
from tools.pulumi_cli import outputs_of
from tools.settings import program_routes
from tools.smoke import NotReady


class Stack:
    """`name` as the Pulumi CLI takes it: `dev`, or `organization/project/dev`.

    Raises `tools.project.ProgramError` where it has no file here that can be read.
    """

    def __init__(self, name: str) -> None:
        self._name, self._file = name, name.rpartition("/")[2]
        self._config = stack_config(self._file)

    def routes(self) -> Sequence[Route]:
        """Of the OpenAPI document that the stack's configuration names, or of routes.py. Raises `NotReady`."""
        name = self._config.get(f"{PROJECT}:openapi")
        try:
            schemes = json.loads(self._config.get(f"{PROJECT}:{SETTING}", "[]"))
            return interpret(read(name), schemes).routes if name else program_routes()
        except (Refused, OSError, ValueError) as error:
            raise NotReady(f"{name}: {error}") from None

    def issuer_and_audience(self) -> tuple[str, str]:
        """Of several issuers, the first. Raises `ProgramError` where one is encrypted, `NotReady` where none is set."""
        if plain_value(self._config, "issuers") not in (None, "[]"):
            return self._first_issuer()
        issuer, audience = (self._value(key) for key in ("tokenIssuer", "audience"))
        return issuer, audience

    def _first_issuer(self) -> tuple[str, str]:
        try:
            first = Settings.parse(self._config, program_routes(), project=PROJECT).trust.issuers[0]
            return first.issuer, first.audiences[0]
        except ConfigurationError as error:
            raise NotReady(f"Pulumi.{self._file}.yaml: {error}") from None
        except IndexError:
            raise NotReady(
                f"Pulumi.{self._file}.yaml: the first of issuers has no audience to ask a token for"
            ) from None

    def invoke_url(self) -> str:
        """Raises `NotReady` where nothing is deployed, `tools.pulumi_cli.PulumiError` where the CLI does not say."""
        outputs = outputs_of(self._name)
        try:
            url, rest_api, stage = (str(outputs[name]) for name in ("invokeUrl", "restApiId", "stageName"))
        except KeyError as missing:
            raise NotReady(f"stack {self._name} has no output {missing} yet: run `pulumi up`") from None
        endpoint = _endpoint(self._config)
        return emulator_url(endpoint, rest_api, stage) if is_loopback(endpoint) else url

    def _value(self, key: str) -> str:
        value = plain_value(self._config, key)
        if not value:
            fix = f"run `pulumi config set --plaintext {key} VALUE`"
            raise NotReady(unread_environment(self._file) or f"Pulumi.{self._file}.yaml has no {key}; {fix}")
        return value


def _endpoint(config: Mapping[str, str]) -> str:
    """Where the provider finds API Gateway, if that is not at AWS."""
    try:
        return str(json.loads(config["aws:endpoints"])[0]["apigateway"])
    except (LookupError, TypeError, ValueError):
        return ""
