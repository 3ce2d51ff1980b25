"""Explicit least squares as a whole."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.models.explicit_als import ExplicitALS
from matinee.ratings import Ratings


def test_a_matrix_of_low_rank_is_recovered() -> None:
    """Stars made of one factor, half of them hidden: the hidden ones are told exactly."""
    rng = np.random.default_rng(0)
    left, right = rng.uniform(-1, 1, 60), rng.uniform(-1, 1, 40)
    stars = 3 + left[:, None] * right
    known = rng.random(stars.shape) < 0.5
    users, movies = np.nonzero(known)
    from tests.models.conftest import make_world

    world = make_world()
    films = world.catalog.movie_ids.ids[:40]
    ratings = Ratings.from_columns(
        users, films[movies], stars[known], movies=world.catalog.movie_ids
    )
    data = Dataset(ratings, world.catalog, name="low rank", licence="none", citation="none")
    model = ExplicitALS(
        factors=4,
        iterations=40,
        regularization=1e-3,
        bias_regularization=1e-3,
        implicit="none",
    ).fit(data)
    people = model._batch([data.profile(user) for user in range(60)])
    found = model._all_stars(people)[:, :40]
    assert np.abs(found - stars)[~known].max() < 0.05


@pytest.mark.parametrize("implicit", ["none", "user", "both"])
def test_the_same_model_at_any_number_of_threads(world: Dataset, implicit: str) -> None:
    before = numba.get_num_threads()
    models = []
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            models.append(ExplicitALS(factors=6, implicit=implicit).fit(world)._arrays())
    finally:
        numba.set_num_threads(before)
    for name, array in models[0].items():
        assert np.array_equal(array, models[1][name]), name


def test_implicit_parts_are_there_when_asked_for(world: Dataset) -> None:
    for implicit, rows in (("none", 0), ("user", 50), ("both", 50)):
        model = ExplicitALS(factors=6, iterations=2, implicit=implicit).fit(world)
        assert len(model._implicit) == rows


def test_hyper_parameters_are_checked() -> None:
    with pytest.raises(ParameterError, match="implicit must be one of 'none', 'user', 'both'"):
        ExplicitALS(implicit="movie")
    with pytest.raises(ParameterError, match="regularization must be a number more than 0, got 0"):
        ExplicitALS(regularization=0)
