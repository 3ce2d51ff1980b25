"""Measuring models under one protocol: splits, runs, intervals, warnings."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.datasets.splits import Split, make_splits
from matinee.errors import EvaluationError, MatineeError, ParameterError
from matinee.evaluation.apart import run_apart
from matinee.evaluation.exchange import write_split
from matinee.evaluation.lint import Trap, lint_candidates, lint_ranked_share, lint_split
from matinee.evaluation.measure import Relevance, default_relevance, values_of
from matinee.evaluation.metrics import Metric, UserValues, parse_metric, parse_metrics
from matinee.evaluation.results import Evaluation, ModelResult
from matinee.evaluation.run import Candidate, Run, run_candidate
from matinee.evaluation.significance import bootstrap_intervals
from matinee.ids import IdVocabulary
from matinee.progress import Progress, ProgressEvent, report

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["evaluate", "evaluate_splits", "primary_metric"]

_PRIMARY = {
    "random": "rmse",
    "k-fold": "rmse",
    "own-folds": "rmse",
    "time": "rmse",
    "leave-last-out": "ndcg@10",
    "strong-generalization": "ndcg@100",
}


def evaluate(
    models: Sequence[str | Recommender | Candidate],
    dataset: Dataset,
    *,
    protocol: str = "random",
    seed: int = 0,
    seeds: Sequence[int] = (),
    metrics: Sequence[str] | None = None,
    primary: str | None = None,
    relevant: float | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    apart: bool = True,
    progress: Progress | None = None,
    **options: Any,
) -> Evaluation:
    """Measure models on a data set under a protocol.

    Parameters
    ----------
    models : sequence of str, Recommender or Candidate
        Short names, unfitted models, or candidates with labels of their own.
    dataset : Dataset
    protocol : str
        A key of :data:`matinee.datasets.splits.PROTOCOLS`.
    seed : int
        Of the split, of the order among equal scores, of the bootstrap, and ``random_state`` of
        models that have none set.
    seeds : sequence of int
        Several splits, one for each seed, in place of ``seed``.
    metrics : sequence of str, optional
        Such as ``["rmse", "ndcg@10"]``; a default set if not given.
    primary : str, optional
        The metric that models are ordered and compared by. If not given: ``rmse`` under protocols
        that hold out ratings, if a model predicts stars, and a gain (``ndcg``) otherwise.
    relevant : float, optional
        Test films of at least this many stars are to be found; see
        :func:`~matinee.evaluation.measure.default_relevance`.
    confidence : float
        Of intervals; ``1 - confidence`` is the level of tests.
    resamples : int
        Of the bootstrap over people.
    apart : bool
        Run each model in a process of its own. Then its peak memory is its own, and a crash or a
        lack of memory ends that model only.
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
    >>> data = matinee.load("sample")
    >>> found = evaluate(["popular"], data, metrics=["ndcg@10"], seed=3, apart=False)
    >>> 0.02 < found["popular"].value("ndcg@10") < 0.2
    True
    """
    validated = _several_seeds(seed, seeds)
    splits = (
        split for one in validated for split in make_splits(protocol, dataset, seed=one, **options)
    )
    return evaluate_splits(
        models,
        splits,
        data=dataset,
        seed=validated[0],
        metrics=metrics,
        primary=primary,
        relevant=relevant,
        confidence=confidence,
        resamples=resamples,
        apart=apart,
        progress=progress,
    )


def _several_seeds(seed: int, seeds: Sequence[int]) -> tuple[int, ...]:
    chosen = tuple(seeds) or (seed,)
    if len(set(chosen)) != len(chosen) or min(chosen) < 0:
        raise ParameterError(f"seeds must be different whole numbers from 0 on, got {chosen}")
    return chosen


def evaluate_splits(
    models: Sequence[str | Recommender | Candidate],
    splits: Iterable[Split],
    *,
    data: Dataset | None = None,
    seed: int = 0,
    metrics: Sequence[str] | None = None,
    primary: str | None = None,
    relevant: float | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    apart: bool = True,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure models on splits of one's own; arguments as for :func:`evaluate`.

    Splits are taken one at a time. A person who is tested in several counts once: the values of
    all splits are put together for each person, weighted by what was measured, before means and
    intervals are taken.
    """
    candidates = _labelled([Candidate.of(model) for model in models])
    wanted = parse_metrics(None if metrics is None else list(metrics))
    if not wanted:
        raise ParameterError("no metrics: name at least one, such as ndcg@10")
    for candidate in candidates:
        candidate.create(seed)  # wrong hyper-parameters are told before the work, not after
    collected: dict[str, list[Run]] = {candidate.label: [] for candidate in candidates}
    errors: dict[str, str] = {}
    traps: list[Trap] = []
    about: list[dict[str, Any]] = []
    fingerprints: list[str] = []
    relevance: Relevance | None = None
    for number, split in enumerate(splits, start=1):
        relevance = _relevance(split, relevant)
        traps += lint_split(split, wanted, relevance)
        about.append(_describe(split))
        fingerprints.append(split.test.fingerprint)
        for candidate, outcome in _run_all(
            [one for one in candidates if one.label not in errors],
            split,
            wanted,
            relevance,
            seed=seed if split.seed is None else split.seed,
            apart=apart,
            progress=_labelled_progress(progress, number),
        ):
            if isinstance(outcome, Run):
                collected[candidate.label].append(outcome)
            else:
                errors[candidate.label] = str(outcome)
                collected[candidate.label].clear()
    if relevance is None:
        raise EvaluationError("there are no splits to measure on")
    if len(errors) == len(candidates):
        raise EvaluationError(
            "no model could be measured: "
            + "; ".join(f"{label}: {message}" for label, message in errors.items())
        )
    traps += lint_candidates(
        candidates,
        wanted,
        relevance,
        data_fingerprint="" if data is None else data.ratings.fingerprint,
        test_fingerprints=fingerprints,
    )
    people = IdVocabulary(
        np.concatenate([run.user_ids for runs in collected.values() for run in runs])
    )
    results = [
        _result(one, collected[one.label], errors.get(one.label, ""), people, seed)
        for one in candidates
    ]
    results = _with_intervals(results, wanted, resamples, confidence, seed)
    traps += lint_ranked_share({model.label: model.ranked_share for model in results})
    return Evaluation(
        data=split.train.name if data is None else data.name,
        protocol=split.name,
        seed=seed,
        metrics=wanted,
        primary=primary_metric(primary, split.name, wanted, results),
        models=tuple(results),
        user_ids=people.ids,
        splits=tuple(about),
        relevance=str(relevance),
        confidence=confidence,
        resamples=resamples,
        warnings=tuple(dict.fromkeys(traps)),
    )


