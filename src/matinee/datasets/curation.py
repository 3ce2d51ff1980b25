"""Curation: leaving out ratings on stated grounds, and telling what that took away.

A step says which ratings stay; :func:`curate` applies a chain of steps to a data set and returns
a smaller one with a report. The data set that went in is not changed, so a curation is undone by
going on with the original.

What happens to films and people that lose their last rating: they are gone, from the id
vocabularies and from the catalogue, and so are films that nobody had rated in the first place. A
model that is trained on curated data therefore never recommends a film that the curation threw
out. Pass ``keep_unrated=True`` to keep the whole catalogue instead (for models that know films by
their content).

Curation looks at the ratings that it is given. Before an evaluation it chooses the test ratings
too, and makes the figures better than they would be for everybody: apply it to the training part
(``curate(split.train, …)``) unless the question is about the curated set itself.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.errors import DataError, ParameterError
from matinee.ratings import Ratings
from matinee.strings import text_table

__all__ = [
    "Counts",
    "CurationReport",
    "DateRange",
    "KCore",
    "MinMovieMean",
    "MinMovieRatings",
    "MinUserRatings",
    "StarSample",
    "Step",
    "StepReport",
    "curate",
    "keep_movies",
    "parse_date",
    "parse_step",
]


def curate(
    dataset: Dataset, steps: Iterable[Step], *, keep_unrated: bool = False
) -> tuple[Dataset, CurationReport]:
    """Apply steps in order; each sees what the one before left.

    Parameters
    ----------
    dataset : Dataset
    steps : iterable of Step
    keep_unrated : bool
        Keep films without ratings in the catalogue.

    Returns
    -------
    Dataset
        With the same scale of stars, and ``"(curated)"`` behind the name.
    CurationReport

    Raises
    ------
    DataError
        If a step leaves nothing.

    Examples
    --------
    >>> from matinee import Dataset, Ratings
    >>> ratings = Ratings.from_columns([1, 1, 2, 3], [10, 20, 10, 10], [4.0, 2.0, 5.0, 4.0])
    >>> smaller, report = curate(Dataset.of(ratings), [MinMovieRatings(2)])
    >>> print(report)
                                   ratings  users     films
    before                               4      3         2
    films with at least 2 ratings   3 (-1)      3    1 (-1)
    >>> len(smaller.catalog)
    1
    """
    ratings = dataset.ratings
    before = last = Counts.of(ratings)
    reports: list[StepReport] = []
    for step in steps:
        ratings = ratings.take(step.keep(ratings)).compact_users()
        now = Counts.of(ratings)
        if now.ratings == 0:
            raise DataError(
                f"nothing is left: {step.describe()!r} took the last {last.ratings:,} ratings of "
                f"{last.movies:,} films; choose a lower threshold or another order of steps"
            )
        reports.append(StepReport(step.describe(), last, now))
        last = now
    report = CurationReport(before, last, tuple(reports))
    if not reports:
        return dataset, report
    curated = dataset.replace(ratings)
    if not keep_unrated:
        curated = keep_movies(curated, ratings.movie_stats.counts > 0)
    name = dataset.name if dataset.name.endswith("(curated)") else f"{dataset.name} (curated)"
    about = (curated.source, curated.licence, curated.citation)
    return Dataset(curated.ratings, curated.catalog, name, *about), report


def keep_movies(dataset: Dataset, keep: NDArray[np.bool_]) -> Dataset:
    """A data set of some of the films: others leave the catalogue, and their ratings go.

    Parameters
    ----------
    dataset : Dataset
    keep : ndarray, shape (n_movies,), dtype bool

    Returns
    -------
    Dataset
        The user vocabulary stays as it is.
    """
    catalog, ratings = dataset.catalog, dataset.ratings
    if keep.shape != (len(catalog),):
        raise ParameterError(f"keep has shape {keep.shape} for a catalogue of {len(catalog):,}")
    if bool(keep.all()):
        return dataset
    smaller = catalog.take(np.flatnonzero(keep))
    kept = ratings.take(keep[ratings.movies]).with_movies(smaller.movie_ids)
    return Dataset(kept, smaller, dataset.name, dataset.source, dataset.licence, dataset.citation)


class Step:
    """One ground for leaving ratings out. A subclass writes :meth:`keep` and :meth:`describe`."""

    #: The name on the command line: ``min-movie-ratings``.
    name: ClassVar[str]

    def keep(self, ratings: Ratings) -> NDArray[np.bool_]:
        """Which ratings stay, shape (n,), dtype bool."""
        raise NotImplementedError

    def describe(self) -> str:
        """The step in words, for the report."""
        raise NotImplementedError


@dataclass(frozen=True)
class MinMovieMean(Step):
    """Keep films whose mean is at least this many stars.

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 2, 1], [10, 10, 20], [5.0, 3.0, 2.0])
    >>> MinMovieMean(3.5).keep(ratings).tolist()
    [True, False, True]
    """

    name: ClassVar[str] = "min-movie-mean"
    stars: float

    def __post_init__(self) -> None:
        if not np.isfinite(self.stars):
            raise ParameterError(f"min-movie-mean needs a number of stars, got {self.stars}")

    def keep(self, ratings: Ratings) -> NDArray[np.bool_]:
        """Ratings of films with a mean of at least ``stars``."""
        # Means are float32: a film whose stars average to the threshold itself stays.
        passes = ratings.movie_stats.means >= np.float32(self.stars) - np.float32(1e-6)
        return passes[ratings.movies]

    def describe(self) -> str:
        """The step in words."""
        return f"films with a mean of at least {self.stars:g} stars"


@dataclass(frozen=True)
class MinMovieRatings(Step):
    """Keep films with at least this many ratings."""

    name: ClassVar[str] = "min-movie-ratings"
    count: int

    def __post_init__(self) -> None:
        _check_count(self.name, self.count)

    def keep(self, ratings: Ratings) -> NDArray[np.bool_]:
        """Ratings of films that have at least ``count``."""
        return (ratings.movie_stats.counts >= self.count)[ratings.movies]

    def describe(self) -> str:
        """The step in words."""
        return f"films with at least {self.count:,} ratings"


@dataclass(frozen=True)
class MinUserRatings(Step):
    """Keep people with at least this many ratings."""

    name: ClassVar[str] = "min-user-ratings"
    count: int

    def __post_init__(self) -> None:
        _check_count(self.name, self.count)

    def keep(self, ratings: Ratings) -> NDArray[np.bool_]:
        """Ratings of people who gave at least ``count``."""
        return (ratings.user_counts >= self.count)[ratings.users]

    def describe(self) -> str:
        """The step in words."""
        return f"people with at least {self.count:,} ratings"


@dataclass(frozen=True)
class KCore(Step):
    """Keep the largest set in which each person has ``users`` and each film ``movies`` ratings.

    Leaving out a film takes ratings from people and the other way round, so both conditions are
    applied in turn until nothing changes. Steps of :class:`MinUserRatings` and
    :class:`MinMovieRatings` one after the other do not give that.

    Parameters
    ----------
    users : int
        Least number of ratings a person.
    movies : int, optional
        Least number of ratings a film; as ``users`` if not given.

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 1, 2, 2, 3], [10, 20, 10, 20, 30], [4.0] * 5)
    >>> KCore(2).keep(ratings).tolist()
    [True, True, True, True, False]
    """

    name: ClassVar[str] = "k-core"
    users: int
    movies: int | None = None

    def __post_init__(self) -> None:
        _check_count(self.name, self.users)
        if self.movies is not None:
            _check_count(self.name, self.movies)

    def keep(self, ratings: Ratings) -> NDArray[np.bool_]:
        """Ratings inside the core."""
        least = self.users if self.movies is None else self.movies
        kept = np.ones(len(ratings), dtype=np.bool_)
        rows = np.arange(len(ratings))
        while True:
            users, movies = ratings.users[rows], ratings.movies[rows]
            stays = np.bincount(users, minlength=ratings.n_users)[users] >= self.users
            stays &= np.bincount(movies, minlength=ratings.n_movies)[movies] >= least
            if bool(stays.all()):
                return kept
            kept[rows[~stays]] = False
            rows = rows[stays]

    def describe(self) -> str:
        """The step in words."""
        least = self.users if self.movies is None else self.movies
        return f"core with {self.users:,} ratings a person and {least:,} a film"


@dataclass(frozen=True)
class StarSample(Step):
    """Keep a share of each film's ratings at each star level.

    The sample is systematic: a film's ratings are put in order of their stars, at random within
    one level, and with a random start every ``1 / share``-th is kept. The rounding rule follows
    from it: of ``n`` ratings of one film at one level, ``share · n`` stay if that is whole, and
    otherwise the next whole number below or above, chosen by the seed such that the expectation
    is ``share · n`` exactly. The same holds for each film as a whole. No level is favoured,
    however few ratings a film has.

    Parameters
    ----------
    share : float
        Between 0 (exclusive) and 1.
    seed : int

    Examples
    --------
    >>> ratings = Ratings.from_columns(range(30), [10] * 30, [3.0] * 10 + [4.0] * 20)
    >>> kept = ratings.stars[StarSample(0.2, seed=1).keep(ratings)]
    >>> int((kept == 3).sum()), int((kept == 4).sum())
    (2, 4)
    """

    name: ClassVar[str] = "star-sample"
    share: float
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ParameterError(
                f"star-sample needs a share above 0 and at most 1, got {self.share}"
            )

    def keep(self, ratings: Ratings) -> NDArray[np.bool_]:
        """The sampled ratings."""
        n = len(ratings)
        rng = np.random.default_rng(self.seed)
        order = np.lexsort((rng.random(n), ratings.stars, ratings.movies))
        start = np.cumsum(ratings.movie_stats.counts) - ratings.movie_stats.counts
        movies = ratings.movies[order]
        place = np.arange(n) - start[movies]
        # The small constant keeps 0.2 · 5 from falling below 1 in floating point.
        offset = rng.random(ratings.n_movies)[movies] * (1 - 1e-9) + 5e-10
        taken = np.floor(self.share * (place + 1) + offset) > np.floor(self.share * place + offset)
        kept = np.zeros(n, dtype=np.bool_)
        kept[order[taken]] = True
        return kept

    def describe(self) -> str:
        """The step in words."""
        return f"{self.share:.4g} of each film's ratings at each star level, seed {self.seed}"


@dataclass(frozen=True)
class DateRange(Step):
    """Keep ratings that were given from one date to another, both included.

    Parameters
    ----------
    start, end : str, date, datetime or int, optional
        ``"2015"``, ``"2015-03"``, ``"2015-03-31"``, a date (UTC), or Unix seconds. A year, month
        or day as ``end`` means its last second. Open if not given.

    Examples
    --------
    >>> times = [0, 86_400, 2 * 86_400]
    >>> ratings = Ratings.from_columns([1, 1, 1], [1, 2, 3], [4.0] * 3, times)
    >>> DateRange("1970-01-02", "1970-01-02").keep(ratings).tolist()
    [False, True, False]
    """

    name: ClassVar[str] = "dates"
    start: str | dt.date | int | None = None
    end: str | dt.date | int | None = None

    def __post_init__(self) -> None:
        first, last = self._bounds()
        if first is None and last is None:
            raise ParameterError("dates needs a start, an end or both, such as dates=2010..2015")
        if first is not None and last is not None and first > last:
            raise ParameterError(f"dates: start {self.start} is later than end {self.end}")

    def _bounds(self) -> tuple[int | None, int | None]:
        first = None if self.start is None else parse_date(self.start)[0]
        last = None if self.end is None else parse_date(self.end)[1]
        return first, last

    def keep(self, ratings: Ratings) -> NDArray[np.bool_]:
        """Ratings within the dates."""
        if len(ratings) and not ratings.has_timestamps:
            raise DataError("these ratings have no timestamps: leave the dates step out")
        first, last = self._bounds()
        kept = np.ones(len(ratings), dtype=np.bool_)
        if first is not None:
            kept &= ratings.timestamps >= first
        if last is not None:
            kept &= ratings.timestamps <= last
        return kept

    def describe(self) -> str:
        """The step in words."""
        return f"ratings of {self.start or 'the beginning'} to {self.end or 'the end'}"


def _check_count(name: str, count: int) -> None:
    if count < 1 or int(count) != count:
        raise ParameterError(f"{name} needs a whole number of at least 1, got {count}")


def parse_date(value: str | dt.date | int) -> tuple[int, int]:
    """First and last second (Unix time, UTC) of a year, month, day or moment.

    Raises
    ------
    ParameterError
        If a text is not a date.

    Examples
    --------
    >>> parse_date("1970")
    (0, 31535999)
    >>> parse_date("1970-01-02")
    (86400, 172799)
    """
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return int(moment.timestamp()), int(moment.timestamp())
    if isinstance(value, dt.date):
        value = value.isoformat()
    if isinstance(value, int):
        return value, value
    match = re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", value.strip())
    try:
        if match is None:
            raise ValueError
        year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
        first = dt.datetime(year, month, day, tzinfo=dt.UTC)
        if match[3]:
            after = first + dt.timedelta(days=1)
        elif match[2]:
            after = first.replace(year=year + month // 12, month=month % 12 + 1)
        else:
            after = first.replace(year=year + 1)
    except (ValueError, OverflowError):
        raise ParameterError(
            f"a date like '2015', '2015-03' or '2015-03-31' is needed, got {value!r}"
        ) from None
    return int(first.timestamp()), int(after.timestamp()) - 1


def parse_step(text: str, *, seed: int = 0) -> Step:
    """A step from its short form, as the command line takes it.

    ``min-movie-mean=3.5``, ``min-movie-ratings=20``, ``min-user-ratings=5``, ``k-core=5`` or
    ``k-core=5,10`` (people, films), ``star-sample=0.1``, ``dates=2010..2015-06`` (either end may
    be left out).

    Raises
    ------
    ParameterError
        If the name is not one of these, or the value does not fit it.

    Examples
    --------
    >>> parse_step("k-core=5,10")
    KCore(users=5, movies=10)
    """
    name, _, value = (part.strip() for part in text.partition("="))
    try:
        if name == MinMovieMean.name:
            return MinMovieMean(float(value))
        if name == MinMovieRatings.name:
            return MinMovieRatings(int(value))
        if name == MinUserRatings.name:
            return MinUserRatings(int(value))
        if name == KCore.name:
            return KCore(*_integers(value, 1, 2))
        if name == StarSample.name:
            return StarSample(float(value), seed)
        if name == DateRange.name:
            start, dots, end = (part.strip() for part in value.partition(".."))
            return DateRange(start or None, (end if dots else start) or None)
    except ParameterError:
        raise
    except ValueError:
        raise ParameterError(f"{text!r}: {value!r} does not fit {name}") from None
    raise ParameterError(
        f"no curation step {name!r}: there are min-movie-mean=STARS, min-movie-ratings=N, "
        "min-user-ratings=N, k-core=N[,M], star-sample=SHARE and dates=FROM..TO"
    )


def _integers(value: str, least: int, most: int) -> Sequence[int]:
    numbers = [int(part) for part in value.split(",")]
    if not least <= len(numbers) <= most:
        raise ValueError(value)
    return numbers


@dataclass(frozen=True, slots=True)
class Counts:
    """Number of ratings, of people with at least one, and of films with at least one."""

    ratings: int
    users: int
    movies: int

    @classmethod
    def of(cls, ratings: Ratings) -> Counts:
        """Count."""
        users = int(np.count_nonzero(ratings.user_counts))
        return cls(len(ratings), users, int(np.count_nonzero(ratings.movie_stats.counts)))


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step took away."""

    step: str
    before: Counts
    after: Counts


