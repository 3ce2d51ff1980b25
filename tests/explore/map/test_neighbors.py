"""Trustworthiness, against scikit-learn's and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import manifold

from matinee.errors import ParameterError
from matinee.explore.map.neighbors import trustworthiness, unit_rows


@given(seed=st.integers(0, 10_000), n=st.integers(13, 60), k=st.integers(1, 6))
def test_it_is_that_of_scikit_learn(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 5)).astype(np.float32)
    places = rng.standard_normal((n, 2))
    expected = manifold.trustworthiness(
        vectors.astype(np.float64), places, n_neighbors=k, metric="cosine"
    )
    assert trustworthiness(vectors, places, k=k) == pytest.approx(expected, abs=1e-6)


def test_by_hand() -> None:
    """Five directions; the map puts the last one beside the first."""
    angles = np.radians([0, 10, 21, 33, 46])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    places = np.array([[0.0, 0], [1, 0], [2.1, 0], [3.3, 0], [-0.5, 0]])
    # The nearest on the map of the first is the last, of the last the first: each stands fourth in
    # the other's own list, 3 too far. The other three have on the map whom they have in truth.
    assert trustworthiness(vectors, places, k=1) == pytest.approx(
        1 - 2 * 6 / (5 * 1 * (10 - 3 - 1))
    )
    assert trustworthiness(vectors, np.column_stack([angles, angles]), k=1) == 1


def test_a_sample_is_near_the_whole_and_repeats() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((900, 6)).astype(np.float32)
    places = vectors[:, :2].astype(np.float64)
    whole = trustworthiness(vectors, places, sample=None)
    part = trustworthiness(vectors, places, sample=300)
    assert part == pytest.approx(whole, abs=0.02)
    assert part != whole
    assert trustworthiness(vectors, places, sample=300) == part


def test_films_in_one_place_do_not_count_themselves() -> None:
    vectors = np.random.default_rng(1).standard_normal((40, 4)).astype(np.float32)
    assert 0 <= trustworthiness(vectors, np.zeros((40, 2)), k=5) <= 1


def test_too_few_films_are_told() -> None:
    with pytest.raises(ParameterError, match="15 neighbours needs more than 30 films, got 30"):
        trustworthiness(np.ones((30, 2), np.float32), np.ones((30, 2)))


def test_unit_rows() -> None:
    units = unit_rows(np.array([[3, 4], [0, 0]], np.float32))
    np.testing.assert_allclose(units, [[0.6, 0.8], [0, 0]], rtol=1e-6)
