"""What both neighbourhood models share: kinds of similarity, and lists of the most similar rows."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.models.bias import Biases
from matinee.progress import Progress, report
from matinee.ratings import Ratings

__all__ = ["SIMILARITIES", "Similarity", "nearest_rows", "rating_values", "residuals"]

Similarity: TypeAlias = Literal["adjusted-cosine", "pearson", "cosine", "jaccard"]
SIMILARITIES: tuple[Similarity, ...] = ("adjusted-cosine", "pearson", "cosine", "jaccard")

_BLOCK = 2048  # rows between two signs of life


def residuals(ratings: Ratings, biases: Biases) -> NDArray[np.float32]:
    """Stars that remain once the overall mean, the user and the movie are accounted for.

    Returns
    -------
    ndarray, shape (n_ratings,), dtype float32
    """
    rest = ratings.stars - np.float32(biases.mean)
    rest -= biases.users[ratings.users]
    rest -= biases.movies[ratings.movies]
    return rest


def rating_values(
    stars: NDArray[np.float32], rest: NDArray[np.float32], similarity: Similarity
) -> NDArray[np.float32]:
    """What two rows are compared by, rating by rating.

    Parameters
    ----------
    stars, rest : ndarray, shape (n_ratings,), dtype float32
        Ratings, and what remains of them (:func:`residuals`).
    similarity : Similarity
    """
    if similarity == "jaccard":
        return np.ones_like(stars)
    return stars if similarity == "cosine" else rest


def nearest_rows(
    matrix: csr_array,
    similarity: Similarity,
    k: int,
    *,
    shrinkage: float = 0.0,
    amplification: float = 1.0,
    norm_exponent: float = 0.5,
    progress: Progress | None = None,
    stage: str = "neighbors",
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The `k` most similar rows of each row, as :func:`matinee.kernels.neighbors.top_neighbors`.

    Parameters
    ----------
    matrix : csr_array, shape (n_rows, n_columns), dtype float32
    similarity : Similarity
    k : int
    shrinkage, amplification : float
        See :class:`~matinee.models.knn.ItemKNN`.
    norm_exponent : float
        The sum of squares of a row is raised to this power, and that of its neighbour to 1 less
        this power, before the dot product is divided by both. 0.5 gives the cosine; less favours
        rows with many entries.

    Returns
    -------
    neighbors : ndarray, shape (n_rows, k), dtype int32
        Most similar first; filled up with -1.
    similarities : ndarray, shape (n_rows, k), dtype float32
        All at least 0.
    """
    from matinee.kernels.neighbors import NORMED, OVERLAP, PEARSON, top_neighbors

    kind = {"jaccard": OVERLAP, "pearson": PEARSON}.get(similarity, NORMED)
    n = matrix.shape[0]
    k = max(1, min(k, n - 1))
    columns = matrix.tocsc()
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float64).ravel()
    squares[squares == 0] = 1.0
    as_row = (squares**norm_exponent).astype(np.float32)
    as_neighbor = (squares ** (1.0 - norm_exponent)).astype(np.float32)
    neighbors = np.empty((n, k), dtype=np.int32)
    similarities = np.empty((n, k), dtype=np.float32)
    report(progress, stage, 0, n, unit="rows")
    for first in range(0, n, _BLOCK):
        last = min(first + _BLOCK, n)
        neighbors[first:last], similarities[first:last] = top_neighbors(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32, copy=False),
            matrix.data,
            columns.indptr.astype(np.int64),
            columns.indices.astype(np.int32, copy=False),
            columns.data,
            as_row,
            as_neighbor,
            kind,
            float(shrinkage),
            float(amplification),
            k,
            first,
            last,
        )
        report(progress, stage, last, n, unit="rows")
    return neighbors, similarities
