"""Reads the token, the stack's settings and the issuer's key set."""

import codecs
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from authorizer import fetch
from infra.config.settings import Settings
from tools import running
from tools.errors import UsageError
from tools.explain.evaluate import KeySource
from tools.project import STACK, stacks
from tools.settings import load

_MOST = 1_000_000  # bytes; API Gateway accepts a hundredth of this
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # PowerShell writes one with `>`
_SAVE_PLAIN = "Save the token as UTF-8 without one, or as ASCII."


def authorization(words: Sequence[str], file: Path | None) -> tuple[str, str]:
    """Read the token from these arguments, the file or standard input, and return the Authorization header and a note.

    The note is about text around the token that a header would not have. Raises `UsageError`.
    """
    if words and words != ["-"]:
        if file:
            raise UsageError("a token and --file: use one of them")
        text = " ".join(words)
    else:
        if not file and sys.stdin.isatty():
            print("Paste the token, then press Enter and Ctrl-D (use a pipe for long tokens):", file=sys.stderr)
        raw = _read(file, "--file") if file else sys.stdin.buffer.read(_MOST)
        if raw.startswith(_MARKS):
            raise UsageError(f"{'--file' if file else 'standard input'}: begins with a byte order mark. {_SAVE_PLAIN}")
        text = re.sub(r"\r?\n\Z", "", raw.decode("utf-8", "replace"))  # without the line's end
    token = re.sub(r"(?i)^authorization: *", "", text.strip())
    if not token:
        raise UsageError("no token: use a pipe, or name a file with --file")
    note = "" if text == text.strip() else "White space around the token is ignored here; a request must not send it."
    return token if re.match(r"(?i)bearer\s", token) else f"Bearer {token}", note


def settings_of(stack: str | None) -> tuple[str, Settings]:
    """The stack's title and settings. Without a name, the stack is that of the run in this folder, or else dev.

    Raises `UsageError`.
    """
    if stack is not None and stack not in stacks():
        raise UsageError(f"--stack: not found; stacks with a file: {', '.join(stacks())}. Use one of them.")
    if stack is None and (run := running.find()):
        return "what runs here", load(STACK, run.issuer)
    return f"the stack {stack or 'dev'}", load(stack or "dev")


def key_source(file: Path | None) -> KeySource:
    """A source of the issuers' key sets, or of the key set in the file. Raises `UsageError`."""
    if file is None:
        return KeySource()
    document = fetch.Document(_read(file, "--jwks"))
    return KeySource(lambda _: document, file=str(file))


def _read(file: Path, option: str) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__  # without the file's name, which may be a token
        raise UsageError(f"{option}: the file cannot be read: {why}. Correct its name or its permissions.") from None
