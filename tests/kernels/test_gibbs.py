"""The Gibbs loops against the posteriors that a textbook gives."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from matinee.kernels.gibbs import draw_implicit, draw_rows, residuals, square_sums

WIDTH = 8
NOISE = 2.0


def rows(seed: int = 0, n: int = 12, m: int = 9) -> tuple[NDArray[Any], ...]:
    rng = np.random.default_rng(seed)
    rated = rng.random((n, m)) < 0.6
    rated[3] = False
    indptr = np.concatenate(([0], np.cumsum(rated.sum(axis=1)))).astype(np.int64)
    indices = np.nonzero(rated)[1].astype(np.int32)
    targets = rng.standard_normal(indices.size).astype(np.float32)
    features = rng.standard_normal((m, WIDTH)).astype(np.float32)
    offsets = rng.standard_normal(m).astype(np.float32)
    return indptr, indices, targets, offsets, features


def prior(seed: int = 1) -> tuple[NDArray[Any], NDArray[Any]]:
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((WIDTH, WIDTH))
    precision = (np.eye(WIDTH) + root @ root.T / WIDTH).astype(np.float32)
    return precision, rng.standard_normal(WIDTH).astype(np.float32)


def test_rows_are_drawn_from_the_exact_posterior() -> None:
    indptr, indices, targets, offsets, features = rows()
    precision, shift = prior()
    base = np.random.default_rng(2).standard_normal((12, WIDTH)).astype(np.float32)
    arguments = (indptr, indices, targets, offsets, features, base, precision, shift, NOISE)
    means = np.empty((12, WIDTH), np.float32)
    draw_rows(*arguments, np.zeros_like(means), means)
    moved = np.empty_like(means)
    for row in range(12):
        own = slice(indptr[row], indptr[row + 1])
        f = features[indices[own]].astype(np.float64)
        rest = targets[own] - offsets[indices[own]] - f @ base[row]
        posterior = precision + NOISE * f.T @ f
        mean = np.linalg.solve(posterior, shift + NOISE * f.T @ rest)
        assert means[row] == pytest.approx(mean, abs=2e-4)
        # Unit normals in turn give the columns of a root of the covariance.
        root = []
        for column in range(WIDTH):
            normals = np.zeros_like(means)
            normals[row, column] = 1.0
            draw_rows(*arguments, normals, moved)
            root.append(moved[row] - means[row])
        covariance = np.array(root).T @ np.array(root)
        assert covariance == pytest.approx(np.linalg.inv(posterior), abs=2e-3)


def test_implicit_parts_are_drawn_from_their_conditionals() -> None:
    indptr, indices, targets, offsets, features = rows()
    n, m = 12, 9
    rng = np.random.default_rng(3)
    other_indptr, other_indices = columns(indptr, indices, m)
    weights = rng.random(n).astype(np.float32)
    own = rng.standard_normal((n, WIDTH)).astype(np.float32)
    implicit = np.zeros((WIDTH, m), np.float32)
    base = np.zeros((WIDTH, n), np.float32)
    left = np.empty_like(targets)
    residuals(indptr, indices, targets, offsets, features, own, left)
    squares = np.empty((WIDTH, n), np.float32)
    square_sums(indptr, indices, features, squares)
    # Without noise, sweep after sweep goes to the ridge solution of all parts together.
    belief = np.full(WIDTH, 3.0, np.float32)
    none = np.zeros((WIDTH, m), np.float32)
    for _ in range(300):
        draw_implicit(
            *(indptr, indices, other_indptr, other_indices, weights),
            *(np.ascontiguousarray(features.T), squares, belief, NOISE, none, implicit, base, left),
        )
    design = np.zeros((len(indices), m * WIDTH))
    for row in range(n):
        for p in range(indptr[row], indptr[row + 1]):
            for j in indices[indptr[row] : indptr[row + 1]]:
                design[p, j * WIDTH : (j + 1) * WIDTH] += weights[row] * features[indices[p]]
    residuals(indptr, indices, targets, offsets, features, own, start := np.empty_like(targets))
    system = 3.0 * np.eye(m * WIDTH) + NOISE * design.T @ design
    exact = np.linalg.solve(system, NOISE * design.T @ start).reshape(m, WIDTH)
    assert pytest.approx(exact, abs=1e-3) == implicit.T
    whole = own + base.T
    residuals(indptr, indices, targets, offsets, features, whole, again := np.empty_like(targets))
    assert left == pytest.approx(again, abs=1e-3)


def test_draws_do_not_depend_on_the_number_of_threads() -> None:
    indptr, indices, targets, offsets, features = rows(n=300, m=40)
    precision, shift = prior()
    found = []
    for threads in (1, numba.get_num_threads()):
        numba.set_num_threads(threads)
        out = np.empty((300, WIDTH), np.float32)
        base = np.zeros_like(out)
        normals = np.random.default_rng(4).standard_normal(out.shape).astype(np.float32)
        draw_rows(
            *(indptr, indices, targets, offsets, features, base, precision, shift, NOISE),
            *(normals, out),
        )
        found.append(out)
    assert np.array_equal(found[0], found[1])


def columns(indptr: NDArray[Any], indices: NDArray[Any], m: int) -> tuple[Any, Any]:
    owners = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    order = np.argsort(indices, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(indices, minlength=m))))
    return starts.astype(np.int64), owners[order].astype(np.int32)
