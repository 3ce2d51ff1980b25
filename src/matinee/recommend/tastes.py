"""Does a person have one taste or two? Their average is neither."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["two_tastes"]

_GAP = 0.6
"""How much more alike films of one taste must be than films of two; one or two people of 100."""
_SHARED = 0.15
"""How alike films of two tastes may be at most: plain dramas and fantastic ones are one taste."""
_LEAST, _MOST = 2, 60
"""Films that make a taste; longer profiles are so mixed that their average is a taste."""


def two_tastes(genres: NDArray[np.bool_], rarity: NDArray[np.floating]) -> NDArray[np.bool_] | None:
    """Which films belong to the first of two tastes; None for a person with one.

    Films are parted by the leading eigenvector of their likeness (cosine of genres, rare genres
    counting more), and are two tastes only if the parts lie far apart.

    Parameters
    ----------
    genres : ndarray, shape (n_liked, n_genres), dtype bool
        Of the films that the person likes.
    rarity : ndarray, shape (n_genres,)
        Weight of each genre.

    Returns
    -------
    ndarray, shape (n_liked,), dtype bool, or None

    References
    ----------
    Weston, Weiss, Yee, "Nonlinear latent factorization by embedding multiple user interests"
    (2013).

    Examples
    --------
    >>> kinds = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool)
    >>> sorted(np.flatnonzero(two_tastes(kinds, np.ones(2))).tolist()) in ([0, 1], [2, 3])
    True
    >>> two_tastes(np.ones((4, 2), dtype=bool), np.ones(2)) is None
    True
    """
    number = len(genres)
    if not 2 * _LEAST <= number <= _MOST:
        return None
    rows = genres * rarity
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    centered = rows - rows.mean(axis=0)
    first: NDArray[np.bool_] = np.linalg.eigh(centered @ centered.T)[1][:, -1] > 0
    if not _LEAST <= int(first.sum()) <= number - _LEAST:
        return None
    likeness = rows @ rows.T
    same = first[:, None] == first[None, :]
    others = ~np.eye(number, dtype=np.bool_)
    between = likeness[~same].mean()
    gap = likeness[same & others].mean() - between
    return first if gap > _GAP and between < _SHARED else None
