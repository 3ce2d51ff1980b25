"""Splits: ways to divide ratings into what a model learns from and what it is measured on.

Each function returns a :class:`Split` (``k_fold`` yields several). All of them repeat exactly with
the same seed and data, whatever the platform.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.datasets.curation import keep_movies, parse_date
from matinee.errors import DataError, EvaluationError, ParameterError
from matinee.ids import Codes
from matinee.ratings import Ratings

__all__ = [
    "Split",
    "k_fold",
    "leave_last_out",
    "random",
    "strong_generalization",
    "time",
]


@dataclass(frozen=True, eq=False)
class Split:
    """A training part, a test part, and how they came about.

    Parameters
    ----------
    name : str
        The protocol's name, a key of :data:`matinee.evaluation.protocols.PROTOCOLS`.
    train : Dataset
        What a model is fitted on. Its catalogue holds the films that are ranked.
    test : Ratings
        What is to be predicted or found, over the movie vocabulary of ``train``.
    fold_in : Ratings, optional
        For people who are not in ``train``: the ratings that the model is told of them. Its user
        vocabulary is that of ``test``.
    seed : int, optional
        None where nothing was drawn at random.
    description : str
        How the split was made, in a sentence.
    options : mapping
        The arguments that make it again.
    validation : Split, optional
        A second split for choosing hyper-parameters and the moment to stop. Its training part is
        taken from ``train`` alone, and nothing of ``test`` is in it.

    Raises
    ------
    EvaluationError
        If the training or the test part is empty, or vocabularies do not fit.
    """

    name: str
    train: Dataset
    test: Ratings
    fold_in: Ratings | None = None
    seed: int | None = None
    description: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    validation: Split | None = None

    def __post_init__(self) -> None:
        for part, ratings in (("training", self.train.ratings), ("test", self.test)):
            if not len(ratings):
                raise EvaluationError(
                    f"the {self.name} split leaves no {part} ratings: choose another size, "
                    f"or more data ({self.description})"
                )
        if self.test.movie_ids != self.train.catalog.movie_ids:
            raise EvaluationError("test and training part need the same movie vocabulary")
        if self.given.movie_ids != self.test.movie_ids or self.given.user_ids != self.test.user_ids:
            raise EvaluationError("test part and known ratings need the same vocabularies")

    @property
    def given(self) -> Ratings:
        """What a model is told of the test users: ``fold_in``, or their training ratings."""
        return self.train.ratings if self.fold_in is None else self.fold_in

    @cached_property
    def test_users(self) -> Codes:
        """Codes of the users who have test ratings, ascending, dtype int32."""
        return np.flatnonzero(self.test.user_counts).astype(np.int32)

    @property
    def holds_out_people(self) -> bool:
        """Whether test users are unknown to the model."""
        return self.fold_in is not None

    def __repr__(self) -> str:
        told = "" if self.fold_in is None else f", fold_in={len(self.fold_in):,}"
        return (
            f"Split({self.name!r}, train={len(self.train.ratings):,}{told}, "
            f"test={len(self.test):,} of {self.test_users.size:,} users, seed={self.seed})"
        )


def divided(
    name: str,
    dataset: Dataset,
    in_test: NDArray[np.bool_],
    **about: Any,
) -> Split:
    """A split of a data set's ratings by a mask; both parts keep its vocabularies."""
    ratings = dataset.ratings
    return Split(name, dataset.replace(ratings.take(~in_test)), ratings.take(in_test), **about)


def rank_within_user(users: Codes, *keys: NDArray[Any]) -> NDArray[np.int64]:
    """Place of each row among its user's rows, from 0, in ascending order of ``keys``.

    The first key counts most. ``users`` is ascending.
    """
    order = np.lexsort((*reversed(keys), users))
    counts = np.bincount(users)
    start = np.cumsum(counts) - counts
    place = np.empty(users.size, dtype=np.int64)
    place[order] = np.arange(users.size) - start[users[order]]
    return place


def share_of(share: float, counts: NDArray[Any]) -> NDArray[np.int64]:
    """``floor(share · count)`` for each count, safe against the last bit of the product."""
    return np.floor(share * np.asarray(counts, dtype=np.float64) + 1e-9).astype(np.int64)


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


def _with_validation(split: Split, inner: Split) -> Split:
    values = {name: getattr(split, name) for name in Split.__dataclass_fields__}
    return Split(**{**values, "validation": inner})


def _check_share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ParameterError(f"{name} must lie above 0 and below 1, got {value}")


