"""A small world of two kinds of people and films, on which right answers are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matinee.catalog import Catalog, TagCounts
from matinee.dataset import Dataset
from matinee.models.base import Recommender
from matinee.ratings import Ratings

N_USERS, N_MOVIES = 80, 50
FIRST_ID = 100  # movie ids are 100, 103, 106, …: never mistaken for codes


def movie_id(code: int) -> int:
    """The id of a film of the small world."""
    return FIRST_ID + 3 * code


def make_world(seed: int = 0, *, text_ids: bool = False) -> Dataset:
    """Even films are action, odd ones romance; half of the people love one and hate the other."""
    rng = np.random.default_rng(seed)
    users, movies, stars, times = [], [], [], []
    for user in range(N_USERS):
        seen = rng.choice(N_MOVIES - 2, size=rng.integers(12, 26), replace=False)
        generosity = rng.normal(0, 0.4)
        for movie in sorted(seen):
            likes = (user % 2) == (movie % 2)
            value = (4.2 if likes else 2.0) + generosity + rng.normal(0, 0.5)
            users.append(user + 1)
            movies.append(movie_id(movie))
            stars.append(float(np.clip(np.round(value * 2) / 2, 0.5, 5.0)))
            times.append(1_000_000_000 + int(rng.integers(0, 10**8)))
    ids = [movie_id(code) for code in range(N_MOVIES)]
    titles = [f"Film {code}, The ({1950 + code})" for code in range(N_MOVIES)]
    genres = [
        ["Action", "Comedy"] if c % 4 == 0 else ["Romance"] if c % 2 else ["Action"]
        for c in range(N_MOVIES)
    ]
    tag_movies = np.arange(N_MOVIES, dtype=np.int32)
    tags = TagCounts(
        ("explosions", "tears"),
        tag_movies,
        (tag_movies % 2).astype(np.int32),
        np.full(N_MOVIES, 3, dtype=np.int32),
    )
    given: list[object] = [f"m{value}" for value in ids] if text_ids else list(ids)
    catalog = Catalog.from_columns(given, titles, genres=genres, tags=tags)
    rated = [f"m{value}" for value in movies] if text_ids else movies
    people = [f"user-{value:03d}" for value in users] if text_ids else users
    ratings = Ratings.from_columns(people, rated, stars, times, movies=catalog.movie_ids)
    return Dataset(ratings, catalog, name=f"world-{seed}", licence="none", citation="none")


@pytest.fixture(scope="session")
def world() -> Dataset:
    """80 people, 50 films (two of them unrated), two tastes."""
    return make_world()


@pytest.fixture(scope="session")
def other_world() -> Dataset:
    """The same kind of world with other ratings."""
    return make_world(seed=1)


@pytest.fixture(scope="session")
def text_world() -> Dataset:
    """The world with ids that are strings."""
    return make_world(text_ids=True)


def scores(model: Recommender, profile: Any) -> dict[Any, float]:
    """What a model makes of all films that a person does not know, by movie id."""
    scored = model.scored(profile)
    hidden = set(scored.batch.movies.tolist())
    return {
        movie_id: float(scored.scores[code])
        for code, movie_id in enumerate(model.catalog.movie_ids)
        if code not in hidden and np.isfinite(scored.scores[code])
    }


def similarities(model: Recommender, *movie_ids: Any) -> dict[Any, float]:
    """How similar all other films are to some, by movie id."""
    codes = np.unique(model.catalog.codes_of(list(movie_ids)))
    found = model._similarity(codes)
    return {
        movie_id: float(found[code])
        for code, movie_id in enumerate(model.catalog.movie_ids)
        if code not in codes and np.isfinite(found[code])
    }
