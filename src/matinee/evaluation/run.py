"""One model on one split: fitted, asked and measured, with its time and memory."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.datasets.curation import keep_movies
from matinee.datasets.splits import Split
from matinee.evaluation.measure import Relevance, list_depth, measure
from matinee.evaluation.metrics import Metric, UserValues
from matinee.evaluation.peak import PeakMemory
from matinee.evaluation.ranking import answer
from matinee.progress import Progress
from matinee.recommend.batch import ProfileBatch

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["Candidate", "Run", "run_candidate"]

_WARM_USERS, _WARM_RATINGS = 200, 20


@dataclass(frozen=True)
class Candidate:
    """A model that takes part in an evaluation.

    Parameters
    ----------
    label : str
        How the table calls it; differs from ``model`` where one model takes part twice.
    model : str
        Short name.
    params : mapping
        Hyper-parameters that differ from the defaults.
    target : str
        Where its class is, as ``"package.module:Class"``.
    tuned : mapping
        From a file of ``matinee tune``: what it was tuned on.
    """

    label: str
    model: str
    params: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    tuned: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, model: str | Recommender | Candidate) -> Candidate:
        """From a short name or an unfitted model.

        Raises
        ------
        UnknownModelError
            If there is no model of this name.
        MissingExtraError
            If it needs an extra that is not installed.
        """
        from matinee.models import MODELS, model_class

        if isinstance(model, Candidate):
            model_class(model.model) if not model.target else None
            return cls(
                model.label,
                model.model,
                dict(model.params),
                model.target or MODELS[model.model],
                dict(model.tuned),
            )
        if isinstance(model, str):
            model_class(model)
            return cls(model, model, {}, MODELS[model])
        kind = type(model)
        defaults = model.defaults()
        changed = {name: value for name, value in model.params.items() if value != defaults[name]}
        return cls(model.name, model.name, changed, f"{kind.__module__}:{kind.__qualname__}")

    def create(self, seed: int | None) -> Recommender:
        """The model, with ``seed`` as its ``random_state`` where it takes one and has none set."""
        import importlib

        module, _, attribute = self.target.partition(":")
        kind: Any = importlib.import_module(module)
        for part in attribute.split("."):
            kind = getattr(kind, part)
        # JSON and TOML have no tuples, and hyper-parameters that are lists are tuples.
        params = {k: tuple(v) if isinstance(v, list) else v for k, v in self.params.items()}
        if seed is not None and "random_state" in kind.defaults():
            params.setdefault("random_state", seed)
        model: Recommender = kind(**params)
        return model


@dataclass(frozen=True, eq=False)
class Run:
    """What came of one model on one split.

    Parameters
    ----------
    params : mapping
        All hyper-parameters of the model.
    values : mapping of str to UserValues
        By metric name.
    user_ids : ndarray, shape (n_users,)
        Whom the values belong to.
    fit_seconds, answer_seconds : float
        Without what was compiled or loaded for the first time; see ``warm_up_seconds``.
    warm_up_seconds : float
        Time of a fit and answers on a tiny part of the data beforehand: imports, compilation.
    peak_mb : float
        Highest resident memory of the process while the model was fitted and asked, in MB (10⁶
        bytes), data and libraries included.
    added_mb : float
        How much of it the fit and the answers brought.
    ranked_share : float
        Mean share of the unseen films that the model gave a score to; NaN without lists.
    notes : tuple of str
        What went other than planned.
    """

    params: Mapping[str, Any]
    values: Mapping[str, UserValues]
    user_ids: NDArray[Any]
    fit_seconds: float
    answer_seconds: float
    warm_up_seconds: float
    peak_mb: float
    added_mb: float
    ranked_share: float
    notes: tuple[str, ...] = ()


def run_candidate(
    candidate: Candidate,
    split: Split,
    metrics: Sequence[Metric],
    relevance: Relevance,
    *,
    seed: int = 0,
    warm_up: bool = True,
    progress: Progress | None = None,
) -> Run:
    """Fit a model on a split and measure it, in this process.

    With ``warm_up``, a tiny fit beforehand loads and compiles what the model needs.

    Raises
    ------
    MatineeError
        Whatever the fit raises.
    """
    model = candidate.create(seed)
    notes: list[str] = []
    started = time.perf_counter()
    try:
        if warm_up:
            _warm_up(candidate.create(seed), split)
    except Exception as error:
        # Some models need more than a tiny part; if it is the model itself, the fit will say so.
        notes.append(f"no warm-up, so that times include loading and compiling: {error}")
    warm_up_seconds = time.perf_counter() - started

    memory = PeakMemory()
    started = time.perf_counter()
    model.fit(split.train, progress=progress)
    fit_seconds = time.perf_counter() - started
    depth = list_depth(metrics)
    answers = answer(
        model,
        split,
        depth=depth,
        stars=relevance.stars and any(metric.kind.kind == "stars" for metric in metrics),
        seed=seed,
        progress=progress,
    )
    peak, added = memory.bytes, memory.added
    share = answers.candidates / np.maximum(answers.unseen, 1)
    return Run(
        params=model.params,
        values=measure(split, answers, metrics, relevance),
        user_ids=split.test.user_ids.decode(answers.users),
        fit_seconds=fit_seconds,
        answer_seconds=answers.seconds,
        warm_up_seconds=warm_up_seconds,
        peak_mb=peak / 1e6,
        added_mb=added / 1e6,
        ranked_share=float(share.mean()) if depth and share.size else float("nan"),
        notes=tuple(notes),
    )


def _warm_up(model: Recommender, split: Split) -> None:
    """Load and compile what a fit and an answer need, on a few people's ratings."""
    tiny = tiny_part(split.train)
    model.fit(tiny)
    people = np.flatnonzero(tiny.ratings.user_counts)[:2].astype(np.int32)
    batch = ProfileBatch.from_ratings(tiny.ratings, people)
    model._score(batch)
    if model.predicts_stars:
        model._stars(batch, np.zeros(1, dtype=np.intp), batch.movies[:1])


def tiny_part(dataset: Dataset) -> Dataset:
    """At most 200 people with at most 20 ratings each, and only the films that they rated."""
    ratings = dataset.ratings
    people = np.zeros(ratings.n_users, dtype=np.bool_)
    people[np.flatnonzero(ratings.user_counts)[:_WARM_USERS]] = True
    place = np.arange(len(ratings)) - ratings.indptr[ratings.users]
    few = ratings.take(people[ratings.users] & (place < _WARM_RATINGS)).compact_users()
    return keep_movies(dataset.replace(few), few.movie_stats.counts > 0)
