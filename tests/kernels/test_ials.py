"""Conjugate gradients for iALS, against one dense system a row."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from matinee.kernels.ials import improve_rows

FACTORS, ROWS, COLUMNS = 6, 40, 25


class Problem:
    """Random rows, weights and signed targets, where the Gram matrix is diagonal."""

    def __init__(self) -> None:
        rng = np.random.default_rng(2)
        has = rng.random((ROWS, COLUMNS)) < 0.3
        has[5] = False
        self.indptr = np.concatenate(([0], np.cumsum(has.sum(axis=1)))).astype(np.int64)
        self.indices = np.nonzero(has)[1].astype(np.int32)
        n = self.indices.size
        self.targets = rng.uniform(-0.5, 1, n).astype(np.float32)
        self.weights = rng.uniform(0.5, 2, n).astype(np.float32)
        features = rng.normal(0, 1, (COLUMNS, FACTORS))
        values, basis = np.linalg.eigh(0.1 * features.T @ features)
        self.features = (features @ basis).astype(np.float32)
        self.gram = values.astype(np.float32)
        self.penalties = rng.uniform(0.1, 1, ROWS).astype(np.float32)

    def improve(self, steps: int, rows: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        rows = np.zeros((ROWS, FACTORS), dtype=np.float32) if rows is None else rows
        improve_rows(
            self.indptr, self.indices, self.targets, self.weights, self.features,
            self.gram, self.penalties, steps, rows,
        )  # fmt: skip
        return rows

    def system(self, row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        mine = slice(self.indptr[row], self.indptr[row + 1])
        y = self.features[self.indices[mine]].astype(np.float64)
        w, p = self.weights[mine].astype(np.float64), self.targets[mine].astype(np.float64)
        left = (y * w[:, None]).T @ y
        left += np.diag(self.gram + np.float64(self.penalties[row]))
        return left, y.T @ (w * p)


@pytest.fixture
def problem() -> Problem:
    return Problem()


def test_as_many_steps_as_factors_solve_each_row(problem: Problem) -> None:
    rows = problem.improve(FACTORS + 2)
    for row in range(ROWS):
        left, right = problem.system(row)
        assert rows[row] == pytest.approx(np.linalg.solve(left, right), abs=1e-4)


def test_a_row_without_entries_becomes_zero(problem: Problem) -> None:
    rows = problem.improve(2, np.ones((ROWS, FACTORS), dtype=np.float32))
    assert np.all(rows[5] == 0)


def test_each_step_lowers_the_loss_from_where_the_row_stands(problem: Problem) -> None:
    rng = np.random.default_rng(3)
    start = rng.normal(0, 1, (ROWS, FACTORS)).astype(np.float32)

    def loss(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        losses = np.zeros(ROWS)
        for row, x in enumerate(rows.astype(np.float64)):
            left, right = problem.system(row)
            losses[row] = x @ left @ x - 2 * right @ x
        return losses

    before = loss(start)
    for steps in (1, 2, 3):
        after = loss(problem.improve(steps, start.copy()))
        assert np.all(after <= before + 1e-4)
        before = after


def test_threads_do_not_change_a_bit(problem: Problem) -> None:
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("needs two threads")
    many = problem.improve(3)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert np.array_equal(problem.improve(3), many)
    finally:
        numba.set_num_threads(before)
