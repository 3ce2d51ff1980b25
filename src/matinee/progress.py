"""How long work tells how far it is: one callback, the same everywhere.

A caller passes ``progress=callback``; the command line passes one that draws a bar, a notebook
may pass ``print``. To stop the work, the callback raises: nothing half-done is left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

__all__ = ["Progress", "ProgressEvent", "report"]

_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """One sign of life from long work.

    Parameters
    ----------
    stage : str
        What is being done, for people: ``"download ml-1m"``, ``"iterations"``.
    done : int
        Units finished in this stage.
    total : int or None
        Units in the whole stage; None where that is not known.
    unit : str
        What is counted: ``"bytes"``, ``"iterations"``, ``"ratings"``.
    figures : mapping of str to float
        Figures worth showing beside the bar, such as ``{"loss": 0.71}``.
    note : str
        A line for people; shown once, also where there is no terminal.

    Examples
    --------
    >>> ProgressEvent("iterations", 3, 10).fraction
    0.3
    """

    stage: str
    done: int = 0
    total: int | None = None
    unit: str = ""
    figures: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    note: str = ""

    @property
    def fraction(self) -> float | None:
        """Share of the stage that is finished, between 0 and 1, or None if unknown."""
        if not self.total:
            return None
        return min(self.done / self.total, 1.0)


Progress: TypeAlias = Callable[[ProgressEvent], None]


def report(
    progress: Progress | None,
    stage: str,
    done: int = 0,
    total: int | None = None,
    *,
    unit: str = "",
    note: str = "",
    **figures: float,
) -> None:
    """Send one event to ``progress``, or do nothing where there is none.

    Examples
    --------
    >>> events = []
    >>> report(events.append, "iterations", 1, 2, loss=0.5)
    >>> events[0].figures
    {'loss': 0.5}
    >>> report(None, "iterations", 2, 2)
    """
    if progress is not None:
        progress(ProgressEvent(stage, done, total, unit, figures, note))
