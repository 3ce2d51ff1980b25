"""The figures that are kept beside a model: how good one of its kind is for new people."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import FiniteFloat, TypeAdapter

if TYPE_CHECKING:
    from matinee.dataset import Dataset
    from matinee.models.base import Recommender
    from matinee.progress import Progress

__all__ = ["FIGURES_FILE", "ModelFigures", "measure_like", "read_figures", "write_figures"]

FIGURES_FILE = "figures.json"
PROTOCOL = "strong-generalization"
METRICS = ("ndcg@10", "precision@10", "recall@20")

_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """What was measured of a model, and how.

    Attributes
    ----------
    metrics : dict of str to float
        By the name of the metric, such as ``"ndcg@10"``; only those that the model has.
    intervals : dict of str to (float, float)
        95 % confidence intervals over the people.
    protocol : str
    people : int
        How many people were held out and measured on.
    dataset : str
    seed : int
    """

    metrics: dict[str, FiniteFloat]
    intervals: dict[str, tuple[FiniteFloat, FiniteFloat]]
    protocol: str
    people: int
    dataset: str
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


_READER = TypeAdapter(ModelFigures)


def measure_like(
    model: Recommender, dataset: Dataset, *, seed: int = 0, progress: Progress | None = None
) -> ModelFigures:
    """Measure a model of the same kind and hyper-parameters on people that it has not seen.

    The model itself has learned from everybody, so nobody is left to measure it on. Another one is
    trained without a part of the people; it is given most of their ratings, and asked for the rest.

    Parameters
    ----------
    model : Recommender
        Only its name and hyper-parameters are used.
    dataset : Dataset
        What it was trained on.
    seed : int
        Of the split.
    progress : callable, optional

    Returns
    -------
    ModelFigures

    Raises
    ------
    EvaluationError
        If there are too few people to hold some out.

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> found = measure_like(matinee.create_model("popular"), data)
    >>> found.people, 0 < found.metrics["ndcg@10"] < 0.5
    (65, True)
    """
    from matinee.evaluation.compare import evaluate

    found = evaluate(
        [type(model)(**model.params)],
        dataset,
        protocol=PROTOCOL,
        seed=seed,
        metrics=METRICS,
        isolated=False,
        progress=progress,
    )
    (result,) = found.models
    metrics = {name: result.value(name) for name in METRICS}
    return ModelFigures(
        metrics={name: value for name, value in metrics.items() if value is not None},
        intervals={name: (low, high) for name, (low, high) in result.intervals.items()},
        protocol=PROTOCOL,
        people=len(found.user_ids),
        dataset=dataset.name,
        seed=seed,
    )


def write_figures(figures: ModelFigures, model_path: Path) -> Path:
    """Put figures beside a model; they take the place of older ones in one step."""
    path = model_path / FIGURES_FILE
    fresh = path.with_name(f"{FIGURES_FILE}.new")
    fresh.write_text(json.dumps(figures.to_dict(), indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)
    return path


def read_figures(model_path: Path) -> ModelFigures | None:
    """The figures beside a model; None where there are none that can be read."""
    try:
        with (model_path / FIGURES_FILE).open("rb") as stream:
            return _READER.validate_json(stream.read(_MOST_BYTES), strict=True)
    except (OSError, ValueError):
        return None
