"""One model of a comparison: made, fitted, asked and measured, with its time and memory."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.datasets.curation import keep_movies
from matinee.datasets.splits import Split
from matinee.errors import MatineeError
from matinee.evaluation.metrics import Metric, UserValues
from matinee.evaluation.protocols import Relevance
from matinee.evaluation.ranking import answer, measure
from matinee.models import model_class
from matinee.progress import Progress

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["Candidate", "PeakMemory", "Run", "run_candidate"]

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
    tuned : mapping
        From a file of ``matinee tune``: what it was tuned on.
    kind : type, optional
        Its class, where that is not registered.

    Raises
    ------
    UnknownModelError
        If there is no model of this name.
    MissingExtraError
        If it needs an extra that is not installed.
    """

    label: str
    model: str
    params: Mapping[str, Any] = field(default_factory=dict)
    tuned: Mapping[str, Any] = field(default_factory=dict)
    kind: type[Recommender] | None = None

    def __post_init__(self) -> None:
        if self.kind is None:
            object.__setattr__(self, "kind", model_class(self.model))
        # JSON and TOML have no tuples, and hyper-parameters that are lists are tuples.
        params = {k: tuple(v) if isinstance(v, list) else v for k, v in self.params.items()}
        object.__setattr__(self, "params", params)

    @classmethod
    def of(cls, model: str | Recommender | Candidate) -> Candidate:
        """From a short name or an unfitted model."""
        if isinstance(model, Candidate):
            return model
        if isinstance(model, str):
            return cls(model, model)
        kind, defaults = type(model), model.defaults()
        changed = {name: value for name, value in model.params.items() if value != defaults[name]}
        return cls(model.name, model.name, changed, kind=kind)

    @property
    def importable(self) -> bool:
        """Whether another process finds its class; one of a script or notebook it does not."""
        kind: Any = sys.modules.get(self._class.__module__)
        for part in self._class.__qualname__.split("."):
            kind = getattr(kind, part, None)
        return kind is self._class and self._class.__module__ != "__main__"

    @property
    def _class(self) -> type[Recommender]:
        assert self.kind is not None
        return self.kind

    def create(self, seed: int | None) -> Recommender:
        """The model, with ``seed`` as its ``random_state`` where it takes one and has none set."""
        params = dict(self.params)
        if seed is not None and "random_state" in self._class.defaults():
            params.setdefault("random_state", seed)
        return self._class(**params)


@dataclass(frozen=True, eq=False)
class Run:
    """What came of one model on splits with one training part.

    Parameters
    ----------
    params : mapping
        All hyper-parameters of the model.
    values : list of mapping of str to UserValues
        By metric name, one mapping for each split.
    user_ids : list of ndarray, shape (n_users,)
        Whom the values belong to, one array for each split.
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
    notes : list of str
        What went other than planned.
    """

    params: dict[str, Any]
    values: list[dict[str, UserValues]]
    user_ids: list[NDArray[Any]]
    fit_seconds: float
    answer_seconds: float
    warm_up_seconds: float
    peak_mb: float
    added_mb: float
    ranked_share: float
    notes: list[str] = field(default_factory=list)


def run_candidate(
    candidate: Candidate,
    splits: Sequence[Split],
    metrics: Sequence[Metric],
    relevance: Relevance,
    *,
    seed: int = 0,
    warm_up: bool = True,
    served: bool = True,
    progress: Progress | None = None,
) -> Run:
    """Fit a model on the one training part of some splits, and measure it on each, here.

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
            _warm_up(candidate.create(seed), splits[0].train)
    except Exception as error:
        # Some models need more than a tiny part; if it is the model itself, the fit will say so.
        notes.append(f"no warm-up, so that times include loading and compiling: {error}")
    warm_up_seconds = time.perf_counter() - started

    memory = PeakMemory()
    started = time.perf_counter()
    model.fit(splits[0].train, progress=progress, spread=False)
    fit_seconds = time.perf_counter() - started
    depth = {metric.k for metric in metrics if metric.k}
    stars = relevance.stars and any(metric.kind == "stars" for metric in metrics)
    found = [
        answer(model, split, depth=depth, stars=stars, seed=seed, served=served, progress=progress)
        for split in splits
    ]
    peak, added = memory.bytes, memory.added
    shares = [one.candidates / np.maximum(one.unseen, 1) for one in found]
    return Run(
        params=dict(model.params),
        values=[
            measure(split, one, metrics, relevance)
            for split, one in zip(splits, found, strict=True)
        ],
        user_ids=[
            split.test.user_ids.decode(one.users) for split, one in zip(splits, found, strict=True)
        ],
        fit_seconds=fit_seconds,
        answer_seconds=sum(one.seconds for one in found),
        warm_up_seconds=warm_up_seconds,
        peak_mb=peak / 1e6,
        added_mb=added / 1e6,
        ranked_share=float(np.concatenate(shares).mean()) if depth else float("nan"),
        notes=notes,
    )


def reason(error: Exception) -> str:
    """What an error says, and of what kind it is unless it was written for people."""
    return str(error) if isinstance(error, MatineeError) else f"{type(error).__name__}: {error}"


def _warm_up(model: Recommender, train: Dataset) -> None:
    """Load and compile what a fit and an answer need, on a few people's ratings."""
    tiny = tiny_part(train)
    model.fit(tiny, spread=False)
    ratings = tiny.ratings
    person = ratings.profile(ratings.user_ids.id_of(int(ratings.users[0])))
    model.recommend(person, 5)
    if model.predicts_stars:
        model.predict(person, list(person.ratings)[:1])


def tiny_part(dataset: Dataset) -> Dataset:
    """At most 200 people with at most 20 ratings each, and only the films that they rated."""
    ratings = dataset.ratings
    people = np.zeros(ratings.n_users, dtype=np.bool_)
    people[np.flatnonzero(ratings.user_counts)[:_WARM_USERS]] = True
    place = np.arange(len(ratings)) - ratings.indptr[ratings.users]
    few = ratings.take(people[ratings.users] & (place < _WARM_RATINGS)).compact_users()
    return keep_movies(dataset.replace(few), few.movie_stats.counts > 0)


# -- memory ---------------------------------------------------------------------------------------

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class PeakMemory:
    """The highest resident memory of this process since the object was made.

    On Linux the kernel's own high-water mark is reset and read, so that nothing is missed between
    two looks. Elsewhere the highest value of the whole process is known, which is at least that.
    (``getrusage`` would not do on Linux: a child process inherits its parent's peak.)

    Attributes
    ----------
    start : int
        Resident memory at the beginning, in bytes.
    """

    def __init__(self) -> None:
        # Where this is not allowed, the mark reaches back to the start of the process.
        with contextlib.suppress(OSError):
            _CLEAR.write_text("5")
        self.start = _resident("VmRSS") or _highest()

    @property
    def bytes(self) -> int:
        """The highest resident memory since the beginning."""
        return max(_resident("VmHWM") or _highest(), self.start)

    @property
    def added(self) -> int:
        """How much of it came on top of what there was at the beginning."""
        return self.bytes - self.start


def _resident(name: str) -> int:
    try:
        match = re.search(rf"^{name}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(match[1]) * 1024 if match else 0


def _highest() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
