"""Reads the inputs of a component, and checks them as the program checks its configuration."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi

from component.schema import NAME, TRUST, input_name
from infra.api.routes import Route, mistakes_in, mistakes_in_one
from infra.config.config_reader import Reader
from infra.config.settings import Settings
from infra.configuration_error import ConfigurationError
from infra.mistakes import Mistake, did_you_mean
from infra.openapi import file as openapi_file
from infra.openapi.routes import Api, documented
from infra.openapi.security import SETTING

_UNKNOWN = "https://unknown.invalid"
# Placeholders for the checks while an input is unknown, in previews.
_INSTEAD: Mapping[str, object] = {
    "issuer": _UNKNOWN,
    "audience": "unknown",
    "jwksUri": f"{_UNKNOWN}/jwks",
    "clientIds": ["unknown"],
    "issuers": [{"issuer": _UNKNOWN, "audience": "unknown"}],
}
_TRUST = tuple(map(input_name, TRUST))
_NOT_CHECKED = ("restApiId", "executionArn")  # ids of other resources
_FIELDS = {"backendPath": "backend_path"}
_TITLE = re.compile(r"[\w .-]{1,128}", re.ASCII)
_TITLE_NEEDS = "1 to 128 letters, digits, spaces, . _ and -"
_KINDS = {"string": str, "boolean": bool, "array": list, "object": dict}
_NOUNS = {"string": "a text", "boolean": "true or false", "array": "a list", "object": "an object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of a component.

    All inputs as given, the values of the known inputs, and the names of the unknown and of the secret ones.
    """

    given: pulumi.Inputs
    known: Mapping[str, Any]
    unknown: frozenset[str]
    secret: frozenset[str]

    @classmethod
    async def read(cls, given: pulumi.Inputs) -> "Inputs":
        """Wait for the values and read them.

        Except in previews, the engine has resolved them before it asks for a component.
        """
        known = dict[str, Any]()
        unknown, secret = set[str](), set[str]()
        for name, value in given.items():
            output: pulumi.Output[Any] = pulumi.Output.from_input(value)
            if await output.is_secret():
                secret.add(name)
            if not await output.is_known():
                unknown.add(name)
            elif (plain := _plain(await output.future())) is not None:
                known[name] = plain
        return cls(given=given, known=known, unknown=frozenset(unknown), secret=frozenset(secret))

    @property
    def trust_is_known(self) -> bool:
        return self.unknown.isdisjoint(_TRUST)

    def like_trust(self, value: Any) -> pulumi.Output[Any]:
        """The value as an output. It is unknown or a secret if an input that determines the trusted tokens is."""
        return pulumi.Output.all(*(self.given.get(name) for name in _TRUST)).apply(lambda _: value)

    def settings(self, schema: Mapping[str, Any], component: str) -> Settings:
        """The settings in these inputs. Raises `ConfigurationError` with every mistake."""
        spec = schema["resources"][f"{NAME}:index:{component}"]
        values = {**self.known, **{name: _INSTEAD.get(name) for name in self.unknown if name in _TRUST}}
        found = [*self._misplaced_outputs(), *_mistakes(schema, spec, self.known, "", self.unknown)]
        places = {mistake.key.partition(".")[0] for mistake in found}
        wrong = {place.partition("[")[0] for place in places}
        names = [name for name in spec["inputProperties"] if name not in wrong and values.get(name) is not None]
        reader = _InputReader({name: values[name] for name in names})
        if component != "ProtectedRestApi":
            reader.ignore_backend()
        settings = Settings.interpret(reader, self._api(component, wrong, self._routes(places)))
        # With the placeholder of an unknown issuer, every URL on this machine would be a mistake.
        found += _mistakes_in_title(self.known.get("title"))
        found += [it for it in reader.mistakes if self.trust_is_known or it.rule != "loopback"]
        found = [it for it in found if it.key not in wrong or it.rule != "required"] if wrong else found
        if found:
            raise ConfigurationError(list(dict.fromkeys(found)))
        return settings

    def _misplaced_outputs(self) -> Iterator[Mistake]:
        for name in (self.unknown | self.secret) - {*_TRUST, *_NOT_CHECKED}:
            if name in self.unknown:
                what, fix = "is an output that is unknown in this preview", "Give a value that the program knows."
            else:
                what, fix = "is a secret, but would be readable in API Gateway", "Give it as plain text."
            yield Mistake(name, "not-plain", what, fix)

    def _routes(self, wrong: set[str]) -> list[Route]:
        """The routes, without those at the places with a mistake, such as `routes[0]`."""
        if "routes" in wrong:
            return []
        items: list[dict[str, Any]] = self.known.get("routes", [])
        whole = [item for at, item in enumerate(items) if f"routes[{at}]" not in wrong]
        return [Route(**{_FIELDS.get(key, key): value for key, value in route.items()}) for route in whole]

    def _api(self, component: str, wrong: set[str], table: list[Route]) -> Api:
        routes, document = self.known.get("routes"), self.known.get("openapi")
        if wrong & {"routes", "openapi", SETTING}:
            return Api((), [mistake for route in table for mistake in mistakes_in_one(route)])
        if (routes is None) == (document is None):
            what = "is not set, and neither is openapi" if routes is None else "is set together with openapi"
            return Api((), [Mistake("routes", "required", what, "Set one of the two.")])
        schemes: list[str] = self.known.get(SETTING, [])
        if document is not None:
            maps = component == "ProtectedRestApi" and self.known.get("integrationType") != "HTTP_PROXY"
            return documented("openapi", lambda: openapi_file.parse(cast("str", document).encode()), schemes, maps=maps)
        if schemes:
            what = "is set without an OpenAPI document"
            return Api((), [Mistake(SETTING, "no-document", what, "Set openapi to the document, or remove it.")])
        found = mistakes_in(table)
        served = all(route.page is not None or route.function is not None for route in table)
        if component == "ProtectedRestApi" and not served and "backendUrl" not in self.known.keys() | wrong:
            found.append(Mistake("backendUrl", "required", "is not set", "Set it to the address of your backend."))
        return Api(() if found else tuple(table), found)


