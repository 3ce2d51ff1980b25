"""What the articles share: settings, where data lie, error tables, lists, whom they are for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from matinee.articles.results import About, Article, Figure, FilmList, ListedFilm, Lists
from matinee.dataset import Dataset
from matinee.datasets.known import KNOWN, SAMPLE, cached_path
from matinee.errors import UnknownDatasetError
from matinee.evaluation import Candidate, evaluate
from matinee.ids import Id
from matinee.models import create_model
from matinee.progress import Progress, ProgressEvent
from matinee.results import Recommendations

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = [
    "RunArticle",
    "Settings",
    "Sources",
    "bias_list",
    "few_people",
    "film_list",
    "fitted",
    "measure",
    "person",
    "repeated",
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
        # Large batches too: a trial has to be over in seconds.
        return dict(preset) | ({"epochs": 2, "batch_size": 4096} if self.quick else {})

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
class Sources:
    """Finds data sets by name: in a folder, then in the cache of downloads.

    With ``sample_only`` the bundled sample stands in for everything, whatever there is.
    """

    folder: Path | None = None
    sample_only: bool = False

    @classmethod
    def of(cls, data: str | Path | None) -> Sources:
        """From what ``--data`` says: a folder, the zip of one data set, ``"sample"``, or nothing.

        Raises
        ------
        UnknownDatasetError
            If there is no such folder.
        """
        if data is None or str(data) == SAMPLE.name:
            return cls(sample_only=data is not None)
        folder = Path(data).expanduser()
        if not folder.exists() and str(data) not in KNOWN:
            raise UnknownDatasetError(
                f"there is no folder {str(data)!r}: --data names the folder that holds ml-1m.zip, "
                "ml-100k.zip and ml-latest-small.zip, or 'sample'"
            )
        return cls(folder)

    def find(self, name: str) -> Path | None:
        """Where a data set is, or None."""
        if self.sample_only:
            return None
        places = [cached_path(name)]
        if self.folder is not None:
            own = [self.folder] if self.folder.stem == name else []
            places = [self.folder / f"{name}.zip", self.folder / name, *own, *places]
        return next((place for place in places if place.exists()), None)

    def missing(self, names: Sequence[str]) -> str:
        """How to get what is missing, in a sentence."""
        where = f"{self.folder} nor" if self.folder else "a folder of --data nor"
        return (
            f"{' or '.join(names)} is neither in {where} in the cache: get it with "
            f"'matinee data get {names[-1]}', or put {names[-1]}.zip into the folder of --data"
        )


def measure(
    candidates: Sequence[Candidate],
    dataset: Dataset,
    settings: Settings,
    *,
    protocol: str = "random",
    **options: Any,
) -> dict[str, float]:
    """The RMSE of models on held-out ratings, in stars, by label."""
    found = evaluate(
        candidates,
        dataset,
        protocol=protocol,
        seed=settings.seed,
        metrics=["rmse"],
        resamples=1,
        isolated=False,
        progress=settings.quietly,
        **options,
    )
    return {one.label: one.values["rmse"].value for one in found.models if one.values}


def fitted(dataset: Dataset, settings: Settings, model: str, **params: Any) -> Recommender:
    """A model, fitted on a data set."""
    return create_model(model, **params).fit(dataset, progress=settings.quietly, spread=False)


def film_list(label: str, films: Recommendations, model: Recommender) -> FilmList:
    """A model's answer as a column."""
    counts, catalog = model.stats.counts, model.catalog
    listed = [
        ListedFilm(
            film.movie_id,
            film.title,
            film.year,
            film.genres,
            int(counts[catalog.code_of(film.movie_id)]),
            film.stars,
        )
        for film in films
    ]
    return FilmList(label, tuple(listed))


def bias_list(label: str, model: Recommender, codes: Iterable[int]) -> FilmList:
    """Films by code as a column."""
    films = []
    for code in codes:
        movie = model.catalog.movie(code, tags=0)
        count = int(model.stats.counts[code])
        films.append(ListedFilm(movie.movie_id, movie.title, movie.year, movie.genres, count))
    return FilmList(label, tuple(films))


def person(dataset: Dataset, wanted: Id) -> tuple[Id, tuple[str, ...]]:
    """The person whom an article asks for, and a remark where there is nobody of that id.

    The stand-in is the person with the median number of ratings (of several, the smallest id).
    """
    ratings = dataset.ratings
    if wanted in ratings.user_ids:
        return wanted, ()
    counts = ratings.user_counts
    present = np.flatnonzero(counts)
    middle = present[np.argsort(counts[present], kind="stable")][present.size // 2]
    code = int(np.flatnonzero(counts == counts[middle])[0])
    found = ratings.user_ids.id_of(code)
    remark = (
        f"{dataset.name} has no user {wanted}; user {found} with {int(counts[code])} ratings, "
        "the median, stands in."
    )
    return found, (remark,)


def few_people(dataset: Dataset, n_ratings: int, seed: int) -> Dataset:
    """People drawn at random, until they have about so many ratings; all films stay known."""
    ratings = dataset.ratings
    order = np.random.default_rng(seed).permutation(ratings.n_users)
    total = np.cumsum(ratings.user_counts[order])
    kept = np.zeros(ratings.n_users, dtype=np.bool_)
    kept[order[total <= n_ratings]] = True
    return dataset.replace(ratings.take(kept[ratings.users]).compact_users())


def repeated(
    about: About,
    dataset: Dataset,
    figures: Sequence[Figure],
    lists: Sequence[Lists],
    remarks: Sequence[str] = (),
) -> Article:
    """An article with the name and size of the data that it was repeated on."""
    ratings = dataset.ratings
    return Article(
        about,
        dataset.name,
        len(ratings),
        int(np.count_nonzero(ratings.user_counts)),
        int(np.count_nonzero(ratings.movie_stats.counts)),
        tuple(figures),
        tuple(lists),
        tuple(remarks),
    )
