"""What can be wrong with a row, and what becomes of it: an error, or a count by kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from matinee.errors import BadRowError

__all__ = [
    "COLUMN_COUNT",
    "MISSING",
    "NOT_A_DATE",
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
NOT_A_DATE = "not a date"
NOT_A_NUMBER = "not a number"
NOT_FINITE = "not finite"
OUT_OF_SCALE = "stars out of scale"
QUOTES = "unbalanced quotes"
REPEATED_FILM = "film listed twice"
UNKNOWN_MOVIE = "film not in the film table"


@dataclass
class Problems:
    """Collects the wrong rows of one reading.

    Parameters
    ----------
    skip : bool
        Count wrong rows and go on; otherwise the first one is an error.

    Examples
    --------
    >>> problems = Problems(skip=True)
    >>> problems.add(NOT_A_NUMBER, "ratings.csv", 7, "rating", "five")
    >>> dict(problems.counts)
    {'not a number': 1}
    """

    skip: bool = False
    counts: Counter[str] = field(default_factory=Counter)

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
