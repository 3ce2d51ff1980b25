"""What the pictures need to know of the ratings, counted in one pass over blocks of people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.scale import RatingScale

__all__ = ["SESSION_GAP", "Totals"]

SESSION_GAP = 3600  # seconds without a rating that end a session
_MOST_LEVELS = 101
_BINS = 20
# Times outside are no times of ratings: 0 stands for "not known", and no rating is of 2100.
_FIRST_TIME, _LAST_TIME = 1, 4_102_444_800
_TIME_BITS = 32


@dataclass(frozen=True, eq=False)
class Totals:
    """Counts over all ratings, at most a row for each film or person.

    Parameters
    ----------
    levels : ndarray, shape (n_levels,), dtype float64
        Stars that can be given; middles of 20 bins where the scale has no steps.
    film_levels : ndarray, shape (n_movies, n_levels), dtype int64
        How often each film got each level.
    film_sums, film_squares : ndarray, shape (n_movies,), dtype float64
        Sum of stars and of squared stars of each film.
    user_counts : ndarray, shape (n_users,), dtype int64
        Ratings of each person.
    user_sums, user_squares : ndarray, shape (n_users,), dtype float64
        Sum of stars and of squared stars of each person.
    first_month : int
        Months between January 1970 and the first entry of ``months``.
    months : ndarray, shape (n_months,), dtype int64
        Ratings of each month (UTC).
    hours : ndarray, shape (7, 24), dtype int64
        Ratings by weekday (Monday first) and hour, UTC.
    session_sizes : ndarray, dtype int64
        Entry ``n`` is the number of sessions of ``n`` ratings. A session ends with an hour
        without a rating.
    user_sessions : ndarray, shape (n_users,), dtype int64
        Sessions of each person.
    gaps : ndarray, shape (3601,), dtype int64
        Entry ``s`` is the number of ratings that came ``s`` seconds after the one before, in one
        session.

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 1, 2], [5, 6, 5], [4, 2, 5], [100, 160, 9000])
    >>> totals = Totals.of(ratings)
    >>> totals.levels, totals.session_sizes, int(totals.gaps[60])
    (array([2., 3., 4., 5.]), array([0, 1, 1]), 1)
    """

    levels: NDArray[np.float64]
    film_levels: NDArray[np.int64]
    film_sums: NDArray[np.float64]
    film_squares: NDArray[np.float64]
    user_counts: NDArray[np.int64]
    user_sums: NDArray[np.float64]
    user_squares: NDArray[np.float64]
    first_month: int
    months: NDArray[np.int64]
    hours: NDArray[np.int64]
    session_sizes: NDArray[np.int64]
    user_sessions: NDArray[np.int64]
    gaps: NDArray[np.int64]

    @property
    def film_counts(self) -> NDArray[np.int64]:
        """Ratings of each film."""
        counts: NDArray[np.int64] = self.film_levels.sum(axis=1)
        return counts

    @property
    def has_times(self) -> bool:
        """Whether any rating has a time."""
        return bool(self.months.sum())

    @classmethod
    def of(
        cls, ratings: Ratings, *, progress: Progress | None = None, block: int = 500_000
    ) -> Totals:
        """Count.

        Parameters
        ----------
        ratings : Ratings
        progress : callable, optional
            Told after each block.
        block : int
            Ratings that are looked at together; a block holds whole people.
        """
        n_users, n_movies, n = ratings.n_users, ratings.n_movies, len(ratings)
        levels = _levels(ratings.scale)
        width = levels.size
        film_levels = np.zeros(n_movies * width, dtype=np.int64)
        film_sums, film_squares = np.zeros(n_movies), np.zeros(n_movies)
        user_sums, user_squares = np.zeros(n_users), np.zeros(n_users)
        user_sessions = np.zeros(n_users, dtype=np.int64)
        hours = np.zeros(7 * 24, dtype=np.int64)
        gaps = np.zeros(SESSION_GAP + 1, dtype=np.int64)
        sizes = np.zeros(1, dtype=np.int64)
        first, months = _months(ratings.timestamps, block)
        for start, end in _blocks(ratings.indptr, block):
            rows = slice(int(ratings.indptr[start]), int(ratings.indptr[end]))
            movies, stars = ratings.movies[rows], ratings.stars[rows].astype(np.float64)
            users = ratings.users[rows] - np.int32(start)
            place = np.rint((stars - levels[0]) / (levels[1] - levels[0])).astype(np.int64)
            np.clip(place, 0, width - 1, out=place)
            film_levels += np.bincount(movies * np.int64(width) + place, minlength=len(film_levels))
            film_sums += np.bincount(movies, stars, n_movies)
            user_sums[start:end] = np.bincount(users, stars, end - start)
            stars *= stars
            film_squares += np.bincount(movies, stars, n_movies)
            user_squares[start:end] = np.bincount(users, stars, end - start)

            times = ratings.timestamps[rows]
            known = (times >= _FIRST_TIME) & (times < _LAST_TIME)
            times, users = times[known], users[known]
            if times.size:
                month = times.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
                months += np.bincount(month - first, minlength=months.size)
                # 1 January 1970 was a Thursday.
                weekday, hour = (times // 86_400 + 3) % 7, times // 3600 % 24
                hours += np.bincount(weekday * 24 + hour, minlength=hours.size)
                found = _sessions(users, times, gaps)
                user_sessions[start:end] = np.bincount(found[0], minlength=end - start)
                sizes = _added(sizes, np.bincount(found[1]))
            report(progress, "count", rows.stop, n, unit="ratings")
        return cls(
            levels,
            film_levels.reshape(n_movies, width),
            film_sums,
            film_squares,
            np.diff(ratings.indptr),
            user_sums,
            user_squares,
            first,
            months,
            hours.reshape(7, 24),
            sizes,
            user_sessions,
            gaps,
        )


def _levels(scale: RatingScale) -> NDArray[np.float64]:
    span = scale.maximum - scale.minimum
    if span <= 0:
        return np.array([scale.minimum, scale.minimum + 1.0])
    steps = round(span / scale.step) if scale.step else _MOST_LEVELS
    if steps < _MOST_LEVELS:
        return np.linspace(scale.minimum, scale.maximum, steps + 1)
    return np.asarray(scale.minimum + span / _BINS * (np.arange(_BINS) + 0.5), dtype=np.float64)


def _months(times: NDArray[np.int64], block: int) -> tuple[int, NDArray[np.int64]]:
    first, last = _LAST_TIME, 0
    for start in range(0, times.size, block):
        part = times[start : start + block]
        known = part[(part >= _FIRST_TIME) & (part < _LAST_TIME)]
        if known.size:
            first, last = min(first, int(known.min())), max(last, int(known.max()))
    if not last:
        return 0, np.zeros(0, dtype=np.int64)
    begin, end = (
        int(np.datetime64(time, "s").astype("datetime64[M]").astype(np.int64))
        for time in (first, last)
    )
    return begin, np.zeros(end - begin + 1, dtype=np.int64)


def _blocks(indptr: NDArray[np.int64], block: int) -> Iterator[tuple[int, int]]:
    """Ranges of users with about ``block`` ratings each."""
    start, n_users = 0, indptr.size - 1
    while start < n_users:
        end = int(np.searchsorted(indptr, indptr[start] + block, side="right")) - 1
        end = min(max(end, start + 1), n_users)
        yield start, end
        start = end


def _sessions(
    users: NDArray[np.int32], times: NDArray[np.int64], gaps: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """User and size of each session; the gaps within sessions are added to ``gaps``."""
    # One sort of one number in place of a sort by two: user above, time (below 2³²) below.
    keys = (users.astype(np.int64) << _TIME_BITS) | times
    keys.sort()
    after = np.diff(keys)
    begins = after > SESSION_GAP
    # A new user's key is larger by 2³² at least less a lifetime of times: compare users as well.
    begins |= (keys[1:] >> _TIME_BITS) != (keys[:-1] >> _TIME_BITS)
    gaps += np.bincount(after[~begins], minlength=gaps.size)
    starts = np.concatenate(([0], np.flatnonzero(begins) + 1))
    return keys[starts] >> _TIME_BITS, np.diff(starts, append=keys.size)


def _added(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    total = np.zeros(max(left.size, right.size), dtype=np.int64)
    total[: left.size] += left
    total[: right.size] += right
    return total
