"""What the articles share: settings, error tables, lists of films, and whom they are for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from matinee.dataset import Dataset
from matinee.evaluation.engine import evaluate
from matinee.evaluation.reproduce.findings import Article, FilmList, ListedFilm
from matinee.evaluation.run import Candidate
from matinee.ids import Id
from matinee.models import MODELS, create_model
from matinee.progress import Progress, ProgressEvent
from matinee.results import Recommendations

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = [
    "Measured",
    "RunArticle",
    "Settings",
    "bias_list",
    "candidate",
    "few_people",
    "film_list",
    "fitted",
    "measure",
    "person",
    "sizes",
]


@dataclass(frozen=True)
class Settings:
    """How thoroughly to repeat.

    Parameters
    ----------
    quick : bool
        A trial: few people, two folds, two epochs, lists of five films. Its figures mean nothing.
    seed : int
    progress : callable, optional
    """

    quick: bool = False
    seed: int = 0
    progress: Progress | None = None

    def folds(self, n: int) -> int:
        """Number of folds."""
        return 2 if self.quick else n

    def list_length(self, n: int) -> int:
        """Number of films in a list."""
        return min(n, 5) if self.quick else n

    def epochs(self, preset: Mapping[str, Any]) -> dict[str, Any]:
        """Hyper-parameters of a network: those of a preset, or a few epochs of them."""
        found = dict(preset)
        if self.quick:
            # Large batches too: a trial has to be over in seconds.
            found |= {"epochs": 2, "batch_size": 4096}
        return found

    @property
    def quietly(self) -> Progress | None:
        """The progress without the models' own notes, such as how much memory they need."""
        tell = self.progress
        if tell is None:
            return None

        def forward(event: ProgressEvent) -> None:
            tell(replace(event, note=""))

        return forward


RunArticle: TypeAlias = Callable[[Dataset, Settings], Article]


@dataclass(frozen=True)
class Measured:
    """Errors of one model on held-out ratings, in stars, and the time of a fit."""

    rmse: float
    mae: float
    fit_seconds: float


def candidate(label: str, model: str, **params: Any) -> Candidate:
    """A model of an error table."""
    return Candidate(label, model, params, MODELS[model])


def measure(
    candidates: Sequence[Candidate],
    dataset: Dataset,
    settings: Settings,
    *,
    protocol: str = "random",
    **options: Any,
) -> dict[str, Measured]:
    """Errors of models on held-out ratings, by label.

    Raises
    ------
    MatineeError
        If a model cannot be measured.
    """
    found = evaluate(
        candidates,
        dataset,
        protocol=protocol,
        seed=settings.seed,
        metrics=["rmse", "mae"],
        resamples=1,
        apart=False,
        progress=settings.quietly,
        **options,
    )
    return {
        result.label: Measured(
            result.values["rmse"].value, result.values["mae"].value, result.fit_seconds
        )
        for result in found.models
        if result.values
    }


def fitted(dataset: Dataset, settings: Settings, model: str, **params: Any) -> Recommender:
    """A model, fitted on a data set."""
    created = create_model(model, **params)
    return created.fit(dataset, progress=settings.quietly)


def film_list(label: str, films: Recommendations, model: Recommender) -> FilmList:
    """A model's answer as a column."""
    counts, catalog = model.stats.counts, model.catalog
    return FilmList(
        label,
        tuple(
            ListedFilm(
                film.movie_id,
                film.title,
                film.year,
                film.genres,
                int(counts[catalog.code_of(film.movie_id)]),
                film.stars,
            )
            for film in films
        ),
    )


def bias_list(label: str, model: Recommender, codes: Iterable[int]) -> FilmList:
    """Films by code as a column."""
    films = []
    for code in codes:
        movie = model.catalog.movie(code, tags=0)
        count = int(model.stats.counts[code])
        films.append(ListedFilm(movie.movie_id, movie.title, movie.year, movie.genres, count))
    return FilmList(label, tuple(films))


def person(dataset: Dataset, wanted: Id) -> tuple[Id, str]:
    """The person whom an article asks for, and a remark where there is nobody of that id.

    The stand-in is the person with the median number of ratings (of several, the smallest id).
    """
    ratings = dataset.ratings
    if wanted in ratings.user_ids:
        return wanted, ""
    counts = ratings.user_counts
    present = np.flatnonzero(counts)
    middle = present[np.argsort(counts[present], kind="stable")][present.size // 2]
    code = int(np.flatnonzero(counts == counts[middle])[0])
    found = ratings.user_ids.id_of(code)
    return found, (
        f"{dataset.name} has no user {wanted}; user {found} with {int(counts[code])} ratings, "
        "the median, stands in."
    )


def few_people(dataset: Dataset, n_ratings: int, seed: int) -> Dataset:
    """People drawn at random, until they have about so many ratings; all films stay known.

    Examples
    --------
    >>> import matinee
    >>> len(few_people(matinee.load("sample"), 10_000, seed=0).ratings) <= 10_000
    True
    """
    ratings = dataset.ratings
    order = np.random.default_rng(seed).permutation(ratings.n_users)
    total = np.cumsum(ratings.user_counts[order])
    kept = np.zeros(ratings.n_users, dtype=np.bool_)
    kept[order[total <= n_ratings]] = True
    return dataset.replace(ratings.take(kept[ratings.users]).compact_users())


def sizes(dataset: Dataset) -> dict[str, Any]:
    """Name and size of a data set, for :class:`~.findings.Article`."""
    ratings = dataset.ratings
    return {
        "data": dataset.name,
        "ratings": len(ratings),
        "users": int(np.count_nonzero(ratings.user_counts)),
        "films": int(np.count_nonzero(ratings.movie_stats.counts)),
    }
