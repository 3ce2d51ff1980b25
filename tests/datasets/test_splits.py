from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matinee
from matinee.dataset import Dataset
from matinee.datasets import splits
from matinee.datasets.splits import Split
from matinee.errors import DataError, EvaluationError, ParameterError
from matinee.ratings import Ratings

Key = tuple[object, object, float, int]


def rows(ratings: Ratings) -> set[Key]:
    return set(
        zip(
            ratings.user_ids.decode(ratings.users).tolist(),
            ratings.movie_ids.decode(ratings.movies).tolist(),
            ratings.stars.tolist(),
            ratings.timestamps.tolist(),
            strict=True,
        )
    )


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """At least four people with at least three films each, with times that often tie."""
    n_users, n_movies = draw(st.integers(4, 9)), draw(st.integers(4, 12))
    users, movies = [], []
    for user in range(n_users):
        seen = draw(st.sets(st.integers(0, n_movies - 1), min_size=3))
        users += [user * 3 + 1] * len(seen)
        movies += [f"m{movie}" for movie in sorted(seen)]
    n = len(users)
    stars = draw(st.lists(st.sampled_from([1.0, 3.0, 4.0, 5.0]), min_size=n, max_size=n))
    times = draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))
    return Dataset.of(Ratings.from_columns(users, movies, stars, times))


def people(n: int = 40, each: int = 12, seed: int = 0, stars: float | None = None) -> Dataset:
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(n), each)
    movies = np.concatenate([rng.choice(30, each, replace=False) for _ in range(n)])
    values = rng.integers(1, 6, n * each) if stars is None else np.full(n * each, stars)
    return Dataset.of(Ratings.from_columns(users, movies, values, rng.integers(1, 50, n * each)))


WITHIN = {
    "random": lambda d, seed: splits.random(d, test_size=0.3, seed=seed, validation=True),
    "random per user": lambda d, seed: splits.random(
        d, test_size=0.5, per_user=True, seed=seed, validation=True
    ),
    "k-fold": lambda d, seed: next(splits.k_fold(d, folds=3, seed=seed, validation=True)),
    "leave-last-out": lambda d, seed: splits.leave_last_out(d, seed=seed, validation=True),
}


@pytest.mark.parametrize("make", WITHIN.values(), ids=WITHIN.keys())
@settings(max_examples=40)
@given(data=datasets(), seed=st.integers(0, 5))
def test_parts_are_disjoint_complete_and_repeat(
    make: Callable[[Dataset, int], Split], data: Dataset, seed: int
) -> None:
    split = make(data, seed)
    learn, ask = rows(split.train.ratings), rows(split.test)
    assert not learn & ask
    assert learn | ask == rows(data.ratings)
    assert split.train.catalog.movie_ids is data.catalog.movie_ids
    assert split.given is split.train.ratings
    assert not split.holds_out_people
    assert split.train.catalog.popularity.sum() == len(split.train.ratings)
    inner = split.validation
    assert inner is not None
    assert rows(inner.train.ratings) | rows(inner.test) == learn
    assert not rows(inner.train.ratings) & rows(inner.test)
    again = make(data, seed)
    assert again.test.fingerprint == split.test.fingerprint
    assert again.validation is not None
    assert again.validation.test.fingerprint == inner.test.fingerprint


@given(datasets(), st.integers(2, 6), st.integers(0, 3))
def test_each_rating_is_in_one_fold(data: Dataset, folds: int, seed: int) -> None:
    parts = [rows(split.test) for split in splits.k_fold(data, folds=folds, seed=seed)]
    assert len(parts) == folds
    assert sum(map(len, parts)) == len(data.ratings)
    assert set().union(*parts) == rows(data.ratings)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(datasets(), st.floats(0.05, 0.9))
