"""The loops of explicit least squares, against NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.kernels.als_explicit import (
    gather_sums,
    implicit_products,
    residual_gradients,
    ridge_rows,
)

WIDTH = 16


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


class Problem:
    """Rows with 0 to 40 entries over 30 features, the last four columns padding."""

    def __init__(self, seed: int, n_rows: int = 25) -> None:
        rng = np.random.default_rng(seed)
        lengths = rng.integers(0, 41, n_rows)
        lengths[0] = 0
        self.indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        self.indices = rng.integers(0, 30, self.indptr[-1]).astype(np.int32)
        self.targets = rng.normal(size=self.indptr[-1]).astype(np.float32)
        self.offsets = rng.normal(size=30).astype(np.float32)
        self.features = rng.normal(size=(30, WIDTH)).astype(np.float32)
        self.features[:, -4:] = 0
        self.base = rng.normal(size=(n_rows, WIDTH)).astype(np.float32)
        self.base[:, -4:] = 0
        self.regularization = rng.uniform(0.5, 2.0, WIDTH).astype(np.float32)
        self.scale = rng.uniform(0.5, 2.0, n_rows).astype(np.float32)
        for array in (self.indptr, self.indices, self.targets):
            array.flags.writeable = False

    def rows(self) -> Iterator[tuple[int, Any, Any, Any]]:
        """Row, its features in double precision, its targets less offsets, its penalties."""
        for row in range(self.indptr.size - 1):
            own = slice(self.indptr[row], self.indptr[row + 1])
            m = self.indices[own]
            rest = self.targets[own].astype(float) - self.offsets[m]
            yield row, self.features[m].astype(float), rest, self.scale[row] * self.regularization

    def solve(self) -> np.ndarray:
        out = np.full_like(self.base, np.nan)
        ridge_rows(
            self.indptr,
            self.indices,
            self.targets,
            self.offsets,
            self.features,
            self.base,
            self.regularization,
            self.scale,
            out,
        )
        return out


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_each_row_is_its_ridge_regression(seed: int) -> None:
    problem = Problem(seed)
    found = problem.solve()
    for row, features, rest, penalty in problem.rows():
        right = features.T @ (rest - features @ problem.base[row])
        expected = np.linalg.solve(features.T @ features + np.diag(penalty), right)
        assert found[row] == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_rows_without_entries_and_padding_are_zero() -> None:
    found = Problem(1).solve()
    assert np.all(found[0] == 0)
    assert np.all(found[:, -4:] == 0)


def test_gradients_and_diagonals() -> None:
    problem = Problem(2)
    gradients, squares = np.empty_like(problem.base), np.empty_like(problem.base)
    residual_gradients(
        problem.indptr,
        problem.indices,
        problem.targets,
        problem.offsets,
        problem.features,
        problem.base,
        gradients,
        squares,
    )
    for row, features, rest, _ in problem.rows():
        expected = features.T @ (rest - features @ problem.base[row])
        assert gradients[row] == pytest.approx(expected, rel=1e-3, abs=1e-3)
        assert squares[row] == pytest.approx((features**2).sum(axis=0), rel=1e-4, abs=1e-4)


def products(problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    direction = np.random.default_rng(0).normal(size=(30, WIDTH)).astype(np.float32)
    moved, turned = np.empty_like(problem.base), np.empty_like(problem.base)
    implicit_products(
        problem.indptr,
        problem.indices,
        problem.features,
        direction,
        problem.scale,
        moved,
        turned,
    )
    return direction, moved, turned


def test_changes_of_the_implicit_parts() -> None:
    problem = Problem(3)
    direction, moved, turned = products(problem)
    for row, features, _, _ in problem.rows():
        m = problem.indices[problem.indptr[row] : problem.indptr[row + 1]]
        change = problem.scale[row] * direction[m].astype(float).sum(axis=0)
        assert moved[row] == pytest.approx(change, rel=1e-4, abs=1e-4)
        expected = features.T @ (features @ change)
        assert turned[row] == pytest.approx(expected, rel=1e-3, abs=1e-2)


def test_sums() -> None:
    problem = Problem(4)
    weights = np.random.default_rng(0).uniform(size=30).astype(np.float32)
    out = np.empty_like(problem.base)
    gather_sums(problem.indptr, problem.indices, problem.features, weights, out)
    for row in range(len(out)):
        m = problem.indices[problem.indptr[row] : problem.indptr[row + 1]]
        expected = weights[m].astype(float) @ problem.features[m]
        assert out[row] == pytest.approx(expected, rel=1e-4, abs=1e-4)


def _solve(problem: Problem) -> np.ndarray:
    return problem.solve()


def _sum(problem: Problem) -> np.ndarray:
    out = np.empty_like(problem.base)
    gather_sums(problem.indptr, problem.indices, problem.features, np.ones(30, np.float32), out)
    return out


def _products(problem: Problem) -> np.ndarray:
    return np.stack(products(problem)[1:])


@pytest.mark.parametrize("loop", [_solve, _sum, _products])
def test_the_same_bits_at_any_number_of_threads(loop: Callable[[Problem], np.ndarray]) -> None:
    problem = Problem(5, n_rows=200)
    numba.set_num_threads(1)
    alone = loop(problem)
    numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
    assert np.array_equal(alone, loop(problem))
