"""Runs the project's commands: `python -m tools COMMAND`."""

import argparse
import importlib
import inspect
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

from tools.errors import ToolError, UsageError, describe


class Command(NamedTuple):
    """One command.

    `call` is its function, as `module:function`, which is loaded when the command runs. The function takes the parsed
    arguments and returns the exit status; its docstring is the command's description. If the command has arguments, the
    module declares them in `arguments(parser)`. `failed` is the exit status if the command could not do its work.
    `private` means that an argument may be a token, so no error repeats the arguments.
    """

    name: str
    group: str
    help: str
    call: str
    failed: int = 1
    private: bool = False


_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # HUP: the terminal was closed
_LOCAL, _ASK, _STACK, _CHECK = "On this machine", "Questions", "Stacks", "The repository"
COMMANDS = (
    Command("demo", _LOCAL, "Deploy to an embedded AWS, call the routes and show the results", "local.demo:main"),
    Command("up", _LOCAL, "Keep the API running, with a page; redeploy after changes", "local.up:main"),
    Command("emulator", _LOCAL, "Run only the embedded AWS, for the Pulumi CLI", "local.emulate:main"),
    Command("token", _LOCAL, "Print an access token of the running issuer", "local.token:main"),
    Command("browser", _LOCAL, "Find a Chromium for the tests of the page, or install one", "local.page.browser:main"),
    Command("explain", _ASK, "Explain each route's response to a token", "tools.explain.command:main", 2, True),
    Command("doctor", _ASK, "Check a stack's issuer", "tools.doctor:main"),
    Command("smoke", _ASK, "Check that a deployed stack answers 401, 200 and 403", "tools.smoke.command:main", 2, True),
    Command("preview", _ASK, "Show the changes of this branch, without AWS", "tools.preview.command:main"),
    Command("openapi", _ASK, "Write the API as an OpenAPI document", "tools.openapi:main"),
    Command("rename", _STACK, "Give the project another name", "tools.rename:main"),
    Command("check-cli", _STACK, "Check the Pulumi CLI's version", "tools.pulumi_cli:main"),
    Command("report", _STACK, "Show the result of `make plan`, as Markdown", "tools.report:main"),
    Command("revoke", _STACK, "Flush a stage's authorizer cache", "tools.revoke:main"),
    Command("policy", _CHECK, "Check every stack against the policy pack", "tools.policy_check:main"),
    Command(
        "prose", _CHECK, "Check the English of pages, docstrings, comments and messages", "tools.prose.command:main"
    ),
    Command("audit", _CHECK, "Look up known vulnerabilities of the locked packages", "tools.audit:main"),
    Command("sbom", _CHECK, "List the packages in the function's zip, as CycloneDX", "tools.sbom:main"),
    Command("pictures", _CHECK, "Draw the pictures of the demo, a preview and the page", "local.page.pictures:main"),
    # Without a group: processes of other commands, which import a changed program again.
    Command("run-program", "", "", "tools.preview.run_program:main"),
    Command("deploy-program", "", "", "local.engine.deploy:main"),
    Command("show-program", "", "", "local.page.document:main"),
    Command("explain-call", "", "", "local.page.why:main", 2, True),
)


class _Parser(argparse.ArgumentParser):
    """Parses arguments. Raises `UsageError`, which repeats no argument of a private command."""

    private = False
    words: Sequence[str] = ()

    def error(self, message: str) -> NoReturn:
        options = self._option_string_actions
        given = {part for word in self.words for part in (word, *word.split("=")) if part and part not in options}
        if self.private and any(part in message for part in given):
            message = "these arguments are not understood"
        raise UsageError(f"{message}. Run `{self.prog} --help`.")


def main(words: Sequence[str] | None = None) -> int:
    """Run a command, by default the one of the command line, and return its exit status.

    2 means wrong arguments, 130 Ctrl-C, a plain kill or a closed terminal. `--debug` prints the traceback of an error.
    """
    words = list(sys.argv[1:] if words is None else words)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    if not words or words[0] in ("-h", "--help"):
        print(_usage())
        return 0 if words else 2
    command = next((each for each in COMMANDS if each.name == words[0]), None)
    if command is None:
        print("error: no such command. Run `python -m tools --help`.", file=sys.stderr)
        return 2
    hangs_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN  # as under nohup
    hook, sys.unraisablehook = sys.unraisablehook, _stop_again
    former = {number: signal.signal(number, _stop) for number in _STOPS if hangs_up or number != signal.SIGHUP}
    try:
        return _run(command, words[1:])
    except (KeyboardInterrupt, Exception) as error:  # every error of a command is reported here
        if isinstance(error, KeyboardInterrupt) or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            shown = "\x1b[?25h" if sys.stderr.isatty() else ""  # the cursor, which a progress display hides
            print(f"{shown}stopped", file=sys.stderr)
            return 130
        if debug:
            told = traceback.format_tb(error.__traceback__) if command.private else traceback.format_exception(error)
            print("".join(told), end="", file=sys.stderr)
        print(f"error: {describe(error, private=command.private)}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else command.failed
    finally:
        sys.unraisablehook = hook
        for number, handler in former.items():
            signal.signal(number, handler)


def _run(command: Command, words: Sequence[str]) -> int:
    name, _, function = command.call.partition(":")
    module: Any = importlib.import_module(name)
    call = getattr(module, function)
    parser = _Parser(
        prog=f"python -m tools {command.name}",
        description=inspect.getdoc(call),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.private, parser.words = command.private, words
    if hasattr(module, "arguments"):
        module.arguments(parser)
    options = parser.parse_args(words)
    try:
        return call(options)
    except SystemExit as error:  # of routes.py: exit(0) must not pass for success
        raise ToolError(describe(error, private=command.private)) from error


def _stop(number: int, frame: object) -> NoReturn:  # noqa: ARG001 - a signal handler's parameters
    """Stop the command as Ctrl-C does. Further signals are ignored, so that the command can end its processes."""
    for each in _STOPS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _stop_again(ignored: "sys.UnraisableHookArgs") -> None:
    """Stop again a moment later, because Python ignores an exception in a callback such as a weak reference's."""
    if ignored.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(ignored)
        return
    signal.signal(signal.SIGTERM, _stop)
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()


def _usage() -> str:
    lines = ["usage: python -m tools COMMAND [--debug] [--help] ...", "", "COMMAND --help describes a command."]
    for group in dict.fromkeys(command.group for command in COMMANDS if command.group):
        lines += ["", group]
        lines += [f"  {each.name:<10} {each.help}" for each in COMMANDS if each.group == group]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
