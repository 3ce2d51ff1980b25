"""Comparing models under one protocol: splits, runs, intervals, tests, warnings, tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import matinee
from matinee.dataset import Dataset
from matinee.datasets.splits import Split
from matinee.errors import EvaluationError, ParameterError
from matinee.evaluation.candidate import Candidate, Run, reason, run_candidate
from matinee.evaluation.isolated import run_isolated
from matinee.evaluation.lint import Trap, lint_candidates, lint_ranked_share, lint_split
from matinee.evaluation.metrics import Metric, UserValues, parse_metric
from matinee.evaluation.protocols import (
    Relevance,
    default_relevance,
    make_splits,
    metrics_of,
    usual_metric,
)
from matinee.evaluation.significance import (
    Comparison,
    bootstrap_intervals,
    compare_pair,
    holm,
)
from matinee.ids import IdVocabulary
from matinee.progress import Progress, ProgressEvent, report

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from rich.table import Table

    from matinee.models.base import Recommender

__all__ = ["Evaluation", "ModelResult", "evaluate", "primary_metric"]

_HEADLINES = ("rmse", "mae", "ndcg@10", "ndcg@100", "recall@20", "recall@50", "coverage@10")
_SCREEN_ROWS, _SCREEN_WIDTH = 15, 100


# -- the measurement ------------------------------------------------------------------------------


def evaluate(
    models: Sequence[str | Recommender | Candidate],
    data: Dataset | Iterable[Split],
    *,
    protocol: str = "random",
    seed: int = 0,
    seeds: Sequence[int] = (),
    metrics: Sequence[str] | None = None,
    primary: str | None = None,
    relevant: float | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    served: bool = True,
    isolated: bool = True,
    progress: Progress | None = None,
    **options: Any,
) -> Evaluation:
    """Measure models on a data set under a protocol, or on splits of one's own.

    A model that fails is told as a row, and the others go on. Splits are taken one at a time. A
    person who is tested in several counts once: the values of all splits are put together for each
    person, weighted by what was measured, before means and intervals are taken.

    Parameters
    ----------
    models : sequence of str, Recommender or Candidate
        Short names, unfitted models, or candidates with labels of their own.
    data : Dataset or iterable of Split
    protocol : str
        A key of :data:`~matinee.evaluation.protocols.PROTOCOLS`; not used with splits.
    seed : int
        Of the split, of the order among equal scores, of the bootstrap, and ``random_state`` of
        models that have none set.
    seeds : sequence of int
        Several splits, one for each seed, in place of ``seed``.
    metrics : sequence of str, optional
        Such as ``["rmse", "ndcg@10"]``; the protocol's usual set if not given.
    primary : str, optional
        The metric that models are ordered and compared by. If not given: ``rmse`` under protocols
        that hold out ratings, if the models predict stars, and a gain (``ndcg``) otherwise.
    relevant : float, optional
        Test films of at least this many stars are to be found; see
        :func:`~matinee.evaluation.protocols.default_relevance`.
    confidence : float
        Of intervals; ``1 - confidence`` is the level of tests.
    resamples : int
        Of the bootstrap over people.
    served : bool
        Lists are those of :meth:`~matinee.Recommender.recommend`. With False they are the raw
        order of the model's scores, for comparisons with other libraries.
    isolated : bool
        Run each model in a process of its own. Then its peak memory is its own, and a crash or a
        lack of memory ends that model only. A class that is written in a script or notebook is
        run here.
    progress : callable, optional
    **options
        Of the protocol: ``test_size=0.1``.

    Returns
    -------
    Evaluation

    Raises
    ------
    EvaluationError
        If the protocol cannot be carried out, or no model could be measured.
    UnknownModelError, ParameterError

    Examples
    --------
    >>> import matinee
    >>> sample = matinee.load("sample")
    >>> found = evaluate(["popular"], sample, metrics=["ndcg@10"], seed=3, isolated=False)
    >>> 0.02 < found["popular"].value("ndcg@10") < 0.2
    True
    """
    candidates = _labelled([Candidate.of(model) for model in models])
    chosen = tuple(seeds) or (seed,)
    if len(set(chosen)) != len(chosen) or min(chosen) < 0:
        raise ParameterError(f"seeds must be different whole numbers from 0 on, got {chosen}")
    splits: Iterable[Split] = data if not isinstance(data, Dataset) else (
        split for one in chosen for split in make_splits(protocol, data, seed=one, **options)
    )  # fmt: skip
    wanted = metrics_of(metrics, protocol, served=served)
    for candidate in candidates:
        candidate.create(chosen[0])  # wrong hyper-parameters are told before the work, not after

    runs: dict[str, list[Run]] = {candidate.label: [] for candidate in candidates}
    errors: dict[str, str] = {}
    traps: list[Trap] = []
    about: list[dict[str, Any]] = []
    relevance: Relevance | None = None
    for number, group in enumerate(_with_one_fit(splits), start=1):
        relevance = default_relevance(group[0], relevant)
        traps += [trap for split in group for trap in lint_split(split, wanted, relevance)]
        outcomes = _run_all(
            [one for one in candidates if one.label not in errors],
            group,
            (wanted, relevance),
            {"seed": chosen[0] if group[0].seed is None else group[0].seed, "served": served},
            isolated=isolated,
            progress=_renamed(progress, f"split {number}, ") if number > 1 else progress,
        )
        for candidate, outcome in outcomes:
            if isinstance(outcome, Run):
                runs[candidate.label].append(outcome)
            else:
                errors[candidate.label] = outcome
        about += [_describe(split) for split in group]
    if relevance is None:
        raise EvaluationError("there are no splits to measure on")
    if len(errors) == len(candidates):
        why = "; ".join(f"{label}: {message}" for label, message in errors.items())
        raise EvaluationError(f"no model could be measured: {why}")
    traps += lint_candidates(
        candidates,
        wanted,
        relevance,
        data_fingerprint=data.ratings.fingerprint if isinstance(data, Dataset) else "",
        test_fingerprints=[one.pop("fingerprint") for one in about],
    )
    told = list(dict.fromkeys(one["told"] for one in about))
    measured = tuple(metric.after(number) for metric in wanted for number in told)
    ids = [ids for each in runs.values() for run in each for ids in run.user_ids]
    people = IdVocabulary(np.concatenate(ids))
    results = [
        _result(one, runs[one.label], errors.get(one.label, ""), [a["told"] for a in about], people)
        for one in candidates
    ]
    results = _with_intervals(results, measured, resamples, confidence, chosen[0])
    traps += lint_ranked_share({model.label: model.ranked_share for model in results})
    return Evaluation(
        data=data.name if isinstance(data, Dataset) else about[0]["data"],
        protocol=about[0]["protocol"],
        seed=chosen[0],
        metrics=measured,
        primary=primary_metric(primary, about[0]["protocol"], measured, results, served=served),
        models=tuple(results),
        user_ids=people.ids,
        splits=tuple(about),
        relevance=str(relevance),
        confidence=confidence,
        resamples=resamples,
        served=served,
        isolated=isolated,
        warnings=tuple(dict.fromkeys(traps)),
    )


def primary_metric(
    asked: str | None,
    protocol: str,
    metrics: Sequence[Metric],
    results: Sequence[ModelResult],
    *,
    served: bool = True,
) -> Metric:
    """The metric that orders the models: one with a direction that most of them have."""
    if asked is not None:
        chosen = parse_metric(asked)
        if chosen not in metrics:
            raise ParameterError(f"{asked} is not among the metrics {', '.join(map(str, metrics))}")
        return chosen
    able = {
        metric: sum(model.value(metric.name) is not None for model in results)
        for metric in metrics
        if metric.sign and not metric.of_all
    }
    best = [metric for metric, count in able.items() if count == max(able.values())]
    told = sorted({metric.told for metric in metrics})
    usual = usual_metric(protocol, stars=True, served=served).after(told[len(told) // 2])
    # A protocol's usual metric, as long as it leaves no model out; otherwise the first that most
    # models have.
    return usual if usual in best else (best or list(metrics))[0]


def _with_one_fit(splits: Iterable[Split]) -> Iterator[list[Split]]:
    """Splits one by one; those of people who told more and more share a training part."""
    waiting: list[Split] = []
    for split in splits:
        if waiting and split.train is not waiting[0].train:
            yield waiting
            waiting = []
        waiting.append(split)
        if "told" not in split.options:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _labelled(candidates: list[Candidate]) -> list[Candidate]:
    if not candidates:
        raise ParameterError("no models: name at least one, such as popular")
    twice = [label for label, n in Counter(one.label for one in candidates).items() if n > 1]
    if twice:
        raise ParameterError(
            f"{', '.join(twice)} takes part twice: give each a label of its own, such as "
            f"mine={twice[0]}"
        )
    return candidates


def _renamed(progress: Progress | None, prefix: str, *, notes: bool = True) -> Progress | None:
    if progress is None:
        return None

    def named(event: ProgressEvent) -> None:
        stage = f"{prefix}{event.stage}" if event.stage else event.stage
        note = event.note if notes else ""
        progress(ProgressEvent(stage, event.done, event.total, event.unit, event.figures, note))

    return named


def _run_all(
    candidates: Sequence[Candidate],
    splits: Sequence[Split],
    asked: tuple[Sequence[Metric], Relevance],
    options: Mapping[str, Any],
    *,
    isolated: bool,
    progress: Progress | None,
) -> Iterator[tuple[Candidate, Run | str]]:
    """The run of each candidate, or why there is none."""
    for place, candidate in enumerate(candidates):
        report(progress, "models", place, len(candidates), unit="models")
        # Notes of a fit (its plan of the memory) are for somebody who trains one model.
        heard = _renamed(progress, f"{candidate.label}: ", notes=False)
        run = run_isolated if isolated and candidate.importable else run_candidate
        outcome: Run | str
        try:
            outcome = run(candidate, splits, *asked, **options, progress=heard)
        except Exception as error:  # whatever a model does wrong is its own row
            outcome = reason(error)
            report(progress, "models", note=f"{candidate.label}: {outcome}")
        yield candidate, outcome
    report(progress, "models", len(candidates), len(candidates), unit="models")


def _describe(split: Split) -> dict[str, Any]:
    train = split.train.ratings
    return {
        "protocol": split.name,
        "data": split.train.name,
        "description": split.description,
        "seed": split.seed,
        "options": dict(split.options),
        "told": int(split.options.get("told", 0)),
        "train": len(train),
        "fold_in": None if split.fold_in is None else len(split.fold_in),
        "test": len(split.test),
        "people": int(split.test_users.size),
        "films": len(split.train.catalog),
        "fingerprint": split.test.fingerprint,
    }


def _result(
    candidate: Candidate,
    runs: Sequence[Run],
    error: str,
    told: Sequence[int],
    people: IdVocabulary,
) -> ModelResult:
    if error:
        params = candidate.create(None).params
        return ModelResult(candidate.label, candidate.model, params, error=error)
    # Values of each split under the metric's full name, and whom they belong to.
    named: list[dict[str, UserValues]] = []
    parts: dict[str, tuple[list[UserValues], list[NDArray[np.int64]]]] = {}
    each = [pair for run in runs for pair in zip(run.values, run.user_ids, strict=True)]
    for (values, ids), number in zip(each, told, strict=True):
        places = people.encode(ids).astype(np.int64)
        found = {parse_metric(name).after(number).name: one for name, one in values.items()}
        named.append(found)
        for name, one in found.items():
            kept = parts.setdefault(name, ([], []))
            kept[0].append(one)
            kept[1].append(places)
    return ModelResult(
        label=candidate.label,
        model=candidate.model,
        params=runs[0].params,
        values={name: UserValues.pooled(*both, len(people)) for name, both in parts.items()},
        per_split=tuple(
            {name: _known(one.value) for name, one in values.items()} for values in named
        ),
        fit_seconds=float(np.mean([run.fit_seconds for run in runs])),
        answer_seconds=float(np.mean([run.answer_seconds for run in runs])),
        warm_up_seconds=float(np.mean([run.warm_up_seconds for run in runs])),
        peak_mb=max(run.peak_mb for run in runs),
        added_mb=max(run.added_mb for run in runs),
        ranked_share=float(np.mean([run.ranked_share for run in runs])),
        notes=tuple(dict.fromkeys(note for run in runs for note in run.notes)),
    )


def _with_intervals(
    results: Sequence[ModelResult],
    metrics: Sequence[Metric],
    resamples: int,
    confidence: float,
    seed: int,
) -> list[ModelResult]:
    """The same results with intervals; all models and metrics share the resamples."""
    wanted = [metric.name for metric in metrics if not metric.of_all]
    keys = [(number, name) for number, model in enumerate(results) for name in wanted
            if name in model.values]  # fmt: skip
    bounds = bootstrap_intervals(
        [results[number].values[name] for number, name in keys],
        resamples=resamples,
        confidence=confidence,
        seed=seed,
    )
    for (number, name), (low, high) in zip(keys, bounds.tolist(), strict=True):
        if not math.isnan(low):
            results[number].intervals[name] = (low, high)
    return list(results)


# -- the result -----------------------------------------------------------------------------------


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
    intervals : dict of str to (float, float)
        Bootstrap confidence intervals; none for metrics of all lists together.
    per_split : tuple of mapping
        The value of each metric on each split.
    fit_seconds, answer_seconds, warm_up_seconds : float
        Means over fits.
    peak_mb, added_mb : float
        The highest over fits.
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
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
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
        return None if found is None else _known(found.value)

    @property
    def costs(self) -> dict[str, float | None]:
        """Seconds and megabytes by name, None where unknown."""
        names = ("fit_seconds", "answer_seconds", "warm_up_seconds", "peak_mb", "added_mb")
        return {name: _known(getattr(self, name)) for name in names}

    def to_dict(self, metrics: Sequence[Metric]) -> dict[str, Any]:
        """Plain values, for JSON."""
        found: dict[str, Any] = {
            "model": self.model,
            "label": self.label,
            "params": {name: _plain(value) for name, value in self.params.items()},
            "metrics": {metric.name: self.value(metric.name) for metric in metrics},
            "intervals": {name: list(bounds) for name, bounds in self.intervals.items()},
            **self.costs,
        }
        if len(self.per_split) > 1:
            found["per_split"] = [dict(values) for values in self.per_split]
        if self.notes:
            found["notes"] = list(self.notes)
        if self.error:
            found["error"] = self.error
        return found


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """Several models under one protocol; ``print`` shows a table of a screen at most.

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
    served, isolated : bool
        As asked of :func:`evaluate`.
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
    served: bool = True
    isolated: bool = True
    warnings: tuple[Trap, ...] = ()

    def __getitem__(self, label: str) -> ModelResult:
        for model in self.models:
            if model.label == label:
                return model
        raise ParameterError(
            f"no model {label!r} in this evaluation; there are: "
            + ", ".join(model.label for model in self.models)
        )

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
        if wanted.name not in self._against_best:
            order = self.ordered(wanted)
            found = self._compared(wanted, [(model, order[0]) for model in order[1:]])
            self._against_best[wanted.name] = {a: one for (a, _), one in found.items()}
        return self._against_best[wanted.name]

    @cached_property
    def _against_best(self) -> dict[str, dict[str, Comparison]]:
        return {}

    def pairwise(self, metric: Metric | str | None = None) -> dict[tuple[str, str], Comparison]:
        """Every pair, better one first, with Holm's correction over all pairs."""
        order = self.ordered(metric)
        pairs = [(a, b) for place, a in enumerate(order) for b in order[place + 1 :]]
        return self._compared(self._metric(metric), pairs)

    def _compared(
        self, metric: Metric, pairs: Sequence[tuple[ModelResult, ModelResult]]
    ) -> dict[tuple[str, str], Comparison]:
        if not metric.sign or metric.of_all:
            return {}
        raw = [
            compare_pair(
                a.values[metric.name],
                b.values[metric.name],
                confidence=self.confidence,
                comparisons=len(pairs),
            )
            for a, b in pairs
        ]
        corrected = holm([one.p for one in raw])
        return {
            (a.label, b.label): one.corrected(p)
            for (a, b), one, p in zip(pairs, raw, corrected, strict=True)
        }

    def _metric(self, metric: Metric | str | None) -> Metric:
        if metric is None:
            return self.primary
        return parse_metric(metric) if isinstance(metric, str) else metric

    # -- out ---------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The JSON document of ``matinee evaluate --json``."""
        comparisons = {
            metric.name: {
                "best": self.ordered(metric)[0].label,
                "others": {label: one.to_dict() for label, one in against.items()},
            }
            for metric in self.metrics
            if (against := self.against_best(metric))
        }
        return {
            "data": self.data,
            "protocol": self.protocol,
            "seed": self.seed,
            "primary": self.primary.name,
            "relevance": self.relevance,
            "served": self.served,
            "people": int(self.user_ids.size),
            "confidence": self.confidence,
            "resamples": self.resamples,
            "splits": [dict(split) for split in self.splits],
            "models": [model.to_dict(self.metrics) for model in self.models],
            "comparisons": comparisons,
            "warnings": [warning.to_dict() for warning in self.warnings],
            "matinee": matinee.__version__,
        }

    def to_polars(self, *, per_user: bool = False) -> pl.DataFrame:
        """A frame with a row a model and all figures, or with a row a model and person."""
        import polars as pl

        if per_user:
            missing = np.full(self.user_ids.size, np.nan)
            frames = [
                pl.DataFrame({"label": model.label, "user_id": self.user_ids}).with_columns(
                    pl.Series(
                        metric.name,
                        model.values[metric.name].per_user
                        if metric.name in model.values
                        else missing,
                    ).fill_nan(None)
                    for metric in self.metrics
                )
                for model in self.models
                if model.values
            ]
            return pl.concat(frames)
        against = self.against_best()
        rows = []
        for model in self.models:
            row: dict[str, Any] = {"model": model.model, "label": model.label}
            for metric in self.metrics:
                low, high = model.intervals.get(metric.name, (None, None))
                row[metric.name] = model.value(metric.name)
                row[f"{metric.name}_low"], row[f"{metric.name}_high"] = low, high
            one = against.get(model.label)
            row["p_holm"] = None if one is None else one.p_holm
            row["smallest_visible"] = None if one is None else one.smallest_visible
            rows.append({**row, **model.costs, "error": model.error})
        texts = ("model", "label", "error")
        schema = {name: pl.String if name in texts else pl.Float64 for name in rows[0]}
        return pl.DataFrame(rows, schema=schema)

    def to_pandas(self, *, per_user: bool = False) -> pd.DataFrame:
        """The frame of :meth:`to_polars` as one of pandas, which has to be installed."""
        import pandas as pd

        return pd.DataFrame(self.to_polars(per_user=per_user).to_dict(as_series=False))

    def shown_metrics(self) -> list[Metric]:
        """The metrics that have a column in tables, the primary first: the best known of many."""
        able = [
            metric
            for metric in self.metrics
            if any(model.value(metric.name) is not None for model in self.models)
        ]
        if len(able) > 7:
            able = [
                one
                for one in able
                if one.after(0).name in _HEADLINES or one.base == self.primary.base
            ]
        return sorted(able, key=lambda metric: metric != self.primary)

    def fitting_table(
        self, width: int, *, most: int = 1000, brief: bool = False
    ) -> tuple[list[Metric], Table]:
        """As many of :meth:`shown_metrics` as fit into ``width`` characters, and their table.

        Where not even one does, the table comes ``brief``, which leaves room for more.
        """
        from rich.console import Console

        shown, endless = self.shown_metrics(), Console(width=10_000)
        table = self.to_table(shown, most=most, brief=brief)
        while len(shown) > 1 and endless.measure(table).maximum > width:
            shown.pop()
            table = self.to_table(shown, most=most, brief=brief)
        if not brief and endless.measure(table).maximum > width:
            return self.fitting_table(width, most=most, brief=True)
        return shown, table

    def to_table(
        self, metrics: Sequence[Metric] | None = None, *, most: int = 1000, brief: bool = False
    ) -> Table:
        """A table for ``rich`` to print: one row a model, best first; failed ones last.

        Parameters
        ----------
        metrics : sequence of Metric, optional
            The columns; :meth:`shown_metrics` if not given.
        most : int
            How many rows at most.
        brief : bool
            Without p values, times and memory.
        """
        from rich.text import Text

        shown = self.shown_metrics() if metrics is None else metrics
        against = {} if brief else self.against_best()
        table = _plain_table("Model")
        for metric in shown:
            table.add_column(metric.heading, justify="right", no_wrap=True)
            if metric == self.primary:
                table.add_column(f"{self.confidence:.0%} interval", style="dim", no_wrap=True)
                if against:
                    table.add_column("p", justify="right", no_wrap=True)
                    table.add_column("visible", justify="right", style="dim", no_wrap=True)
        for title in () if brief else ("fit s", "answer s", "peak MB"):
            table.add_column(title, justify="right", no_wrap=True)
        best = self.ordered()
        rest = [model for model in self.models if model not in best]
        for model in (best + sorted(rest, key=lambda model: bool(model.error)))[:most]:
            if model.error:
                table.add_row(Text(model.label), Text(model.error, style="red"))
                continue
            cells: list[str] = [model.label]
            for metric in shown:
                value, bounds = model.value(metric.name), model.intervals.get(metric.name)
                cells.append(_figure(value))
                if metric == self.primary:
                    cells.append("" if bounds is None else "{:.4f}–{:.4f}".format(*bounds))
                    if against:
                        cells += _test(against.get(model.label), value)
            if not brief:
                for seconds in (model.fit_seconds, model.answer_seconds):
                    cells.append(f"{seconds:.2f}" if seconds < 100 else f"{seconds:,.0f}")
                cells.append(f"{model.peak_mb:,.0f}")
            table.add_row(*(Text(cell) for cell in cells))
        return table

    def pairwise_table(self, metric: Metric | None = None) -> Table:
        """Row minus column, with marks for what is significant after Holm's correction."""
        from rich.text import Text

        order, found = self.ordered(metric), self.pairwise(metric)
        level = 1 - self.confidence
        table = _plain_table("Row minus column")
        for model in order:
            table.add_column(model.label, justify="right", no_wrap=True)
        for row in order:
            cells = [Text(row.label)]
            for column in order:
                one = found.get((row.label, column.label))
                back = found.get((column.label, row.label))
                known = one or back
                if known is None:
                    cells.append(Text("·", style="dim"))
                    continue
                difference = known.difference if one else -known.difference
                sure = known.p_holm < level
                text = f"{difference:+.4f}{'*' if sure else ' '}"
                cells.append(Text(text, style="bold" if sure else "dim"))
            table.add_row(*cells)
        return table

    def legend(self) -> list[str]:
        """What the columns mean, in lines below the table."""
        told = sorted({metric.told for metric in self.metrics})
        numbers = ", ".join(map(str, told))
        how = (
            f"people held out, {numbers} ratings told" if told[0] else self.splits[0]["description"]
        )
        order = "as recommend returns them" if self.served else "in the raw order of scores"
        lines = [
            f"{how}; {self.user_ids.size:,} people; {self.relevance}.",
            f"Lists {order}. Interval: bootstrap over people, {self.resamples:,} resamples.",
        ]
        if told[0]:
            lines.append("Behind the stroke: how many ratings people told.")
        if self.against_best():
            lines.append(
                "p: paired t test over people against the best, Holm's correction. visible: the "
                "smallest difference that this test finds with 80 % probability."
            )
        if self.isolated:
            lines.append(
                "Each model ran in a process of its own, after a warm-up that is not counted; peak "
                "MB is all of that process."
            )
        return lines

    def __str__(self) -> str:
        from rich.console import Console

        _, table = self.fitting_table(_SCREEN_WIDTH, most=_SCREEN_ROWS, brief=True)
        console = Console(width=_SCREEN_WIDTH, color_system=None)
        with console.capture() as capture:
            console.print(table)
        left = len(self.models) - _SCREEN_ROWS
        lines = [
            f"{self.protocol} on {self.data}, seed {self.seed}, {self.user_ids.size:,} people",
            *(line.rstrip() for line in capture.get().splitlines()),
            *([f"… and {left} more: to_polars()"] if left > 0 else []),
        ]
        codes = dict.fromkeys(trap.code for trap in self.warnings)
        if codes:
            lines.append(f"warnings: {', '.join(codes)}")
        return "\n".join(lines)

    __repr__ = __str__

    def __rich__(self) -> Table:
        return self.to_table()


def _plain_table(first: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
    table.add_column(first, style="bold", no_wrap=True)
    return table


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if abs(value) < 100 else f"{value:,.1f}"


def _test(one: Comparison | None, value: float | None) -> list[str]:
    if one is None:
        return ["" if value is None else "best", ""]
    p = "<0.0001" if one.p_holm < 1e-4 else f"{one.p_holm:.4f}"
    return [p, f"{one.smallest_visible:.4f}"]


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _plain(value: Any) -> Any:
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.item() if hasattr(value, "item") else str(value)
