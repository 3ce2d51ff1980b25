"""The same candidates in another order: more varied, closer to a person's genres, less known.

Each step takes scores and gives an order; what it costs is for the evaluation to show. Models stay
as they are: a dial moves the list, not the model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import ParameterError
from matinee.ids import Codes

__all__ = ["calibrated", "diversified", "standardised", "with_tail"]


def standardised(scores: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Finite scores with mean 0 and standard deviation 1; ``-inf`` stays.

    Dials add to scores; on this scale one unit means the same for every model.

    Examples
    --------
    >>> standardised(np.array([1.0, 3.0, -np.inf])).tolist()
    [-1.0, 1.0, -inf]
    """
    values = np.asarray(scores, dtype=np.float32).copy()
    finite = np.isfinite(values)
    if finite.any():
        kept = values[finite]
        spread = float(kept.std())
        values[finite] = (kept - kept.mean()) / (spread if spread > 1e-9 else 1.0)
    return values


def with_tail(
    scores: NDArray[np.floating[Any]], counts: NDArray[np.int32], dial: float
) -> NDArray[np.float32]:
    """Move a list towards popular films or towards hidden gems.

    Parameters
    ----------
    scores : ndarray, shape (n_movies,)
        On any scale; ``-inf`` for films that must not come back.
    counts : ndarray, shape (n_movies,), dtype int32
        Number of ratings of each film.
    dial : float
        From -1 (popular films only matter) over 0 (the model's own order) to 1 (hidden gems).

    Returns
    -------
    ndarray, shape (n_movies,), dtype float32
        Standardised scores less ``dial`` times the standardised logarithm of the counts.

    Raises
    ------
    ParameterError
        If the dial lies outside -1 … 1.

    Examples
    --------
    >>> scores, counts = np.array([1.0, 0.9, 0.0]), np.array([900, 30, 40])
    >>> int(with_tail(scores, counts, 0.0).argmax()), int(with_tail(scores, counts, 0.8).argmax())
    (0, 1)
    """
    if not -1.0 <= dial <= 1.0:
        raise ParameterError(f"the tail dial must lie between -1 and 1, got {dial:g}")
    base = standardised(scores)
    if dial == 0.0:
        return base
    finite = np.isfinite(base)
    base[finite] -= np.float32(dial) * standardised(np.log1p(counts[finite]))
    return base


def diversified(
    candidates: Codes,
    scores: NDArray[np.floating[Any]],
    features: NDArray[np.floating[Any]],
    n: int,
    *,
    weight: float,
) -> Codes:
    """The best ``n`` films that are not all alike, by maximal marginal relevance.

    Parameters
    ----------
    candidates : ndarray, shape (m,), dtype int32
        Codes, best first.
    scores : ndarray, shape (m,)
        Their scores.
    features : ndarray, shape (m, d)
        What alike is measured by: genre rows, or factors. Compared by cosine.
    n : int
        How many.
    weight : float
        From 0 (order as given) to 1 (as different as can be).

    Returns
    -------
    ndarray, shape (min(n, m),), dtype int32

    References
    ----------
    Carbonell, Goldstein, "The use of MMR, diversity-based reranking for reordering documents and
    producing summaries" (1998).

    Examples
    --------
    >>> films = np.array([7, 8, 9], dtype=np.int32)
    >>> kinds = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> diversified(films, np.array([1.0, 0.9, 0.8]), kinds, 2, weight=0.5).tolist()
    [7, 9]
    """
    if not 0.0 <= weight <= 1.0:
        raise ParameterError(f"the weight of diversity must lie between 0 and 1, got {weight:g}")
    n = min(n, len(candidates))
    if n == 0:
        return np.empty(0, dtype=np.int32)
    relevance = _unit_range(scores)
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    directions = features / np.maximum(norms, 1e-9)
    nearest = np.zeros(len(candidates))
    free = np.ones(len(candidates), dtype=np.bool_)
    chosen = []
    for _ in range(n):
        gain = (1 - weight) * relevance - weight * nearest
        best = int(np.argmax(np.where(free, gain, -np.inf)))
        chosen.append(best)
        free[best] = False
        nearest = np.maximum(nearest, directions @ directions[best])
    return candidates[chosen].astype(np.int32)


def calibrated(
    candidates: Codes,
    scores: NDArray[np.floating[Any]],
    genres: NDArray[np.bool_],
    taste: NDArray[np.floating[Any]],
    n: int,
    *,
    weight: float,
    smoothing: float = 0.01,
) -> Codes:
    """The best ``n`` films whose genres are mixed as the person's own films are.

    Chosen greedily: each film is the one that most improves ``(1 - weight)`` × relevance minus
    ``weight`` × the Kullback-Leibler divergence of the list's genres from the person's.

    Parameters
    ----------
    candidates : ndarray, shape (m,), dtype int32
        Codes, best first.
    scores : ndarray, shape (m,)
        Their scores.
    genres : ndarray, shape (m, n_genres), dtype bool
        Genres of the candidates.
    taste : ndarray, shape (n_genres,)
        Shares of the genres in the person's films; they are made to add up to 1.
    n : int
        How many.
    weight : float
        From 0 (order as given) to 1 (only the mixture counts).
    smoothing : float
        The share of the person's own mixture that the list's is mixed with, so that a genre
        without a film does not make the divergence infinite.

    Returns
    -------
    ndarray, shape (min(n, m),), dtype int32

    References
    ----------
    Steck, "Calibrated recommendations" (2018).

    Examples
    --------
    >>> films = np.arange(4, dtype=np.int32)
    >>> kinds = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], dtype=bool)
    >>> half = np.array([0.5, 0.5])
    >>> calibrated(films, np.array([4.0, 3.0, 2.0, 1.0]), kinds, half, 2, weight=0.9).tolist()
    [0, 3]
    """
    if not 0.0 <= weight <= 1.0:
        raise ParameterError(f"the weight of calibration must lie between 0 and 1, got {weight:g}")
    n = min(n, len(candidates))
    wanted = np.asarray(taste, dtype=np.float64)
    if n == 0 or wanted.sum() <= 0:
        return candidates[:n].astype(np.int32)
    wanted = wanted / wanted.sum()
    relevance = _unit_range(scores)
    # A film's weight is shared by its genres, as in the paper.
    shares = genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)
    mixture = np.zeros(len(wanted))
    free = np.ones(len(candidates), dtype=np.bool_)
    chosen: list[int] = []
    used = wanted > 0
    for size in range(1, n + 1):
        mixed = (mixture + shares) / size
        smooth = (1 - smoothing) * mixed + smoothing * wanted
        divergence = np.sum(wanted[used] * np.log(wanted[used] / smooth[:, used]), axis=1)
        gain = (1 - weight) * relevance - weight * divergence
        best = int(np.argmax(np.where(free, gain, -np.inf)))
        chosen.append(best)
        free[best] = False
        mixture += shares[best]
    return candidates[chosen].astype(np.int32)


def _unit_range(scores: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    values = np.asarray(scores, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.ones_like(values)
