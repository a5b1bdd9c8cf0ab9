"""The project's folder, its name, and the configuration of its stacks. Nothing here needs Pulumi's SDK."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import yaml

from tools.errors import ToolError

ROOT = Path(__file__).resolve().parent.parent
STACK = "local"
_ENCRYPTED = re.compile(r'\{"secure": "[^"]*"\}')  # also within an object or a list
_FORM = "Write `config:` in the first column and below it one `key: value` a line, indented by two spaces."


class ProgramError(ToolError):
    """The program could not be run. The message says why and how to fix it."""


def project_name(root: Path) -> str:
    """The project's name in the folder's `Pulumi.yaml`, which is the namespace of its keys. Raises `ProgramError`."""
    try:
        text = (root / "Pulumi.yaml").read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ProgramError(f"Pulumi.yaml: cannot be read: {why}. Restore the file or its encoding, UTF-8.") from None
    found = re.search(r"""^name:[ \t]*(["']?)([A-Za-z0-9._-]+)\1[ \t]*(?:#.*)?$""", text, re.MULTILINE)
    if not found:
        raise ProgramError("Pulumi.yaml: has no project name. Add the line `name: petstore`.")
    return found[2]


PROJECT = project_name(ROOT)
_ISSUER, _AUDIENCE, _ISSUERS = f"{PROJECT}:tokenIssuer", f"{PROJECT}:audience", f"{PROJECT}:issuers"


def modules(*folders: str, root: Path | None = None) -> list[Path]:
    """The Python files in these folders, without the virtual environments that the Pulumi CLI creates there.

    `root` is the project's folder, by default this project's.
    """
    top = root or ROOT
    found = (path for folder in folders for path in (top / folder).rglob("*.py"))
    return sorted(path for path in found if ".venv" not in path.relative_to(top).parts)


def stacks(root: Path | None = None) -> list[str]:
    """The names of the stacks that have a file. `root` is the project's folder, by default this project's."""
    found = [path for path in (root or ROOT).glob("Pulumi.*.yaml") if path.is_file()]
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in found)


def stack_config(stack: str, root: Path | None = None) -> dict[str, str]:
    """The configuration in `Pulumi.{stack}.yaml`, as the engine passes it to the program: all values as strings.

    As for the CLI, a key without a namespace is the project's own, and an empty file is a stack without configuration.
    `root` is the project's folder, by default this project's.

    Raises `ProgramError` with the file's name and, if known, the line and the column of the mistake.
    """
    file = f"Pulumi.{stack}.yaml"
    config = _mapping(_document(stack, root).get("config"), file, "config")
    name = project_name(root) if root else PROJECT
    return {key if ":" in key else f"{name}:{key}": _as_text(value, f"{file}: {key}") for key, value in config.items()}


def first_issuer(config: Mapping[str, str]) -> tuple[str, str]:
    """The first issuer and its audience, from `issuers` or the keys for a single issuer. An absent value is ""."""
    first = (_issuers(config) or [{"issuer": config.get(_ISSUER, ""), "audience": config.get(_AUDIENCE, "")}])[0]
    audience: Any = first.get("audience") or [""]
    return str(first.get("issuer", "")), str(audience[0] if isinstance(audience, list) else audience)


def with_first_issuer(config: Mapping[str, str], issuer: str) -> dict[str, str]:
    """The configuration with another first issuer (see `first_issuer`)."""
    listed = _issuers(config)
    if not listed:
        return {**config, _ISSUER: issuer}
    first = {key: value for key, value in listed[0].items() if key != "jwksUri"} | {"issuer": issuer}
    others = {key: value for key, value in config.items() if key not in (_ISSUER, _AUDIENCE)}
    return others | {_ISSUERS: json.dumps([first, *listed[1:]])}


def _issuers(config: Mapping[str, str]) -> list[dict[str, Any]]:
    """The objects of `issuers`, or [] if it is not set or has a mistake, which the program reports."""
    try:
        listed: object = json.loads(config.get(_ISSUERS, "[]"))
    except (ValueError, RecursionError):
        return []
    objects = cast("list[Any]", listed) if isinstance(listed, list) else []
    return objects if all(isinstance(each, dict) for each in objects) else []


def unread_environment(stack: str, root: Path | None = None) -> str:
    """A sentence about the Pulumi ESC environment in `Pulumi.{stack}.yaml`, or "" if it has none."""
    given: object = _document(stack, root).get("environment")
    if not given:
        return ""
    imported: object = cast("dict[str, Any]", given).get("imports", "in the file") if isinstance(given, dict) else given
    names = ", ".join(map(str, cast("list[object]", imported) if isinstance(imported, list) else [imported]))
    return (
        f"Pulumi.{stack}.yaml: takes settings from an environment of Pulumi ESC ({names}), which only the Pulumi CLI "
        f"can open. This command reads only the file; `pulumi config --stack {stack}` shows all settings."
    )


