"""How well ranked lists find the films that are to be found.

All functions take ``hits`` and ``n_relevant`` and return one value a person, NaN for people who
have nothing to be found:

hits : ndarray, shape (n_users, depth), dtype bool
    Whether the film at each place of each person's list is one of those to be found.
n_relevant : ndarray, shape (n_users,), dtype int
    How many there are to be found.
k : int
    Places that count; at most ``depth``.

Relevance is binary, lists are ranked over all films that the person has not seen in training, and
lists shorter than ``k`` count as if the missing places were misses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import ParameterError
from matinee.evaluation.metrics.values import divide

__all__ = [
    "average_precision",
    "hit_rate",
    "hits_of",
    "ndcg",
    "precision",
    "recall",
    "recall_all",
    "reciprocal_rank",
]

Hits = NDArray[np.bool_]
Counts = NDArray[np.integer[Any]]


def hits_of(
    ranked: NDArray[np.int32], indptr: NDArray[np.integer[Any]], relevant: NDArray[np.int32]
) -> Hits:
    """Which places of ranked lists hold a film that is to be found.

    Parameters
    ----------
    ranked : ndarray, shape (n_users, depth), dtype int32
        Movie codes, best first, -1 where a list is shorter.
    indptr : ndarray, shape (n_users + 1,)
        Person ``u``'s films to be found are ``relevant[indptr[u]:indptr[u + 1]]``.
    relevant : ndarray, shape (n,), dtype int32
        Movie codes, ascending for each person.

    Examples
    --------
    >>> ranked = np.array([[4, 2, 7], [1, -1, -1]], dtype=np.int32)
    >>> hits_of(ranked, np.array([0, 2, 3]), np.array([2, 7, 3], dtype=np.int32))
    array([[False,  True,  True],
           [False, False, False]])
    """
    n_users = ranked.shape[0]
    if relevant.size == 0:
        return np.zeros(ranked.shape, dtype=np.bool_)
    width = 1 + max(int(relevant.max()), int(ranked.max(initial=0)))
    owner = np.repeat(np.arange(n_users, dtype=np.int64), np.diff(indptr))
    wanted = owner * width + relevant
    keys = np.arange(n_users, dtype=np.int64)[:, None] * width + ranked
    place = np.searchsorted(wanted, keys)
    place[place == wanted.size] = 0
    found: Hits = (wanted[place] == keys) & (ranked >= 0)
    return found


def precision(hits: Hits, n_relevant: Counts, k: int) -> NDArray[np.float64]:
    """Share of the first ``k`` places that are hits.

    Examples
    --------
    >>> precision(np.array([[True, False, True]]), np.array([5]), 3).round(3)
    array([0.667])
    """
    return _measured(_top(hits, k).sum(axis=1) / k, n_relevant)


def recall(hits: Hits, n_relevant: Counts, k: int) -> NDArray[np.float64]:
    """Hits in the first ``k`` places, divided by ``min(k, n_relevant)``: a full list reaches 1.

    The convention of Liang et al. (2018), and of the tables that follow them.

    Examples
    --------
    >>> recall(np.array([[True, False]]), np.array([5]), 2)
    array([0.5])
    """
    found = _top(hits, k).sum(axis=1)
    return divide(found, np.minimum(n_relevant, k))


def recall_all(hits: Hits, n_relevant: Counts, k: int) -> NDArray[np.float64]:
    """Hits in the first ``k`` places, divided by all ``n_relevant``: the textbook's recall.

    Somebody with more than ``k`` films to be found cannot reach 1.

    Examples
    --------
    >>> recall_all(np.array([[True, False]]), np.array([5]), 2)
    array([0.2])
    """
    return divide(_top(hits, k).sum(axis=1), n_relevant)


def ndcg(hits: Hits, n_relevant: Counts, k: int) -> NDArray[np.float64]:
    """Normalised discounted cumulative gain.

    A hit at place ``r`` (from 1) gains ``1 / log2(r + 1)``; the sum is divided by that of the best
    possible list, which has ``min(k, n_relevant)`` hits at its head.

    References
    ----------
    K. Järvelin, J. Kekäläinen: Cumulated Gain-based Evaluation of IR Techniques. TOIS 2002.

    Examples
    --------
    >>> ndcg(np.array([[False, True]]), np.array([1]), 2).round(4)
    array([0.6309])
    """
    gains = 1 / np.log2(np.arange(2, k + 2))
    best = np.concatenate(([0.0], np.cumsum(gains)))
    return divide(_top(hits, k) @ gains, best[np.minimum(n_relevant, k)])


def average_precision(hits: Hits, n_relevant: Counts, k: int) -> NDArray[np.float64]:
    """Mean over the hits of the precision at their place, divided by ``min(k, n_relevant)``.

    Its mean over people is ``map@k``. Libraries that divide by all ``n_relevant`` instead give
    smaller figures for people with more than ``k`` films to be found.

    Examples
    --------
    >>> average_precision(np.array([[True, False, True]]), np.array([2]), 3).round(4)
    array([0.8333])
    """
    top = _top(hits, k)
    at_place = np.cumsum(top, axis=1) / np.arange(1, k + 1)
    return divide((at_place * top).sum(axis=1), np.minimum(n_relevant, k))


def reciprocal_rank(hits: Hits, n_relevant: Counts, k: int) -> NDArray[np.float64]:
    """One over the place of the first hit, 0 without one; its mean over people is ``mrr@k``.

    Examples
    --------
    >>> reciprocal_rank(np.array([[False, True], [False, False]]), np.array([1, 1]), 2)
    array([0.5, 0. ])
    """
    top = _top(hits, k)
    first = divide(1, 1 + top.argmax(axis=1))
    return _measured(np.where(top.any(axis=1), first, 0.0), n_relevant)


def hit_rate(hits: Hits, n_relevant: Counts, k: int) -> NDArray[np.float64]:
    """1 if any of the first ``k`` places is a hit, otherwise 0."""
    return _measured(_top(hits, k).any(axis=1).astype(np.float64), n_relevant)


def _top(hits: Hits, k: int) -> Hits:
    if not 1 <= k <= hits.shape[1]:
        raise ParameterError(f"k must lie between 1 and the lists' length {hits.shape[1]}, got {k}")
    return hits[:, :k]


def _measured(values: Any, n_relevant: Counts) -> NDArray[np.float64]:
    return np.where(np.asarray(n_relevant) > 0, values, np.nan)
