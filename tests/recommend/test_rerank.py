"""Other orders of the same candidates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import ParameterError
from matinee.recommend.rerank import calibrated, diversified, standardised, with_tail

N = 12
RNG = np.random.default_rng(0)
CODES = np.arange(100, 100 + N, dtype=np.int32)
SCORES = np.sort(RNG.random(N))[::-1]
GENRES = RNG.random((N, 4)) < 0.4
weights = st.floats(0, 1)
lengths = st.integers(0, N + 3)


@given(weights, lengths)
def test_a_new_order_is_made_of_the_same_films(weight: float, n: int) -> None:
    taste = np.array([0.5, 0.3, 0.2, 0.0])
    for order in (
        diversified(CODES, SCORES, GENRES.astype(float), n, weight=weight),
        calibrated(CODES, SCORES, GENRES, taste, n, weight=weight),
    ):
        assert len(order) == min(n, N)
        assert len(set(order.tolist())) == len(order)
        assert set(order.tolist()) <= set(CODES.tolist())


def test_weight_zero_keeps_the_order() -> None:
    taste = np.ones(4)
    assert diversified(CODES, SCORES, GENRES.astype(float), 5, weight=0).tolist() == list(CODES[:5])
    assert calibrated(CODES, SCORES, GENRES, taste, 5, weight=0).tolist() == list(CODES[:5])


def test_a_person_without_genres_keeps_the_order() -> None:
    assert calibrated(CODES, SCORES, GENRES, np.zeros(4), 3, weight=1).tolist() == list(CODES[:3])


def test_calibration_brings_the_mixture_closer() -> None:
    rng = np.random.default_rng(1)
    genres = np.eye(3, dtype=bool)[rng.choice(3, size=300, p=[0.85, 0.08, 0.07])]
    codes = np.arange(300, dtype=np.int32)
    taste = np.array([0.2, 0.3, 0.5])
    scores = np.linspace(1, 0, 300)

    def distance(order: np.ndarray) -> float:
        return float(np.abs(genres[order].mean(axis=0) - taste).sum())

    plain = calibrated(codes, scores, genres, taste, 10, weight=0)
    mixed = calibrated(codes, scores, genres, taste, 10, weight=0.9)
    assert distance(mixed) < 0.3 < distance(plain)


def test_the_tail_dial() -> None:
    scores = np.array([1.0, 0.95, -np.inf, 0.2], dtype=np.float32)
    counts = np.array([5000, 3, 9000, 9000], dtype=np.int32)
    assert with_tail(scores, counts, 0).argmax() == 0
    assert with_tail(scores, counts, 1).argmax() == 1
    assert with_tail(scores, counts, -1).argmax() == 0
    for dial in (-1.0, 0.0, 0.5, 1.0):
        assert np.isneginf(with_tail(scores, counts, dial)[2]), "what is hidden stays hidden"


def test_standard_scores() -> None:
    assert standardised(np.array([2.0, 2.0])).tolist() == [0.0, 0.0]
    assert np.isneginf(standardised(np.array([-np.inf]))).all()
    rng = np.random.default_rng(2)
    values = standardised(rng.normal(7, 3, 500))
    assert values.mean() == pytest.approx(0, abs=1e-5)
    assert values.std() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("value", [-1.5, 1.5])
def test_dials_have_ends(value: float) -> None:
    with pytest.raises(ParameterError, match="between -1 and 1"):
        with_tail(SCORES, np.ones(N, np.int32), value)
    with pytest.raises(ParameterError, match="between 0 and 1"):
        diversified(CODES, SCORES, GENRES.astype(float), 3, weight=value)
    with pytest.raises(ParameterError, match="between 0 and 1"):
        calibrated(CODES, SCORES, GENRES, np.ones(4), 3, weight=value)
