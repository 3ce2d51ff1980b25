"""What stars say of liking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.models.preference import preferences
from matinee.scale import RatingScale

WHOLE, HALF = RatingScale(1.0, 5.0, 1.0), RatingScale(0.5, 5.0, 0.5)


def test_low_stars_count_against_and_high_ones_for() -> None:
    values = preferences(np.arange(0.5, 5.5, 0.5, dtype=np.float32), HALF)
    assert values[0] == -0.5
    assert values[-1] == 1
    assert np.all(values[:3] < 0), "1.5 stars and fewer"
    assert np.all(values[4:] > 0), "2.5 stars and more"
    assert np.all(np.diff(values) > 0)


def test_without_dislike_low_stars_count_nothing() -> None:
    values = preferences(np.array([1, 2, 3], dtype=np.float32), WHOLE, dislike=0.0)
    assert values.tolist() == [0, 0, pytest.approx(0.6)]


def test_a_table_of_likes_is_all_ones() -> None:
    likes = np.full(3, 1, dtype=np.float32)
    assert preferences(likes, RatingScale(1.0, 1.0)).tolist() == [1, 1, 1]


@given(
    st.floats(min_value=0.5, max_value=5, width=32),
    st.floats(min_value=0.5, max_value=5, width=32),
    st.floats(min_value=0, max_value=2),
)
def test_more_stars_never_say_less(a: float, b: float, dislike: float) -> None:
    low, high = preferences(np.array(sorted((a, b)), dtype=np.float32), HALF, dislike)
    assert -np.float32(dislike) - 1e-6 <= low <= high <= 1
