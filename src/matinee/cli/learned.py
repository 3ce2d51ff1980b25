"""``matinee learned``: what a model learned, in pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.console import note
from matinee.cli.options import SourceOptions, expand
from matinee.cli.output import open_file, print_lines
from matinee.cli.progress import show_progress
from matinee.cli.sources import open_model, training_data
from matinee.errors import UnknownDatasetError

if TYPE_CHECKING:
    from matinee.dataset import Dataset

__all__ = ["learned"]


@expand
def learned(
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
    dimensions: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many latent dimensions at most.")
    ] = 8,
    held_out: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=0.9,
            help="Share of the ratings to measure errors on, with a copy of the model that has "
            "not seen them; 0 leaves errors out.",
        ),
    ] = 0.1,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="Decides which ratings are held out.")
    ] = 0,
    open_it: Annotated[
        bool, typer.Option("--open", help="Open the report in the browser.")
    ] = False,
    source: SourceOptions = SourceOptions(),
) -> None:
    """What a model learned, in pictures: its dimensions, biases, losses and errors.

    Writes one HTML page that needs nothing else, and beside it each picture as PNG and SVG and the
    numbers behind it as Parquet and JSON. Without a model of your own, mf is trained on --data.

    \b
      matinee learned --out report --open
      matinee learned --model svd --data ml-1m.zip --out report
    """
    from matinee.explore.learned import learned as write

    with show_progress() as progress:
        model = open_model("learned", source, progress)
        dataset: Dataset | None = None
        try:
            dataset = training_data(model, source.data, progress)
        except UnknownDatasetError as error:
            note(f"nothing is told of errors: {error}")
        report = write(
            model,
            out,
            dataset=dataset,
            dimensions=dimensions,
            test_size=held_out,
            seed=seed,
            progress=progress,
        )
    for topic, reason in report.missing:
        note(f"no picture of {topic[0].lower()}{topic[1:]}: {reason}")
    print_lines([str(report.path)])
    if open_it:
        open_file(report.path)
