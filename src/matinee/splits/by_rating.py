"""Splits of a table's ratings among people who stay known to the model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from matinee.curation.steps import parse_date
from matinee.dataset import Dataset
from matinee.errors import DataError, EvaluationError, ParameterError
from matinee.ratings import Ratings
from matinee.splits.split import Split, divided, rank_within_user, share_of

__all__ = ["k_fold", "leave_last_out", "own_fold", "random", "time"]


def random(
    dataset: Dataset,
    *,
    test_size: float = 0.1,
    per_user: bool = False,
    seed: int = 0,
    validation: bool = False,
) -> Split:
    """Ratings drawn at random.

    Parameters
    ----------
    dataset : Dataset
    test_size : float
        Share of the ratings, above 0 and below 1; ``round(test_size · n)`` of them are drawn.
    per_user : bool
        Draw this share of each person's ratings, rounded down, instead of the whole table's.
        Nobody loses all of theirs.
    seed : int
    validation : bool
        Also divide the training part, in the same way.

    Returns
    -------
    Split

    Examples
    --------
    >>> from matinee import Dataset, Ratings
    >>> ratings = Ratings.from_columns([1] * 10 + [2] * 10, [*range(10)] * 2, [3.0] * 20)
    >>> random(Dataset.of(ratings), test_size=0.2, seed=1)
    Split('random', train=16, test=4 of 2 users, seed=1)
    """
    _check_share("test_size", test_size)

    def draw(ratings: Ratings, stream: int) -> NDArray[np.bool_]:
        rng = np.random.default_rng(seed if stream == 0 else [seed, stream])
        n = len(ratings)
        in_test = np.zeros(n, dtype=np.bool_)
        if per_user:
            wanted = share_of(test_size, ratings.user_counts)
            return rank_within_user(ratings.users, rng.random(n)) < wanted[ratings.users]
        in_test[rng.permutation(n)[: round(test_size * n)]] = True
        return in_test

    drawn = "each person's ratings" if per_user else "all ratings"
    about = f"{test_size:.4g} of {drawn} drawn at random"
    options = {"test_size": test_size, "per_user": per_user}
    split = divided(
        "random", dataset, draw(dataset.ratings, 0), seed=seed, description=about, options=options
    )
    if not validation:
        return split
    inner = divided(
        "random", split.train, draw(split.train.ratings, 1), seed=seed, description=about
    )
    return _with_validation(split, inner)


def k_fold(
    dataset: Dataset, *, folds: int = 5, seed: int = 0, validation: bool = False
) -> Iterator[Split]:
    """Ratings put into ``folds`` parts at random; each is the test part once.

    Parameters
    ----------
    dataset : Dataset
    folds : int
        At least 2. Parts differ by at most one rating in size.
    seed : int
    validation : bool
        Also draw ``1 / folds`` of each training part.

    Yields
    ------
    Split
        One at a time, so that only one training part is in memory.

    Examples
    --------
    >>> from matinee import Dataset, Ratings
    >>> data = Dataset.of(Ratings.from_columns([1] * 9, range(9), [3.0] * 9))
    >>> [len(split.test) for split in k_fold(data, folds=4)]
    [3, 2, 2, 2]
    """
    n = len(dataset.ratings)
    if not 2 <= folds <= max(n, 2):
        raise ParameterError(f"folds must lie between 2 and the {n:,} ratings, got {folds}")
    return _k_fold(dataset, folds, seed, validation)


def _k_fold(dataset: Dataset, folds: int, seed: int, validation: bool) -> Iterator[Split]:
    n = len(dataset.ratings)
    parts = np.array_split(np.random.default_rng(seed).permutation(n), folds)
    for number, rows in enumerate(parts, start=1):
        in_test = np.zeros(n, dtype=np.bool_)
        in_test[rows] = True
        split = divided(
            "k-fold",
            dataset,
            in_test,
            seed=seed,
            description=f"fold {number} of {folds}, ratings put into folds at random",
            options={"folds": folds, "fold": number},
        )
        if validation:
            inner = random(split.train, test_size=1 / folds, seed=seed)
            split = _with_validation(split, inner)
        yield split


def time(
    dataset: Dataset,
    *,
    test_size: float = 0.1,
    cut: str | dt.date | int | None = None,
    validation: bool = False,
) -> Split:
    """The past for training, the future for testing: one cut in time for everybody.

    Parameters
    ----------
    dataset : Dataset
    test_size : float
        Share of the ratings that lie after the cut. Ratings of one second are never divided: those
        of the second at the cut all go to the test part.
    cut : str, date, datetime or int, optional
        Where to cut instead: ``"2015"``, ``"2015-03-31"``, a date (UTC) or Unix seconds. Ratings
        from this moment on are the test part.
    validation : bool
        Also cut the training part, at the same share.

    Returns
    -------
    Split
        Some test users may have no training ratings; their profiles are empty.

    Raises
    ------
    DataError
        If the ratings have no timestamps.
    EvaluationError
        If one part would be empty.

    Notes
    -----
    Where timestamps keep each person's order but not the day, a cut in time means nothing, and
    nothing in the file shows it.
    """
    _check_share("test_size", test_size)
    ratings = dataset.ratings
    if not ratings.has_timestamps:
        raise DataError(f"{dataset.name!r} has no timestamps: choose another protocol than time")
    moment = _cut_at(ratings, test_size) if cut is None else parse_date(cut)[0]
    shown = str(np.datetime64(moment, "s")).replace("T", " ")
    split = divided(
        "time",
        dataset,
        ratings.timestamps >= moment,
        description=f"ratings from {shown} UTC on are the test part",
        options={"test_size": test_size} if cut is None else {"cut": moment},
    )
    if not validation:
        return split
    train = split.train.ratings
    share = test_size if cut is None else min(len(split.test) / len(ratings), 0.5)
    inner = divided(
        "time",
        split.train,
        train.timestamps >= _cut_at(train, share),
        description="the latest part of the training ratings",
    )
    return _with_validation(split, inner)


def _cut_at(ratings: Ratings, share: float) -> int:
    times = np.sort(ratings.timestamps)
    return int(times[min(times.size - round(share * times.size), times.size - 1)])


def leave_last_out(
    dataset: Dataset, *, n: int = 1, seed: int = 0, validation: bool = False
) -> Split:
    """Each person's last ``n`` ratings are the test part.

    The order is that of the timestamps. Where several ratings of a person carry the same second
    (MovieLens asks for many ratings on one page), their order is drawn at random with ``seed``:
    neither the film's id nor the file's order decides.

    Parameters
    ----------
    dataset : Dataset
    n : int
    seed : int
    validation : bool
        Also leave out the ``n`` ratings before those.

    Returns
    -------
    Split
        People with ``n`` ratings or fewer stay in the training part and are not tested.

    Raises
    ------
    DataError
        If the ratings have no timestamps.

    Examples
    --------
    >>> from matinee import Dataset, Ratings
    >>> ratings = Ratings.from_columns([1, 1, 1], [10, 20, 30], [3.0, 4.0, 5.0], [7, 9, 8])
    >>> split = leave_last_out(Dataset.of(ratings))
    >>> split.test.movie_ids.decode(split.test.movies).tolist()
    [20]
    """
    if n < 1:
        raise ParameterError(f"n must be at least 1, got {n}")
    ratings = dataset.ratings
    if not ratings.has_timestamps:
        raise DataError(
            f"{dataset.name!r} has no timestamps: choose another protocol than leave-last-out"
        )

    def last(ratings: Ratings, stream: int) -> NDArray[np.bool_]:
        rng = np.random.default_rng(seed if stream == 0 else [seed, stream])
        place = rank_within_user(ratings.users, ratings.timestamps, rng.random(len(ratings)))
        counts = ratings.user_counts.astype(np.int64)[ratings.users]
        return (place >= counts - n) & (counts > n)

    about = f"each person's last {n} ratings, order within one second drawn at random"
    split = divided(
        "leave-last-out",
        dataset,
        last(ratings, 0),
        seed=seed,
        description=about,
        options={"n": n},
    )
    if not validation:
        return split
    inner = divided(
        "leave-last-out", split.train, last(split.train.ratings, 1), seed=seed, description=about
    )
    return _with_validation(split, inner)


def own_fold(
    dataset: Dataset,
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    *,
    fold: str,
    seed: int = 0,
    validation: bool = False,
) -> Split:
    """A division that somebody else made, as row numbers.

    Parameters
    ----------
    dataset : Dataset
    train, test : ndarray, shape (n,), dtype int64
        Row numbers in ``dataset.ratings``, ascending.
    fold : str
        Its name: ``"u1"``.
    seed : int
        For the validation part.
    validation : bool
        Also draw a tenth of the training part at random.

    Raises
    ------
    EvaluationError
        If a rating is in both parts.
    """
    both = np.intersect1d(train, test).size
    if both:
        raise EvaluationError(f"fold {fold}: {both:,} ratings are in both parts")
    ratings = dataset.ratings
    split = Split(
        "own-folds",
        dataset.replace(ratings.take(train)),
        ratings.take(test),
        description=f"the data set's own fold {fold}",
        options={"fold": fold},
    )
    if validation:
        split = _with_validation(split, random(split.train, test_size=0.1, seed=seed))
    return split


def _with_validation(split: Split, inner: Split) -> Split:
    values = {name: getattr(split, name) for name in Split.__dataclass_fields__}
    return Split(**{**values, "validation": inner})


def _check_share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ParameterError(f"{name} must lie above 0 and below 1, got {value}")
