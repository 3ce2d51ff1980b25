"""Settings of a training, and the one-cycle schedule."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import ParameterError
from matinee.models.neural.dot import Dot
from matinee.models.neural.settings import TrainingSettings, one_cycle

SETTINGS = TrainingSettings(5, None, 0.01, 0.1, "adamw", "one-cycle", 0.1, None, "cpu", 0)


@pytest.mark.parametrize(
    ("n", "batch"), [(10, 64), (28_160, 64), (44_000, 100), (10**6, 2272), (10**9, 65_536)]
)
def test_the_batch_grows_with_the_ratings(n: int, batch: int) -> None:
    assert SETTINGS.batch_of(n) == batch


def test_a_batch_size_of_ones_own_stands() -> None:
    assert replace(SETTINGS, batch_size=7).batch_of(10**6) == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be a whole number"),
        ({"learning_rate": 0.0}, "learning_rate must be a number more than 0"),
        ({"weight_decay": -1.0}, "weight_decay must be a number at least 0"),
        ({"optimizer": "sgd"}, "optimizer must be one of 'adamw', 'adam', 'adamax', got 'sgd'"),
        ({"schedule": "cosine"}, "schedule must be one of 'one-cycle', 'constant'"),
        ({"validation_share": 1.0}, "validation_share must be a number between 0 and 0.9"),
        ({"patience": 2, "validation_share": 0.0}, "patience=2 needs a validation part"),
        ({"device": "gpu"}, "device must be one of 'auto', 'cpu', 'cuda', 'mps'"),
        ({"random_state": -1}, "random_state must be a whole number"),
    ],
)
def test_wrong_settings_are_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Dot(**change)


@given(total=st.integers(1, 500), peak=st.floats(1e-5, 1.0))
def test_one_cycle_climbs_to_its_peak_and_falls(total: int, peak: float) -> None:
    rates, momenta = zip(*(one_cycle(step, total, peak) for step in range(total)), strict=True)
    top = max(range(total), key=rates.__getitem__)
    assert all(a <= b for a, b in pairwise(rates[: top + 1]))
    assert all(a >= b for a, b in pairwise(rates[top:]))
    assert min(rates) > 0
    assert max(rates) <= peak * (1 + 1e-9)
    assert all(0.85 - 1e-9 <= momentum <= 0.95 + 1e-9 for momentum in momenta)
    if total >= 5:
        assert rates[-1] == pytest.approx(peak / 1e5)
        assert top <= total / 2
