"""Synthetic ratings of any size, for measurements beyond the real data that can be had.

Films are drawn by Zipf's law (shifted, as Mandelbrot proposed), the number of ratings of a person
is log-normal, stars are a film's quality plus a person's mood plus chance. What a person likes is
not modelled: such data show speed and memory, and never how well a model recommends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.ids import IdVocabulary
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.scale import RatingScale

__all__ = ["generate"]

_GENRES = ("Action", "Comedy", "Documentary", "Drama", "Horror", "Romance", "Sci-Fi", "Thriller")
_GENRE_SHARES = (0.15, 0.3, 0.08, 0.45, 0.1, 0.17, 0.09, 0.18)
_BLOCK = 20_000  # people drawn together
_SPREAD = 1.1  # of the logarithm of a person's number of ratings
_SHIFT, _EXPONENT = 60.0, 1.15  # of Zipf's and Mandelbrot's law
_FIRST, _SPAN = 1_104_537_600, 15 * 365 * 86_400  # 1 January 2005, and fifteen years


def generate(
    n_ratings: int = 1_000_000,
    *,
    n_users: int | None = None,
    n_movies: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Dataset:
    """A synthetic data set of about so many ratings.

    Parameters
    ----------
    n_ratings : int
        How many to draw; a film that is drawn twice for a person counts once, so fewer come back:
        a fifth fewer of 10,000, a sixth fewer of 200,000.
    n_users : int, optional
        A 160th of ``n_ratings`` if not given, as in MovieLens 32M.
    n_movies : int, optional
        ``15 · sqrt(n_ratings)`` if not given: 84,900 for 32 million.
    seed : int
        The same seed gives the same data.
    progress : callable, optional
        Told after each block of people.

    Returns
    -------
    Dataset
        Stars from 0.5 to 5 in steps of 0.5; times from 2005 to 2019, each person's in one or a
        few sittings; films with invented titles, years and genres. Made in blocks: 20 bytes a
        rating, and a block besides.

    Raises
    ------
    ParameterError
        If a number is below 1.

    References
    ----------
    B. Mandelbrot: An Informational Theory of the Statistical Structure of Language. 1953.

    Examples
    --------
    >>> data = generate(10_000, seed=3)
    >>> data.ratings.n_users, len(data.catalog), str(data.ratings.scale)
    (62, 1500, '0.5 to 5 in steps of 0.5')
    >>> 7_000 < len(data.ratings) <= 10_000
    True
    """
    n_users = max(n_ratings // 160, 1) if n_users is None else n_users
    n_movies = max(int(15 * n_ratings**0.5), 1) if n_movies is None else n_movies
    for name, value in (("n_ratings", n_ratings), ("n_users", n_users), ("n_movies", n_movies)):
        if value < 1:
            raise ParameterError(f"{name} must be at least 1, got {value}")
    rng = np.random.default_rng(seed)
    weights = 1 / (np.arange(n_movies) + _SHIFT) ** _EXPONENT
    # Popular films have all kinds of numbers, so that a film's id says nothing of it.
    by_rank = rng.permutation(n_movies).astype(np.int32)
    edges = np.cumsum(weights / weights.sum())
    quality = (3.5 + 0.45 * rng.standard_normal(n_movies)).astype(np.float32)
    sizes = _sizes(rng, n_users, n_ratings, n_movies)

    users = np.empty(n_ratings, dtype=np.int32)
    movies = np.empty(n_ratings, dtype=np.int32)
    stars = np.empty(n_ratings, dtype=np.float32)
    times = np.empty(n_ratings, dtype=np.int64)
    kept = 0
    for start in range(0, n_users, _BLOCK):
        block = sizes[start : start + _BLOCK]
        people = np.repeat(np.arange(block.size, dtype=np.int64), block)
        ranks = np.searchsorted(edges, rng.random(people.size))
        films = by_rank[np.minimum(ranks, n_movies - 1)]
        pairs = np.unique(people * n_movies + films)
        people, films = pairs // n_movies, (pairs % n_movies).astype(np.int32)
        rows = slice(kept, kept + pairs.size)
        users[rows], movies[rows] = people + start, films
        mood = rng.normal(0, 0.4, block.size)
        noise = rng.normal(0, 0.85, pairs.size)
        exact = quality[films] + mood[people] + noise
        stars[rows] = np.clip(np.rint(exact * 2) / 2, 0.5, 5)
        times[rows] = _times(rng, people, block.size)
        kept += pairs.size
        report(progress, "generate", kept, n_ratings, unit="ratings")
    movie_ids = IdVocabulary(np.arange(1, n_movies + 1))
    ratings = Ratings(
        users[:kept],
        movies[:kept],
        stars[:kept],
        times[:kept],
        user_ids=IdVocabulary(np.arange(1, n_users + 1)),
        movie_ids=movie_ids,
        scale=RatingScale(0.5, 5.0, 0.5),
    )
    name = f"synthetic-{n_ratings}"
    return Dataset(ratings, _catalog(rng, movie_ids), name, source=f"generated, seed {seed}")


def _sizes(
    rng: np.random.Generator, n_users: int, n_ratings: int, n_movies: int
) -> NDArray[np.int64]:
    """Ratings of each person, ``n_ratings`` together."""
    weights = rng.lognormal(0, _SPREAD, n_users)
    ends = np.floor(np.cumsum(weights) / weights.sum() * n_ratings + 0.5).astype(np.int64)
    ends[-1] = n_ratings
    return np.asarray(np.minimum(np.diff(ends, prepend=0), n_movies), dtype=np.int64)


def _times(rng: np.random.Generator, people: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Each person comes once to four times; a sitting's ratings are seconds apart."""
    visits = _FIRST + np.sort(rng.integers(0, _SPAN, (n, 4)), axis=1)
    comes = rng.integers(1, 5, n)
    visit = (rng.random(people.size) * comes[people]).astype(np.int64)
    return np.asarray(visits[people, visit] + rng.integers(0, 1800, people.size), dtype=np.int64)


def _catalog(rng: np.random.Generator, movie_ids: IdVocabulary) -> Catalog:
    n = len(movie_ids)
    years = (2019 - rng.gamma(1.5, 12, n).clip(0, 99)).astype(np.int16)
    genres = rng.random((n, len(_GENRES))) < np.array(_GENRE_SHARES)
    titles = [f"Film {number} ({year})" for number, year in enumerate(years.tolist(), start=1)]
    return Catalog(movie_ids, titles, years=years, genres=genres, genre_names=_GENRES)
