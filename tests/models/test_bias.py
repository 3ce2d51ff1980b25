"""Biases, against the closed form."""

from __future__ import annotations

import numpy as np
import pytest
from tests.models.conftest import make_world

from matinee.dataset import Dataset
from matinee.models.bias import Bias, fit_biases


def test_it_is_the_ridge_solution(world: Dataset) -> None:
    """Solve the same problem densely, as one linear system."""
    ratings = world.ratings
    n, m = ratings.n_users, ratings.n_movies
    design = np.zeros((len(ratings), n + m))
    design[np.arange(len(ratings)), ratings.users] = 1
    design[np.arange(len(ratings)), n + ratings.movies] = 1
    penalty = np.diag([10.0] * n + [5.0] * m)
    target = ratings.stars - ratings.mean
    solution = np.linalg.solve(design.T @ design + penalty, design.T @ target)
    biases = fit_biases(ratings, movie_damping=5, user_damping=10, iterations=200)
    assert np.allclose(biases.users, solution[:n], atol=1e-4)
    assert np.allclose(biases.movies, solution[n:], atol=1e-4)


def test_a_training_user_is_folded_in_to_the_same_bias(world: Dataset) -> None:
    model = Bias().fit(world)
    batch = model._batch([world.profile(3), world.profile(8)])
    expected = model._biases.users[[2, 7]]
    assert model._biases.of_profiles(batch) == pytest.approx(expected, abs=1e-5)


def test_generosity_is_accounted_for() -> None:
    """A film that only strict people saw is better than its mean says."""
    world = make_world(seed=3)
    model = Bias().fit(world)
    table = model.movie_biases()
    assert table.shape == (len(world.catalog),)
    assert table[-2:].tolist() == [0.0, 0.0], "unrated films"


def test_reasons_tell_both_offsets(world: Dataset) -> None:
    texts = [str(reason) for reason in Bias().fit(world).explain(world.profile(1), 103)]
    assert len(texts) == 2
    assert any(text.startswith("you give") for text in texts)
    assert any(text.startswith("people give it") for text in texts)