def primary_metric(
    asked: str | None, protocol: str, metrics: Sequence[Metric], results: Sequence[ModelResult]
) -> Metric:
    """The metric that orders the models: one with a direction that most of them have."""
    if asked is not None:
        chosen = parse_metric(asked)
        if chosen not in metrics:
            raise ParameterError(f"{asked} is not among the metrics {', '.join(map(str, metrics))}")
        return chosen
    able = {
        metric.name: sum(model.value(metric.name) is not None for model in results)
        for metric in metrics
        if metric.sign and not metric.kind.of_all
    }
    if not able:
        return metrics[0]
    most = max(able.values())
    usual = _PRIMARY.get(protocol, "")
    # A protocol's usual metric, as long as it leaves no model out; otherwise the first that most
    # models have.
    if able.get(usual) == most:
        return parse_metric(usual)
    return parse_metric(next(name for name, count in able.items() if count == most))


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


def _relevance(split: Split, relevant: float | None) -> Relevance:
    usual = default_relevance(split)
    return usual if relevant is None else Relevance(relevant, usual.stars)


def _labelled_progress(progress: Progress | None, number: int) -> Progress | None:
    if progress is None or number == 1:
        return progress

    def named(event: ProgressEvent) -> None:
        stage = f"split {number}, {event.stage}" if event.stage else event.stage
        progress(
            ProgressEvent(stage, event.done, event.total, event.unit, event.figures, event.note)
        )

    return named


