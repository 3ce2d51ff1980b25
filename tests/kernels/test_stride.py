"""The order in which threads take rows."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.kernels.gram import stride


@settings(deadline=None)  # the first call compiles
@given(st.integers(min_value=1, max_value=5000))
def test_each_row_is_visited_once(n: int) -> None:
    step = stride(n)
    assert sorted((turn * step) % n for turn in range(n)) == list(range(n))


def test_rows_side_by_side_are_visited_far_apart() -> None:
    step = stride(10_000)
    first = sorted((turn * step) % 10_000 for turn in range(100))
    assert max(b - a for a, b in itertools.pairwise(first)) < 300
