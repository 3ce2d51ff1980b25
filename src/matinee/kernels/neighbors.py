"""The most similar rows of a sparse matrix, found row by row without a dense square matrix.

Rows are what is compared (films, say) and columns what they are compared by (people). Each thread
takes runs of rows and keeps one accumulator as long as the number of rows, so that the memory is
that of the result and little more. A row's sums are made in one order by one thread: the results
are bit for bit the same at any number of threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from matinee.kernels.gram import stride

__all__ = ["NORMED", "OVERLAP", "PEARSON", "top_neighbors"]

#: Dot product divided by the norms that are passed in: cosine and adjusted cosine.
NORMED = 0
#: Size of the intersection divided by that of the union: Jaccard.
OVERLAP = 1
#: Correlation over the columns that both rows have.
PEARSON = 2

_RUN = 16  # rows that a thread takes at once


@njit(cache=True, parallel=True)
def top_neighbors(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    values: NDArray[np.float32],
    column_indptr: NDArray[np.int64],
    column_indices: NDArray[np.int32],
    column_values: NDArray[np.float32],
    row_norms: NDArray[np.float32],
    neighbor_norms: NDArray[np.float32],
    kind: int,
    shrinkage: float,
    amplification: float,
    k: int,
    first: int,
    last: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The `k` other rows of the largest positive similarity, for the rows ``first … last - 1``.

    Parameters
    ----------
    indptr, indices, values : ndarrays
        The matrix by rows (CSR).
    column_indptr, column_indices, column_values : ndarrays
        The same matrix by columns (CSC).
    row_norms, neighbor_norms : ndarray, shape (n_rows,), dtype float32
        What the dot product is divided by, as a row and as a neighbour; used by ``NORMED``.
    kind : int
        ``NORMED``, ``OVERLAP`` or ``PEARSON``.
    shrinkage : float
        A similarity that rests on c common columns is multiplied by ``c / (c + shrinkage)``.
    amplification : float
        The power that similarities are raised to.
    k : int
        At least 1.
    first, last : int
        The rows to answer for.

    Returns
    -------
    neighbors : ndarray, shape (last - first, k), dtype int32
        Most similar first, ties by row number; filled up with -1.
    similarities : ndarray, shape (last - first, k), dtype float32
        Filled up with 0.
    """
    n = indptr.size - 1
    neighbors = np.full((last - first, k), -1, dtype=np.int32)
    similarities = np.zeros((last - first, k), dtype=np.float32)
    runs = (last - first + _RUN - 1) // _RUN
    step = stride(runs)
    for turn in prange(runs):
        run = (turn * step) % runs
        dot = np.zeros(n, dtype=np.float32)
        own = np.zeros(n if kind == PEARSON else 1, dtype=np.float32)
        theirs = np.zeros(n if kind == PEARSON else 1, dtype=np.float32)
        common = np.zeros(n, dtype=np.int32)
        touched = np.empty(n, dtype=np.int32)
        found = np.empty(n, dtype=np.float32)
        for i in range(first + run * _RUN, min(first + (run + 1) * _RUN, last)):
            count = 0
            for p in range(indptr[i], indptr[i + 1]):
                c, x = indices[p], values[p]
                for q in range(column_indptr[c], column_indptr[c + 1]):
                    j = column_indices[q]
                    if common[j] == 0:
                        touched[count] = j
                        count += 1
                    common[j] += 1
                    dot[j] += x * column_values[q]
                    if kind == PEARSON:
                        own[j] += x * x
                        theirs[j] += column_values[q] * column_values[q]
            kept = 0
            order = np.sort(touched[:count])
            for j in order:
                if j != i and dot[j] > 0:
                    c = common[j]
                    if kind == NORMED:
                        similarity = dot[j] / (row_norms[i] * neighbor_norms[j])
                    elif kind == OVERLAP:
                        union = indptr[i + 1] - indptr[i] + indptr[j + 1] - indptr[j] - c
                        similarity = np.float32(c) / np.float32(union)
                    else:
                        similarity = dot[j] / np.sqrt(own[j] * theirs[j])
                    similarity *= np.float32(c / (c + shrinkage))
                    found[kept] = similarity ** np.float32(amplification)
                    order[kept] = j
                    kept += 1
                common[j] = 0
                dot[j] = 0
                if kind == PEARSON:
                    own[j] = 0
                    theirs[j] = 0
            place = i - first
            _keep_best(order[:kept], found[:kept], neighbors[place], similarities[place])
    return neighbors, similarities


@njit(cache=True)
def _keep_best(
    candidates: NDArray[np.int32],
    found: NDArray[np.float32],
    neighbors: NDArray[np.int32],
    similarities: NDArray[np.float32],
) -> None:
    """Write the largest of `found` into the two rows of the result, largest first."""
    k = neighbors.size
    if found.size > k:
        bound = np.partition(found, found.size - k)[found.size - k]
        ties = k - np.sum(found > bound)
        last = 0
        for p in range(found.size):
            if found[p] > bound or (found[p] == bound and ties > 0):
                if found[p] == bound:
                    ties -= 1
                found[last] = found[p]
                candidates[last] = candidates[p]
                last += 1
        found, candidates = found[:last], candidates[:last]
    best = np.argsort(-found, kind="mergesort")
    for rank in range(best.size):
        neighbors[rank] = candidates[best[rank]]
        similarities[rank] = found[best[rank]]
