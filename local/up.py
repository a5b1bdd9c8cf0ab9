"""Deploys the program to an embedded AWS, redeploys it whenever a file changes, and serves a page to try the API."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console
from watchfiles import Change, watch

from authorizer.routes import PathTemplate
from infra.api.path_parameters import fill
from local.cloud.sandbox import Deployed, Sandbox
from local.page.server import PORT, Page
from tools import running
from tools.errors import describe
from tools.project import ROOT, ProgramError

_LAST_PORT = 65_535


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=_port, default=PORT, help=f"the port of the page on 127.0.0.1; by default {PORT}"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"is not a number from 0 (any free port) to {_LAST_PORT}, got {text!r}")
    return int(text)


def main(options: argparse.Namespace) -> int:
    """Deploy the program to an embedded AWS and keep it running, with a page to try it. Ctrl-C stops everything.

    The command deploys again when a file of the program changes. If the file has a mistake, the old deployment stays.
    """
    console = Console()
    with running.claim() as announce, Sandbox() as sandbox, Page(sandbox, options.port) as page:
        announce(sandbox.run)
        if options.port not in (0, page.port):
            console.print(f"--port: {options.port} is taken, or not yours to use; the page uses {page.port}.")
        console.print("Deploying; Ctrl-C stops everything.")
        first = True
        try:
            for changed in chain([""], _changes()):
                page.deploying()
                if changed:
                    console.print(f"{changed} changed; deploying ...", markup=False)
                try:
                    deployed = sandbox.deploy()
                    page.show(deployed)
                except ProgramError as error:
                    page.failed(describe(error))
                    console.print(f"error: {describe(error)}\nSave a correction to deploy it.", markup=False)
                    continue
                console.print(_summary(deployed), soft_wrap=True)
                if first:
                    console.print(
                        instructions(page.url, page.routes, deployed), soft_wrap=True, highlight=False, markup=False
                    )
                first = False
        except KeyboardInterrupt:
            console.print("stopped")
    return 0


def _changes() -> Iterator[str]:
    """The names of the changed files, after each change."""
    # Folders instead of files, because some editors save by renaming another file.
    folders = [ROOT, *(each for room in ("infra", "authorizer") for each in (ROOT / room, *_folders(ROOT / room)))]
    for changes in watch(*folders, watch_filter=_of_the_program, recursive=False, raise_interrupt=True):
        yield ", ".join(sorted({str(Path(path).relative_to(ROOT)) for _, path in changes}))


def _folders(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_dir() and path.name != "__pycache__")


def instructions(page: str, routes: Sequence[Mapping[str, Any]], deployed: Deployed) -> str:
    """The page's URL, and commands for a protected route, which has GET and few scopes if there is such a route.

    `routes` are the page's data about the routes.
    """
    protected = [route for route in routes if route["scopes"] is not None]
    route = min(protected, key=lambda it: (it["method"] != "GET", len(it["scopes"]), len(it["parameters"])))
    method = "" if route["method"] == "GET" else f"-X {route['method']} "
    option = f" --scope '{' '.join(route['scopes'])}'" if route["scopes"] else ""
    path = fill(PathTemplate.parse(route["path"]), "1")
    scopes = sorted({scope for route in protected for scope in route["scopes"]})
    return (
        f"\n  Try it in a browser: {page}/\n\n"
        "Or call it, with a token that is valid for a day:\n\n"
        f'  curl {method}-H "Authorization: Bearer $(.venv/bin/python -m tools token{option})" '
        f"{deployed.invoke_url}{path}\n\n"
        + "".join(f"A token with a scope: make token SCOPE={scope}\n" for scope in scopes[:1])
        + "Watching for changes; Ctrl-C stops everything."
    )


def _of_the_program(_: Change, path: str) -> bool:
    """Whether a changed file belongs to the program."""
    name = Path(path)
    return (
        name.name in ("__main__.py", "routes.py", "welcome.html", "Pulumi.local.yaml")
        or ".openapi." in name.name
        or (name.parent != ROOT and (name.suffix == ".py" or name.name == "requirements.txt"))
    )


def _summary(deployed: Deployed) -> str:
    return f"{deployed.resources} resources deployed; the API is at {deployed.invoke_url}"
