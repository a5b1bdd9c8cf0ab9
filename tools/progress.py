"""Shows a command's progress on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def progress(doing: str, *, plain: bool = True) -> Iterator[Callable[[str], None]]:
    """Show the text `doing` with the elapsed time, and yield a function that changes the text.

    If there is no terminal, or it cannot move its cursor, only the first text is printed, as a plain line, unless
    `plain` is false.
    """
    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        if plain:
            print(doing, file=sys.stderr, flush=True)
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(doing)
        yield lambda words: shown.update(task, description=words)
