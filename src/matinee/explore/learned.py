"""What a model learned as one HTML page, with charts and the numbers behind them beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matinee.dataset import Dataset
from matinee.explore.biases import bias_charts
from matinee.explore.charts import Chart, Missing
from matinee.explore.errors import ERROR_TOPICS, error_charts
from matinee.explore.factors import factor_charts
from matinee.explore.losses import loss_chart
from matinee.explore.report import Report, report_folder, write_report
from matinee.models.base import Recommender
from matinee.models.parameters import check_float, check_int
from matinee.progress import Progress

__all__ = ["LEARNED", "learned"]

LEARNED = (
    *("dimensions", "dimension-films", "biases", "bias-and-mean", "loss"),
    *("predicted", "calibration", "error-by-film", "error-by-person"),
)
"""Names of the charts of a model, in the order of the report."""


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
    figures = _about(model)

    def found() -> Iterator[Chart | Missing]:
        yield from factor_charts(model, most=dimensions)
        yield from bias_charts(model, dataset)
        losses = loss_chart(model.history, predicts_stars=model.predicts_stars)
        yield losses or ("Loss curves", f"{model.name} does not learn step by step")
        if not model.predicts_stars:
            reason = f"{model.name} ranks films but does not predict stars"
        elif dataset is None:
            reason = "the ratings that the model learned from are not here"
        elif test_size == 0:
            reason = "no ratings were held out"
        else:
            yield from error_charts(
                model, dataset, test_size=test_size, seed=seed, progress=progress
            )
            return
        yield from ((topic, reason) for topic in ERROR_TOPICS)

    title = f"What {model.name} learned from {figures['dataset']}"
    return write_report(folder, title, found(), about=figures, names=LEARNED, progress=progress)


def _about(model: Recommender) -> dict[str, Any]:
    """A model in single figures: plain values for JSON."""
    trained = model.trained_on
    simple = (int, float, str, bool, type(None))
    return {
        "model": model.name,
        "summary": model.summary,
        "parameters": {
            name: value if isinstance(value, simple) else str(value)
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
