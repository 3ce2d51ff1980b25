"""What an evaluation found: a table, a JSON document, CSV rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import matinee
from matinee.errors import ParameterError
from matinee.evaluation.metrics import Metric, UserValues, parse_metric
from matinee.evaluation.significance import Comparison, compare_pair, holm
from matinee.pages import card

if TYPE_CHECKING:
    from rich.table import Table

    from matinee.evaluation.lint import Trap

__all__ = ["Evaluation", "ModelResult"]


@dataclass(frozen=True, eq=False)
class ModelResult:
    """One model's figures.

    Attributes
    ----------
    label : str
        How the table calls it.
    model : str
        Short name.
    params : mapping
    values : mapping of str to UserValues
        By metric name, over ``Evaluation.user_ids``.
    intervals : mapping of str to (float, float)
        Bootstrap confidence intervals; none for metrics of all lists together.
    per_split : tuple of mapping
        The value of each metric on each split.
    fit_seconds, answer_seconds, warm_up_seconds : float
        Means over splits.
    peak_mb, added_mb : float
        The highest over splits.
    ranked_share : float
        Mean share of the unseen films that the model gave a score to.
    error : str
        Why there are no figures; otherwise empty.
    notes : tuple of str
    """

    label: str
    model: str
    params: Mapping[str, Any]
    values: Mapping[str, UserValues] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    per_split: tuple[Mapping[str, float | None], ...] = ()
    fit_seconds: float = math.nan
    answer_seconds: float = math.nan
    warm_up_seconds: float = math.nan
    peak_mb: float = math.nan
    added_mb: float = math.nan
    ranked_share: float = math.nan
    error: str = ""
    notes: tuple[str, ...] = ()

    def value(self, metric: str) -> float | None:
        """One figure, or None where this model has none."""
        found = self.values.get(metric)
        return None if found is None or math.isnan(found.value) else found.value

    def figure(self, metric: str) -> str:
        """One figure with its interval, as text; empty where there is none."""
        value = self.value(metric)
        if value is None:
            return ""
        told = f"{value:.4f}" if abs(value) < 100 else f"{value:,.1f}"
        if metric in self.intervals:
            told += " ({:.4f} to {:.4f})".format(*self.intervals[metric])
        return told

    def _repr_html_(self) -> str:
        facts = {
            **{name: self.figure(name) for name in self.values},
            "Fit, seconds": _known(self.fit_seconds),
            "Answers, seconds": _known(self.answer_seconds),
            "No figures": self.error,
        }
        return card(self.model, self.label, facts, note="; ".join(self.notes))

    def to_dict(self, metrics: Sequence[Metric]) -> dict[str, Any]:
        """Plain values, for JSON."""
        names = [metric.name for metric in metrics]
        found: dict[str, Any] = {
            "model": self.model,
            "label": self.label,
            "params": {name: _plain(value) for name, value in self.params.items()},
            "metrics": {name: self.value(name) for name in names},
            "intervals": {name: list(bounds) for name, bounds in self.intervals.items()},
            "fit_seconds": _known(self.fit_seconds),
            "answer_seconds": _known(self.answer_seconds),
            "warm_up_seconds": _known(self.warm_up_seconds),
            "peak_mb": _known(self.peak_mb),
            "added_mb": _known(self.added_mb),
        }
        if len(self.per_split) > 1:
            found["per_split"] = [dict(values) for values in self.per_split]
        if self.notes:
            found["notes"] = list(self.notes)
        if self.error:
            found["error"] = self.error
        return found


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Several models under one protocol.

    Attributes
    ----------
    data : str
        Name of the data set.
    protocol : str
    seed : int
    metrics : tuple of Metric
    primary : Metric
        The metric by which models are ordered.
    models : tuple of ModelResult
        In the order given.
    user_ids : ndarray, shape (n_users,)
        Whom the per-user values belong to.
    splits : tuple of mapping
        Description and sizes of each split.
    relevance : str
        What was to be found, in words.
    confidence : float
    resamples : int
    warnings : tuple of Trap
        Of the linter.
    """

    data: str
    protocol: str
    seed: int
    metrics: tuple[Metric, ...]
    primary: Metric
    models: tuple[ModelResult, ...]
    user_ids: NDArray[Any]
    splits: tuple[Mapping[str, Any], ...]
    relevance: str
    confidence: float = 0.95
    resamples: int = 1000
    warnings: tuple[Trap, ...] = ()

    def __getitem__(self, label: str) -> ModelResult:
        for model in self.models:
            if model.label == label:
                return model
        raise ParameterError(
            f"no model {label!r} in this evaluation; there are: "
            + ", ".join(model.label for model in self.models)
        )

    # -- who is best -------------------------------------------------------------------------

    def ordered(self, metric: Metric | str | None = None) -> list[ModelResult]:
        """Models that have a metric, best first; for one without a direction, as given."""
        wanted = self._metric(metric)
        able = [model for model in self.models if model.value(wanted.name) is not None]
        if wanted.sign:
            able.sort(key=lambda model: -wanted.sign * (model.value(wanted.name) or 0.0))
        return able

    def against_best(self, metric: Metric | str | None = None) -> dict[str, Comparison]:
        """Each model minus the best one, with Holm's correction; by label, without the best.

        The best is the best *of these figures*; between nearly equal models another sample of
        people may choose another one.
        """
        wanted = self._metric(metric)
        return self._against_best.setdefault(wanted.name, self._compare(wanted))

    @cached_property
    def _against_best(self) -> dict[str, dict[str, Comparison]]:
        return {}

    def _compare(self, metric: Metric) -> dict[str, Comparison]:
        if not metric.sign or metric.kind.of_all:
            return {}
        order = self.ordered(metric)
        pairs = [(model, order[0]) for model in order[1:]]
        found = self._corrected(metric, pairs)
        return {pair[0].label: one for pair, one in zip(pairs, found, strict=True)}

    def pairwise(self, metric: Metric | str | None = None) -> dict[tuple[str, str], Comparison]:
        """Every pair, better one first, with Holm's correction over all pairs."""
        wanted = self._metric(metric)
        if not wanted.sign or wanted.kind.of_all:
            return {}
        order = self.ordered(wanted)
        pairs = [(a, b) for place, a in enumerate(order) for b in order[place + 1 :]]
        found = self._corrected(wanted, pairs)
        return {(a.label, b.label): one for (a, b), one in zip(pairs, found, strict=True)}

    def _corrected(
        self, metric: Metric, pairs: Sequence[tuple[ModelResult, ModelResult]]
    ) -> list[Comparison]:
        name = metric.name
        raw = [
            compare_pair(
                a.values[name],
                b.values[name],
                confidence=self.confidence,
                comparisons=len(pairs),
            )
            for a, b in pairs
        ]
        return [
            Comparison(one.difference, one.low, one.high, one.p, p, one.smallest_visible, one.n)
            for one, p in zip(raw, holm([one.p for one in raw]), strict=True)
        ]

    def _metric(self, metric: Metric | str | None) -> Metric:
        if metric is None:
            return self.primary
        return parse_metric(metric) if isinstance(metric, str) else metric

    # -- out ---------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The JSON document of ``matinee evaluate --json``."""
        comparisons = {}
        for metric in self.metrics:
            against = self.against_best(metric)
            if against:
                comparisons[metric.name] = {
                    "best": self.ordered(metric)[0].label,
                    "others": {label: one.to_dict() for label, one in against.items()},
                }
        return {
            "data": self.data,
            "protocol": self.protocol,
            "seed": self.seed,
            "primary": self.primary.name,
            "relevance": self.relevance,
            "people": int(self.user_ids.size),
            "confidence": self.confidence,
            "resamples": self.resamples,
            "splits": [dict(split) for split in self.splits],
            "models": [model.to_dict(self.metrics) for model in self.models],
            "comparisons": comparisons,
            "warnings": [warning.to_dict() for warning in self.warnings],
            "matinee": matinee.__version__,
        }

    def rows(self) -> tuple[list[str], list[list[Any]]]:
        """Names and rows of the table with all figures, for CSV: one row a model."""
        names = ["model", "label"]
        for metric in self.metrics:
            names += [metric.name, f"{metric.name}_low", f"{metric.name}_high"]
        names += ["p_holm", "smallest_visible", "fit_seconds", "answer_seconds", "peak_mb"]
        names += ["added_mb", "error"]
        against = self.against_best()
        rows = []
        for model in self.models:
            row: list[Any] = [model.model, model.label]
            for metric in self.metrics:
                low, high = model.intervals.get(metric.name, (None, None))
                row += [model.value(metric.name), low, high]
            one = against.get(model.label)
            row += [None, None] if one is None else [one.p_holm, one.smallest_visible]
            row += [
                _known(value)
                for value in (
                    model.fit_seconds,
                    model.answer_seconds,
                    model.peak_mb,
                    model.added_mb,
                )
            ]
            rows.append([*row, model.error])
        return names, rows

    def per_user(self) -> tuple[list[str], list[list[Any]]]:
        """Names and rows of every person's figures: one row a model and person."""
        names = ["label", "user_id", *(metric.name for metric in self.metrics)]
        rows: list[list[Any]] = []
        for model in self.models:
            if not model.values:
                continue
            columns = [
                model.values[metric.name].per_user
                if metric.name in model.values
                else np.full(self.user_ids.size, np.nan)
                for metric in self.metrics
            ]
            for place, user_id in enumerate(self.user_ids.tolist()):
                rows.append(
                    [model.label, user_id, *(_known(float(column[place])) for column in columns)]
                )
        return names, rows

    def _repr_html_(self) -> str:
        from matinee.evaluation.table import shown_metrics

        shown = shown_metrics(self)
        shown.sort(key=lambda metric: metric != self.primary)
        against = self.against_best()
        arrows = {1: " ↑", -1: " ↓", 0: ""}
        names = [metric.name + arrows[metric.sign] for metric in shown]
        best = self.ordered()
        rows: list[list[object]] = []
        for model in [*best, *(model for model in self.models if model not in best)]:
            one = against.get(model.label)
            p = "" if one is None else f"{one.p_holm:.4f}"
            figures = [model.figure(metric.name) for metric in shown]
            seconds = [_known(model.fit_seconds), _known(model.answer_seconds)]
            rows.append([model.label, *figures, p, *seconds, model.error])
        facts = {
            "Protocol": f"{self.protocol}, seed {self.seed}",
            "To be found": self.relevance,
            "People": int(self.user_ids.size),
        }
        columns = ("Model", *names, "p", "Fit s", "Answers s", "")
        note = " ".join(str(warning) for warning in self.warnings)
        return card(
            "Evaluation", f"on {self.data}", facts, columns, rows, note=note, most=len(rows)
        )

    def __rich__(self) -> Table:
        from matinee.evaluation.table import evaluation_table

        return evaluation_table(self)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _plain(value: Any) -> Any:
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.item() if hasattr(value, "item") else str(value)
