"""The best films of a row of scores."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matinee.recommend.ranking import top_codes

scores = st.lists(
    st.sampled_from([0.0, 1.0, 1.5, -2.0, float("-inf"), float("nan")]), min_size=1, max_size=30
)


@given(scores, st.integers(0, 40), st.randoms())
def test_it_equals_a_full_sort(values: list[float], n: int, random: object) -> None:
    array = np.asarray(values, dtype=np.float32)
    ties = np.random.default_rng(len(values)).permutation(len(values))
    allowed = [i for i in range(len(values)) if array[i] > -np.inf]
    expected = sorted(allowed, key=lambda i: (-array[i], ties[i]))[:n]
    assert top_codes(array, n, ties).tolist() == expected
