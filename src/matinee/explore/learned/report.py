"""What a model learned as one HTML page, with pictures and the numbers behind them beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matinee.dataset import Dataset
from matinee.explore.chart import Chart, Missing
from matinee.explore.draw import LEARNED
from matinee.explore.learned.biases import bias_charts
from matinee.explore.learned.errors import error_charts, hold_out
from matinee.explore.learned.factors import dimension_charts
from matinee.explore.learned.losses import loss_chart
from matinee.explore.writing import Report, definitions, report_folder, write_report
from matinee.models.base import Recommender
from matinee.models.parameters import check_float, check_int
from matinee.progress import Progress

__all__ = ["learned"]

_ERRORS = (
    "Predicted and actual stars",
    "Calibration",
    "Error by popularity of the film",
    "Error by activity of the person",
)


def learned(
    model: Recommender,
    out: Path | str,
    *,
    dataset: Dataset | None = None,
    dimensions: int = 8,
    test_size: float = 0.1,
    seed: int = 0,
    progress: Progress | None = None,
) -> Report:
    """Write a report about what a model learned.

    How right it is can only be told on ratings that it has not seen. The model itself has seen all
    of its data, so a copy with the same hyper-parameters is fitted on a part of them and asked for
    the rest; that takes about as long as the model's own training.

    Parameters
    ----------
    model : Recommender
        Fitted or loaded.
    out : path
        A folder, made if it is not there; see :func:`matinee.explore.report.explore` for what is
        in it.
    dataset : Dataset, optional
        What the model learned from. Without it, there is nothing about errors.
    dimensions : int
        How many latent dimensions at most.
    test_size : float
        Share of the ratings that the copy does not see; 0 leaves the copy out.
    seed : int
        Decides which.
    progress : callable, optional

    Returns
    -------
    Report

    Raises
    ------
    NotFittedError
        If the model has not learned anything.
    ParameterError
        If ``dimensions`` or ``test_size`` is outside its range.
    DataError
        If ``out`` is a file.
    OSError
        If the folder cannot be written.

    Examples
    --------
    >>> import tempfile, matinee
    >>> from matinee.models import create_model
    >>> model = create_model("bias").fit(matinee.load("sample"))
    >>> report = learned(model, tempfile.mkdtemp())
    >>> [chart.name for chart in report.charts]
    ['biases', 'bias-and-mean']
    """
    model._need_fit()
    check_int("dimensions", dimensions, 1)
    check_float("test_size", test_size, 0.0, 0.9)
    folder = report_folder(out)
    figures = about(model)

    def found() -> Iterator[Chart | Missing]:
        yield from dimension_charts(model, most=dimensions)
        yield from bias_charts(model, dataset)
        yield loss_chart(model)
        reason = None
        if not model.predicts_stars:
            reason = f"{model.name} ranks films but does not predict stars"
        elif dataset is None:
            reason = "the ratings that the model learned from are not here"
        elif test_size == 0:
            reason = "no ratings were held out"
        if reason is not None or dataset is None:
            yield from ((topic, reason or "") for topic in _ERRORS)
        else:
            held = hold_out(model, dataset, test_size=test_size, seed=seed, progress=progress)
            yield from error_charts(held)

    return write_report(
        folder,
        f"What {model.name} learned from {figures['dataset']}",
        _about(figures),
        found(),
        about=figures,
        names=LEARNED,
        progress=progress,
    )


def about(model: Recommender) -> dict[str, Any]:
    """A model in single figures: plain values for JSON."""
    trained = model.trained_on
    return {
        "model": model.name,
        "summary": model.summary,
        "parameters": {
            name: value
            if isinstance(value, int | float | str | bool) or value is None
            else str(value)
            for name, value in model.params.items()
        },
        "dataset": trained["dataset"],
        "ratings": trained["ratings"],
        "people": trained["users"],
        "films": trained["movies"],
        "scale": str(model.scale),
        "fit_seconds": model.fit_seconds,
        "licence": trained["licence"],
        "citation": trained["citation"],
    }


def _about(figures: dict[str, Any]) -> str:
    changed = ", ".join(f"{name} {value}" for name, value in figures["parameters"].items())
    return definitions(
        {
            "Model": f"{figures['model']}: {figures['summary']}",
            "Parameters": changed or "none",
            "Learned from": f"{figures['dataset']}: {figures['ratings']:,} ratings by "
            f"{figures['people']:,} people of {figures['films']:,} films",
            "Stars": figures["scale"],
            "Time to fit": f"{figures['fit_seconds']:.1f} s",
            "Licence": figures["licence"] or "not known",
            "Citation": figures["citation"] or "not known",
        }
    )
