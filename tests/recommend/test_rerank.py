"""Choosing the films of a list."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matinee.recommend.rerank import pick, standardised

N = 12
RNG = np.random.default_rng(0)
CODES = np.arange(100, 100 + N, dtype=np.int32)
SCORES = np.sort(RNG.random(N))[::-1]
GENRES = RNG.random((N, 4)) < 0.4
KINDS = GENRES / np.maximum(np.linalg.norm(GENRES, axis=1, keepdims=True), 1)
ALONE = np.full(N, -1, dtype=np.int32)
ABOUT: dict[str, Any] = {"genres": GENRES, "kinds": KINDS, "liked": np.ones(4), "series": ALONE}
weights = st.floats(0, 1)


@given(weights, weights, st.integers(0, N + 3))
def test_a_list_is_made_of_the_films_of_the_pool(
    different: float, calibration: float, n: int
) -> None:
    found = pick(CODES, SCORES, n, **ABOUT, different=different, calibration=calibration)
    assert len(found) == len(set(found.tolist())) == min(n, N)
    assert set(found.tolist()) <= set(CODES.tolist())


def test_without_weights_the_order_stays() -> None:
    assert pick(CODES, SCORES, 5, **ABOUT).tolist() == list(CODES[:5])


def test_a_person_without_genres_keeps_the_order() -> None:
    about = {**ABOUT, "liked": np.zeros(4)}
    assert pick(CODES, SCORES, 3, **about, calibration=1.0).tolist() == list(CODES[:3])


def test_calibration_brings_the_mixture_closer() -> None:
    rng = np.random.default_rng(1)
    genres = np.eye(3, dtype=bool)[rng.choice(3, size=300, p=[0.85, 0.08, 0.07])]
    codes, scores = np.arange(300, dtype=np.int32), np.linspace(1, 0, 300)
    liked = np.array([0.2, 0.3, 0.5])

    def distance(calibration: float) -> float:
        order = pick(
            codes,
            scores,
            10,
            genres=genres,
            kinds=genres.astype(float),
            liked=liked,
            series=np.full(300, -1),
            calibration=calibration,
        )
        return float(np.abs(genres[order].mean(axis=0) - liked).sum())

    assert distance(0.9) < 0.3 < distance(0.0)


def test_variety_lowers_the_likeness_within_the_list() -> None:
    rng = np.random.default_rng(2)
    kinds = np.eye(6)[rng.choice(6, size=200, p=[0.7, 0.1, 0.05, 0.05, 0.05, 0.05])]
    codes, scores = np.arange(200, dtype=np.int32), np.linspace(1, 0, 200)

    def likeness(different: float) -> float:
        order = pick(
            codes,
            scores,
            6,
            genres=kinds > 0,
            kinds=kinds,
            liked=np.zeros(6),
            series=np.full(200, -1),
            different=different,
        )
        inner = kinds[order] @ kinds[order].T
        return float((inner.sum() - len(order)) / (len(order) * (len(order) - 1)))

    assert likeness(0.9) == 0.0
    assert likeness(0.0) > 0.3


def test_ten_films_hold_two_of_a_series_and_the_next_ten_again_two() -> None:
    series = np.array([0] * 6 + [-1] * 20, dtype=np.int32)
    codes, scores = np.arange(26, dtype=np.int32), np.linspace(1, 0, 26)
    flat: dict[str, Any] = {
        "genres": np.ones((26, 1), dtype=bool),
        "kinds": np.ones((26, 1)),
        "liked": np.zeros(1),
        "series": series,
    }
    found = pick(codes, scores, 20, **flat)
    assert (series[found[:10]] == 0).sum() == 2
    assert (series[found[10:]] == 0).sum() == 2
    assert (series[pick(codes, scores, 10, **flat, most_of_series=0)] == 0).sum() == 6


def test_where_nothing_else_is_left_a_series_goes_on() -> None:
    about = {**ABOUT, "series": np.zeros(N, dtype=np.int32)}
    assert pick(CODES, SCORES, 10, **about).tolist() == list(CODES[:10])


def test_standard_scores() -> None:
    found = standardised(np.array([1.0, 2.0, 3.0, -np.inf]))
    assert np.isneginf(found[3])
    assert abs(float(found[:3].mean())) < 1e-6
    assert abs(float(found[:3].std()) - 1) < 1e-6
    assert standardised(np.array([2.0, 2.0])).tolist() == [0.0, 0.0]
    assert np.isneginf(standardised(np.array([-np.inf]))).all()
