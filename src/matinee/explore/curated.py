"""What a curation leaves of each film, counted without making the curated data set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.datasets.curation import (
    Counts,
    CurationReport,
    KCore,
    MinMovieMean,
    MinMovieRatings,
    MinUserRatings,
    Step,
    StepReport,
    curate,
)
from matinee.errors import DataError
from matinee.ratings import Ratings

__all__ = ["film_means_after"]

_BLOCK = 500_000
_Threshold = MinMovieRatings | MinMovieMean | MinUserRatings | KCore


def film_means_after(
    dataset: Dataset, steps: Sequence[Step], *, block: int = _BLOCK
) -> tuple[NDArray[np.float64], CurationReport]:
    """Mean stars of the films that a curation leaves, and what each step took away.

    Steps that are thresholds for people and films keep the ratings between some of the people and
    some of the films. Which, is found from counts over blocks of ratings: nothing is as long as the
    ratings. Other steps make the curated data set.

    Parameters
    ----------
    dataset : Dataset
    steps : sequence of Step
    block : int
        Ratings that are looked at together.

    Returns
    -------
    means : ndarray, shape (n_films_left,), dtype float64
        In no particular order.
    CurationReport

    Raises
    ------
    DataError
        If a step leaves nothing.

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 1, 2, 3], [10, 20, 10, 10], [4.0, 2.0, 5.0, 4.0])
    >>> means, report = film_means_after(Dataset.of(ratings), [MinMovieRatings(2)])
    >>> means.round(2), report.after.ratings
    (array([4.33]), 3)
    """
    if not all(isinstance(step, _Threshold) for step in steps):
        curated, found = curate(dataset, steps)
        stats = curated.ratings.movie_stats
        return stats.means[stats.counts > 0].astype(np.float64), found
    left = _Left(dataset.ratings, block)
    before = last = left.counts()
    reports: list[StepReport] = []
    for step in steps:
        left.apply(step)
        now = left.counts()
        if now.ratings == 0:
            raise DataError(
                f"nothing is left: {step.describe()!r} took the last {last.ratings:,} ratings of "
                f"{last.movies:,} films; choose a lower threshold or another order of steps"
            )
        reports.append(StepReport(step.describe(), last, now))
        last = now
    rated = left.of_movie > 0
    return left.sums[rated] / left.of_movie[rated], CurationReport(before, last, tuple(reports))


class _Left:
    """The people and films that are left, and the counts of the ratings between them."""

    def __init__(self, ratings: Ratings, block: int) -> None:
        self._ratings, self._block = ratings, block
        self.users = np.ones(ratings.n_users, dtype=np.bool_)
        self.movies = np.ones(ratings.n_movies, dtype=np.bool_)
        self._count()

    def counts(self) -> Counts:
        """Ratings, people and films that are left."""
        of_user, of_movie = self.of_user, self.of_movie
        people, films = int(np.count_nonzero(of_user)), int(np.count_nonzero(of_movie))
        return Counts(int(of_user.sum()), people, films)

    def apply(self, step: Step) -> None:
        """Leave out whom or what a step leaves out."""
        if isinstance(step, MinUserRatings):
            self.users &= self.of_user >= step.count
        elif isinstance(step, MinMovieRatings):
            self.movies &= self.of_movie >= step.count
        elif isinstance(step, MinMovieMean):
            means = (self.sums / np.maximum(self.of_movie, 1)).astype(np.float32)
            self.movies &= means >= np.float32(step.stars) - np.float32(1e-6)
        elif isinstance(step, KCore):
            least = step.users if step.movies is None else step.movies
            while True:
                people = self.users & (self.of_user >= step.users)
                films = self.movies & (self.of_movie >= least)
                if np.array_equal(people, self.users) and np.array_equal(films, self.movies):
                    break
                self.users, self.movies = people, films
                self._count()
        self._count()

    def _count(self) -> None:
        ratings = self._ratings
        self.of_user = np.zeros(ratings.n_users, dtype=np.int64)
        self.of_movie = np.zeros(ratings.n_movies, dtype=np.int64)
        self.sums = np.zeros(ratings.n_movies)
        for start in range(0, len(ratings), self._block):
            rows = slice(start, start + self._block)
            users, movies, stars = ratings.users[rows], ratings.movies[rows], ratings.stars[rows]
            kept = self.users[users] & self.movies[movies]
            if not kept.all():
                users, movies, stars = users[kept], movies[kept], stars[kept]
            if not users.size:
                continue
            # Rows are sorted by person: a block has few of them, beside each other.
            first = int(users[0])
            of_block = np.bincount(users - np.int32(first))
            self.of_user[first : first + of_block.size] += of_block
            self.of_movie += np.bincount(movies, minlength=ratings.n_movies)
            self.sums += np.bincount(movies, stars, ratings.n_movies)
