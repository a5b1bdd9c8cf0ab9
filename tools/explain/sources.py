"""Where the token, the stack's settings and the issuer's key set come from."""

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

_MOST = 1_000_000  # bytes; API Gateway takes a hundredth


def authorization(words: Sequence[str], file: Path | None) -> tuple[str, str]:
    """The Authorization header's value for the token in these arguments, the file or else standard input, and a note.

    The note is for what was around the token and would not be part of a header. Raises `UsageError`.
    """
    if words and words != ["-"]:
        if file:
            raise UsageError("a token and --file: give one of them")
        text = " ".join(words)
    else:
        if not file and sys.stdin.isatty():
            print("Paste the token, then Enter and Ctrl-D (a pipe takes longer ones):", file=sys.stderr)
        raw = _read(file, "--file") if file else sys.stdin.buffer.read(_MOST)
        text = re.sub(r"\r?\n\Z", "", raw.decode("utf-8", "replace"))  # the end of its line
    token = re.sub(r"(?i)^authorization: *", "", text.strip())
    if not token:
        raise UsageError("no token is given: pipe it in, or name a file with --file")
    note = "" if text == text.strip() else "White space around the token is left out here; a request must not send it."
    return token if re.match(r"(?i)bearer\s", token) else f"Bearer {token}", note


def settings_of(stack: str | None) -> tuple[str, Settings]:
    """The stack's name in words and its settings; without a name, of what runs here, or else of dev.

    Raises `UsageError`.
    """
    if stack is not None and stack not in stacks():
        raise UsageError(f"--stack: there is none of this name; stacks with a file: {', '.join(stacks())}. Name one.")
    if stack is None and (run := running.find()):
        return "what runs here", load(STACK, tokenIssuer=run.issuer, audience=run.audience)
    return f"the stack {stack or 'dev'}", load(stack or "dev")


def key_source(file: Path | None) -> KeySource:
    """The issuers' key sets, or the one in the file. Raises `UsageError`."""
    if file is None:
        return KeySource()
    document = fetch.Document(_read(file, "--jwks"))
    return KeySource(lambda _: document, file=str(file))


def _read(file: Path, option: str) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__  # not its name, which may be a token
        raise UsageError(f"{option}: the file cannot be read: {why}. Correct its name or its permissions.") from None
