"""The loops of the layout, against plain NumPy."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import random_array

from matinee.kernels.layout import attraction, gather, neighbor_weights, spread_ones, top_columns


@pytest.mark.parametrize("k", [1, 4, 19])
def test_top_columns_are_the_largest(k: int) -> None:
    rng = np.random.default_rng(0)
    whole = rng.random((20, 20)).astype(np.float32)
    columns, values = top_columns(whole[5:12], 5, k)
    for row in range(7):
        expected = [int(c) for c in np.argsort(-whole[5 + row]) if c != 5 + row][:k]
        assert columns[row].tolist() == expected
        assert values[row].tolist() == whole[5 + row, expected].tolist()


def test_ties_go_to_the_first_column() -> None:
    columns, _ = top_columns(np.ones((2, 6), np.float32), 0, 3)
    assert columns.tolist() == [[1, 2, 3], [0, 2, 3]]


@pytest.mark.parametrize("perplexity", [2.0, 5.0, 9.5])
def test_weights_have_the_perplexity(perplexity: float) -> None:
    distances = np.sort(np.random.default_rng(1).random((30, 12)).astype(np.float32), axis=1)
    distances[3] *= 1e-6  # very near
    distances[4] *= 1e6  # very far
    weights = neighbor_weights(distances, perplexity, 80).astype(np.float64)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
    entropy = -(weights * np.log(np.maximum(weights, 1e-300))).sum(axis=1)
    np.testing.assert_allclose(np.exp(entropy), perplexity, rtol=1e-3)
    assert (np.diff(weights, axis=1) <= 1e-7).all()


def test_weights_of_films_in_one_place_are_equal() -> None:
    weights = neighbor_weights(np.zeros((2, 6), np.float32), 2.0, 60)
    np.testing.assert_allclose(weights, 1 / 6, rtol=1e-6)


def test_attraction_is_the_sum_over_neighbors() -> None:
    points = np.random.default_rng(2).standard_normal((30, 2)) * 3
    graph = random_array((30, 30), density=0.2, rng=np.random.default_rng(3), format="csr")
    graph = (graph + graph.T).tocsr().astype(np.float32)
    out = np.empty_like(points)
    attraction(graph.indptr.astype(np.int64), graph.indices, graph.data, points, out)
    apart = points[:, None] - points[None, :]
    pull = graph.toarray() / (1 + (apart**2).sum(axis=2))
    np.testing.assert_allclose(out, (pull[:, :, None] * apart).sum(axis=1), rtol=1e-5, atol=1e-6)


def grid_of(points: NDArray[np.float64]) -> NDArray[np.float32]:
    grid = np.zeros((16, 16), np.float32)
    spread_ones(points, -2.0, 0.5, grid)
    return grid


def test_charges_keep_their_sum_and_their_middle() -> None:
    points = np.random.default_rng(4).uniform(-1, 4, (50, 2))
    grid = grid_of(points).astype(np.float64)
    at = -2.0 + 0.5 * np.arange(16)
    assert grid.sum() == pytest.approx(50, rel=1e-5)
    assert (grid.sum(axis=1) @ at) == pytest.approx(points[:, 0].sum(), rel=1e-4)
    assert (grid.sum(axis=0) @ at) == pytest.approx(points[:, 1].sum(), rel=1e-4)


def test_reading_is_the_transpose_of_spreading() -> None:
    rng = np.random.default_rng(5)
    points, fields = rng.uniform(-1, 4, (40, 2)), rng.random((2, 16, 16)).astype(np.float32)
    out = np.empty((40, 2))
    gather(points, -2.0, 0.5, fields, out)
    for i in range(40):
        share = grid_of(points[i : i + 1])
        expected = (share[None].astype(np.float64) * fields).sum(axis=(1, 2))
        np.testing.assert_allclose(out[i], expected, rtol=1e-5)


def test_a_linear_field_is_read_exactly() -> None:
    points = np.random.default_rng(6).uniform(-1, 4, (40, 2))
    at = (-2.0 + 0.5 * np.arange(16)).astype(np.float32)
    fields = np.stack([np.tile(at[:, None], 16), np.tile(at, (16, 1))])
    out = np.empty((40, 2))
    gather(points, -2.0, 0.5, fields, out)
    np.testing.assert_allclose(out, points, atol=1e-6)


def test_any_number_of_threads_gives_the_same() -> None:
    rng = np.random.default_rng(7)
    whole = rng.random((64, 64)).astype(np.float32)
    before = numba.get_num_threads()
    try:
        results = []
        for threads in (1, before):
            numba.set_num_threads(threads)
            columns, values = top_columns(whole, 0, 9)
            weights = neighbor_weights(np.float32(1) - values, 3.0, 40)
            results.append((columns, values, weights))
    finally:
        numba.set_num_threads(before)
    for first, second in zip(*results, strict=True):
        assert np.array_equal(first, second)