def test_random_per_user_leaves_each_person_something(data: Dataset, share: float) -> None:
    try:
        split = splits.random(data, test_size=share, per_user=True)
    except EvaluationError:
        assert np.all(np.floor(share * data.ratings.user_counts + 1e-9) == 0)
        return
    counts = data.ratings.user_counts
    assert np.array_equal(split.test.user_counts, np.floor(share * counts + 1e-9))
    assert split.train.ratings.user_counts.min() >= 1


def test_random_takes_the_share_that_was_asked_for() -> None:
    split = splits.random(people(), test_size=0.1, seed=2)
    assert len(split.test) == 48
    other = splits.random(people(), test_size=0.1, seed=3)
    assert rows(other.test) != rows(split.test)


@given(datasets(), st.floats(0.05, 0.6))
def test_a_cut_in_time_has_no_later_rating_in_training(data: Dataset, share: float) -> None:
    try:
        split = splits.time(data, test_size=share)
    except EvaluationError:
        return
    assert split.train.ratings.timestamps.max() < split.test.timestamps.min()
    assert len(split.test) >= round(share * len(data.ratings))
    assert rows(split.train.ratings) | rows(split.test) == rows(data.ratings)


def test_time_at_a_date_and_its_validation() -> None:
    day = 86_400
    ratings = Ratings.from_columns([1] * 10, range(10), [3.0] * 10, [day * i for i in range(10)])
    split = splits.time(Dataset.of(ratings), cut="1970-01-09", validation=True)
    assert split.test.timestamps.tolist() == [8 * day, 9 * day]
    assert split.description == "ratings from 1970-01-09 00:00:00 UTC on are the test part"
    assert split.validation is not None
    assert split.validation.test.timestamps.tolist() == [6 * day, 7 * day]
    with pytest.raises(EvaluationError, match="leaves no test ratings"):
        splits.time(Dataset.of(ratings), cut="1980")
    with pytest.raises(EvaluationError, match="leaves no training ratings"):
        splits.time(Dataset.of(ratings), cut="1969")


def test_time_and_leave_last_out_need_timestamps() -> None:
    data = Dataset.of(Ratings.from_columns([1, 1], [1, 2], [3.0, 4.0]), name="timeless")
    with pytest.raises(DataError, match=r"'timeless' has no timestamps.*than time"):
        splits.time(data)
    with pytest.raises(DataError, match=r"'timeless' has no timestamps.*leave-last-out"):
        splits.leave_last_out(data)


@given(datasets(), st.integers(1, 3), st.integers(0, 3))
def test_leave_last_out_takes_the_latest_of_each_person(data: Dataset, n: int, seed: int) -> None:
    counts = data.ratings.user_counts
    if not np.any(counts > n):
        with pytest.raises(EvaluationError):
            splits.leave_last_out(data, n=n, seed=seed)
        return
    split = splits.leave_last_out(data, n=n, seed=seed)
    assert np.array_equal(split.test.user_counts, np.where(counts > n, n, 0))
    for user in split.test_users:
        last = split.test.timestamps[split.test.users == user]
        train = split.train.ratings
        assert last.min() >= train.timestamps[train.users == user].max()


def test_ties_in_time_are_broken_by_the_seed_and_not_by_the_index() -> None:
    ratings = Ratings.from_columns(np.repeat(range(300), 4), list(range(4)) * 300, [3.0] * 1200,
                                   [5] * 1200)  # fmt: skip
    taken = splits.leave_last_out(Dataset.of(ratings), seed=1).test.movies
    assert np.bincount(taken, minlength=4).min() > 45
    other = splits.leave_last_out(Dataset.of(ratings), seed=2).test.movies
    assert not np.array_equal(taken, other)


