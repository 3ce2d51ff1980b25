"""What the charts need to know of the ratings, counted in one pass over blocks of people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.scale import RatingScale

__all__ = ["Totals"]

_SESSION_GAP = 3600  # seconds without a rating that end a session
_MOST_LEVELS, _BINS = 101, 20
# Times outside are no times of ratings: 0 stands for "not known", and no rating is of 2100.
_FIRST_TIME, _LAST_TIME = 1, 4_102_444_800
_MONTHS = 12 * 130

_Ints: TypeAlias = NDArray[np.int64]
_Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Totals:
    """Counts over all ratings, at most a row for each film or person; no copy of the ratings.

    Attributes
    ----------
    levels : ndarray, shape (n_levels,), dtype float64
        Stars that can be given; middles of 20 bins where the scale has no steps.
    film_levels : ndarray, shape (n_movies, n_levels), dtype int64
        How often each film got each level.
    film_counts, film_sums, film_squares : ndarray, shape (n_movies,)
        Ratings of each film, sum of their stars and of their squared stars.
    user_counts, user_sums, user_squares : ndarray, shape (n_users,)
        The same of each person.
    months : ndarray, shape (1560,), dtype int64
        Ratings of each month (UTC) from January 1970 on.
    hours : ndarray, shape (7, 24), dtype int64
        Ratings by weekday (Monday first) and hour, UTC.
    session_sizes : ndarray, dtype int64
        Ratings of each session; an hour without a rating ends one.
    user_sessions : ndarray, shape (n_users,), dtype int64

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 1, 2], [5, 6, 5], [4, 2, 5], [100, 160, 9000])
    >>> totals = Totals.of(ratings)
    >>> totals.levels, totals.session_sizes
    (array([2., 3., 4., 5.]), array([2, 1]))
    """

    levels: _Floats
    film_levels: _Ints
    film_counts: _Ints
    film_sums: _Floats
    film_squares: _Floats
    user_counts: _Ints
    user_sums: _Floats
    user_squares: _Floats
    months: _Ints
    hours: _Ints
    session_sizes: _Ints
    user_sessions: _Ints

    @property
    def film_means(self) -> _Floats:
        """Mean stars of each film; 0 without ratings."""
        return np.asarray(self.film_sums / np.maximum(self.film_counts, 1))

    @property
    def film_spreads(self) -> _Floats:
        """Standard deviation of the stars of each film."""
        squares = self.film_squares / np.maximum(self.film_counts, 1)
        return np.asarray(np.sqrt(np.maximum(squares - self.film_means**2, 0)))

    @property
    def mean(self) -> float:
        """Mean of all stars."""
        return float(self.film_sums.sum() / self.user_counts.sum())

    @property
    def span(self) -> tuple[int, int] | None:
        """First and last month with a rating; None where no rating has a time."""
        known = np.flatnonzero(self.months)
        return (int(known[0]), int(known[-1])) if known.size else None

    @property
    def one_session_share(self) -> float | None:
        """Share of the people with times who rated in one session only."""
        active = self.user_sessions > 0
        return float((self.user_sessions[active] == 1).mean()) if active.any() else None

    @classmethod
    def of(
        cls, ratings: Ratings, *, progress: Progress | None = None, block: int = 500_000
    ) -> Totals:
        """Count over blocks of whole people, about ``block`` ratings at a time."""
        n_users, n_movies, n = ratings.n_users, ratings.n_movies, len(ratings)
        levels = _levels(ratings.scale)
        width = levels.size
        film_levels = np.zeros(n_movies * width, dtype=np.int64)
        film_sums, film_squares = np.zeros(n_movies), np.zeros(n_movies)
        user_sums, user_squares = np.zeros(n_users), np.zeros(n_users)
        user_sessions = np.zeros(n_users, dtype=np.int64)
        months, hours = np.zeros(_MONTHS, dtype=np.int64), np.zeros(7 * 24, dtype=np.int64)
        sizes = [np.zeros(0, dtype=np.int64)]
        for start, end in _blocks(ratings.indptr, block):
            rows = slice(int(ratings.indptr[start]), int(ratings.indptr[end]))
            movies, stars = ratings.movies[rows], ratings.stars[rows].astype(np.float64)
            users = ratings.users[rows] - np.int32(start)
            place = np.rint((stars - levels[0]) / (levels[1] - levels[0])).astype(np.int64)
            place = movies * np.int64(width) + place.clip(0, width - 1)
            film_levels += np.bincount(place, minlength=len(film_levels))
            film_sums += np.bincount(movies, stars, n_movies)
            user_sums[start:end] = np.bincount(users, stars, end - start)
            film_squares += np.bincount(movies, stars * stars, n_movies)
            user_squares[start:end] = np.bincount(users, stars * stars, end - start)
            times = ratings.timestamps[rows]
            known = (times >= _FIRST_TIME) & (times < _LAST_TIME)
            times, users = times[known], users[known]
            month = times.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
            months += np.bincount(month, minlength=_MONTHS)
            # 1 January 1970 was a Thursday.
            weekday, hour = (times // 86_400 + 3) % 7, times // 3600 % 24
            hours += np.bincount(weekday * 24 + hour, minlength=hours.size)
            who, size = _sessions(users, times)
            user_sessions[start:end] = np.bincount(who, minlength=end - start)
            sizes.append(size)
            report(progress, "count", rows.stop, n, unit="ratings")
        by_level = film_levels.reshape(n_movies, width)
        return cls(
            levels,
            by_level,
            by_level.sum(axis=1),
            film_sums,
            film_squares,
            np.diff(ratings.indptr),
            user_sums,
            user_squares,
            months,
            hours.reshape(7, 24),
            np.concatenate(sizes),
            user_sessions,
        )


def _levels(scale: RatingScale) -> _Floats:
    span = scale.maximum - scale.minimum
    if span <= 0:
        return np.array([scale.minimum, scale.minimum + 1.0])
    steps = round(span / scale.step) if scale.step else _MOST_LEVELS
    if steps < _MOST_LEVELS:
        return np.linspace(scale.minimum, scale.maximum, steps + 1)
    return np.asarray(scale.minimum + span / _BINS * (np.arange(_BINS) + 0.5), dtype=np.float64)


def _blocks(indptr: _Ints, block: int) -> Iterator[tuple[int, int]]:
    """Ranges of users with about ``block`` ratings each."""
    start, n_users = 0, indptr.size - 1
    while start < n_users:
        end = int(np.searchsorted(indptr, indptr[start] + block, side="right")) - 1
        end = min(max(end, start + 1), n_users)
        yield start, end
        start = end


def _sessions(users: NDArray[np.int32], times: _Ints) -> tuple[NDArray[np.int32], _Ints]:
    """User and size of each session."""
    order = np.lexsort((times, users))
    users, times = users[order], times[order]
    begins = np.flatnonzero((np.diff(users) > 0) | (np.diff(times) > _SESSION_GAP)) + 1
    begins = np.concatenate(([0], begins)) if users.size else begins
    return users[begins], np.diff(begins, append=users.size)
