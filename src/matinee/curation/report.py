"""What a curation took away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.pages import card
from matinee.ratings import Ratings

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Counts", "CurationReport", "StepReport"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Number of ratings, of people with at least one, and of films with at least one."""

    ratings: int
    users: int
    movies: int

    @classmethod
    def of(cls, ratings: Ratings) -> Counts:
        """Count."""
        users = int(np.count_nonzero(ratings.user_counts))
        return cls(len(ratings), users, int(np.count_nonzero(ratings.movie_stats.counts)))


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step took away."""

    step: str
    before: Counts
    after: Counts


@dataclass(frozen=True)
class CurationReport:
    """What a chain of steps took away; prints as a table.

    Parameters
    ----------
    before, after : Counts
    steps : tuple of StepReport
    """

    before: Counts
    after: Counts
    steps: tuple[StepReport, ...]

    def rows(self) -> list[tuple[str, Counts, Counts | None]]:
        """Name, counts after, and counts lost: the start first, then each step."""
        rows: list[tuple[str, Counts, Counts | None]] = [("before", self.before, None)]
        for step in self.steps:
            lost = Counts(
                step.before.ratings - step.after.ratings,
                step.before.users - step.after.users,
                step.before.movies - step.after.movies,
            )
            rows.append((step.step, step.after, lost))
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""

        def plain(counts: Counts) -> dict[str, int]:
            return {"ratings": counts.ratings, "users": counts.users, "movies": counts.movies}

        return {
            "before": plain(self.before),
            "after": plain(self.after),
            "steps": [
                {"step": step.step, "before": plain(step.before), "after": plain(step.after)}
                for step in self.steps
            ],
        }

    def __str__(self) -> str:
        table = [("", "ratings", "users", "films")]
        for name, counts, lost in self.rows():
            values = (counts.ratings, counts.users, counts.movies)
            gone = (0, 0, 0) if lost is None else (lost.ratings, lost.users, lost.movies)
            cells = [
                f"{v:,}" + (f" (-{g:,})" if g else "") for v, g in zip(values, gone, strict=True)
            ]
            table.append((name, cells[0], cells[1], cells[2]))
        widths = [max(len(row[column]) for row in table) for column in range(4)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in table
        )

    def _repr_html_(self) -> str:
        columns = ("Step", "Ratings", "Lost", "People", "Lost", "Films", "Lost")
        rows = []
        for name, counts, lost in self.rows():
            gone = Counts(0, 0, 0) if lost is None else lost
            kinds = ("ratings", "users", "movies")
            cells = [(getattr(counts, kind), getattr(gone, kind) or None) for kind in kinds]
            rows.append((name, *(cell for pair in cells for cell in pair)))
        return card("Curation", columns=columns, rows=rows, most=len(rows))

    def __rich__(self) -> Table:
        from rich.table import Table

        table = Table(header_style="bold")
        table.add_column("Step", overflow="fold")
        for column in ("Ratings", "Users", "Films"):
            table.add_column(column, justify="right")
            table.add_column("lost", justify="right", style="dim")
        for name, counts, lost in self.rows():
            gone = ("", "", "")
            if lost is not None:
                gone = (f"{lost.ratings:,}", f"{lost.users:,}", f"{lost.movies:,}")
            table.add_row(
                name,
                *(f"{counts.ratings:,}", gone[0]),
                *(f"{counts.users:,}", gone[1]),
                *(f"{counts.movies:,}", gone[2]),
            )
        return table
