"""Describes an error in the one to three lines that a command prints."""

import errno
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_DISK = dict.fromkeys((errno.EROFS, errno.EACCES, errno.ENOSPC), "Check the disk, and that you may write to it.")
_DISK |= dict.fromkeys((errno.EEXIST, errno.ENOTDIR), "A folder belongs there: remove the file, or rename it.")


class ToolError(Exception):
    """A command could not do its work. The message tells the user the place, the mistake and the fix."""


class UsageError(ToolError):
    """A command has wrong arguments."""


def describe(error: BaseException, *, private: bool = False) -> str:
    """The place, the mistake and the fix, in one to three lines.

    `private`: whether the command handles a token, which an error's own text may contain. If so, the result has only
    messages that we wrote for users, and those about routes.py.
    """
    kind, said = type(error).__name__, " ".join(str(error).split())[:300]
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{_relative(frames[-1].filename)}:{frames[-1].lineno}" if frames else "an unknown place"
    if _is_for_users(error):
        return str(error)
    if of_program := _of_program(error, private=private):
        return of_program
    if isinstance(error, ModuleNotFoundError):
        ours = Path(sys.prefix) == ROOT / ".venv"
        fix = "Run `make .venv/installed-check`." if ours else "Run `make setup`, and then .venv/bin/python."
        return f"{error.name}: not installed for {sys.executable}. {fix}"
    if request := getattr(error, "request", None):  # errors of requests
        return f"{request.url}: cannot be reached. Check that it runs, and your network."
    if isinstance(error, OSError) and error.strerror and not private:
        fix = _DISK.get(error.errno or 0, "Check that it exists and that you may use it.")
        return f"{error.filename or place}: {error.strerror}. {fix}"
    return (
        f"internal error: {kind} at {place}{'' if private else f': {said}'}. "
        "Run the command with --debug, and report its output."
    )


def _is_for_users(error: BaseException) -> bool:
    pulumi = sys.modules.get("pulumi")  # Without the import, the error cannot be Pulumi's.
    return isinstance(error, ToolError) or bool(pulumi and isinstance(error, pulumi.RunError))


def _of_program(error: BaseException, *, private: bool) -> str | None:
    """The error with its line in the program; None if it comes from other code.

    Lines of files that users edit come first.
    """
    kind, said = type(error).__name__, " ".join(str(error).split())[:300]
    if isinstance(error, SyntaxError) and error.filename:
        fix = "Correct this line or the one before."
        return f"{_relative(error.filename)}:{error.lineno}: {kind}: {error.msg}. {fix}"
    if without_routes := _without_routes(error, said):
        return without_routes
    if isinstance(error, OSError) and error.errno in _DISK and Path(str(error.filename)).is_relative_to(ROOT):
        return f"{_relative(error.filename)}: {error.strerror}. {_DISK[error.errno]}"
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    edited = [frame for frame in frames if Path(frame.filename).parent in (Path.cwd(), ROOT)]
    ours = not private and not isinstance(error, ModuleNotFoundError)
    rest = [frame for frame in frames if ours and _relative(frame.filename).startswith("infra/")]
    for frame in [*edited, *rest][:1]:
        missing = isinstance(error, FileNotFoundError)
        fix = "Restore the file, or correct its name in this line." if missing else "Correct this line."
        return f"{_relative(frame.filename)}:{frame.lineno}: {frame.line}\n{kind}: {said}. {fix}"
    return None


def _without_routes(error: BaseException, said: str) -> str | None:
    """The message if routes.py cannot be read, or has no ROUTES.

    None for a circular import, which defines them later.
    """
    if isinstance(error, SyntaxError | ValueError) and "null bytes" in said:
        return "routes.py, or a file that it imports: has a NUL byte. Save it with the encoding UTF-8."
    asked = isinstance(error, ImportError | AttributeError) and "routes" in (error.name, getattr(error, "obj", ""))
    if not asked or "partially initialized" in said:
        return None
    if isinstance(error, ImportError) and error.path is None:
        return "routes.py: there is no such file. Restore it."
    return "routes.py: has no ROUTES. Name the list of routes ROUTES."


def _relative(name: str) -> str:
    """A file's path, relative to the program's folder: the working directory or the project's folder."""
    path = Path(name)
    for folder in (Path.cwd(), ROOT):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name