@dataclass(frozen=True)
class CurationReport:
    """What a chain of steps took away; prints as a table.

    Parameters
    ----------
    before, after : Counts
    steps : tuple of StepReport
    """

    before: Counts
    after: Counts
    steps: tuple[StepReport, ...]

    def rows(self) -> list[tuple[str, Counts, Counts | None]]:
        """Name, counts after, and counts lost: the start first, then each step."""
        rows: list[tuple[str, Counts, Counts | None]] = [("before", self.before, None)]
        for step in self.steps:
            lost = Counts(
                step.before.ratings - step.after.ratings,
                step.before.users - step.after.users,
                step.before.movies - step.after.movies,
            )
            rows.append((step.step, step.after, lost))
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""

        def plain(counts: Counts) -> dict[str, int]:
            return {"ratings": counts.ratings, "users": counts.users, "movies": counts.movies}

        return {
            "before": plain(self.before),
            "after": plain(self.after),
            "steps": [
                {"step": step.step, "before": plain(step.before), "after": plain(step.after)}
                for step in self.steps
            ],
        }

    def __str__(self) -> str:
        table = [("", "ratings", "users", "films")]
        for name, counts, lost in self.rows():
            values = (counts.ratings, counts.users, counts.movies)
            gone = (0, 0, 0) if lost is None else (lost.ratings, lost.users, lost.movies)
            pairs = zip(values, gone, strict=True)
            cells = [f"{now:,}" + (f" (-{less:,})" if less else "") for now, less in pairs]
            table.append((name, cells[0], cells[1], cells[2]))
        return text_table(table, right=(1, 2, 3))