def strong_generalization(
    dataset: Dataset,
    *,
    min_stars: float | None = 4.0,
    min_ratings: int = 5,
    heldout: int | float = 0.1,
    fold_in: float = 0.8,
    seed: int = 0,
    validation: bool = True,
) -> Split:
    """Hold out people, tell the model a part of their films, and ask for the rest.

    The protocol of Liang et al. (2018), step by step:

    1. ratings of at least ``min_stars`` are kept, then people with at least ``min_ratings``;
    2. the people are put in a random order; the last ``heldout`` of them are the test people, the
       ``heldout`` before those the validation people, the others are for training;
    3. films that no training person kept are left out, also from the catalogue;
    4. of each held-out person's films, ``floor((1 - fold_in) · n)`` drawn at random are to be
       found, the others are folded in. People with fewer than five films left are folded in whole
       and not measured.

    Parameters
    ----------
    dataset : Dataset
    min_stars : float, optional
        None keeps all ratings.
    min_ratings : int
    heldout : int or float
        Number of test people, or their share (rounded down); as many again for validation.
    fold_in : float
        Above 0 and below 1.
    seed : int
    validation : bool
        Whether the split carries the validation people. They are never in the training part.

    Returns
    -------
    Split
        ``train`` has its own user vocabulary: test people are not in it. Stars of kept ratings
        stay as they are; a model for implicit feedback sees a one in each.

    Raises
    ------
    EvaluationError
        If too few people are left to hold any out.

    References
    ----------
    D. Liang, R. G. Krishnan, M. D. Hoffman, T. Jebara: Variational Autoencoders for Collaborative
    Filtering. WWW 2018, section 4.
    """
    if not 0 < fold_in < 1:
        raise ParameterError(f"fold_in must lie above 0 and below 1, got {fold_in}")
    if min_ratings < 1:
        raise ParameterError(f"min_ratings must be at least 1, got {min_ratings}")
    ratings = dataset.ratings
    if min_stars is not None:
        ratings = ratings.take(ratings.stars >= np.float32(min_stars))
    ratings = ratings.take((ratings.user_counts >= min_ratings)[ratings.users]).compact_users()
    n_users = ratings.n_users
    if not (0 < heldout < 0.5 or float(heldout).is_integer()):
        raise ParameterError(
            f"heldout is a number of people, or a share of them between 0 and 0.5, got {heldout}"
        )
    n_heldout = int(share_of(heldout, np.asarray(n_users)) if heldout < 1 else heldout)
    if n_heldout < 1 or 2 * n_heldout >= n_users:
        raise EvaluationError(
            f"{n_users:,} people are left with at least {min_ratings} ratings of at least "
            f"{min_stars} stars, and {n_heldout:,} are to be held out twice (validation and "
            f"test): change heldout, or use more data"
        )

    rng = np.random.default_rng(seed)
    order = rng.permutation(n_users).astype(np.int32)
    first_test, first_validation = n_users - n_heldout, n_users - 2 * n_heldout
    learning = _people(ratings, order[:first_validation])
    train = keep_movies(dataset.replace(learning.compact_users()), learning.movie_stats.counts > 0)
    known = ratings.take((learning.movie_stats.counts > 0)[ratings.movies])
    known = known.with_movies(train.catalog.movie_ids)

    stars = "all ratings" if min_stars is None else f"ratings of at least {min_stars:g} stars"
    about = (
        f"{stars}, people with at least {min_ratings}; {n_heldout:,} people held out, "
        f"{fold_in:.4g} of their films folded in (Liang et al. 2018)"
    )
    options = {
        "min_stars": min_stars,
        "min_ratings": min_ratings,
        "heldout": heldout,
        "fold_in": fold_in,
    }
    # Drawn before the test people, so that the validation part is the same with or without them.
    parts = {}
    for part, people in (
        ("validation", order[first_validation:first_test]),
        ("test", order[first_test:]),
    ):
        held = _people(known, people).compact_users()
        hidden = _to_be_found(held, 1 - fold_in, rng)
        parts[part] = (held.take(~hidden), held.take(hidden))
    inner = None
    if validation:
        told, asked = parts["validation"]
        inner = Split(
            "strong-generalization",
            train,
            asked,
            fold_in=told,
            seed=seed,
            description=about.replace("people held out", "validation people"),
            options=options,
        )
    told, asked = parts["test"]
    return Split(
        "strong-generalization",
        train,
        asked,
        fold_in=told,
        seed=seed,
        description=about,
        options=options,
        validation=inner,
    )


def _people(ratings: Ratings, users: Codes) -> Ratings:
    chosen = np.zeros(ratings.n_users, dtype=np.bool_)
    chosen[users] = True
    return ratings.take(chosen[ratings.users])


def _to_be_found(
    ratings: Ratings, share: float, rng: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    counts = ratings.user_counts
    wanted = np.where(counts >= 5, share_of(share, counts), 0)
    place = rank_within_user(ratings.users, rng.random(len(ratings)))
    return place < wanted[ratings.users]
