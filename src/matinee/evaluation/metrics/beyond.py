"""What lists are like beyond being right: how varied, how new, how much like the person.

``ranked`` is always an array of movie codes of shape (n_users, k), best first, with -1 where a
list is shorter. Each function returns one value a person, NaN where it cannot be said.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.evaluation.metrics.values import divide

__all__ = [
    "coverage",
    "genre_calibration",
    "gini",
    "intra_list_diversity",
    "novelty",
    "popularity_lift",
]

Ranked = NDArray[np.int32]


def coverage(ranked: Ranked, n_movies: int) -> NDArray[np.float64]:
    """Share of all films that stand in at least one list, as each person's part in it.

    A film that stands in ``c`` lists is shared among them, ``1 / c`` each (this is the Shapley
    value of each list), and the parts are scaled such that their mean is the coverage.

    Examples
    --------
    >>> parts = coverage(np.array([[0, 1], [0, 2]], dtype=np.int32), n_movies=4)
    >>> parts, parts.mean()
    (array([0.75, 0.75]), np.float64(0.75))
    """
    exposure = _exposure(ranked, n_movies)
    parts = np.append(1 / np.maximum(exposure, 1), 0.0)  # the last entry answers for -1
    shares: NDArray[np.float64] = parts[ranked].sum(axis=1) * (len(ranked) / n_movies)
    return shares


def gini(ranked: Ranked, n_movies: int) -> NDArray[np.float64]:
    """Gini coefficient of how often films are recommended, as each person's part in it.

    0: all films equally often; near 1: the same few for everybody. The coefficient is linear in
    the number of times that each film stands in a list, given the order of films by that number;
    a person's value is the part of their list, scaled such that the mean is the coefficient.

    References
    ----------
    G. Shani, A. Gunawardana: Evaluating Recommendation Systems. Recommender Systems Handbook 2011.

    Examples
    --------
    >>> round(gini(np.array([[0], [0], [1]], dtype=np.int32), n_movies=3).mean(), 4)
    np.float64(0.4444)
    """
    from scipy.stats import rankdata

    exposure = _exposure(ranked, n_movies)
    total = max(int(exposure.sum()), 1)
    slope = np.append((2 * rankdata(exposure) - n_movies - 1) / (n_movies * total), 0.0)
    parts: NDArray[np.float64] = slope[ranked].sum(axis=1) * len(ranked)
    return parts


def novelty(ranked: Ranked, counts: NDArray[np.integer[Any]], n_users: int) -> NDArray[np.float64]:
    """Mean self-information of a list, in bits: how unlikely a random person has seen its films.

    A film that ``c`` of ``n`` training users rated carries ``-log2(c / n)`` bits; one that nobody
    rated counts as rated once.

    References
    ----------
    T. Zhou et al.: Solving the apparent diversity-accuracy dilemma of recommender systems. PNAS
    2010.

    Examples
    --------
    >>> novelty(np.array([[0, 1]], dtype=np.int32), np.array([8, 2]), n_users=8)
    array([1.])
    """
    bits = -np.log2(np.maximum(counts, 1) / max(n_users, 1))
    return _mean_over_list(ranked, np.asarray(bits, dtype=np.float64))


def intra_list_diversity(ranked: Ranked, genres: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean distance of two films of a list: 1 minus the cosine of their genres.

    0: all films have the same genres; 1: no two share one. Films without genres are left out.

    Parameters
    ----------
    ranked : ndarray, shape (n_users, k), dtype int32
    genres : ndarray, shape (n_movies, n_genres), dtype bool

    References
    ----------
    B. Smyth, P. McClave: Similarity vs. Diversity. ICCBR 2001.

    Examples
    --------
    >>> genres = np.array([[1, 0], [0, 1], [1, 1]], dtype=bool)
    >>> intra_list_diversity(np.array([[0, 1], [0, 2]], dtype=np.int32), genres).round(4)
    array([1.    , 0.2929])
    """
    lengths = np.sqrt(genres.sum(axis=1, dtype=np.float64))
    units = np.nan_to_num(divide(genres, lengths[:, None]))
    known = np.append(lengths > 0, False)[ranked]
    sums = np.vstack([units, np.zeros(genres.shape[1])])[ranked].sum(axis=1)
    n = known.sum(axis=1)
    # Of the squared length of the sum, each film with itself accounts for 1.
    pairs = n * (n - 1)
    similar = np.square(sums).sum(axis=1) - n
    return 1 - divide(similar, pairs)


