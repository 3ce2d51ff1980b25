"""Which films lie nearest each other, and how many of them a map keeps together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matinee.errors import ParameterError
from matinee.progress import Progress, report
from matinee.threads import one_blas_thread

__all__ = ["NEIGHBORS", "nearest", "trustworthiness", "unit_rows"]

NEIGHBORS = 15
"""How many nearest films trustworthiness looks at."""

_SAMPLE = 2_000
_BLOCK_BYTES = 32 * 2**20


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors brought to length 1, so that products are cosines; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(1e-12))
    return units


def nearest(
    units: NDArray[np.float32], k: int, progress: Progress | None = None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Each film's nearest others by cosine, exactly, in blocks of bounded memory.

    Parameters
    ----------
    units : ndarray, shape (n, d), dtype float32
        Rows of length 1.
    k : int
        From 1 to n - 1.
    progress : callable, optional

    Returns
    -------
    films : ndarray, shape (n, k), dtype int32
        Nearest first.
    cosines : ndarray, shape (n, k), dtype float32
    """
    from matinee.kernels.layout import top_columns

    n = len(units)
    films, cosines = np.empty((n, k), np.int32), np.empty((n, k), np.float32)
    size = max(1, _BLOCK_BYTES // (4 * n))
    with one_blas_thread():
        for first in range(0, n, size):
            rows = slice(first, min(first + size, n))
            films[rows], cosines[rows] = top_columns(units[rows] @ units.T, first, k)
            report(progress, "neighbours", rows.stop, n, unit="films")
    return films, cosines


def trustworthiness(
    vectors: NDArray[np.float32],
    places: NDArray[np.floating],
    *,
    k: int = NEIGHBORS,
    sample: int | None = _SAMPLE,
) -> float:
    """How far films that stand near each other on a map belong together.

    For each film, its `k` nearest on the map that are not among its `k` nearest by the cosine of
    the vectors are looked up: how far down the film's own list do they stand? 1 where there are
    none of them, 0.5 or so where the map is thrown together at random.

    Parameters
    ----------
    vectors : ndarray, shape (n, d), dtype float32
    places : ndarray, shape (n, 2)
    k : int
        Less than n / 2.
    sample : int or None
        How many films are asked, drawn at random, the same each time; None for all. Among 2,000,
        the result is sure to about ±0.003.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ParameterError
        If there are too few films for `k`.

    References
    ----------
    Venna, Kaski, "Neighborhood Preservation in Nonlinear Projection Methods" (2001).

    Examples
    --------
    >>> angles = np.cumsum(np.linspace(0.03, 0.09, 50))
    >>> arc = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    >>> trustworthiness(arc, arc, k=5)
    1.0
    """
    from scipy.spatial import cKDTree

    n = len(vectors)
    if not 1 <= k < n / 2:
        raise ParameterError(
            f"trustworthiness among {k} neighbours needs more than {2 * k} films, got {n}"
        )
    units = unit_rows(vectors)
    asked = np.arange(n)
    if sample is not None and sample < n:
        asked = np.sort(np.random.default_rng(0).permutation(n)[:sample])
    near = cKDTree(places).query(places[asked], k + 1)[1]
    # Films in one place may come in any order: the film itself need not be the first.
    near = np.where(near == asked[:, None], -1, near)
    too_many = ~(near == -1).any(axis=1)
    near[too_many, k] = -1
    near = near[near >= 0].reshape(len(asked), k)
    excess = 0
    size = max(1, _BLOCK_BYTES // (4 * n))
    with one_blas_thread():
        for first in range(0, len(asked), size):
            films = asked[first : first + size]
            cosine = units[films] @ units.T
            cosine[np.arange(len(films)), films] = -np.inf
            mine = np.take_along_axis(cosine, near[first : first + size], axis=1)
            for row in range(len(films)):
                ranks = 1 + (cosine[row][:, None] > mine[row]).sum(axis=0)
                excess += int(np.maximum(ranks - k, 0).sum())
    return 1 - 2 * excess / (len(asked) * k * (2 * n - 3 * k - 1))
