"""Conjugate gradients for implicit-feedback factorisation, row by row.

A row's system is ``(gram + sum of w · y yᵀ over its entries + penalty · I) x = sum of w · p · y``,
where `gram` is shared by all rows and stands for what is not observed. Factors come in the basis in
which `gram` is diagonal, so that it costs nothing and the diagonal of the system is a good
preconditioner. The system is never formed: a step costs two passes over the entries of the row.

Each row is solved by one thread in one order, so that the results are bit for bit the same at any
number of threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from matinee.kernels.gram import stride

__all__ = ["improve_rows"]


@njit(cache=True, parallel=True, fastmath=True, error_model="numpy")
def improve_rows(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    targets: NDArray[np.float32],
    weights: NDArray[np.float32],
    features: NDArray[np.float32],
    gram: NDArray[np.float32],
    penalties: NDArray[np.float32],
    steps: int,
    rows: NDArray[np.float32],
) -> None:
    """Take some steps of conjugate gradients for each row, from where it stands.

    Parameters
    ----------
    indptr, indices : ndarrays
        Entries of each row, as in CSR.
    targets, weights : ndarray, shape (n_entries,), dtype float32
        What an entry should be, and how much it counts.
    features : ndarray, shape (n_columns, factors), dtype float32
        The other side, held fixed.
    gram : ndarray, shape (factors,), dtype float32
        The diagonal of the matrix that all rows share.
    penalties : ndarray, shape (n_rows,), dtype float32
    steps : int
    rows : ndarray, shape (n_rows, factors), dtype float32
        Changed in place; a row without entries becomes 0.
    """
    n, factors = rows.shape
    step_between = stride(n)
    for turn in prange(n):
        row = (turn * step_between) % n
        first, last = indptr[row], indptr[row + 1]
        x = rows[row]
        if first == last:
            x[:] = 0
            continue
        fixed = gram + penalties[row]
        diagonal = fixed.copy()
        residual = -fixed * x
        for p in range(first, last):
            y = features[indices[p]]
            weight = weights[p]
            dot = np.float32(0)
            for f in range(factors):
                dot += y[f] * x[f]
            gap = weight * (targets[p] - dot)
            for f in range(factors):
                residual[f] += gap * y[f]
                diagonal[f] += weight * y[f] * y[f]
        direction = residual / diagonal
        product = np.empty(factors, dtype=np.float32)
        size = np.float32(0)
        for f in range(factors):
            size += residual[f] * direction[f]
        for _ in range(steps):
            if size < np.float32(1e-20):
                break
            for f in range(factors):
                product[f] = fixed[f] * direction[f]
            for p in range(first, last):
                y = features[indices[p]]
                dot = np.float32(0)
                for f in range(factors):
                    dot += y[f] * direction[f]
                dot *= weights[p]
                for f in range(factors):
                    product[f] += dot * y[f]
            curvature = np.float32(0)
            for f in range(factors):
                curvature += direction[f] * product[f]
            length = size / curvature
            before = size
            size = np.float32(0)
            for f in range(factors):
                x[f] += length * direction[f]
                residual[f] -= length * product[f]
                size += residual[f] * residual[f] / diagonal[f]
            ratio = size / before
            for f in range(factors):
                direction[f] = residual[f] / diagonal[f] + ratio * direction[f]