def test_strong_generalization_step_by_step() -> None:
    data = people(n=50, each=14, seed=3)
    split = splits.strong_generalization(data, min_stars=3, min_ratings=6, seed=5)
    told, inner = split.fold_in, split.validation
    assert told is not None
    assert inner is not None
    assert inner.fold_in is not None
    kept = data.ratings.take(data.ratings.stars >= 3)
    enough = kept.take((kept.user_counts >= 6)[kept.users])
    n = len(np.unique(enough.users))
    held = int(0.1 * n)
    train = split.train.ratings
    parts = [set(part.user_ids.ids.tolist()) for part in (train, split.test, inner.test)]
    assert [len(part) for part in parts] == [n - 2 * held, held, held]
    assert not parts[0] & parts[1]
    assert not parts[1] & parts[2]
    assert not parts[0] & parts[2]
    assert inner.train is split.train
    assert split.holds_out_people
    # Each held-out person's films: all that training people have, in two disjoint parts.
    films = set(train.movie_ids.decode(train.movies).tolist())
    assert films == set(split.train.catalog.movie_ids.ids.tolist())
    of_people = {row for row in rows(enough) if row[0] in parts[1] and row[1] in films}
    assert rows(told) | rows(split.test) == of_people
    assert not rows(told) & rows(split.test)
    counts = told.user_counts + split.test.user_counts
    assert np.array_equal(split.test.user_counts, np.where(counts >= 5, counts // 5, 0))


@given(st.integers(0, 50))
@settings(max_examples=20)
def test_strong_generalization_repeats_and_ignores_whether_validation_is_wanted(seed: int) -> None:
    data = people(stars=5.0)
    with_part = splits.strong_generalization(data, seed=seed)
    without = splits.strong_generalization(data, seed=seed, validation=False)
    assert without.validation is None
    assert with_part.test.fingerprint == without.test.fingerprint
    assert with_part.train.ratings.fingerprint == without.train.ratings.fingerprint


def test_strong_generalization_with_a_number_of_people_and_all_stars() -> None:
    split = splits.strong_generalization(people(), min_stars=None, heldout=7, fold_in=0.5)
    assert split.test_users.size == 7
    assert split.fold_in is not None
    assert np.array_equal(split.fold_in.user_counts, np.ceil(12 * 0.5) * np.ones(7))


@pytest.mark.movielens
def test_strong_generalization_on_ml_1m_holds_out_603_people(ml_1m: Path) -> None:
    data = matinee.load(str(ml_1m))
    split = splits.strong_generalization(data, seed=0)
    assert split.test_users.size == 603
    assert split.train.ratings.n_users == 6034 - 2 * 603
    assert split.validation is not None
    assert split.validation.test_users.size == 603


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda d: splits.random(d, test_size=1.0), ParameterError, "below 1, got 1.0"),
        (lambda d: splits.random(d, test_size=1e-6), EvaluationError, "leaves no test ratings"),
        (lambda d: splits.k_fold(d, folds=1), ParameterError, "folds must lie between 2 and"),
        (lambda d: splits.leave_last_out(d, n=0), ParameterError, "n must be at least 1, got 0"),
        (lambda d: splits.leave_last_out(d, n=99), EvaluationError, "leaves no test ratings"),
        (lambda d: splits.time(d, test_size=0), ParameterError, "test_size must lie above 0"),
        (
            lambda d: splits.strong_generalization(d, min_stars=5.5),
            EvaluationError,
            "0 people are left with at least 5 ratings of at least 5.5 stars",
        ),
        (lambda d: splits.strong_generalization(d, fold_in=1), ParameterError, "fold_in must lie"),
        (
            lambda d: splits.strong_generalization(d, heldout=0.6),
            ParameterError,
            "or a share of them",
        ),
        (lambda d: splits.strong_generalization(d, min_ratings=0), ParameterError, "min_ratings"),
    ],
)
def test_wrong_arguments_are_told(
    make: Callable[[Dataset], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make(people())


def test_a_split_refuses_parts_that_do_not_fit() -> None:
    data = people()
    other = Ratings.from_columns([1], [999], [3.0])
    with pytest.raises(EvaluationError, match="same movie vocabulary"):
        Split("random", data, other)
    stranger = Ratings.from_columns([999], [1], [3.0]).with_movies(data.catalog.movie_ids)
    with pytest.raises(EvaluationError, match="same vocabularies"):
        Split("random", data, stranger)
