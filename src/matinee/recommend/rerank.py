"""Which films of a pool make a good list: varied, calibrated, no shelf of one series."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.ids import Codes

__all__ = ["pick", "standardised"]

_SERIES_WINDOW = 10  # the limit on series holds in each ten films
_SMOOTHING = 0.01  # of the list's mixture of genres, so that a genre without a film is no infinity


def standardised(scores: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Finite scores with mean 0 and standard deviation 1; others become ``-inf``.

    Dials add to scores; on this scale one unit means the same for every model.

    Examples
    --------
    >>> standardised(np.array([1.0, 3.0, -np.inf])).tolist()
    [-1.0, 1.0, -inf]
    """
    values = np.asarray(scores, dtype=np.float32)
    finite = np.isfinite(values)
    if not finite.any():
        return np.full_like(values, -np.inf)
    kept = values[finite]
    spread = float(kept.std(dtype=np.float64))
    found = np.full_like(values, -np.inf)
    found[finite] = (kept - np.float32(kept.mean(dtype=np.float64))) / np.float32(
        spread if spread > 1e-9 else 1.0
    )
    return found


def pick(
    candidates: Codes,
    scores: NDArray[np.floating[Any]],
    n: int,
    *,
    genres: NDArray[np.bool_],
    kinds: NDArray[np.floating[Any]],
    liked: NDArray[np.floating[Any]],
    series: NDArray[np.int32],
    different: float = 0.0,
    calibration: float = 0.0,
    most_of_series: int = 2,
) -> Codes:
    """Choose films for a list, one after the other.

    Each is the one with the largest ``(1 - different - calibration)`` × relevance, less
    ``different`` × its likeness to the nearest film chosen before (maximal marginal relevance),
    less ``calibration`` × the Kullback-Leibler divergence of the list's genres from the liked ones.

    Parameters
    ----------
    candidates : ndarray, shape (m,), dtype int32
        Codes, best first.
    scores : ndarray, shape (m,)
        Their scores.
    n : int
        How many to choose.
    genres : ndarray, shape (m, n_genres), dtype bool
    kinds : ndarray, shape (m, d)
        Rows of length 1, compared by their inner product.
    liked : ndarray, shape (n_genres,)
        Shares of the genres in the films that the person likes; zeros if unknown.
    series : ndarray, shape (m,), dtype int32
        Equal numbers: films of one series; -1: none.
    different : float
        From 0 (order as given) to 1 (as different as can be).
    calibration : float
        From 0 (order as given) to 1 (only the mixture of genres counts).
    most_of_series : int
        How many films of one series may be in ten, as long as there are others; 0 for no limit.

    Returns
    -------
    ndarray, shape (min(n, m),), dtype int32

    References
    ----------
    Carbonell, Goldstein, "The use of MMR, diversity-based reranking for reordering documents and
    producing summaries" (1998). Steck, "Calibrated recommendations" (2018).

    Examples
    --------
    >>> films, scores = np.array([7, 8, 9], dtype=np.int32), np.array([1.0, 0.9, 0.8])
    >>> kinds = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> about = {"genres": kinds > 0, "kinds": kinds, "liked": np.zeros(2)}
    >>> pick(films, scores, 2, **about, series=np.array([-1, -1, -1]), different=0.5).tolist()
    [7, 9]
    >>> pick(films, scores, 2, **about, series=np.array([4, 4, -1]), most_of_series=1).tolist()
    [7, 9]
    """
    n = min(n, len(candidates))
    if n == 0:
        return np.empty(0, dtype=np.int32)
    used = liked > 0
    calibration = calibration if used.any() else 0.0
    wanted = np.asarray(liked, dtype=np.float64)[used]
    shares = (genres / np.maximum(genres.sum(axis=1, keepdims=True), 1))[:, used]
    # Many films have the same genres, and each mixture of them is looked at once.
    mixtures, mixture_of = np.unique(shares, axis=0, return_inverse=True) if calibration else (
        shares, np.arange(len(candidates))
    )  # fmt: skip
    mixture = np.zeros(int(used.sum()))
    relevance = max(1 - different - calibration, 0.0) * _unit_range(scores)
    nearest = np.zeros(len(candidates))
    free = np.ones(len(candidates), dtype=np.bool_)
    chosen: list[int] = []
    for size in range(1, n + 1):
        gain = relevance - different * nearest if different else relevance
        if calibration:
            # The divergence without its part that is the same for all films.
            smooth = (1 - _SMOOTHING) * (mixture + mixtures) / size + _SMOOTHING * wanted
            gain = gain + calibration * (np.log(smooth) @ wanted)[mixture_of.ravel()]
        full = _full(series[chosen[-(_SERIES_WINDOW - 1) :]].tolist(), most_of_series)
        left = free & ~np.isin(series, full) if full else free
        best = int(np.argmax(np.where(left if left.any() else free, gain, -np.inf)))
        chosen.append(best)
        free[best] = False
        if different:
            nearest = np.maximum(nearest, kinds @ kinds[best])
        mixture += shares[best]
    return candidates[chosen].astype(np.int32)


def _full(recent: list[int], most: int) -> list[int]:
    """The series that have had their share of the last films; none without a limit."""
    return [one for one in set(recent) if most and one >= 0 and recent.count(one) >= most]


def _unit_range(scores: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    values = np.asarray(scores, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.ones_like(values)
