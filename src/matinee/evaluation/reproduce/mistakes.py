"""The mistakes of a neighbourhood recipe, made on purpose to see what they do to its figures.

Nothing here is a model. The recipe compares people (or films) by Pearson correlation with films
that were not rated as zeros, lets *everybody* vote, oneself included, and is scored on the ratings
that it was made from. The models that do it right are ``user-knn`` and ``item-knn``.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.ratings import Ratings

__all__ = ["error_with_ids_as_ratings", "errors_of_the_recipe"]

_ROWS_AT_ONCE = 256


def errors_of_the_recipe(
    train: Ratings, test: Ratings, by: Literal["user", "item"], *, normalized: bool
) -> tuple[float, float]:
    """The recipe's RMSE on the ratings that it was made from, and on others.

    Predictions by user are the person's mean plus everybody's deviations from their own means,
    weighted by similarity; by item they are the person's stars, weighted by the films' similarity.

    Parameters
    ----------
    train, test : Ratings
        Over the same vocabularies.
    by : {"user", "item"}
        What is compared.
    normalized : bool
        Whether the weighted sum is divided by the sum of the weights' sizes.

    Returns
    -------
    on_training, on_held_out : float
        In stars, predictions unclipped.

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 1, 2, 2, 3, 3], [1, 2, 1, 2, 2, 3], [5, 3, 4, 1, 2, 4])
    >>> train, test = ratings.take(np.arange(5)), ratings.take(np.arange(5, 6))
    >>> seen, unseen = errors_of_the_recipe(train, test, "user", normalized=True)
    >>> seen < unseen
    True
    """
    matrix = (train.csr() if by == "user" else train.csr().T.tocsr()).astype(np.float64)
    n_rows, n_columns = matrix.shape
    counts = np.diff(matrix.indptr)
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    level = np.zeros(n_rows)
    votes = matrix
    if by == "user":
        # Somebody without training ratings is given the overall mean, to be fair to the recipe.
        level = np.where(counts > 0, sums / np.maximum(counts, 1), train.mean)
        rest = matrix.data - np.repeat(level, counts)
        votes = csr_array((rest, matrix.indices, matrix.indptr), shape=matrix.shape)
    means = sums / n_columns
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
    spread = np.sqrt(np.maximum(squares / n_columns - means**2, 0.0))
    unit = np.divide(1.0, spread, out=np.zeros(n_rows), where=spread > 0)
    wanted = [_pairs(train, by), _pairs(test, by)]
    totals = [0.0, 0.0]
    for first in range(0, n_rows, _ROWS_AT_ONCE):
        rows = slice(first, min(first + _ROWS_AT_ONCE, n_rows))
        products = (matrix[rows] @ matrix.T).toarray() / n_columns
        similarity = (products - np.outer(means[rows], means)) * np.outer(unit[rows], unit)
        predicted = np.asarray(similarity @ votes)
        if normalized:
            predicted /= np.maximum(np.abs(similarity).sum(axis=1), 1e-12)[:, None]
        for part, (pair_rows, columns, stars) in enumerate(wanted):
            here = np.flatnonzero((pair_rows >= rows.start) & (pair_rows < rows.stop))
            said = predicted[pair_rows[here] - first, columns[here]] + level[pair_rows[here]]
            totals[part] += float(np.square(said - stars[here]).sum())
    on_training, on_held_out = (
        float(np.sqrt(total / max(len(stars), 1)))
        for total, (_, _, stars) in zip(totals, wanted, strict=True)
    )
    return on_training, on_held_out


def _pairs(
    ratings: Ratings, by: str
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    if by == "user":
        return ratings.users, ratings.movies, ratings.stars
    return ratings.movies, ratings.users, ratings.stars


def error_with_ids_as_ratings(ratings: Ratings) -> float | None:
    """The item-based "RMSE" when the table of ratings is taken for the users × films matrix.

    The table has three columns: user id, movie id, stars. Taken for a matrix, its rows are people
    and its three columns films; ids are predicted from ids, and the error is in no unit.

    Parameters
    ----------
    ratings : Ratings

    Returns
    -------
    float or None
        None where ids are texts.

    Examples
    --------
    >>> error_with_ids_as_ratings(Ratings.from_columns([1, 5, 9], [70, 3, 40], [5, 1, 3])) > 5
    True
    """
    ids: list[NDArray[Any]] = [
        ratings.user_ids.decode(ratings.users),
        ratings.movie_ids.decode(ratings.movies),
    ]
    if any(column.dtype.kind not in "iu" for column in ids):
        return None
    table = np.column_stack([*ids, ratings.stars]).astype(np.float64)
    similarity = np.nan_to_num(np.corrcoef(table.T))
    predicted = table @ similarity / np.abs(similarity).sum(axis=1)
    return float(np.sqrt(np.mean(np.square(predicted - table))))
