"""What can be wrong with a row, and what becomes of it: an error, or a count by kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from matinee.errors import BadRowError

__all__ = [
    "COLUMN_COUNT",
    "MISSING",
    "NOT_A_NUMBER",
    "NOT_FINITE",
    "OUT_OF_SCALE",
    "QUOTES",
    "REPEATED_FILM",
    "UNKNOWN_MOVIE",
    "Problems",
]

COLUMN_COUNT = "wrong column count"
MISSING = "missing value"
NOT_A_NUMBER = "not a number"
NOT_FINITE = "not finite"
OUT_OF_SCALE = "stars out of scale"
QUOTES = "unbalanced quotes"
REPEATED_FILM = "film listed twice"
UNKNOWN_MOVIE = "film not in the film table"


@dataclass
class Problems:
    """Collects the wrong rows and cells of one reading.

    Parameters
    ----------
    skip : bool
        Count wrong rows and go on; otherwise the first one is an error.

    Attributes
    ----------
    counts : Counter
        Rows that were left out, by kind.
    emptied : Counter
        Cells of optional columns that were left empty, by what they should be.
    notes : list of str
        What else is worth a word.

    Examples
    --------
    >>> problems = Problems(skip=True)
    >>> problems.add(NOT_A_NUMBER, "ratings.csv", 7, "rating", "five")
    >>> dict(problems.counts)
    {'not a number': 1}
    """

    skip: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    emptied: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def add(
        self, kind: str, file: str, line: int, column: str, value: str, detail: str = ""
    ) -> None:
        """Note one wrong row, or raise.

        Raises
        ------
        BadRowError
            If wrong rows are not to be skipped.
        """
        if not self.skip:
            shown = value if len(value) <= 80 else value[:77] + "..."
            raise BadRowError(file, line, column, shown, detail or kind)
        self.counts[kind] += 1

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes:
            self.notes.append(text)
