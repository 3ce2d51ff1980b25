"""The truncated SVD, against dense linear algebra."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.models.bias import fit_biases
from matinee.models.svd import SVD

K = 5


def dense(world: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Stars and which are given."""
    ratings = world.ratings
    stars = np.zeros((ratings.n_users, ratings.n_movies))
    stars[ratings.users, ratings.movies] = ratings.stars
    return stars, stars > 0


def means(world: Dataset, demean: str) -> np.ndarray:
    """What each form subtracts, dense."""
    stars, known = dense(world)
    overall = world.ratings.mean
    shape = np.ones(stars.shape)
    if demean == "textbook":
        return stars.mean(axis=1, keepdims=True) * shape
    if demean == "user":
        return stars.sum(axis=1, keepdims=True) / known.sum(axis=1, keepdims=True) * shape
    if demean == "movie":
        counts = known.sum(axis=0)
        films = np.where(counts > 0, stars.sum(axis=0) / np.maximum(counts, 1), overall)
        return films * shape
    if demean == "biases":
        biases = fit_biases(world.ratings)
        return biases.mean + biases.users[:, None] + biases.movies
    return 0 * shape


@pytest.mark.parametrize("demean", ["biases", "user", "movie", "none", "textbook"])
def test_the_projection_is_the_truncated_svd(world: Dataset, demean: str) -> None:
    stars, known = dense(world)
    subtracted = means(world, demean)
    rest = stars - subtracted if demean == "textbook" else np.where(known, stars - subtracted, 0)
    u, s, vt = np.linalg.svd(rest)
    expected = subtracted + u[:, :K] @ (s[:K, None] * vt[:K])
    model = SVD(factors=K, demean=demean, scaling=0.0, projection=True).fit(world)
    assert model.singular_values == pytest.approx(s[:K], rel=1e-4)
    people = [world.profile(user) for user in range(1, 81)]
    assert model._all_stars(model._batch(people)) == pytest.approx(expected, abs=2e-2)


def test_the_textbook_form_takes_no_scaling(world: Dataset) -> None:
    plain = SVD(factors=K, demean="textbook", scaling=0.0).fit(world)
    scaled = SVD(factors=K, demean="textbook", scaling=0.5).fit(world)
    assert np.array_equal(plain.singular_values, scaled.singular_values)


def test_it_predicts_far_better_than_the_textbook_form(world: Dataset) -> None:
    held = np.random.default_rng(0).random(len(world.ratings)) < 0.2
    train, test = world.ratings.take(~held), world.ratings.take(held)
    errors = {}
    for demean in ("biases", "textbook"):
        model = SVD(factors=K, demean=demean).fit(world.replace(train))
        people = model._batch([train.profile(user) for user in range(1, 81)])
        found = model._stars(people, test.users.astype(np.intp), test.movies)
        errors[demean] = float(np.sqrt(np.mean((found - test.stars) ** 2)))
    assert errors["biases"] < 0.9 < 1.5 < errors["textbook"]


def test_signs_are_settled(world: Dataset) -> None:
    """Another start of the iteration gives the same vectors, signs included."""
    one = SVD(factors=2, random_state=1).fit(world)
    two = SVD(factors=2, random_state=2).fit(world)
    assert one._movies == pytest.approx(two._movies, abs=1e-4)


def test_more_factors_than_the_matrix_has_are_refused(world: Dataset) -> None:
    with pytest.raises(
        ParameterError,
        match="factors must be less than the number of users and of movies, 50 here, got 50: use",
    ):
        SVD(factors=50).fit(world)