class _InputReader(Reader):
    """Reads inputs instead of configuration keys, and names them in mistakes."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__({name: it if isinstance(it, str) else json.dumps(it) for name, it in values.items()}, "")

    def ignore_backend(self) -> None:
        """Accept documents that name no backend, for a component that has no backend."""
        self._config = {**self._config, "backendUrl": _UNKNOWN}

    def name(self, key: str) -> str:
        return input_name(key)

    def how_to_set(self, key: str, options: str = "") -> str:  # noqa: ARG002 - they are the Pulumi CLI's
        return f"Set the input {input_name(key)}."


def _mistakes_in_title(title: object) -> Iterator[Mistake]:
    """Check the title, which goes into a header between quotes."""
    if isinstance(title, str) and not _TITLE.fullmatch(title):
        yield Mistake("title", "not-a-title", f"is not {_TITLE_NEEDS}", "Correct it.", repr(title))


def _plain(value: object) -> Any:
    """The value without null members, and with whole numbers as integers, because the engine sends them as floats."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return {key: _plain(item) for key, item in members.items() if item is not None}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in cast("Sequence[object]", value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _mistakes(
    schema: Mapping[str, Any], spec: Mapping[str, Any], values: Mapping[str, Any], at: str, unknown: frozenset[str]
) -> Iterator[Mistake]:
    """The members that are unknown, missing, or of a wrong type. The SDKs of some languages do not check this."""
    properties: Mapping[str, Any] = spec.get("inputProperties") or spec["properties"]
    for name, value in values.items():
        if name in properties:
            yield from _wrong_types(schema, properties[name], value, f"{at}{name}")
            continue
        what = "is not an input" if not at else "is not a member of this object"
        yield Mistake(f"{at}{name}", "unknown-key", what, did_you_mean(name, properties))
    for name in spec.get("requiredInputs") or spec.get("required", ()):
        if name not in values and name not in unknown:
            yield Mistake(f"{at}{name}", "required", "is not set", f"Set {name}.")


def _wrong_types(schema: Mapping[str, Any], spec: Mapping[str, Any], value: object, at: str) -> Iterator[Mistake]:
    if reference := spec.get("$ref"):
        members: Mapping[str, Any] = schema["types"][reference.removeprefix("#/types/")]
        if isinstance(value, dict):
            yield from _mistakes(schema, members, cast("dict[str, Any]", value), f"{at}.", frozenset())
        else:
            yield Mistake(at, "wrong-type", "is not an object", "Write it as one.", repr(value))
    elif not any(_is_of(each["type"], value) for each in spec.get("oneOf", [spec])):
        nouns = " or ".join(_NOUNS.get(each["type"], "a whole number") for each in spec.get("oneOf", [spec]))
        yield Mistake(at, "wrong-type", f"is not {nouns}", "Correct its type.", repr(value))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _wrong_types(schema, spec["items"], item, f"{at}[{index}]")
    elif isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            yield from _wrong_types(schema, spec["additionalProperties"], item, f"{at}.{key}")


def _is_of(kind: str, value: object) -> bool:
    if kind in ("integer", "number"):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, _KINDS[kind])
