"""``matinee explore``: a data set in pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matinee.cli.console import note
from matinee.cli.options import data_option, expand
from matinee.cli.output import open_file, print_lines
from matinee.cli.progress import show_progress
from matinee.cli.reading import ReadingOptions

__all__ = ["explore"]


@expand
def explore(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder for the report: index.html, and pictures and numbers beside it.",
            show_default=False,
        ),
    ],
    data: Annotated[str | None, data_option()] = None,
    curate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STEP",
            help="Show what these steps of curation take away: min-movie-ratings=20, k-core=5, …",
            show_default="min-movie-ratings=20, then min-user-ratings=5",
        ),
    ] = None,
    numerals: Annotated[
        bool,
        typer.Option("--numerals", help="Keep the numerals of sequels in the cloud of words."),
    ] = False,
    open_it: Annotated[
        bool, typer.Option("--open", help="Open the report in the browser.")
    ] = False,
    reading: ReadingOptions = ReadingOptions(),
) -> None:
    """A data set in pictures: when people rate, what they like, how they differ.

    Writes one HTML page that needs nothing else, and beside it each picture as PNG and SVG and the
    numbers behind it as Parquet and JSON.

    \b
      matinee explore --data ml-1m --out report --open
    """
    from matinee.datasets.curation import parse_step
    from matinee.explore.report import STEPS
    from matinee.explore.report import explore as write

    steps = tuple(parse_step(text) for text in curate) if curate else STEPS
    with show_progress() as progress:
        dataset = reading.load(data or "sample", progress)
        report = write(dataset, out, steps=steps, numerals=numerals, progress=progress)
    for topic, reason in report.missing:
        note(f"no picture of {topic[0].lower()}{topic[1:]}: {reason}")
    print_lines([str(report.path)])
    if open_it:
        open_file(report.path)
