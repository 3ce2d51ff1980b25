"""Gradient descent: loss curves, early stopping, repeatability, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.models.mf import MatrixFactorization
from matinee.progress import ProgressEvent


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


@pytest.mark.parametrize("implicit", ["none", "user", "both"])
def test_the_loss_goes_down(world: Dataset, implicit: str) -> None:
    model = MatrixFactorization(factors=8, iterations=10, implicit=implicit).fit(world)
    losses = [epoch["loss"] for epoch in model.history]
    assert len(losses) == 10
    assert losses[-1] < 0.95 * losses[0]
    assert (len(model._implicit) > 0) == (implicit != "none")


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("linear", [0.04, 0.03, 0.02, 0.01]),
        ("constant", [0.04] * 4),
        ("cosine", [0.04, 0.02 + 0.02 * 0.5**0.5, 0.02, 0.02 - 0.02 * 0.5**0.5]),
    ],
)
def test_schedules(world: Dataset, schedule: str, expected: list[float]) -> None:
    model = MatrixFactorization(factors=8, iterations=4, learning_rate=0.04, schedule=schedule).fit(
        world
    )
    assert [epoch["learning_rate"] for epoch in model.history] == pytest.approx(expected)


def test_early_stopping_keeps_the_best_epoch(world: Dataset) -> None:
    """With hardly any penalty and a high constant rate the validation loss soon turns round."""
    eager = {
        "factors": 32,
        "learning_rate": 0.1,
        "schedule": "constant",
        "regularization": 1e-3,
        "implicit": "none",
        "validation": 0.2,
    }
    stopped = MatrixFactorization(iterations=200, patience=4, **eager).fit(world)
    losses = [epoch["validation_loss"] for epoch in stopped.history]
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + 4 < 200
    exact = MatrixFactorization(iterations=best + 1, patience=4, **eager).fit(world)
    assert np.array_equal(stopped._movies, exact._movies)


def test_progress_tells_the_loss(world: Dataset) -> None:
    events: list[ProgressEvent] = []
    model = MatrixFactorization(factors=8, iterations=3).fit(world, progress=events.append)
    epochs = [event for event in events if event.stage == "epochs"]
    assert [event.done for event in epochs] == [1, 2, 3]
    assert [event.figures["loss"] for event in epochs] == [e["loss"] for e in model.history]


def test_a_training_that_diverges_says_what_to_change(world: Dataset) -> None:
    model = MatrixFactorization(
        factors=8, learning_rate=1.0, schedule="constant", iterations=100, implicit="none"
    )
    with pytest.raises(ParameterError, match=r"diverged in epoch \d+: learning_rate 1 is too high"):
        model.fit(world)
    assert not model.is_fitted


@pytest.mark.parametrize("implicit", ["none", "both"])
def test_the_same_model_at_any_number_of_threads(world: Dataset, implicit: str) -> None:
    models = []
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        models.append(MatrixFactorization(factors=8, implicit=implicit).fit(world)._arrays())
    for name, array in models[0].items():
        assert np.array_equal(array, models[1][name]), name


def test_another_seed_is_another_model(world: Dataset) -> None:
    one = MatrixFactorization(factors=8, random_state=1).fit(world)
    two = MatrixFactorization(factors=8, random_state=2).fit(world)
    assert not np.array_equal(one._movies, two._movies)


def test_hyper_parameters_are_checked() -> None:
    with pytest.raises(ParameterError, match="implicit must be one of 'none', 'user', 'both'"):
        MatrixFactorization(implicit="users")
    with pytest.raises(ParameterError, match=r"validation must be a number between 0 and 0\.5"):
        MatrixFactorization(validation=0.6)
    with pytest.raises(ParameterError, match=r"did you mean 'linear'"):
        MatrixFactorization(schedule="liner")
