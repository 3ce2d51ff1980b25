"""Tests of films for two or more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matinee.recommend.groups import agree, giving_way, ranks, utilities

SCORES = st.tuples(st.integers(2, 5), st.integers(3, 30)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(-5, 5, width=16), unique=True)
)
WAYS = ("average", "least-misery", "fair")


@given(SCORES)
def test_places_are_a_permutation_and_worth_falls_with_them(scores: np.ndarray) -> None:
    places = ranks(scores)
    for row, line in zip(scores, places, strict=True):
        assert sorted(line.tolist()) == list(range(1, row.size + 1))
        assert line[int(row.argmax())] == 1
    worth = utilities(places)
    assert worth.max() == 1
    assert worth.min() == pytest.approx(0)
    assert (np.diff(worth[0][np.argsort(places[0])]) < 0).all()


@given(SCORES, st.sampled_from(WAYS), st.integers(1, 40), st.data())
def test_only_open_films_come_back_and_none_twice(
    scores: np.ndarray, way: str, n: int, data: st.DataObject
) -> None:
    open_ = data.draw(arrays(np.bool_, scores.shape[1]))
    found = agree(utilities(ranks(scores)), open_, way, n).tolist()  # type: ignore[arg-type]
    assert len(set(found)) == len(found) == min(n, int(open_.sum()))
    assert all(open_[code] for code in found)


@given(SCORES)
def test_least_misery_has_no_film_that_somebody_likes_less_than_the_best_one(
    scores: np.ndarray,
) -> None:
    worth = utilities(ranks(scores))
    everything = np.ones(scores.shape[1], dtype=bool)
    first = int(agree(worth, everything, "least-misery", 1)[0])
    assert worth[:, first].min() == pytest.approx(worth.min(axis=0).max(), abs=2e-3)
    best = int(agree(worth, everything, "average", 1)[0])
    assert worth[:, best].mean() == pytest.approx(worth.mean(axis=0).max())


def test_members_count_the_same_whatever_their_models_numbers() -> None:
    scores = np.array([[3.0, 2.0, 1.0], [1000.0, 2000.0, 3000.0]])
    worth = utilities(ranks(scores))
    assert worth[0].tolist() == worth[1][::-1].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_in_turns_who_is_outvoted_gets_more(seed: int) -> None:
    many, one = np.random.default_rng(seed).standard_normal((2, 300))
    worth = utilities(ranks(np.stack([many, many, many, one])))
    everything = np.ones(300, dtype=bool)
    fair, average = (
        worth[:, agree(worth, everything, way, 6)].sum(axis=1)  # type: ignore[arg-type]
        for way in ("fair", "average")
    )
    assert fair[3] > average[3]
    assert fair.max() - fair.min() < average.max() - average.min()


def test_two_who_never_agree_get_the_same() -> None:
    one = np.random.default_rng(0).standard_normal(300)
    worth = utilities(ranks(np.stack([one, -one])))
    had = worth[:, agree(worth, np.ones(300, dtype=bool), "fair", 6)].sum(axis=1)
    assert abs(had[0] - had[1]) < 0.3


def test_who_gives_way() -> None:
    assert giving_way([0.9, 0.8, 0.2]) == 2
    assert giving_way([0.9, 0.85, 0.8]) is None