def _run_all(
    candidates: Sequence[Candidate],
    split: Split,
    metrics: Sequence[Metric],
    relevance: Relevance,
    *,
    seed: int,
    apart: bool,
    progress: Progress | None,
) -> Iterable[tuple[Candidate, Run | MatineeError]]:
    with tempfile.TemporaryDirectory(prefix="matinee-split-") as name:
        folder = Path(name) / "split"
        if apart:
            write_split(split, folder)
        for place, candidate in enumerate(candidates):
            report(progress, "models", place, len(candidates), unit="models")
            heard = _prefixed(progress, candidate.label)
            outcome: Run | MatineeError
            try:
                if apart:
                    outcome = run_apart(
                        candidate, folder, metrics, relevance, seed=seed, progress=heard
                    )
                else:
                    outcome = run_candidate(
                        candidate, split, metrics, relevance, seed=seed, progress=heard
                    )
            except MatineeError as error:
                report(progress, "models", note=f"{candidate.label}: {error}")
                outcome = error
            yield candidate, outcome
        report(progress, "models", len(candidates), len(candidates), unit="models")


def _prefixed(progress: Progress | None, label: str) -> Progress | None:
    if progress is None:
        return None

    def named(event: ProgressEvent) -> None:
        # Notes of a fit (its plan of the memory) are for somebody who trains one model.
        progress(
            ProgressEvent(
                f"{label}: {event.stage}", event.done, event.total, event.unit, event.figures
            )
        )

    return named


def _result(
    candidate: Candidate, runs: Sequence[Run], error: str, people: IdVocabulary, seed: int
) -> ModelResult:
    if not runs:
        params = candidate.create(seed).params
        return ModelResult(candidate.label, candidate.model, params, error=error)
    places: list[NDArray[np.int64]] = [people.encode(run.user_ids).astype(np.int64) for run in runs]
    values = {
        name: _over_all(UserValues.pooled([run.values[name] for run in runs], places), len(people))
        for name in runs[0].values
        if all(name in run.values for run in runs)
    }
    return ModelResult(
        label=candidate.label,
        model=candidate.model,
        params=runs[0].params,
        values=values,
        per_split=tuple(values_of(run.values) for run in runs),
        fit_seconds=float(np.mean([run.fit_seconds for run in runs])),
        answer_seconds=float(np.mean([run.answer_seconds for run in runs])),
        warm_up_seconds=float(np.mean([run.warm_up_seconds for run in runs])),
        peak_mb=max(run.peak_mb for run in runs),
        added_mb=max(run.added_mb for run in runs),
        ranked_share=float(np.mean([run.ranked_share for run in runs])),
        notes=tuple(dict.fromkeys(note for run in runs for note in run.notes)),
    )


def _over_all(values: UserValues, n: int) -> UserValues:
    """The same values over all people of the evaluation."""
    missing = n - values.means.size
    means = np.pad(values.means, (0, missing), constant_values=np.nan)
    return UserValues(means, np.pad(values.weight, (0, missing)), values.root)


def _with_intervals(
    results: Sequence[ModelResult],
    metrics: Sequence[Metric],
    resamples: int,
    confidence: float,
    seed: int,
) -> list[ModelResult]:
    # All models share the resamples, so that their intervals move together.
    cells = [
        (place, metric.name)
        for place, model in enumerate(results)
        for metric in metrics
        if metric.name in model.values and not metric.kind.of_all
    ]
    bounds = bootstrap_intervals(
        [results[place].values[name] for place, name in cells],
        resamples=resamples,
        confidence=confidence,
        seed=seed,
    )
    intervals: list[dict[str, tuple[float, float]]] = [{} for _ in results]
    for (place, name), (low, high) in zip(cells, bounds.tolist(), strict=True):
        if low == low:
            intervals[place][name] = (low, high)
    return [
        ModelResult(**{**_fields(model), "intervals": found})
        for model, found in zip(results, intervals, strict=True)
    ]


def _fields(model: ModelResult) -> Mapping[str, Any]:
    return {name: getattr(model, name) for name in ModelResult.__dataclass_fields__}


def _describe(split: Split) -> dict[str, Any]:
    return {
        "description": split.description,
        "seed": split.seed,
        "options": dict(split.options),
        "train": len(split.train.ratings),
        "test": len(split.test),
        "fold_in": None if split.fold_in is None else len(split.fold_in),
        "people": int(split.test_users.size),
        "films": len(split.train.catalog),
    }