class _Loader(yaml.SafeLoader):
    """Reads a stack file as the Pulumi CLI's parser does (gopkg.in/yaml.v3), and refuses a duplicate key.

    PyYAML's own rules are those of YAML 1.1, in which `yes` is true, 5:00 is 300, and 1e3 is text.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in names:
                raise yaml.MarkedYAMLError(problem=f"the key {name} is there twice", problem_mark=key.start_mark)
            names.add(name)
        return super().construct_mapping(node, deep)

    def construct_number(self, node: yaml.ScalarNode) -> int | float:
        text = str(self.construct_scalar(node)).replace("_", "")
        if re.fullmatch("[-+]?0[0-7]+", text):
            return int(text, 8)
        try:
            return int(text, 0)
        except ValueError:
            number = float(text)
            return int(number) if number.is_integer() else number


_Loader.yaml_implicit_resolvers = {}
for _tag, _text_of in {
    "merge": "<<",
    "null": "~|null|Null|NULL|",
    "bool": "true|True|TRUE|false|False|FALSE",
    "int": "[-+]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*)",
    "float": r"[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?",
    "timestamp": r"\d{4}-\d\d?-\d\d?([Tt ].*)?",
}.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_text_of})\Z", re.ASCII), None)
for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Loader.construct_number)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda *_: datetime.min)  # `_as_text` refuses each date


def _document(stack: str, root: Path | None) -> dict[str, Any]:
    path = (root or ROOT) / f"Pulumi.{stack}.yaml"
    if stack not in stacks(root):
        raise ProgramError(f"there is no file Pulumi.{stack}.yaml; stacks with a file: {', '.join(stacks(root))}")
    try:
        return _mapping(_Loader(_text(path)).get_single_data(), path.name, "the file")
    except yaml.YAMLError as error:
        raise ProgramError(f"{path.name}: {_yaml_mistake(error)}") from None
    except (ValueError, RecursionError) as error:  # `!!int x`, for example
        raise ProgramError(f"{path.name}: a value cannot be read: {error}. Put it in quotes.") from None


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ProgramError(f"{path.name}: cannot be read: {error.strerror}. Check its permissions.") from None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise ProgramError(
            f"{path.name}: line {line}, column {column}: not UTF-8, got the byte 0x{raw[error.start]:02x}. "
            "Save the file with the encoding UTF-8."
        ) from None


def _yaml_mistake(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = ", ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None))))
    if mark is None:  # for characters that YAML does not allow, PyYAML has no line
        return f"not YAML: {' '.join(str(error).split())}. Remove the character."
    fix = "Indent with spaces." if r"'\t'" in problem else "Correct this line or the one before."
    return f"line {mark.line + 1}, column {mark.column + 1}: not YAML: {problem}. {fix}"


def _mapping(value: object, file: str, what: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ProgramError(f"{file}: {what} is not a mapping of keys to values, got {_kind(value)}. {_FORM}")
    for key in cast("dict[object, Any]", value):
        if not isinstance(key, str):
            raise ProgramError(f"{file}: a key is not a string, got {key!r}. Put it in quotes.")
    return cast("dict[str, Any]", value)


def _kind(value: object) -> str:
    return {list: "a list", str: "text", datetime: "a date"}.get(type(value), type(value).__name__)


def _as_text(value: object, place: str) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        raise ProgramError(f"{place}: has no value. Write one after the colon, or remove the key.")
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):  # a date, for example
        raise ProgramError(f"{place}: not a value of JSON, got {_kind(value)}. Put it in quotes.") from None


def emulator_url(endpoint: str, rest_api_id: str, stage_name: str) -> str:
    """The URL of a stage on the emulator at `endpoint`. The stage's output `invokeUrl` has a host name of AWS."""
    return f"{endpoint}/restapis/{rest_api_id}/{stage_name}/_user_request_"


def plain_value(config: Mapping[str, str], name: str) -> str | None:
    """The value of one of the project's own keys; None if it is not set.

    Raises `ProgramError` if it is encrypted.
    """
    value = config.get(f"{PROJECT}:{name}")
    if value and _ENCRYPTED.search(value):
        raise ProgramError(
            f"{PROJECT}:{name} is encrypted, and only the Pulumi CLI can read it. It is not a secret: run "
            f"`pulumi config set --plaintext {name} VALUE`."
        )
    return value


def must_be_plain(config: Mapping[str, str], stack: str) -> None:
    """Check that no value of the project's own keys is encrypted, even in part. Raises `ProgramError`."""
    try:
        for key in config:
            if key.startswith(f"{PROJECT}:"):
                plain_value(config, key.removeprefix(f"{PROJECT}:"))
    except ProgramError as error:
        raise ProgramError(f"Pulumi.{stack}.yaml: {error}") from None
