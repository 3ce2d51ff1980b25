"""The words of hyper-parameter errors."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.errors import ParameterError
from matinee.models.parameters import check_choice, check_float, check_int, check_seed


def test_good_values_pass() -> None:
    assert check_int("k", np.int64(3), 1, 5) == 3
    assert check_float("x", 1, 0.0) == 1.0
    assert check_choice("by", "mean", ("mean", "count")) == "mean"
    assert check_seed(0) == 0


@pytest.mark.parametrize("value", [0, 6, 2.0, True, "3", None])
def test_integers(value: object) -> None:
    with pytest.raises(ParameterError, match="k must be a whole number from 1 to 5, got"):
        check_int("k", value, 1, 5)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), "much", None, True])
def test_floats(value: object) -> None:
    with pytest.raises(ParameterError, match="x must be a number between 0 and 1, got"):
        check_float("x", value, 0.0, 1.0)


def test_open_ends() -> None:
    with pytest.raises(ParameterError, match="x must be a number more than 0, got 0"):
        check_float("x", 0, 0.0, open_low=True)
    with pytest.raises(ParameterError, match="x must be a number at least 0, got -1"):
        check_float("x", -1, 0.0)


def test_choices_hint_at_the_near_one() -> None:
    with pytest.raises(
        ParameterError, match=r"'mean', 'count', got 'meen' \(did you mean 'mean'\?"
    ):
        check_choice("by", "meen", ("mean", "count"))
