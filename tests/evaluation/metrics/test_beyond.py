from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.evaluation.metrics import (
    coverage,
    genre_calibration,
    gini,
    intra_list_diversity,
    novelty,
    popularity_lift,
)

LISTS = np.array([[0, 1], [0, 2], [0, -1]], dtype=np.int32)
# Three films: drama, comedy, both.
GENRES = np.array([[1, 0], [0, 1], [1, 1]], dtype=np.bool_)


def test_coverage_is_the_share_of_films_in_any_list() -> None:
    parts = coverage(LISTS, 5)
    assert parts.mean() == pytest.approx(3 / 5)
    # Film 0 is shared by three lists; films 1 and 2 are one list's own.
    assert parts == pytest.approx([3 / 5 * (1 / 3 + 1), 3 / 5 * (1 / 3 + 1), 3 / 5 / 3])


def test_gini_of_a_hand_computed_case() -> None:
    # Exposures 0, 0, 1, 1, 3: sum of (2i - n - 1) x_i = 0 + 0 + 0·1 + 2·1 + 4·3 = 14, over 5·5.
    assert gini(LISTS, 5).mean() == pytest.approx(14 / 25)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_gini_is_half_the_relative_mean_difference(films: list[int]) -> None:
    ranked = np.array(films, dtype=np.int32)[:, None]
    exposure = np.bincount(films, minlength=6)
    differences = np.abs(exposure[:, None] - exposure[None, :]).mean()
    assert gini(ranked, 6).mean() == pytest.approx(differences / (2 * exposure.mean()))


def test_everything_equally_often_has_no_inequality() -> None:
    ranked = np.arange(6, dtype=np.int32).reshape(3, 2)
    assert gini(ranked, 6).mean() == pytest.approx(0)
    assert coverage(ranked, 6).mean() == pytest.approx(1)


def test_novelty_in_bits() -> None:
    counts = np.array([8, 4, 0])
    # 0 bits, 1 bit, and 3 bits for a film that nobody rated (it counts as rated once).
    assert novelty(LISTS, counts, 8) == pytest.approx([0.5, 1.5, 0.0])
    empty = novelty(np.full((1, 2), -1, dtype=np.int32), counts, 8)
    assert np.isnan(empty).all()


def test_diversity_is_the_mean_distance_of_pairs() -> None:
    ranked = np.array([[0, 1, 2], [0, 0, -1], [0, -1, -1]], dtype=np.int32)
    root = 1 / math.sqrt(2)
    found = intra_list_diversity(ranked, GENRES)
    assert found[0] == pytest.approx(1 - (0 + root + root) / 3)
    assert found[1] == pytest.approx(0)
    assert math.isnan(found[2])


def test_films_without_genres_say_nothing_about_diversity() -> None:
    genres = np.vstack([GENRES, [False, False]])
    with_unknown = intra_list_diversity(np.array([[0, 1, 3]], dtype=np.int32), genres)
    assert with_unknown == pytest.approx([1.0])


def test_popularity_lift_compares_with_the_persons_own_films() -> None:
    counts = np.array([30, 10, 20])
    indptr, own = np.array([0, 2, 2]), np.array([1, 2], dtype=np.int32)
    found = popularity_lift(LISTS[:2], indptr, own, counts)
    assert found[0] == pytest.approx((20 - 15) / 15)
    assert math.isnan(found[1])


def test_calibration_is_the_divergence_of_steck() -> None:
    own = np.array([0, 2], dtype=np.int32)  # p = (0.75, 0.25)
    found = genre_calibration(LISTS[:1], np.array([0, 2]), own, GENRES)
    q = 0.99 * np.array([0.5, 0.5]) + 0.01 * np.array([0.75, 0.25])
    expected = 0.75 * math.log(0.75 / q[0]) + 0.25 * math.log(0.25 / q[1])
    assert found == pytest.approx([expected])


def test_calibration_stays_finite_when_a_genre_is_missing() -> None:
    one = np.array([[0, 0]], dtype=np.int32)
    found = genre_calibration(one, np.array([0, 1]), np.array([1], dtype=np.int32), GENRES)
    assert found == pytest.approx([math.log(1 / 0.01)])
    unknown = genre_calibration(one, np.array([0, 0]), np.empty(0, np.int32), GENRES)
    assert np.isnan(unknown).all()


@given(st.lists(st.integers(0, 2), min_size=2, max_size=6), st.sets(st.integers(0, 2), min_size=1))
def test_calibration_is_not_negative_and_zero_for_the_own_films(
    listed: list[int], own: set[int]
) -> None:
    films = np.array(sorted(own), dtype=np.int32)
    pointers = np.array([0, films.size])
    found = genre_calibration(np.array([listed], dtype=np.int32), pointers, films, GENRES)
    assert found[0] >= 0
    assert genre_calibration(films[None, :], pointers, films, GENRES)[0] == pytest.approx(0)
