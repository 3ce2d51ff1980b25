"""Products of the columns of a sparse matrix, written into dense rows."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from matinee.kernels.spread import stride

__all__ = ["add_products"]


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