def popularity_lift(
    ranked: Ranked,
    indptr: NDArray[np.integer[Any]],
    movies: NDArray[np.int32],
    counts: NDArray[np.integer[Any]],
) -> NDArray[np.float64]:
    """How much more popular a list is than the person's own films: ``(list - own) / own``.

    0: just as popular; 1: twice as popular. Popularity is the number of training ratings.

    Parameters
    ----------
    ranked : ndarray, shape (n_users, k), dtype int32
    indptr : ndarray, shape (n_users + 1,)
        Person ``u``'s own films are ``movies[indptr[u]:indptr[u + 1]]``.
    movies : ndarray, shape (n,), dtype int32
    counts : ndarray, shape (n_movies,)

    References
    ----------
    H. Abdollahpouri, M. Mansoury, R. Burke, B. Mobasher: The Connection Between Popularity Bias,
    Calibration, and Fairness in Recommendation. RecSys 2020.

    Examples
    --------
    >>> ranked = np.array([[0, 1]], dtype=np.int32)
    >>> popularity_lift(ranked, np.array([0, 1]), np.array([2]), np.array([60, 20, 20]))
    array([1.])
    """
    values = np.asarray(counts, dtype=np.float64)
    own = divide(_profiles(indptr, movies, values.size) @ values, np.diff(indptr))
    return divide(_mean_over_list(ranked, values) - own, own)


def genre_calibration(
    ranked: Ranked,
    indptr: NDArray[np.integer[Any]],
    movies: NDArray[np.int32],
    genres: NDArray[np.bool_],
    *,
    alpha: float = 0.01,
) -> NDArray[np.float64]:
    """How far the genres of a list are from those of the person's films (lower is better).

    The Kullback-Leibler divergence, in nats, of the profile's distribution of genres ``p`` from
    the list's ``q``, where ``q`` is mixed with ``alpha`` of ``p`` so that it stays finite. A film
    gives each of its ``g`` genres ``1 / g``. 0 is a list in the person's own proportions.

    Parameters
    ----------
    ranked : ndarray, shape (n_users, k), dtype int32
    indptr, movies : ndarray
        The person's own films, as for :func:`popularity_lift`.
    genres : ndarray, shape (n_movies, n_genres), dtype bool
    alpha : float

    References
    ----------
    H. Steck: Calibrated Recommendations. RecSys 2018, equations 1 to 5.

    Examples
    --------
    >>> genres = np.eye(2, dtype=bool)
    >>> own = np.array([0, 1], dtype=np.int32)
    >>> genre_calibration(np.array([[0, 1]], dtype=np.int32), np.array([0, 2]), own, genres)
    array([0.])
    """
    shares = np.nan_to_num(divide(genres, genres.sum(axis=1, keepdims=True)))
    p = _proportions(_profiles(indptr, movies, len(genres)) @ shares)
    q = _proportions(np.vstack([shares, np.zeros(genres.shape[1])])[ranked].sum(axis=1))
    mixed = (1 - alpha) * q + alpha * p
    ratio = np.where(p > 0, p, 1.0) / np.where(p > 0, mixed, 1.0)
    # Rounding can leave -1e-16 where both are equal.
    divergence = np.maximum((p * np.log(ratio)).sum(axis=1), 0.0)
    known = (p.sum(axis=1) > 0) & (q.sum(axis=1) > 0)
    return np.where(known, divergence, np.nan)


def _exposure(ranked: Ranked, n_movies: int) -> NDArray[np.int64]:
    return np.bincount(ranked[ranked >= 0], minlength=n_movies)


def _mean_over_list(ranked: Ranked, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return divide(np.append(values, 0.0)[ranked].sum(axis=1), (ranked >= 0).sum(axis=1))


def _profiles(
    indptr: NDArray[np.integer[Any]], movies: NDArray[np.int32], n_movies: int
) -> csr_array:
    return csr_array((np.ones(movies.size), movies, indptr), shape=(indptr.size - 1, n_movies))


def _proportions(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.nan_to_num(divide(sums, sums.sum(axis=1, keepdims=True)))
