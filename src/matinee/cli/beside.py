"""What `matinee train` and `matinee retrain` put beside a model: a map of films, and figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from matinee.cli.map import draw_beside

if TYPE_CHECKING:
    from matinee.dataset import Dataset
    from matinee.evaluation.figures import ModelFigures
    from matinee.models.base import Recommender
    from matinee.progress import Progress

__all__ = ["figure_lines", "measure", "measure_option", "put_beside"]


def measure_option() -> Any:
    """``--measure``, for the commands that train a model that others will serve."""
    return typer.Option(
        "--measure",
        help="Measure such a model on people it has not seen, first, and put the figures beside "
        "it: the web app shows them.",
    )


def measure(model: Recommender, dataset: Dataset, progress: Progress) -> ModelFigures:
    """Measure a model of the same kind on people held out of a data set."""
    from matinee.evaluation.figures import measure_like

    return measure_like(model, dataset, progress=progress)


def put_beside(
    model: Recommender,
    progress: Progress,
    *,
    with_map: bool,
    figures: ModelFigures | None,
) -> Callable[[Path], None] | None:
    """What puts a map and figures into the directory of a model that was just saved.

    None where there is nothing to put there; see :func:`matinee.models.publishing.publish`.
    """
    steps: list[Callable[[Path], object]] = []
    if with_map:
        steps.append(draw_beside(model, progress))
    if figures is not None:
        from matinee.evaluation.figures import write_figures

        found = figures
        steps.append(lambda folder: write_figures(found, folder))
    return _all_of(steps) if steps else None


def _all_of(steps: Sequence[Callable[[Path], object]]) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        for step in steps:
            step(folder)

    return put


def figure_lines(figures: ModelFigures | None) -> list[str]:
    """What was measured, in a line for people; none where nothing was."""
    if figures is None:
        return []
    told = ", ".join(f"{name} {value:.4f}" for name, value in figures.metrics.items())
    return [f"Measured on {figures.people:,} people that such a model had not seen: {told}."]
