"""How far long work is: a bar on a terminal, now and then a line anywhere else; on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from matinee.cli.console import console, is_terminal, note
from matinee.progress import Progress, ProgressEvent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

__all__ = ["ProgressBars", "ProgressLines", "show_progress"]


@contextmanager
def show_progress() -> Iterator[Progress]:
    """A callback for :data:`matinee.progress.Progress` that shows what it hears."""
    if not is_terminal(sys.stderr):
        yield ProgressLines()
        return
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    bars = RichProgress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[amount]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[figures]}", style="dim"),
        console=console(sys.stderr),
        transient=True,
    )
    try:
        yield ProgressBars(bars)
    finally:
        bars.stop()


class ProgressBars:
    """One bar for each stage; they vanish when the work is done."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, event: ProgressEvent) -> None:
        """Move the bar of the event's stage."""
        if event.note:
            self._bars.console.print(f"note: {event.note}", style="dim", markup=False)
        if not event.total and not event.done:
            return
        self._bars.start()  # not before: where there is nothing to show, the screen stays alone
        task = self._tasks.get(event.stage)
        if task is None:
            task = self._bars.add_task(event.stage, total=event.total, amount="", figures="")
            self._tasks[event.stage] = task
        self._bars.update(
            task,
            completed=event.done,
            total=event.total,
            amount=_amount(event),
            figures=_figures(event),
        )


class ProgressLines:
    """A line for each note, and one every few seconds for work that takes long.

    Parameters
    ----------
    every : float
        Least number of seconds between two lines of one stage.
    clock : callable
        Gives the time in seconds.
    """

    def __init__(self, every: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._every = every
        self._clock = clock
        self._told: dict[str, float] = {}

    def __call__(self, event: ProgressEvent) -> None:
        """Print a line if it is time for one."""
        if event.note:
            note(event.note)
        if not event.total and not event.done:
            return
        now = self._clock()
        last = self._told.setdefault(event.stage, now)
        if now - last >= self._every:
            self._told[event.stage] = now
            note(" ".join(filter(None, (f"{event.stage}:", _amount(event), _figures(event)))))


def _amount(event: ProgressEvent) -> str:
    if event.unit == "bytes":
        from matinee.memory import format_bytes

        done = format_bytes(event.done)
        return f"{done} of {format_bytes(event.total)}" if event.total else done
    done = f"{event.done:,} of {event.total:,}" if event.total else f"{event.done:,}"
    # "iterations: 3 of 10" says as much as "iterations: 3 of 10 iterations".
    return done if event.stage.endswith(event.unit) else f"{done} {event.unit}"


def _figures(event: ProgressEvent) -> str:
    return " ".join(f"{name} {value:.4g}" for name, value in event.figures.items())
