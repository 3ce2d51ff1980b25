from __future__ import annotations

import math

import numpy as np
import pytest

from matinee.errors import ParameterError
from matinee.evaluation.metrics import UserValues


def test_weights_and_roots() -> None:
    found = UserValues(np.array([1.0, 4.0, np.nan]), np.array([3.0, 1.0, 9.0]), root=True)
    assert found.value == pytest.approx(math.sqrt(7 / 4))
    assert found.per_user[:2].tolist() == [1.0, 2.0]
    assert found.n_measured == 2
    assert found.weight.tolist() == [3.0, 1.0, 0.0]


def test_nobody_measured_has_no_value() -> None:
    assert math.isnan(UserValues(np.array([np.nan])).value)


def test_splits_are_put_together_by_person() -> None:
    first = UserValues(np.array([1.0, 0.0]), np.array([2.0, 1.0]))
    second = UserValues(np.array([4.0, np.nan]), np.array([1.0, 1.0]))
    both = UserValues.pooled([first, second], [np.array([0, 1]), np.array([0, 2])])
    assert both.means[:2].tolist() == [2.0, 0.0]
    assert math.isnan(both.means[2])
    assert both.weight.tolist() == [3.0, 1.0, 0.0]
    assert both.value == pytest.approx(6 / 4)


def test_lengths_must_agree() -> None:
    with pytest.raises(ParameterError, match="values of people"):
        UserValues(np.zeros(3), np.ones(2))
