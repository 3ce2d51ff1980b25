"""Tests of films for two or more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import matinee
from matinee.errors import ParameterError
from matinee.models.base import Recommender
from matinee.recommend.groups import STRATEGIES, Strategy, agree, gives_way

FIT = st.tuples(st.integers(2, 5), st.integers(3, 30)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(0, 100, width=16))
)


@given(FIT, st.sampled_from(STRATEGIES), st.integers(1, 40), st.data())
def test_only_open_films_come_back_none_twice_and_in_the_order_of_their_worth(
    fit: np.ndarray, strategy: Strategy, n: int, data: st.DataObject
) -> None:
    open_ = data.draw(arrays(np.bool_, fit.shape[1]))
    codes, worth = agree(fit, open_, strategy, n)
    assert len(set(codes.tolist())) == len(codes) == min(n, int(open_.sum()))
    assert all(open_[code] for code in codes)
    assert worth.tolist() == sorted(worth.tolist(), reverse=True)


@given(FIT, st.integers(1, 10))
def test_no_list_of_that_length_has_a_happier_least_happy_member(fit: np.ndarray, n: int) -> None:
    everything = np.ones(fit.shape[1], dtype=bool)
    codes, worth = agree(fit, everything, "least-misery", n)
    least = np.sort(fit.min(axis=0))[::-1][:n]
    assert worth == pytest.approx(fit[:, codes].min(axis=0))
    assert np.sort(worth)[::-1] == pytest.approx(least, abs=0.2)


@given(FIT)
def test_the_average_takes_the_best_mean(fit: np.ndarray) -> None:
    codes, worth = agree(fit, np.ones(fit.shape[1], dtype=bool), "average", 1)
    assert worth[0] == pytest.approx(fit.mean(axis=0).max(), abs=0.2)
    assert fit[:, codes[0]].mean() == pytest.approx(worth[0])


@pytest.mark.parametrize("seed", range(5))
def test_in_turns_who_is_outvoted_gets_more(seed: int) -> None:
    many, one = 100 * np.random.default_rng(seed).random((2, 300)) ** 3
    fit = np.stack([many, many, many, one])
    everything = np.ones(300, dtype=bool)
    fair, average = (
        fit[:, agree(fit, everything, way, 6)[0]].sum(axis=1) for way in ("fair", "average")
    )
    assert fair[3] > average[3]
    assert np.ptp(fair) < np.ptp(average)


def test_who_gives_way_is_who_has_clearly_least() -> None:
    assert gives_way([90, 80, 20]) == 2
    assert gives_way([90, 85, 80]) is None


ADA, BEN = {"Alien": 5, "The Terminator": 4.5}, {"Notting Hill": 5, "Pretty Woman": 4.5}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_group_gets_what_is_shown(ease: Recommender, strategy: Strategy) -> None:
    found = ease.together({"Ada": ADA, "Ben": BEN}, 10, strategy=strategy)
    assert len(found) == 10
    shown = [film.fit for film in found.films]
    assert shown == sorted(shown, reverse=True)
    own = {name: ease.scored(who).fit for name, who in (("Ada", ADA), ("Ben", BEN))}
    for film, members, way in zip(found.films, found.members, found.gives_way, strict=True):
        fits = [member.fit for member in members]
        code = ease.catalog.code_of(film.movie_id)
        assert fits == pytest.approx([own[member.name][code] for member in members], abs=0.1)
        worth = min(fits) if strategy == "least-misery" else sum(fits) / 2
        assert film.fit == pytest.approx(worth)
        if way is not None:
            assert way == members[fits.index(min(fits))].name
            assert max(fits) - min(fits) >= 20
    known = {ease.catalog.find(title) for title in (*ADA, *BEN)}
    assert not known & set(found.films.movie_ids)


def test_the_dials_hold_for_groups(ease: Recommender) -> None:
    counts = ease.stats.counts

    def median(**dials: object) -> float:
        found = ease.together([ADA, BEN], 10, dials=dials)
        return float(np.median(counts[ease.catalog.codes_of(found.films.movie_ids)]))

    assert median(hidden=1.0) <= median() / 10


def test_the_price_of_dials_is_what_the_plain_list_is_worth_beyond_theirs(
    ease: Recommender,
) -> None:
    plain = ease.together([ADA, BEN], 10)
    hidden = ease.together([ADA, BEN], 10, dials={"hidden": 1.0})
    assert plain.films.price == 0
    worth = [sum(film.fit for film in found.films) / 10 for found in (plain, hidden)]
    assert len(hidden) == 10
    assert hidden.films.price == pytest.approx(worth[0] - worth[1])
    assert hidden.films.price > 0


def test_what_is_no_group_is_refused(ease: Recommender) -> None:
    with pytest.raises(ParameterError, match="at least two members, got 1"):
        ease.together([ADA])
    with pytest.raises(ParameterError, match="average, least-misery, fair, got 'vote'"):
        ease.together([ADA, BEN], strategy="vote")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ease() -> Recommender:
    return matinee.create_model("ease").fit(matinee.load("sample"))
