"""Options of the commands that read somebody's rating files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.progress import Progress

if TYPE_CHECKING:
    from matinee.dataset import Dataset

__all__ = ["ReadingOptions", "parse_columns", "parse_scale"]

_READING = "Reading"


@dataclass(frozen=True)
class ReadingOptions:
    """How files are to be read; a bundle for :func:`matinee.cli.options.expand`."""

    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="ml-100k, ml-1m, movielens, table or parquet.",
            show_default="recognised",
            rich_help_panel=_READING,
        ),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE=NAME,...",
            help="Which column is which in a table of your own: user=who,movie=film,rating=stars.",
            show_default="recognised by name",
            rich_help_panel=_READING,
        ),
    ] = None
    scale: Annotated[
        str | None,
        typer.Option(
            metavar="MIN:MAX",
            help="Stars outside are wrong rows, such as 1:10.",
            show_default="read from the data",
            rich_help_panel=_READING,
        ),
    ] = None
    skip_bad_rows: Annotated[
        bool,
        typer.Option(
            "--skip-bad-rows",
            help="Leave wrong rows out and count them by kind, in place of an error.",
            rich_help_panel=_READING,
        ),
    ] = False

    def load(self, source: str, progress: Progress | None = None) -> Dataset:
        """Read a data set in this way."""
        import matinee

        return matinee.load(
            source,
            format=self.format,
            columns=parse_columns(self.columns),
            scale=parse_scale(self.scale),
            skip_bad_rows=self.skip_bad_rows,
            progress=progress,
        )


def parse_columns(text: str | None) -> dict[str, str] | None:
    """The mapping of ``--columns``.

    Examples
    --------
    >>> parse_columns("user=who, movie=film")
    {'user': 'who', 'movie': 'film'}
    """
    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if any(not role.strip() or not name.strip() for role, _, name in pairs):
        raise typer.BadParameter(
            f"columns are named as ROLE=NAME,ROLE=NAME with the roles user, movie, rating and "
            f"timestamp, got {text!r}",
            param_hint="--columns",
        )
    return {role.strip(): name.strip() for role, _, name in pairs}


def parse_scale(text: str | None) -> tuple[float, float] | None:
    """The ends of ``--scale``.

    Examples
    --------
    >>> parse_scale("1:10")
    (1.0, 10.0)
    """
    if text is None:
        return None
    low, _, high = text.partition(":")
    try:
        return float(low), float(high)
    except ValueError:
        raise typer.BadParameter(
            f"a scale is given as MIN:MAX, such as 1:10, got {text!r}", param_hint="--scale"
        ) from None
