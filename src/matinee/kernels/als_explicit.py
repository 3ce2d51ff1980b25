"""Least-squares loops for explicit factorisation, with implicit parts on both sides.

The model that these loops fit (see :mod:`matinee.models.als`) predicts, for user *u* and movie *i*,

    stars(u, i) = mean + P[u] · Q[i] + b[u] + c[i]
    P[u] = U[u] + sum of Y[j] over u's movies j / sqrt(|u's movies|)
    Q[i] = V[i] + sum of Z[v] over i's users v / sqrt(|i's users|)

Each side is treated alike, so the loops know only *rows* (the side being solved) and *features*
(the other side, held fixed). A row's last meaningful column is its bias, whose feature is a
constant 1. Columns are padded with zeros to a multiple of eight, which keeps the inner loops free
of scalar remainders; a padded column has a zero feature everywhere and so stays zero.

Every loop writes each output row from one iteration alone and sums in a fixed order. The results
are therefore bit for bit the same at any number of threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

__all__ = [
    "BATCH",
    "add_outer",
    "backward",
    "cholesky",
    "forward",
    "gather_sums",
    "implicit_products",
    "residual_gradients",
    "ridge_rows",
]

Float32Array = NDArray[np.float32]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]

#: Ratings whose outer products are added to a row's Gram matrix in one pass over that matrix.
BATCH = 8


@njit(cache=True, fastmath=True, error_model="numpy")
def add_outer(gram: Float32Array, batch: Float32Array) -> None:
    """Add the outer products of eight feature rows to the lower triangle, in one pass over it.

    The loads and stores of `gram`, not the multiplications, would bound the loop otherwise.
    """
    for i in range(gram.shape[0]):
        f0, f1, f2, f3 = batch[0, i], batch[1, i], batch[2, i], batch[3, i]
        f4, f5, f6, f7 = batch[4, i], batch[5, i], batch[6, i], batch[7, i]
        for j in range((i // 8 + 1) * 8):
            gram[i, j] += (
                f0 * batch[0, j]
                + f1 * batch[1, j]
                + f2 * batch[2, j]
                + f3 * batch[3, j]
                + f4 * batch[4, j]
                + f5 * batch[5, j]
                + f6 * batch[6, j]
                + f7 * batch[7, j]
            )


@njit(cache=True, fastmath=True, error_model="numpy")
def cholesky(gram: Float32Array) -> None:
    """Overwrite the lower triangle of a matrix with its Cholesky factor."""
    size = gram.shape[0]
    for j in range(size):
        pivot = gram[j, j]
        for k in range(j):
            pivot -= gram[j, k] * gram[j, k]
        pivot = np.sqrt(pivot)
        gram[j, j] = pivot
        inverse = np.float32(1.0) / pivot
        for i in range(j + 1, size):
            value = gram[i, j]
            for k in range(j):
                value -= gram[i, k] * gram[j, k]
            gram[i, j] = value * inverse


@njit(cache=True, fastmath=True, error_model="numpy")
def forward(lower: Float32Array, right: Float32Array) -> None:
    """Overwrite `right` with the solution of ``lower x = right``."""
    for i in range(right.shape[0]):
        value = right[i]
        for k in range(i):
            value -= lower[i, k] * right[k]
        right[i] = value / lower[i, i]


@njit(cache=True, fastmath=True, error_model="numpy")
def backward(lower: Float32Array, right: Float32Array) -> None:
    """Overwrite `right` with the solution of ``lowerᵀ x = right``."""
    for i in range(right.shape[0] - 1, -1, -1):
        value = right[i] / lower[i, i]
        right[i] = value
        for k in range(i):
            right[k] -= lower[i, k] * value


@njit(cache=True, fastmath=True, error_model="numpy", parallel=True)
def ridge_rows(
    indptr: Int64Array,
    indices: Int32Array,
    targets: Float32Array,
    offsets: Float32Array,
    features: Float32Array,
    base: Float32Array,
    regularization: Float32Array,
    scale: Float32Array,
    out: Float32Array,
) -> None:
    """Solve one ridge regression for each row.

    Row *r* gets the minimiser *x* of

        sum over its entries p of (targets[p] - offsets[m] - (base[r] + x) · features[m])²
            + scale[r] · sum over columns c of regularization[c] · x[c]²

    where ``m = indices[p]``.

    Parameters
    ----------
    indptr : int64 array, shape (n_rows + 1,)
        Where each row's entries begin.
    indices : int32 array, shape (n_entries,)
        The feature row of each entry.
    targets : float32 array, shape (n_entries,)
        Stars, less the global mean.
    offsets : float32 array, shape (n_features,)
        What the other side's bias already explains.
    features : float32 array, shape (n_features, width)
        The other side's vectors; `width` is a multiple of eight.
    base : float32 array, shape (n_rows, width)
        The part of each row's vector that is held fixed.
    regularization : float32 array, shape (width,)
        Ridge penalty of each column; positive.
    scale : float32 array, shape (n_rows,)
        Factor on the penalty of each row; positive.
    out : float32 array, shape (n_rows, width)
        Receives the solutions.
    """
    width = features.shape[1]
    for row in prange(indptr.shape[0] - 1):
        gram = np.zeros((width, width), np.float32)
        right = np.zeros(width, np.float32)
        batch = np.zeros((BATCH, width), np.float32)
        begin = indptr[row]
        end = indptr[row + 1]
        for c in range(width):
            gram[c, c] = scale[row] * regularization[c]
        start = begin
        while start < end:
            count = min(BATCH, end - start)
            for b in range(count):
                m = indices[start + b]
                value = targets[start + b] - offsets[m]
                for c in range(width):
                    value -= base[row, c] * features[m, c]
                for c in range(width):
                    right[c] += value * features[m, c]
                    batch[b, c] = features[m, c]
            for b in range(count, BATCH):
                for c in range(width):
                    batch[b, c] = 0.0
            add_outer(gram, batch)
            start += BATCH
        cholesky(gram)
        forward(gram, right)
        backward(gram, right)
        for c in range(width):
            out[row, c] = right[c]


@njit(cache=True, fastmath=True, error_model="numpy", parallel=True)
def residual_gradients(
    indptr: Int64Array,
    indices: Int32Array,
    targets: Float32Array,
    offsets: Float32Array,
    features: Float32Array,
    vectors: Float32Array,
    gradients: Float32Array,
    diagonals: Float32Array,
) -> None:
    """Sum, for each row, residual · feature and feature² over its entries.

    Parameters
    ----------
    indptr, indices, targets, offsets, features
        As in :func:`ridge_rows`.
    vectors : float32 array, shape (n_rows, width)
        Each row's whole vector (base and solution together).
    gradients : float32 array, shape (n_rows, width)
        Receives the sums of residual · feature.
    diagonals : float32 array, shape (n_rows, width)
        Receives the sums of feature².
    """
    width = features.shape[1]
    for row in prange(indptr.shape[0] - 1):
        for c in range(width):
            gradients[row, c] = 0.0
            diagonals[row, c] = 0.0
        for p in range(indptr[row], indptr[row + 1]):
            m = indices[p]
            value = targets[p] - offsets[m]
            for c in range(width):
                value -= vectors[row, c] * features[m, c]
            for c in range(width):
                gradients[row, c] += value * features[m, c]
                diagonals[row, c] += features[m, c] * features[m, c]


@njit(cache=True, fastmath=True, error_model="numpy", parallel=True)
def implicit_products(
    indptr: Int64Array,
    indices: Int32Array,
    features: Float32Array,
    direction: Float32Array,
    weights: Float32Array,
    moved: Float32Array,
    products: Float32Array,
) -> None:
    """Tell what a change of the implicit parts does to each row, and to its gradient.

    Row *r*, with entries *m*, moves by ``weights[r] · sum of direction[m]``; its gradient by that
    times the row's Gram matrix, ``sum of features[m] features[m]ᵀ``, which is not formed.

    Parameters
    ----------
    indptr : int64 array, shape (n_rows + 1,)
    indices : int32 array, shape (n_entries,)
    features : float32 array, shape (n_features, width)
    direction : float32 array, shape (n_features, width)
        The change of the implicit parts.
    weights : float32 array, shape (n_rows,)
        What each row divides its sum by, inverted.
    moved : float32 array, shape (n_rows, width)
        Receives the change of each row.
    products : float32 array, shape (n_rows, width)
        Receives the change times the Gram matrix.
    """
    width = features.shape[1]
    for row in prange(indptr.shape[0] - 1):
        for c in range(width):
            moved[row, c] = 0.0
            products[row, c] = 0.0
        for p in range(indptr[row], indptr[row + 1]):
            m = indices[p]
            for c in range(width):
                moved[row, c] += direction[m, c]
        for c in range(width):
            moved[row, c] *= weights[row]
        for p in range(indptr[row], indptr[row + 1]):
            m = indices[p]
            value = np.float32(0.0)
            for c in range(width):
                value += moved[row, c] * features[m, c]
            for c in range(width):
                products[row, c] += value * features[m, c]


@njit(cache=True, fastmath=True, error_model="numpy", parallel=True)
def gather_sums(
    indptr: Int64Array,
    indices: Int32Array,
    values: Float32Array,
    weights: Float32Array,
    out: Float32Array,
) -> None:
    """Sum ``weights[m] · values[m]`` over each row's entries *m*.

    Parameters
    ----------
    indptr : int64 array, shape (n_rows + 1,)
    indices : int32 array, shape (n_entries,)
    values : float32 array, shape (n_features, width)
    weights : float32 array, shape (n_features,)
    out : float32 array, shape (n_rows, width)
        Receives the sums.
    """
    width = values.shape[1]
    for row in prange(indptr.shape[0] - 1):
        for c in range(width):
            out[row, c] = 0.0
        for p in range(indptr[row], indptr[row + 1]):
            m = indices[p]
            weight = weights[m]
            for c in range(width):
                out[row, c] += weight * values[m, c]
