"""A data set as one HTML page, with each picture and the numbers behind it beside the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matinee.dataset import Dataset
from matinee.datasets.curation import MinMovieRatings, MinUserRatings, Step
from matinee.errors import DataError
from matinee.explore.chart import share
from matinee.explore.draw import PICTURES
from matinee.explore.figures import charts
from matinee.explore.figures.about import about
from matinee.explore.totals import Totals
from matinee.explore.writing import Report, definitions, report_folder, write_report
from matinee.progress import Progress

__all__ = ["STEPS", "Report", "explore"]

_MANY_AT_ONCE = 0.5

STEPS: tuple[Step, ...] = (MinMovieRatings(20), MinUserRatings(5))
"""The curation whose effect is shown where none is asked for."""


def explore(
    dataset: Dataset,
    out: Path | str,
    *,
    steps: Sequence[Step] = STEPS,
    numerals: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Write a report about a data set.

    Parameters
    ----------
    dataset : Dataset
    out : path
        A folder, made if it is not there. In it: ``index.html``, which needs nothing else;
        ``pictures/NAME.png`` and ``.svg``; ``data/NAME.parquet`` (what is drawn),
        ``data/NAME.json`` (title, text, single figures), ``data/about.json``. An earlier report is
        replaced once the new one is whole.
    steps : sequence of Step
        The curation whose effect is shown; the data set itself is shown uncurated.
    numerals : bool
        Keep the numerals of sequels among the words of the titles.
    progress : callable, optional

    Returns
    -------
    Report

    Raises
    ------
    DataError
        If there are no ratings, or ``out`` is a file.
    OSError
        If the folder cannot be written.
    """
    if not len(dataset.ratings):
        raise DataError(f"{dataset.name} has no ratings: there is nothing to draw")
    folder = report_folder(out)
    totals = Totals.of(dataset.ratings, progress=progress)
    figures = about(dataset, totals)
    return write_report(
        folder,
        f"{dataset.name} in pictures",
        _about(figures),
        charts(dataset, totals, steps=steps, numerals=numerals),
        about=figures,
        names=PICTURES,
        progress=progress,
    )


def _about(figures: dict[str, Any]) -> str:
    span = "not recorded"
    if figures["first_month"]:
        span = f"{figures['first_month']} to {figures['last_month']}"
    films = f"{figures['films']:,} rated"
    if figures["films_in_table"] != figures["films"]:
        films += f", {figures['films_in_table']:,} in the table"
    once = figures["one_sitting"]
    if once is not None and once > _MANY_AT_ONCE:
        span += (
            f". {share(once)} of the people rated in one sitting: these are the days on which "
            "they typed, not those on which they saw the films"
        )
    rows = {
        "Ratings": f"{figures['ratings']:,}",
        "People": f"{figures['people']:,}",
        "Films": films,
        "Stars": f"{figures['scale']}, {figures['mean']:.2f} on average",
        "Time": span,
        "Sparsity": f"{figures['sparsity']:.2%} of all pairs of person and rated film are empty",
        "Genres": f"{figures['genres']:,}",
        "Tags": f"{figures['tags']:,}",
        "Licence": figures["licence"] or "not known",
        "Citation": figures["citation"] or "not known",
    }
    return definitions(rows)
