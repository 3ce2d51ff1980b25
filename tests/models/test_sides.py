"""Alternating steps, against the objective that they must lower and dense solutions."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.models.factorization import (
    Side,
    improve_implicit,
    padded_width,
    rebase,
    solve,
    two_sides,
)

FACTORS = 5
WIDTH = padded_width(FACTORS)
RIDGE = np.full(WIDTH, 2.0, np.float32)


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


def sides(world: Dataset, *, implicit: tuple[bool, bool] = (True, True)) -> tuple[Side, Side]:
    users, movies = two_sides(world.ratings, FACTORS, implicit=implicit)
    rng = np.random.default_rng(0)
    movies.vectors[:, : FACTORS + 1] = 0.3 * rng.standard_normal((len(movies), FACTORS + 1))
    return users, movies


def residuals(users: Side, movies: Side) -> np.ndarray:
    rows = np.repeat(np.arange(len(users)), np.diff(users.indptr))
    p, q = users.vectors[rows].astype(float), movies.vectors[users.indices].astype(float)
    stars = np.einsum("ij,ij->i", p[:, :FACTORS], q[:, :FACTORS]) + p[:, FACTORS] + q[:, FACTORS]
    return users.targets - stars


def objective(side: Side, other: Side, scale: np.ndarray) -> float:
    """What :func:`solve` minimises over the side's own vectors."""
    users, movies = (side, other) if len(side) == 80 else (other, side)
    own = (side.vectors - side.base).astype(float)
    return float(np.sum(residuals(users, movies) ** 2) + np.sum(scale[:, None] * RIDGE * own**2))


def test_two_sides_hold_the_same_ratings(world: Dataset) -> None:
    users, movies = two_sides(world.ratings, FACTORS, implicit=(False, False))
    assert np.shares_memory(users.indices, world.ratings.movies)
    table = np.zeros((len(users), len(movies)), np.float32)
    table[np.repeat(np.arange(len(users)), np.diff(users.indptr)), users.indices] = users.targets
    turned = np.zeros_like(table)
    turned[movies.indices, np.repeat(np.arange(len(movies)), np.diff(movies.indptr))] = (
        movies.targets
    )
    assert np.array_equal(table, turned)


def test_solving_either_side_lowers_the_objective(world: Dataset) -> None:
    users, movies = sides(world, implicit=(False, False))
    solve(users, movies, RIDGE, users.counts)
    for _ in range(3):
        for side, other in ((movies, users), (users, movies)):
            before = objective(side, other, side.counts)
            solve(side, other, RIDGE, side.counts)
            assert objective(side, other, side.counts) <= before * (1 + 1e-5)


def test_implicit_parts_converge_to_the_dense_solution(world: Dataset) -> None:
    """Many steps of conjugate gradients end where one large linear system does."""
    users, movies = sides(world)
    solve(users, movies, RIDGE, users.counts)
    features, _ = movies.as_features()
    n, width = len(movies), FACTORS + 1
    start = residuals(users, movies)
    rows = np.repeat(np.arange(len(users)), np.diff(users.indptr))
    chosen = np.zeros((len(users), n))
    chosen[rows, users.indices] = users.weights[rows]
    design = chosen[rows][:, :, None] * features[users.indices, None, :width].astype(float)
    design = design.reshape(len(rows), n * width)
    gram = design.T @ design + np.diag(np.tile(RIDGE[:width].astype(float), n))
    expected = np.linalg.solve(gram, design.T @ start).reshape(n, width)
    improve_implicit(users, movies, RIDGE, 200)
    assert users.implicit is not None
    assert users.implicit[:, :width] == pytest.approx(expected, abs=2e-3)
    assert residuals(users, movies) == pytest.approx(start - design @ expected.ravel(), abs=2e-3)


def test_the_base_follows_from_the_implicit_parts(world: Dataset) -> None:
    users, movies = sides(world)
    solve(users, movies, RIDGE, users.counts)
    improve_implicit(users, movies, RIDGE, 4)
    base, vectors = users.base.copy(), users.vectors.copy()
    rebase(users, movies)
    assert users.base == pytest.approx(base, abs=1e-4)
    assert users.vectors == pytest.approx(vectors, abs=1e-4)


def test_a_side_without_implicit_parts_is_left_alone(world: Dataset) -> None:
    users, movies = sides(world, implicit=(False, False))
    solve(users, movies, RIDGE, users.counts)
    before = users.vectors.copy()
    improve_implicit(users, movies, RIDGE, 3)
    rebase(users, movies)
    assert np.array_equal(users.vectors, before)


def test_the_same_bits_at_any_number_of_threads(world: Dataset) -> None:
    found = []
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        users, movies = sides(world)
        for _ in range(2):
            for side, other in ((users, movies), (movies, users)):
                solve(side, other, RIDGE, side.counts)
                improve_implicit(side, other, RIDGE, 3)
        found.append((users.vectors, movies.vectors))
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])
