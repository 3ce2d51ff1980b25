"""A small data set with two tastes, and models whose answers are known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.datasets.splits import Split, random
from matinee.models.base import Recommender
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch

N_USERS, N_MOVIES = 60, 40


def make_data(seed: int = 0) -> Dataset:
    """60 people, 40 films; even people like even films."""
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(N_USERS), 16)
    movies = np.concatenate([rng.choice(N_MOVIES, 16, replace=False) for _ in range(N_USERS)])
    likes = users % 2 == movies % 2
    stars = np.clip(np.rint(np.where(likes, 4.3, 2.2) + rng.normal(0, 0.7, users.size)), 1, 5)
    catalog = Catalog.from_columns(
        list(range(N_MOVIES)),
        [f"Film {movie} ({1960 + movie})" for movie in range(N_MOVIES)],
        genres=["Action" if movie % 2 else "Romance|Drama" for movie in range(N_MOVIES)],
    )
    times = rng.integers(10**9, 10**9 + 10**6, users.size)
    ratings = Ratings.from_columns(users, movies, stars, times, movies=catalog.movie_ids)
    return Dataset(ratings, catalog, name="tastes")


class Fixed(Recommender):
    """Scores that were given beforehand, the same for everybody; stars are all 3."""

    name = "fixed"
    summary = "scores given beforehand"
    predicts_stars = True

    def __init__(self, *, scores: tuple[float, ...] = ()) -> None:
        self.scores = scores

    def _fit(self, ratings: Any, catalog: Any, progress: Any) -> None:
        pass

    def _score(self, batch: ProfileBatch) -> Any:
        row = np.zeros(batch.n_movies, dtype=np.float32)
        row[: len(self.scores)] = self.scores[: batch.n_movies]
        return np.tile(row, (len(batch), 1))

    def _predict(self, batch: ProfileBatch, rows: Any, movies: Any) -> Any:
        return np.full(len(movies), 3.0, dtype=np.float32)

    def _arrays(self) -> dict[str, Any]:
        return {}

    def _from_arrays(self, arrays: Mapping[str, Any]) -> None:
        pass


@pytest.fixture(scope="session")
def data() -> Dataset:
    return make_data()


@pytest.fixture(scope="session")
def split(data: Dataset) -> Split:
    return random(data, test_size=0.25, seed=1)


@pytest.fixture(scope="session")
def fixed() -> type[Fixed]:
    return Fixed
