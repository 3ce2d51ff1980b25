from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from matinee.evaluation.metrics import mae, rmse

STARS = st.floats(0.5, 5.0, width=32)


@given(st.lists(st.tuples(STARS, STARS, st.integers(0, 4)), min_size=1, max_size=40))
def test_errors_are_those_of_scikit_learn(rows: list[tuple[float, float, int]]) -> None:
    predicted, actual = (np.array([row[i] for row in rows], dtype=np.float32) for i in (0, 1))
    users = np.array([row[2] for row in rows], dtype=np.int32)
    found = rmse(predicted, actual, users, 5)
    assert found.value == pytest.approx(root_mean_squared_error(actual, predicted), abs=1e-6)
    assert mae(predicted, actual, users, 5).value == pytest.approx(
        mean_absolute_error(actual, predicted), abs=1e-6
    )
    for user in range(5):
        own = users == user
        if own.any():
            alone = root_mean_squared_error(actual[own], predicted[own])
            assert found.per_user[user] == pytest.approx(alone, abs=1e-6)
        else:
            assert np.isnan(found.per_user[user])


def test_each_rating_counts_once_and_not_each_person() -> None:
    found = mae(np.array([1.0, 1.0, 1.0]), np.array([1.0, 1.0, 4.0]), np.array([0, 0, 1]), 2)
    assert found.value == 1.0
    assert found.per_user.tolist() == [0.0, 3.0]
