"""Films as vectors, from models that know them as rows of a sparse matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array

from matinee.threads import one_blas_thread

__all__ = ["DIMENSIONS", "leading_rows", "products", "spectral_rows"]

DIMENSIONS = 64
"""Columns of such vectors, where the matrix has as many."""

_SPARE = 16  # columns that help the wanted ones to settle
_STEPS = 8
_FEW = range(2, 25)  # people


def products(people: NDArray[np.float32], films: NDArray[np.float32]) -> NDArray[np.float32]:
    """The dot products of people's vectors with films', ``people @ films.T``.

    A BLAS takes half the time for many rows and few columns that it takes for the reverse.

    Parameters
    ----------
    people : ndarray, shape (n_people, d), dtype float32
    films : ndarray, shape (n_movies, d), dtype float32

    Returns
    -------
    ndarray, shape (n_people, n_movies), dtype float32
        In C order.

    Examples
    --------
    >>> products(np.float32([[1, 2], [0, 1]]), np.float32([[3, 1], [1, 1], [0, 2]])).tolist()
    [[5.0, 3.0, 4.0], [1.0, 1.0, 2.0]]
    """
    few = len(people) in _FEW
    found: NDArray[np.float32]
    found = np.ascontiguousarray((films @ people.T).T) if few else people @ films.T
    return found


def leading_rows(matrix: csr_array, dimensions: int = DIMENSIONS) -> NDArray[np.float32]:
    """Rows of a sparse matrix in few dimensions, by a truncated SVD of random projections.

    Their products come as near to those of the whole rows as so few dimensions allow, but for what
    the randomness costs. The same each time; any number of threads.

    Parameters
    ----------
    matrix : sparse array, shape (n, m)
    dimensions : int

    Returns
    -------
    ndarray, shape (n, min(dimensions, n, m)), dtype float32
        U Σ, the strongest column first.

    References
    ----------
    Halko, Martinsson, Tropp, "Finding Structure with Randomness" (2011).

    Examples
    --------
    >>> rows = leading_rows(csr_array(np.float32([[3, 0, 0], [0, 2, 2]])))
    >>> abs(rows @ rows.T).round(4).tolist()
    [[9.0, 0.0], [0.0, 8.0]]
    """
    n, m = matrix.shape
    kept = min(dimensions, n, m)
    if kept == 0 or matrix.nnz == 0:
        return np.zeros((n, kept), dtype=np.float32)
    transposed = matrix.T.tocsr()
    rng = np.random.default_rng(0)
    with one_blas_thread():
        basis = rng.standard_normal((m, min(kept + _SPARE, n, m)))
        for _ in range(_STEPS):
            basis = _orthonormal(transposed @ _orthonormal(matrix @ basis))
        left, strength, _ = np.linalg.svd(matrix @ basis, full_matrices=False)
    return _signed(left[:, :kept] * strength[:kept])


def spectral_rows(similarity: csr_array, dimensions: int = DIMENSIONS) -> NDArray[np.float32]:
    """Films from how alike they are: near in angle where few steps lead from one to the other.

    The similarities are a graph. The vectors are the leading eigenvectors of its normalised
    adjacency matrix, each times a power of its eigenvalue: the more steps a pattern outlasts, the
    more it counts.

    Parameters
    ----------
    similarity : sparse array, shape (n, n)
        Not negative; the larger of both directions counts. A film that is like no other gets zeros.
    dimensions : int

    Returns
    -------
    ndarray, shape (n, min(dimensions, n)), dtype float32

    References
    ----------
    Coifman, Lafon, "Diffusion Maps" (2006); Belkin, Niyogi, "Laplacian Eigenmaps for Dimensionality
    Reduction and Data Representation" (2003).

    Examples
    --------
    >>> pairs = csr_array(np.float32([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]))
    >>> vectors = spectral_rows(pairs)
    >>> abs((vectors @ vectors.T).round(3)).tolist()[0]
    [1.0, 1.0, 0.0, 0.0]
    """
    n = similarity.shape[0]
    kept = min(dimensions, n)
    both = similarity.maximum(similarity.T).tocsr().astype(np.float64)
    degrees = np.asarray(both.sum(axis=1)).ravel()
    if not degrees.any():
        return np.zeros((n, kept), dtype=np.float32)
    # Without the mean degree, small groups of rare films would have the leading vectors to
    # themselves (Chaudhuri, Chung, Tsiatas 2012).
    scale = diags_array(1 / np.sqrt(degrees + degrees.mean()))
    # Half of the steps stay where they are, so that no eigenvalue is negative.
    walk = csr_array(0.5 * (scale @ both @ scale + eye_array(n)))
    rng = np.random.default_rng(0)
    with one_blas_thread():
        basis = rng.standard_normal((n, min(kept + _SPARE, n)))
        for _ in range(_STEPS):
            basis = _orthonormal(walk @ (walk @ basis))
        values, within = np.linalg.eigh(basis.T @ (walk @ basis))
        order = np.argsort(-values, kind="stable")[:kept]
        vectors = (basis @ within[:, order]) * np.maximum(2 * values[order] - 1, 0)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    vectors[degrees == 0] = 0
    return _signed(vectors)


def _orthonormal(columns: Any) -> NDArray[np.float64]:
    q: NDArray[np.float64] = np.linalg.qr(columns)[0]
    return q


def _signed(columns: NDArray[np.float64]) -> NDArray[np.float32]:
    """The sign of a singular vector is arbitrary: the largest entry of each is made positive."""
    peaks = columns[np.argmax(np.abs(columns), axis=0), np.arange(columns.shape[1])]
    signed: NDArray[np.float32] = (columns * np.where(peaks < 0, -1.0, 1.0)).astype(np.float32)
    return signed
