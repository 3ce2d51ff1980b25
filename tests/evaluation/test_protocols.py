"""Tests of ``protocols``: few ratings, folds that came with the data, what is to be found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matinee
from matinee.dataset import Dataset
from matinee.datasets.splits import Split, leave_last_out, strong_generalization
from matinee.errors import EvaluationError, ParameterError
from matinee.evaluation import protocols
from matinee.evaluation.protocols import (
    Relevance,
    default_relevance,
    few_ratings,
    liked_from,
    make_splits,
)
from matinee.ratings import Ratings
from matinee.scale import RatingScale


def rows(ratings: Ratings) -> set[tuple[Any, Any]]:
    users = ratings.user_ids.decode(ratings.users).tolist()
    return set(zip(users, ratings.movie_ids.decode(ratings.movies).tolist(), strict=True))


def people(n: int = 60, each: int = 30, films: int = 50, seed: int = 0) -> Dataset:
    """People with so many ratings each; a film's parity and theirs decide what they like."""
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(n), each)
    movies = np.concatenate([rng.choice(films, each, replace=False) for _ in range(n)])
    stars = np.where(users % 2 == movies % 2, 5.0, 1.0)
    return Dataset.of(Ratings.from_columns(users, movies, stars, rng.permutation(users.size) + 1))


# -- few ratings ----------------------------------------------------------------------------------


def test_people_are_held_out_whole_and_tell_some_of_their_ratings() -> None:
    data = people()
    found = list(few_ratings(data, told=(1, 3), seed=4))
    assert [split.options["told"] for split in found] == [1, 3, 1, 3]
    assert found[0].train is found[1].train
    assert found[1].train is not found[2].train
    tested: set[Any] = set()
    for split in found:
        assert split.fold_in is not None
        known = split.fold_in.user_ids.decode(np.flatnonzero(split.fold_in.user_counts))
        assert set(split.fold_in.user_counts[split.test_users].tolist()) == {split.options["told"]}
        # Nothing of a tested person is in the training part, and all of theirs is told or asked.
        assert {user for user, _ in rows(split.train.ratings)}.isdisjoint(known.tolist())
        told, asked = rows(split.fold_in), rows(split.test)
        assert told.isdisjoint(asked)
        of_them = {pair for pair in rows(data.ratings) if pair[0] in set(known.tolist())}
        assert told | asked == of_them
        tested |= set(known.tolist())
        assert split.train.catalog.movie_ids == data.catalog.movie_ids
    assert len(tested) > 15
    told_first = {pair for split in found[::2] for pair in rows(split.fold_in)}  # type: ignore[arg-type]
    told_later = {pair for split in found[1::2] for pair in rows(split.fold_in)}  # type: ignore[arg-type]
    assert told_first < told_later


def test_one_told_film_at_least_is_liked_and_hated_ones_are_told_too() -> None:
    found = list(few_ratings(people(120), told=(1, 4), seed=1))
    alone, several = found[0].fold_in, found[1].fold_in
    assert alone is not None
    assert several is not None
    assert set(alone.stars.tolist()) == {5.0}
    best = np.maximum.reduceat(several.stars, several.indptr[:-1])
    assert set(best.tolist()) == {5.0}
    # Of the three others, half are hated, as of all ratings.
    assert 0.25 < (several.stars == 1.0).mean() < 0.5


def test_few_ratings_repeat_with_the_seed() -> None:
    data = people()
    first, again, other = (next(few_ratings(data, told=3, seed=seed)) for seed in (2, 2, 3))
    assert rows(first.test) == rows(again.test)
    assert rows(first.test) != rows(other.test)


def test_who_has_few_ratings_or_few_liked_films_left_is_not_asked() -> None:
    data = people(80, each=12)
    with pytest.raises(EvaluationError, match=r"nobody of fold 1 has 30 ratings and.*5 films"):
        next(few_ratings(data))
    split = next(few_ratings(data, told=2, min_ratings=10))
    liked = np.bincount(split.test.users, weights=split.test.stars >= 4, minlength=80)
    assert liked[split.test_users].min() == 5
    assert split.test_users.size < split.test.n_users


