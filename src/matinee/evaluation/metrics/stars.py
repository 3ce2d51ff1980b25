"""How near predicted stars are to the stars that people gave."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.evaluation.metrics.values import UserValues, divide
from matinee.ids import Codes

__all__ = ["mae", "rmse"]


def rmse(
    predicted: NDArray[np.floating[Any]],
    actual: NDArray[np.floating[Any]],
    users: Codes,
    n_users: int,
) -> UserValues:
    """Root mean squared error over all test ratings.

    Parameters
    ----------
    predicted, actual : ndarray, shape (n,)
        Stars.
    users : ndarray, shape (n,), dtype int32
        Who gave each rating.
    n_users : int

    Returns
    -------
    UserValues
        ``value`` is the error over all ratings (each rating counts once, so people with many
        ratings count more); ``per_user`` is each person's own error.

    Examples
    --------
    >>> found = rmse(np.array([3.0, 4.0, 5.0]), np.array([3.0, 5.0, 3.0]), np.array([0, 0, 2]), 3)
    >>> round(found.value, 4)
    1.291
    >>> found.per_user.round(4)
    array([0.7071,    nan, 2.    ])
    """
    errors = np.asarray(predicted, dtype=np.float64) - np.asarray(actual, dtype=np.float64)
    return _of_errors(np.square(errors), users, n_users, root=True)


def mae(
    predicted: NDArray[np.floating[Any]],
    actual: NDArray[np.floating[Any]],
    users: Codes,
    n_users: int,
) -> UserValues:
    """Mean absolute error over all test ratings, in stars; arguments as for :func:`rmse`.

    Examples
    --------
    >>> mae(np.array([3.0, 4.0]), np.array([3.0, 5.0]), np.array([0, 0]), 1).value
    0.5
    """
    errors = np.asarray(predicted, dtype=np.float64) - np.asarray(actual, dtype=np.float64)
    return _of_errors(np.abs(errors), users, n_users, root=False)


def _of_errors(
    errors: NDArray[np.float64], users: Codes, n_users: int, *, root: bool
) -> UserValues:
    counts = np.bincount(users, minlength=n_users)
    sums = np.bincount(users, weights=errors, minlength=n_users)
    return UserValues(divide(sums, counts), counts.astype(np.float64), root=root)
