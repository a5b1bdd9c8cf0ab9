"""Typed values out of the stack's configuration, with every mistake in them."""

import difflib
import json
from collections.abc import Sequence
from typing import cast

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from infra.config import validators

_PROVIDERS = ("aws:", "auth0:", "pulumi:")  # namespaces with keys of their own, some of the same names


class Reader:
    """Reads values of the project's namespace, collecting what is wrong with them instead of stopping at the first."""

    def __init__(self) -> None:
        self._config = pulumi.Config()
        self._asked: set[str] = set()
        self.mistakes: list[str] = []

    def name(self, key: str) -> str:
        return self._config.full_key(key)

    def text(self, key: str, check: validators.Check, default: str | None = None) -> str:
        value = self._raw(key)
        if value is None and default is None:
            self._wrong(key, "is required", f"run `pulumi config set --plaintext {key} VALUE`")
        if value is None or value == default:
            return default or ""
        problem = validators.stray_characters(value) or check(value)
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

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self._raw(key)
        if value in ("true", "false"):
            return value == "true"
        if value is not None:
            self._wrong(key, f"is {value!r}: neither true nor false", f"the default is {str(default).lower()}")
        return default

    def lines(self, key: str) -> tuple[str, ...]:
        """A list of texts without line breaks or white space around them."""
        value = self._raw(key)
        try:
            items: object = [] if value is None else json.loads(value)
        except (ValueError, RecursionError):
            items = value
        if isinstance(items, list):
            texts = [item for item in cast("list[object]", items) if isinstance(item, str) and not _stray(item)]
            if len(texts) == len(cast("list[object]", items)):
                return tuple(texts)
        self._wrong(
            key, f"is {value!r}: not a list of texts", f"run `pulumi config set --path --type string '{key}[0]' VALUE`"
        )
        return ()

    def given(self, key: str) -> bool:
        return bool(self._raw(key))

    def unknown_keys(self) -> list[str]:
        """Pulumi lets a mistyped key pass in silence; the option it was meant for would keep its default."""
        prefix = f"{pulumi.get_project()}:"
        everything = {**get_config_env(), **CONFIG.get()}  # the engine hands the configuration over in the environment
        given = [key.removeprefix(prefix) for key in everything if key.startswith(prefix)]
        # A project that was made from this one under another name, and whose stack files still have the old one.
        strayed = [(key, key.partition(":")[2]) for key in everything if not key.startswith((prefix, *_PROVIDERS))]
        return [
            f"{key} belongs to another project and is ignored: "
            f"run `make rename NAME={prefix[:-1]}`, or write {prefix}{option}"
            for key, option in sorted(strayed)
            if option in self._asked
        ] + [
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


def _stray(text: str) -> bool:
    return not text or text != text.strip() or not text.isprintable()