def test_validation_people_are_of_the_training_part() -> None:
    split = next(few_ratings(people(150), told=3, validation=True))
    inner = split.validation
    assert inner is not None
    assert rows(inner.test) | rows(inner.train.ratings) <= rows(split.train.ratings)
    assert inner.options["told"] == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"told": ()}, "told must be different whole numbers"),
        ({"told": (3, 3)}, "told must be different whole numbers"),
        ({"told": 0}, "told must be different whole numbers"),
        ({"tested": 6}, "tested must lie between 1 and the 5 folds"),
    ],
)
def test_wrong_options_of_few_ratings(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        next(few_ratings(people(), **options))


def test_most_rated_on_the_sample_is_where_a_plain_loop_found_it() -> None:
    """A loop over people, written apart from this, gave .421 and .409 for the most-liked films."""
    from matinee.evaluation import metrics as m

    data = matinee.load("sample")
    found: dict[int, list[Any]] = {1: [], 5: []}
    for split in few_ratings(data, told=(1, 5)):
        train = split.train.ratings
        likes = np.bincount(train.movies[train.stars >= 3.5], minlength=train.n_movies)
        scores = np.tile(likes.astype(float), (split.test_users.size, 1))
        assert split.fold_in is not None
        told = split.fold_in
        scores[np.searchsorted(split.test_users, told.users), told.movies] = -1
        ranked = np.argsort(-scores, axis=1, kind="stable")[:, :10].astype(np.int32)
        indptr, films = protocols.relevant_films(split, default_relevance(split))
        ends = np.concatenate(([0], indptr[split.test_users + 1]))
        hits = m.hits_of(ranked, ends, films)
        found[split.options["told"]].append(m.ndcg(hits, np.diff(ends), 10))
    assert np.concatenate(found[1]).mean() == pytest.approx(0.421, abs=0.002)
    assert np.concatenate(found[5]).mean() == pytest.approx(0.409, abs=0.002)


# -- by name --------------------------------------------------------------------------------------


def test_own_folds_by_row_numbers() -> None:
    data = people(n=6, each=5)
    in_test = np.random.default_rng(0).random(len(data.ratings)) < 0.3
    learn, ask = np.flatnonzero(~in_test), np.flatnonzero(in_test)
    split = protocols.own_fold(data, learn, ask, fold="u1", validation=True)
    assert rows(split.train.ratings) | rows(split.test) == rows(data.ratings)
    assert split.test.user_ids is data.ratings.user_ids
    assert split.seed is None
    assert split.validation is not None
    assert rows(split.validation.test) <= rows(split.train.ratings)
    with pytest.raises(EvaluationError, match="fold u9: 30 ratings are in both parts"):
        protocols.own_fold(data, np.arange(30), np.arange(30), fold="u9")


@pytest.mark.movielens
def test_the_folds_that_ml_100k_came_with(ml_100k: Path) -> None:
    data = matinee.load(str(ml_100k), merge_films=False)
    folds = list(make_splits("own-folds", data))
    assert [split.options["fold"] for split in folds] == ["u1", "u2", "u3", "u4", "u5"]
    assert [len(split.test) for split in folds] == [20_000] * 5
    assert set().union(*(rows(split.test) for split in folds)) == rows(data.ratings)
    [ua] = make_splits("own-folds", data, fold="ua")
    assert np.all(ua.test.user_counts == 10)
    with pytest.raises(ParameterError, match="no fold 'u6'; 'ml-100k' has: u1, u2"):
        list(make_splits("own-folds", data, fold="u6"))


def test_own_folds_need_files() -> None:
    with pytest.raises(EvaluationError, match="'unnamed' was not read from files"):
        list(make_splits("own-folds", people()))


def test_protocols_by_name() -> None:
    data = people(each=12)
    for name in ("random", "time", "leave-last-out", "strong-generalization"):
        options = {"min_stars": None} if name == "strong-generalization" else {}
        [split] = make_splits(name, data, seed=4, **options)
        assert split.name == name
    assert len(list(make_splits("k-fold", data, folds=4))) == 4
    with pytest.raises(ParameterError, match=r"no protocol 'randm'. Did you mean 'random'"):
        make_splits("randm", data)
    with pytest.raises(ParameterError, match="time has no option 'folds'; it has: test_size, cut"):
        make_splits("time", data, folds=3)


# -- what is to be found --------------------------------------------------------------------------


def test_what_is_to_be_found_under_each_protocol(split: Split, data: Dataset) -> None:
    assert default_relevance(split) == Relevance(4.0, stars=True)
    assert default_relevance(leave_last_out(data)) == Relevance(None, stars=True)
    liang = strong_generalization(data, min_stars=3, min_ratings=2)
    assert default_relevance(liang) == Relevance(None, stars=False)
    every = strong_generalization(data, min_stars=None)
    assert default_relevance(every) == Relevance(None, stars=True)


@pytest.mark.parametrize(
    ("scale", "stars"),
    [
        (RatingScale(0.5, 5, 0.5), 4.0),
        (RatingScale(1, 5, 1), 4.0),
        (RatingScale(1, 10, 1), 8.0),
        (RatingScale(0, 100, 0), 75.0),
        (RatingScale(3, 3, 1), 3.0),
    ],
)
def test_liked_is_the_upper_quarter_of_the_scale(scale: RatingScale, stars: float) -> None:
    assert liked_from(scale) == stars


def test_liked_under_few_ratings_is_the_upper_third() -> None:
    assert liked_from(RatingScale(0.5, 5, 0.5), 2 / 3) == 3.5
    split = next(few_ratings(people(), told=1))
    assert default_relevance(split) == Relevance(4.0, stars=True)
    assert default_relevance(split, 5.0) == Relevance(5.0, stars=True)
