"""Products of the columns of a sparse matrix, and an order of rows that shares heavy ones out."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

__all__ = ["add_products", "stride"]


@njit(cache=True)
def stride(n: int) -> int:
    """A step that has no common divisor with `n`, about 0.618 of it.

    ``(t * stride(n)) % n`` for t from 0 to n - 1 visits each row once, and any run of t visits rows
    from everywhere. Old films have small codes and many ratings; threads that take runs of codes
    would wait for the first.
    """
    step = max(1, int(n * 0.618034))
    while True:
        a, b = n, step
        while b:
            a, b = b, a % b
        if a <= 1 or n <= 1:
            return step
        step += 1


@njit(cache=True, parallel=True)
def add_products(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    values: NDArray[np.float32],
    row_indptr: NDArray[np.int64],
    row_indices: NDArray[np.int32],
    row_values: NDArray[np.float32],
    place: NDArray[np.int32],
    columns: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    """Add the products of some columns with all columns to `out`.

    Each row of `out` belongs to one thread and is summed in one order: the result is bit for
    bit the same at any number of threads.

    Parameters
    ----------
    indptr, indices, values : ndarrays
        The matrix by columns (CSC).
    row_indptr, row_indices, row_values : ndarrays
        The same matrix by rows (CSR).
    place : ndarray, shape (n_columns,), dtype int32
        For each column, its place in a row of `out`, or -1 to leave it out.
    columns : ndarray, shape (n,), dtype int32
        The columns that the rows of `out` stand for.
    out : ndarray, shape (n, n_places), dtype float32
        Changed in place.
    """
    step = stride(columns.size)
    for turn in prange(columns.size):
        line = (turn * step) % columns.size
        column = columns[line]
        for p in range(indptr[column], indptr[column + 1]):
            row, x = indices[p], values[p]
            for q in range(row_indptr[row], row_indptr[row + 1]):
                spot = place[row_indices[q]]
                if spot >= 0:
                    out[line, spot] += x * row_values[q]
