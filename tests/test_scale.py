"""The scale of the stars."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.scale import RatingScale


@pytest.mark.parametrize(
    ("stars", "expected"),
    [
        ([1, 2, 5], RatingScale(1.0, 5.0, 1.0)),
        ([0.5, 2, 5], RatingScale(0.5, 5.0, 0.5)),
        ([1.25, 2], RatingScale(1.25, 2.0, 0.25)),
        ([7.1, 9.3], RatingScale(7.1, 9.3, 0.1)),
        ([0.123, 0.9], RatingScale(0.123, 0.9, 0.0)),
        ([], RatingScale(0.5, 5.0, 0.5)),
    ],
)
def test_it_is_read_from_the_data(stars: list[float], expected: RatingScale) -> None:
    assert RatingScale.of(np.asarray(stars, dtype=np.float32)) == expected


def test_what_lies_within() -> None:
    scale = RatingScale(0.5, 5.0, 0.5)
    assert 0.5 in scale
    assert np.float32(5) in scale
    assert 5.01 not in scale
    assert "3" not in scale
    assert scale.holds(np.array([0.4, 0.5, 3.2, 5.0, 5.1])).tolist() == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert scale.middle == 2.75
    assert str(scale) == "0.5 to 5 in steps of 0.5"
    assert str(RatingScale(0, 1)) == "0 to 1"
