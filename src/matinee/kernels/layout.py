"""The loops of a neighbourhood-preserving layout (t-SNE with interpolated repulsion).

Each point's sums are made in one order by one thread, and the one loop in which points share
targets runs on one thread: the results are bit for bit the same at any number of threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

__all__ = ["attraction", "gather", "neighbor_weights", "spread_ones", "top_columns"]


@njit(cache=True, parallel=True)
def top_columns(
    similarity: NDArray[np.float32], first: int, k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The `k` columns of the largest values in each row of a block, but for the row's own.

    Parameters
    ----------
    similarity : ndarray, shape (rows, n), dtype float32
        Row i of the block is row ``first + i`` of the whole square matrix.
    first : int
    k : int
        From 1 to n - 1.

    Returns
    -------
    columns : ndarray, shape (rows, k), dtype int32
        Largest value first, ties by column number.
    values : ndarray, shape (rows, k), dtype float32
    """
    rows, n = similarity.shape
    columns = np.empty((rows, k), np.int32)
    values = np.empty((rows, k), np.float32)
    for row in prange(rows):
        found = 0
        for column in range(n):
            value = similarity[row, column]
            if column == first + row or (found == k and value <= values[row, k - 1]):
                continue
            if found < k:
                found += 1
            place = found - 1
            while place > 0 and values[row, place - 1] < value:
                values[row, place] = values[row, place - 1]
                columns[row, place] = columns[row, place - 1]
                place -= 1
            values[row, place] = value
            columns[row, place] = column
    return columns, values


@njit(cache=True, parallel=True)
def neighbor_weights(
    distances: NDArray[np.float32], perplexity: float, steps: int
) -> NDArray[np.float32]:
    """How much each neighbour counts: a Gaussian as wide as makes the effective number right.

    Parameters
    ----------
    distances : ndarray, shape (n, k), dtype float32
        Squared distances to the neighbours, ascending.
    perplexity : float
        The effective number of neighbours: the exponential of the weights' entropy.
    steps : int
        Halvings of the search for the width.

    Returns
    -------
    ndarray, shape (n, k), dtype float32
        Each row adds up to 1.
    """
    n, k = distances.shape
    weights = np.empty((n, k), np.float32)
    wanted = np.log(perplexity)
    for row in prange(n):
        low, high, precision = 0.0, np.inf, 1.0
        for _ in range(steps):
            total, mean = 0.0, 0.0
            for place in range(k):
                further = float(distances[row, place]) - float(distances[row, 0])
                weight = np.exp(-precision * further)
                total += weight
                mean += weight * further
                weights[row, place] = weight
            entropy = np.log(total) + precision * mean / total
            if entropy > wanted:
                low = precision
                precision = 2.0 * precision if high == np.inf else 0.5 * (low + high)
            else:
                high = precision
                precision = 0.5 * (low + high)
        total = 0.0
        for place in range(k):
            total += weights[row, place]
        for place in range(k):
            weights[row, place] /= total
    return weights


@njit(cache=True, parallel=True)
def attraction(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float32],
    points: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """The pull of each point's neighbours, ``Σ w (y_i − y_j) / (1 + |y_i − y_j|²)``.

    Parameters
    ----------
    indptr, indices, weights : ndarrays
        A symmetric sparse matrix (CSR).
    points : ndarray, shape (n, 2), dtype float64
    out : ndarray, shape (n, 2), dtype float64
        Where the sums go.
    """
    for i in prange(points.shape[0]):
        x, y = points[i, 0], points[i, 1]
        along, up = 0.0, 0.0
        for place in range(indptr[i], indptr[i + 1]):
            j = indices[place]
            dx, dy = x - points[j, 0], y - points[j, 1]
            pull = weights[place] / (1.0 + dx * dx + dy * dy)
            along += pull * dx
            up += pull * dy
        out[i, 0], out[i, 1] = along, up


@njit(cache=True, inline="always")
def _node(value: float, low: float, step: float, nodes: int) -> tuple[int, float]:
    """The second of the four nodes around a coordinate, and how far beyond it, from 0 to 1."""
    scaled = (value - low) / step
    node = min(max(int(scaled), 1), nodes - 3)
    return node, scaled - node


@njit(cache=True, inline="always")
def _shares(t: float) -> tuple[float, float, float, float]:
    """The cubic B-spline at the four nodes around a place."""
    s = 1.0 - t
    return (
        s * s * s / 6.0,
        (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0,
        (4.0 - 6.0 * s * s + 3.0 * s * s * s) / 6.0,
        t * t * t / 6.0,
    )


@njit(cache=True)
def spread_ones(
    points: NDArray[np.float64], low: float, step: float, grid: NDArray[np.float32]
) -> None:
    """Add each point, as a charge of 1, to the nodes around it.

    Parameters
    ----------
    points : ndarray, shape (n, 2), dtype float64
        One node and more from the grid's edges.
    low : float
        Where the first node is, along both axes.
    step : float
        From node to node.
    grid : ndarray, shape (m, m), dtype float32
        Sums at the nodes, by x and y.
    """
    nodes = grid.shape[0]
    for i in range(points.shape[0]):
        column, right = _node(points[i, 0], low, step, nodes)
        row, up = _node(points[i, 1], low, step, nodes)
        across, along = _shares(right), _shares(up)
        for a in range(4):
            for b in range(4):
                grid[column - 1 + a, row - 1 + b] += across[a] * along[b]


@njit(cache=True, parallel=True)
def gather(
    points: NDArray[np.float64],
    low: float,
    step: float,
    grids: NDArray[np.float32],
    out: NDArray[np.float64],
) -> None:
    """Sum up fields at points, from the B-splines of the nodes around each.

    Parameters
    ----------
    points : ndarray, shape (n, 2), dtype float64
    low, step : float
        As in :func:`spread_ones`.
    grids : ndarray, shape (fields, m, m), dtype float32
        The coefficients of each field.
    out : ndarray, shape (n, fields), dtype float64
    """
    nodes = grids.shape[1]
    for i in prange(points.shape[0]):
        column, right = _node(points[i, 0], low, step, nodes)
        row, up = _node(points[i, 1], low, step, nodes)
        across, along = _shares(right), _shares(up)
        for field in range(grids.shape[0]):
            total = 0.0
            for a in range(4):
                for b in range(4):
                    total += across[a] * along[b] * grids[field, column - 1 + a, row - 1 + b]
            out[i, field] = total
