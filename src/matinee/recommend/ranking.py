"""From scores to the best films, in an order that does not depend on chance or on the index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["top_codes"]


def top_codes(
    scores: NDArray[np.float32], n: int, tie_break: NDArray[np.int64]
) -> NDArray[np.int32]:
    """The ``n`` best films of one person, best first.

    Parameters
    ----------
    scores : ndarray, shape (n_movies,), dtype float32
        ``-inf`` or NaN marks a film that must not come back.
    n : int
        How many at most; fewer come back if fewer are left.
    tie_break : ndarray, shape (n_movies,), dtype int64
        Among equal scores, the film with the smaller value comes first. Distinct values.

    Returns
    -------
    ndarray, shape (at most n,), dtype int32

    Examples
    --------
    >>> scores = np.array([0.5, -np.inf, 0.9, 0.5], dtype=np.float32)
    >>> top_codes(scores, 2, np.array([1, 2, 3, 0]))
    array([2, 3], dtype=int32)
    >>> top_codes(scores, 10, np.array([1, 2, 3, 0]))
    array([2, 3, 0], dtype=int32)
    """
    if n <= 0 or scores.size == 0:
        return np.empty(0, dtype=np.int32)
    if np.isnan(scores.max()):
        scores = np.where(np.isnan(scores), np.float32(-np.inf), scores)
    # All films at the bound compete, so that ties there are broken like any other.
    bound = np.partition(scores, scores.size - n)[scores.size - n] if n < scores.size else -np.inf
    if bound > -np.inf:
        candidates = np.flatnonzero(scores >= bound)
    else:
        candidates = np.flatnonzero(scores > -np.inf)
    order = np.lexsort((tie_break[candidates], -scores[candidates]))
    return candidates[order[:n]].astype(np.int32)
