"""Compares the program's resources on a base revision and in the working tree."""

import argparse
import subprocess
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tools.preview import revision, run_program
from tools.progress import progress
from tools.project import ROOT, ProgramError, unread_environment


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", default="dev", help="read each side's Pulumi.STACK.yaml; by default dev")
    parser.add_argument(
        "--base",
        metavar="REVISION",
        help="compare with the newest commit that HEAD and this revision share; by default the first existing one of "
        + ", ".join(revision.DEFAULTS),
    )
    parser.add_argument(
        "--markdown", metavar="FILE", type=Path, action="append", default=[], help="also append it to FILE; repeatable"
    )
    parser.add_argument("--json", action="store_true", help="print the changes as JSON")


def main(options: argparse.Namespace) -> int:
    """Show the effects of a change, without AWS, the Pulumi CLI or a secret.

    Runs the program on the base revision and on the working tree, including uncommitted changes, and compares the
    resources. The plan comes from this project, not from AWS: only `pulumi preview` sees manual changes in AWS.

    --json prints {"title", "summary", "notices": [{"label", "subject", "was", "now", "is_warning"}], "groups":
    [{"action", "type", "names", "differences": [{"path", "was", "now"}]}], "hints"}. A warning may widen access.

    Exit status: 0 with or without changes, 1 if the program fails on either side.
    """
    with progress("Running the program on both sides ...", plain=False):
        found = revision.find(ROOT, options.base)
        before, after = _both(found, options.stack)
    console = Console(highlight=False, soft_wrap=True)
    title = f"Pulumi.{options.stack}.yaml: the working tree against {found}"
    if before is None:
        title, before = f"{title}, which has no such stack: all resources are new", run_program.Program([], {})
    notes = [*filter(None, [unread_environment(options.stack)])]
    report(console, options.markdown, title, before, after, notes=notes, as_json=options.json)
    return 0


def _both(found: revision.Base, stack: str) -> tuple[run_program.Program | None, run_program.Program]:
    """The resources of the base and of the working tree, from parallel runs.

    Those of the base are None if it has no file for the stack. Raises `BaseError` and `ProgramError`.
    """
    with revision.unpacked(ROOT, found) as folder:
        folders = [ROOT, *[folder] * (folder / f"Pulumi.{stack}.yaml").is_file()]
        processes = [run_program.start(each, stack) for each in folders]
        try:
            after = _result(processes[0], "the program of the working tree does not run:")
            failure = f"nothing can be compared: the program of the base, {found}, does not run:"
            before = _result(processes[1], failure) if len(processes) > 1 else None
        finally:
            for process in processes:
                process.terminate()  # not kill, so that it removes its temporary files
                process.communicate()
    return before, after


def _result(process: subprocess.Popen[str], what: str) -> run_program.Program:
    try:
        return run_program.result(process)
    except ProgramError as error:
        raise ProgramError(f"{what}\n{error}") from None


def report(
    console: Console,
    pages: Sequence[Path],
    title: str,
    before: run_program.Program,
    after: run_program.Program,
    *,
    notes: Sequence[str] = (),
    as_json: bool,
) -> None:
    # After both programs have run, because these import the working tree's modules.
    from tools.preview import output, resource_diff, route_access_diff, trust_diff  # noqa: PLC0415

    notices = [
        *route_access_diff.notices(before.resources, after.resources),
        *trust_diff.notices(before.resources, after.resources),
    ]
    preview = output.Preview(
        title,
        sorted(notices, key=lambda notice: not notice.is_warning),
        resource_diff.groups(before.resources, after.resources),
        [*[_BUNDLED_KEYS] * any(key.endswith(":bundleKeys") for key in {*before.config, *after.config}), *notes],
    )
    if as_json:
        print(output.as_json(preview))
    else:
        for line in output.text(preview):
            console.print(line)
    for page in pages:
        with page.open("a", encoding="utf-8") as file:
            file.write(output.markdown(preview))


_BUNDLED_KEYS = "bundleKeys is compared as if it were false, because a preview does not fetch keys."
