"""Reads typed values from a stack's configuration, and collects every mistake."""

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pulumi.runtime.config import CONFIG, get_config_env

from infra.config.validators import stray_characters
from infra.mistakes import Mistake, Problem

Check = Callable[[str], Problem | None]
_PROVIDERS = ("aws:", "auth0:", "pulumi:")  # namespaces of providers, which share some key names with the program


def stack_configuration() -> dict[str, str]:
    """The configuration of the running program, from the engine or a test, in all namespaces."""
    # The engine passes it in the environment. Pulumi's own `Config` reads single keys and cannot list them.
    return {**get_config_env(), **CONFIG.get()}


class Reader:
    """Reads values of a project's namespace, and collects all mistakes instead of stopping at the first.

    `defaults` has each key that was read, with its default, or None if the key is required.
    """

    def __init__(self, config: Mapping[str, str], project: str) -> None:
        self._config, self._prefix = config, f"{project}:"
        self.defaults: dict[str, object] = {}
        self.mistakes: list[Mistake] = []

    def name(self, key: str) -> str:
        return f"{self._prefix}{key}"

    def how_to_set(self, key: str, options: str = "--plaintext") -> str:
        """The fix for a missing value, as a sentence."""
        quoted = f"'{key}'" if "--path" in options else key
        return f"Run `pulumi config set {options} {quoted} VALUE`."

    def text(self, key: str, check: Check, default: str | None = None) -> str:
        value = self._raw(key, default)
        if value is None and default is None:
            self.wrong(key, "required", "is not set", self.how_to_set(key))
        if value is None or value == default:
            return default or ""
        if problem := stray_characters(value) or check(value):
            self.mistakes.append(Mistake.of(self.name(key), problem, repr(value)))
        return value

    def whole_number(self, key: str, default: int, least: int, most: int) -> int:
        value = self._raw(key, default)
        if value is None:
            return default
        if value.isascii() and value.isdecimal() and len(value) < 10 and least <= int(value) <= most:
            return int(value)
        what = f"is not a whole number from {least} to {most}"
        self.wrong(key, "not-in-range", what, f"Set one; the default is {default}.", value)
        return default

    def one_of(self, key: str, default: int, values: Sequence[int]) -> int:
        value = self._raw(key, default)
        if value is None or value in map(str, values):
            return int(value or default)
        self.wrong(
            key, "not-offered", "is not a value that AWS accepts", f"Use one of {', '.join(map(str, values))}.", value
        )
        return default

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self._raw(key, default)
        if value in ("true", "false"):
            return value == "true"
        if value is not None:
            fix = f"Set one of them; the default is {str(default).lower()}."
            self.wrong(key, "not-a-boolean", "is neither true nor false", fix, value)
        return default

    def lines(self, key: str, default: Sequence[str] = (), check: Check | None = None) -> tuple[str, ...]:
        """A list of strings without line breaks or white space around them, each of which passes the check."""
        value = self._raw(key, list(default))
        try:
            items: object = list(default) if value is None else json.loads(value)
        except (ValueError, RecursionError):
            items = value
        if isinstance(items, list):
            texts = [item for item in cast("list[object]", items) if isinstance(item, str) and not stray(item)]
            if len(texts) == len(cast("list[object]", items)):
                for text in texts:
                    if check and (problem := check(text)):
                        self.mistakes.append(Mistake.of(self.name(key), problem, repr(text)))
                return tuple(texts)
        fix = self.how_to_set(f"{key}[0]", "--path --type string")
        self.wrong(key, "not-a-list", "is not a list of strings", fix, value)
        return ()

    def parsed(self, key: str, default: object) -> object:
        """The value, parsed as JSON. It stays a string if the default is a string, or if the value is not JSON."""
        value = self._raw(key, default)
        if value is None:
            return default
        try:
            return value if isinstance(default, str) else json.loads(value)
        except (ValueError, RecursionError):
            return value

    def given(self, key: str) -> bool:
        return bool(self._config.get(self.name(key)))

    def wrong(self, key: str, rule: str, what: str, fix: str, got: str | None = None) -> None:
        self.mistakes.append(Mistake(self.name(key), rule, what, fix, "" if got is None else repr(got)))

    def unknown_keys(self) -> list[Mistake]:
        """A mistake for each unknown key. Pulumi ignores a mistyped key, so the option would keep its default."""
        found: list[Mistake] = []
        for full_key in sorted(self._config):
            key = full_key.partition(":")[2]
            if not full_key.startswith(self._prefix):
                # A renamed copy of this project, whose stack files still have the old name.
                if key in self.defaults and not full_key.startswith(_PROVIDERS):
                    fix = f"Run `make rename NAME={self._prefix[:-1]}`, or write {self.name(key)}."
                    found.append(Mistake(full_key, "another-project", "belongs to another project and is ignored", fix))
            elif key not in self.defaults:
                near = difflib.get_close_matches(key, self.defaults, n=1)
                fix = f"Did you mean {self.name(near[0])}?" if near else "Remove it. Pulumi.yaml lists all keys."
                found.append(Mistake(full_key, "unknown-key", "is not a key of this program", fix))
        return found

    def _raw(self, key: str, default: object) -> str | None:
        self.defaults[key] = default
        return self._config.get(self.name(key))


def stray(text: str) -> bool:
    """Whether a string of a list is empty, or has white space around it or unprintable characters."""
    return not text or text != text.strip() or not text.isprintable()
