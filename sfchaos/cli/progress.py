"""Terminal output: the console that reports are printed on, and a progress bar while runs are played."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")
PIPE_COLUMNS = 160  # a file or a CI log has no width of its own; narrow tables are hard to read there


def console(*, stderr: bool = False) -> Console:
    """A console on stdout or stderr: as wide as the terminal, or 160 columns where there is none."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, soft_wrap=False, width=None if stream.isatty() else PIPE_COLUMNS)


def tracked(items: Iterable[T], *, total: int, what: str) -> Iterator[T]:
    """The items, with a bar that says how far it is and what it is at. On a pipe: plain, without a bar."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        for item in items:
            progress.update(task, description=f"{what}: {getattr(item, 'id', item)}")
            yield item
            progress.advance(task)
