"""Metrics, each with a value for every person, and their names.

Functions work on plain arrays, so that lists and predictions from anywhere can be measured:

ranked : ndarray, shape (n_users, depth), dtype int32
    Movie codes, best first, -1 where a list is shorter. A film counts once, at its first place.
hits : ndarray, shape (n_users, depth), dtype bool
    Whether the film at each place is one of those to be found; see :func:`hits_of`.
n_relevant : ndarray, shape (n_users,), dtype int
    How many there are to be found.
k : int
    Places that count.

Each returns one value a person, NaN where it cannot be said. Relevance is binary, and places that
a list lacks count as misses.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.errors import ParameterError
from matinee.ids import Codes

__all__ = [
    "ACCURACY",
    "DEFAULT_METRICS",
    "METRICS",
    "Metric",
    "UserValues",
    "average_precision",
    "coverage",
    "genre_calibration",
    "gini",
    "hit_rate",
    "hits_of",
    "interval_share",
    "intra_list_diversity",
    "like_error",
    "mae",
    "median_popularity",
    "ndcg",
    "ndcg_stratified",
    "novelty",
    "overlap",
    "parse_metric",
    "parse_metrics",
    "popularity_lift",
    "precision",
    "rare_share",
    "recall",
    "recall_all",
    "reciprocal_rank",
    "rmse",
]

Hits: TypeAlias = NDArray[np.bool_]
Counts: TypeAlias = NDArray[np.integer[Any]]
Ranked: TypeAlias = NDArray[np.int32]
Values: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["stars", "accuracy", "beyond"]
Better: TypeAlias = Literal["higher", "lower", ""]

RARE = 5
"""A film with fewer training ratings is rare."""


# -- one number a person --------------------------------------------------------------------------


def divide(values: Any, by: Any) -> Values:
    """``values / by``, NaN where ``by`` is not above 0."""
    above, below = np.broadcast_arrays(np.asarray(values, np.float64), np.asarray(by, np.float64))
    out: Values = np.full(above.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


@dataclass(frozen=True, eq=False)
class UserValues:
    """One number a person.

    The value for all is the weighted mean, under a square root if ``root``. For ranking metrics
    each person weighs the same; for errors in stars each rating does.

    Parameters
    ----------
    means : ndarray, shape (n_users,), dtype float64
        NaN for people whom the metric does not measure.
    weights : ndarray, shape (n_users,), dtype float64, optional
        1 for each measured person if not given.
    root : bool
        Whether the square root of the mean is reported (root mean squared error).

    Examples
    --------
    >>> found = UserValues(np.array([0.5, np.nan, 1.0]))
    >>> found.value, found.n_measured
    (0.75, 2)
    """

    means: Values
    weights: Values | None = None
    root: bool = False

    def __post_init__(self) -> None:
        means = np.asarray(self.means, dtype=np.float64)
        weights = np.ones(means.size) if self.weights is None else np.asarray(self.weights)
        if weights.shape != means.shape or means.ndim != 1:
            raise ParameterError(f"{means.shape} values of people, but {weights.shape} weights")
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "weights", np.where(np.isnan(means), 0.0, weights))

    @property
    def weight(self) -> Values:
        """What each person weighs, shape (n_users,); 0 for those not measured."""
        assert self.weights is not None
        return self.weights

    @property
    def sums(self) -> Values:
        """Weight times mean, shape (n_users,); 0 for people not measured."""
        return np.where(self.weight > 0, np.nan_to_num(self.means) * self.weight, 0.0)

    @property
    def n_measured(self) -> int:
        """Number of people who are measured."""
        return int(np.count_nonzero(self.weight))

    @property
    def value(self) -> float:
        """The metric over all people; NaN if nobody is measured."""
        total = float(self.weight.sum())
        if total == 0:
            return float("nan")
        mean = float(self.sums.sum()) / total
        return float(np.sqrt(mean)) if self.root else mean

    @property
    def per_user(self) -> Values:
        """The metric of each person, shape (n_users,), NaN where not measured."""
        return np.sqrt(self.means) if self.root else self.means

    @classmethod
    def pooled(
        cls, parts: Sequence[UserValues], people: Sequence[NDArray[np.int64]], n: int
    ) -> UserValues:
        """One value for each of ``n`` people from several splits.

        ``people`` says for each split which person, from 0, each of its values belongs to.
        """
        sums, weights = np.zeros(n), np.zeros(n)
        for part, rows in zip(parts, people, strict=True):
            np.add.at(sums, rows, part.sums)
            np.add.at(weights, rows, part.weight)
        return cls(divide(sums, weights), weights, parts[0].root)


# -- stars ----------------------------------------------------------------------------------------


def rmse(predicted: Any, actual: Any, users: Codes, n_users: int) -> UserValues:
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
    return _by_rating(np.square(_errors(predicted, actual)), users, n_users, root=True)


def mae(predicted: Any, actual: Any, users: Codes, n_users: int) -> UserValues:
    """Mean absolute error over all test ratings, in stars; arguments as for :func:`rmse`.

    Examples
    --------
    >>> mae(np.array([3.0, 4.0]), np.array([3.0, 5.0]), np.array([0, 0]), 1).value
    0.5
    """
    return _by_rating(np.abs(_errors(predicted, actual)), users, n_users)


def interval_share(low: Any, high: Any, actual: Any, users: Codes, n_users: int) -> UserValues:
    """Share of the test ratings that lie within the promised intervals, ends included."""
    actual = np.asarray(actual, dtype=np.float64)
    inside = (actual >= np.asarray(low) - 1e-6) & (actual <= np.asarray(high) + 1e-6)
    return _by_rating(inside.astype(np.float64), users, n_users)


def like_error(
    probability: Any, liked: NDArray[np.bool_], users: Codes, n_users: int, *, bins: int = 10
) -> UserValues:
    """Expected calibration error of the promised probability to like a film.

    Ratings are put into ``bins`` of equal width by the promise; the error is the mean gap, over
    ratings, between the mean promise of a bin and the share that was liked. A person's value is
    their part of it.

    References
    ----------
    M. Pakdaman Naeini, G. F. Cooper, M. Hauskrecht: Obtaining Well Calibrated Probabilities Using
    Bayesian Binning. AAAI 2015.

    Examples
    --------
    >>> liked = np.array([True, True, False, False])
    >>> people = np.array([0, 0, 1, 1])
    >>> round(like_error(np.array([0.8, 0.8, 0.1, 0.1]), liked, people, 2).value, 2)
    0.15
    """
    promised = np.asarray(probability, dtype=np.float64)
    gaps = promised - liked
    place = np.minimum((promised * bins).astype(np.int64), bins - 1)
    # Given the direction in which each bin errs, the error is a sum over ratings.
    direction = np.sign(np.bincount(place, weights=gaps, minlength=bins))
    return _by_rating(gaps * direction[place], users, n_users)


def _errors(predicted: Any, actual: Any) -> Values:
    return np.asarray(predicted, dtype=np.float64) - np.asarray(actual, dtype=np.float64)


def _by_rating(values: Values, users: Codes, n_users: int, *, root: bool = False) -> UserValues:
    counts = np.bincount(users, minlength=n_users)
    sums = np.bincount(users, weights=values, minlength=n_users)
    return UserValues(divide(sums, counts), counts.astype(np.float64), root=root)


# -- films found ----------------------------------------------------------------------------------


def once(ranked: Ranked) -> Ranked:
    """Lists in which a film stands at its first place only; later ones are -1.

    Examples
    --------
    >>> once(np.array([[3, 3, 5], [1, 2, -1]], dtype=np.int32))
    array([[ 3, -1,  5],
           [ 1,  2, -1]], dtype=int32)
    """
    order = np.argsort(ranked, axis=1, kind="stable")
    ascending = np.take_along_axis(ranked, order, axis=1)
    again = np.zeros(ranked.shape, dtype=np.bool_)
    np.put_along_axis(again, order[:, 1:], ascending[:, 1:] == ascending[:, :-1], axis=1)
    return np.where(again, np.int32(-1), ranked) if again.any() else ranked


def hits_of(ranked: Ranked, indptr: Counts, relevant: NDArray[np.int32]) -> Hits:
    """Which places of ranked lists hold a film that is to be found.

    Parameters
    ----------
    ranked : ndarray, shape (n_users, depth), dtype int32
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
    if relevant.size == 0:
        return np.zeros(ranked.shape, dtype=np.bool_)
    ranked = once(ranked)
    people = np.arange(ranked.shape[0], dtype=np.int64)
    width = 1 + max(int(relevant.max()), int(ranked.max(initial=0)))
    wanted = np.repeat(people, np.diff(indptr)) * width + relevant
    keys = people[:, None] * width + ranked
    place = np.searchsorted(wanted, keys)
    place[place == wanted.size] = 0
    found: Hits = (wanted[place] == keys) & (ranked >= 0)
    return found


def precision(hits: Hits, n_relevant: Counts, k: int) -> Values:
    """Share of the first ``k`` places that are hits.

    Examples
    --------
    >>> precision(np.array([[True, False, True]]), np.array([5]), 3).round(3)
    array([0.667])
    """
    return _measured(_top(hits, k).sum(axis=1) / k, n_relevant)


def recall(hits: Hits, n_relevant: Counts, k: int) -> Values:
    """Hits in the first ``k`` places, divided by ``min(k, n_relevant)``: a full list reaches 1.

    The convention of Liang et al. (2018), and of the tables that follow them.

    Examples
    --------
    >>> recall(np.array([[True, False]]), np.array([5]), 2)
    array([0.5])
    """
    return divide(_top(hits, k).sum(axis=1), np.minimum(n_relevant, k))


def recall_all(hits: Hits, n_relevant: Counts, k: int) -> Values:
    """Hits in the first ``k`` places, divided by all ``n_relevant``: the textbook's recall.

    Somebody with more than ``k`` films to be found cannot reach 1.

    Examples
    --------
    >>> recall_all(np.array([[True, False]]), np.array([5]), 2)
    array([0.2])
    """
    return divide(_top(hits, k).sum(axis=1), n_relevant)


def ndcg(hits: Hits, n_relevant: Counts, k: int) -> Values:
    """Normalized discounted cumulative gain.

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
    gains = _discounts(k)
    best = np.concatenate(([0.0], np.cumsum(gains)))
    return divide(_top(hits, k) @ gains, best[np.minimum(n_relevant, k)])


def ndcg_stratified(
    ranked: Ranked, indptr: Counts, relevant: NDArray[np.int32], likes: Counts, k: int
) -> Values:
    """NDCG in which each hit is worth ``1 / sqrt(likes)`` of its film, so that the canon pays less.

    The best possible list has the films to be found in the order of their worth.

    Parameters
    ----------
    ranked, indptr, relevant
        As for :func:`hits_of`.
    likes : ndarray, shape (n_movies,)
        How many training people like each film; 0 counts as 1.
    k : int

    References
    ----------
    H. Steck: Item Popularity and Recommendation Accuracy. RecSys 2011.

    Examples
    --------
    >>> ranked, wanted = np.array([[0, 1]], dtype=np.int32), np.array([0, 1], dtype=np.int32)
    >>> ndcg_stratified(ranked, np.array([0, 2]), wanted, np.array([4, 1]), 2).round(4)
    array([0.8597])
    """
    worth = 1 / np.sqrt(np.maximum(likes, 1))
    hits, top, gains = hits_of(ranked, indptr, relevant), ranked[:, :k], _discounts(k)
    gained = (_top(hits, k) * np.append(worth, 0.0)[top]) @ gains
    owner = np.repeat(np.arange(len(ranked)), np.diff(indptr))
    order = np.lexsort((-worth[relevant], owner))
    place = np.arange(relevant.size) - np.repeat(np.asarray(indptr)[:-1], np.diff(indptr))
    counted = np.where(place < k, worth[relevant[order]] * gains[np.minimum(place, k - 1)], 0.0)
    return divide(gained, np.bincount(owner, weights=counted, minlength=len(ranked)))


def average_precision(hits: Hits, n_relevant: Counts, k: int) -> Values:
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


def reciprocal_rank(hits: Hits, n_relevant: Counts, k: int) -> Values:
    """One over the place of the first hit, 0 without one; its mean over people is ``mrr@k``.

    Examples
    --------
    >>> reciprocal_rank(np.array([[False, True], [False, False]]), np.array([1, 1]), 2)
    array([0.5, 0. ])
    """
    top = _top(hits, k)
    return _measured(np.where(top.any(axis=1), 1 / (1 + top.argmax(axis=1)), 0.0), n_relevant)


def hit_rate(hits: Hits, n_relevant: Counts, k: int) -> Values:
    """1 if any of the first ``k`` places is a hit, otherwise 0."""
    return _measured(_top(hits, k).any(axis=1).astype(np.float64), n_relevant)


ACCURACY: dict[str, Callable[[Hits, Counts, int], Values]] = {
    "ndcg": ndcg,
    "recall": recall,
    "recall_all": recall_all,
    "precision": precision,
    "map": average_precision,
    "mrr": reciprocal_rank,
    "hit": hit_rate,
}


def _discounts(k: int) -> Values:
    gains: Values = 1 / np.log2(np.arange(2, k + 2))
    return gains


def _top(hits: Hits, k: int) -> Hits:
    """The first ``k`` places; those that lists lack are misses."""
    if k < 1:
        raise ParameterError(f"k must be at least 1, got {k}")
    return np.pad(hits[:, :k], ((0, 0), (0, max(0, k - hits.shape[1]))))


def _measured(values: Any, n_relevant: Counts) -> Values:
    return np.where(np.asarray(n_relevant) > 0, values, np.nan)


# -- what lists are like --------------------------------------------------------------------------


def coverage(ranked: Ranked, n_movies: int) -> Values:
    """Share of all films that stand in at least one list, as each person's part in it.

    A film that stands in ``c`` lists is shared among them, ``1 / c`` each (this is the Shapley
    value of each list), and the parts are scaled such that their mean is the coverage.

    Examples
    --------
    >>> parts = coverage(np.array([[0, 1], [0, 2]], dtype=np.int32), n_movies=4)
    >>> parts, parts.mean()
    (array([0.75, 0.75]), np.float64(0.75))
    """
    parts = 1 / np.maximum(_exposure(ranked, n_movies), 1)
    return _list_sums(ranked, parts) * (len(ranked) / n_movies)


def gini(ranked: Ranked, n_movies: int) -> Values:
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
    slope = (2 * rankdata(exposure) - n_movies - 1) / (n_movies * max(int(exposure.sum()), 1))
    return _list_sums(ranked, slope) * len(ranked)


def overlap(ranked: Ranked, n_movies: int) -> Values:
    """Mean share of a person's list that another person's list has too, over all others.

    Examples
    --------
    >>> overlap(np.array([[0, 1], [0, 2], [3, 4]], dtype=np.int32), n_movies=5)
    array([0.25, 0.25, 0.  ])
    """
    others = np.asarray(_exposure(ranked, n_movies) - 1, dtype=np.float64)
    lengths = (once(ranked) >= 0).sum(axis=1)
    return divide(_list_sums(ranked, others), lengths * (len(ranked) - 1))


def median_popularity(ranked: Ranked, counts: Counts) -> Values:
    """Median number of training ratings of a list's films."""
    ranked = once(ranked)
    values = np.where(ranked >= 0, np.asarray(counts, dtype=np.float64)[ranked], np.nan)
    known = (ranked >= 0).any(axis=1)
    medians = np.full(len(ranked), np.nan)
    medians[known] = np.nanmedian(values[known], axis=1)
    return medians


def rare_share(ranked: Ranked, counts: Counts) -> Values:
    """Share of a list's films that have fewer than :data:`RARE` training ratings."""
    return _list_means(ranked, (np.asarray(counts) < RARE).astype(np.float64))


def novelty(ranked: Ranked, counts: Counts, n_users: int) -> Values:
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
    return _list_means(ranked, -np.log2(np.maximum(counts, 1) / max(n_users, 1)))


def intra_list_diversity(ranked: Ranked, genres: NDArray[np.bool_]) -> Values:
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
    n = _list_sums(ranked, (lengths > 0).astype(np.float64))
    # Of the squared length of the sum, each film with itself accounts for 1.
    similar = np.square(_list_sums(ranked, units)).sum(axis=1) - n
    return 1 - divide(similar, n * (n - 1))


def popularity_lift(
    ranked: Ranked, indptr: Counts, movies: NDArray[np.int32], counts: Counts
) -> Values:
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
    return divide(_list_means(ranked, values) - own, own)


def genre_calibration(
    ranked: Ranked,
    indptr: Counts,
    movies: NDArray[np.int32],
    genres: NDArray[np.bool_],
    *,
    alpha: float = 0.01,
) -> Values:
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
    q = _proportions(_list_sums(ranked, shares))
    mixed = (1 - alpha) * q + alpha * p
    ratio = np.where(p > 0, p, 1.0) / np.where(p > 0, mixed, 1.0)
    # Rounding can leave -1e-16 where both are equal.
    divergence = np.maximum((p * np.log(ratio)).sum(axis=1), 0.0)
    known = (p.sum(axis=1) > 0) & (q.sum(axis=1) > 0)
    return np.where(known, divergence, np.nan)


def _exposure(ranked: Ranked, n_movies: int) -> NDArray[np.int64]:
    listed = once(ranked)
    return np.bincount(listed[listed >= 0], minlength=n_movies)


def _list_sums(ranked: Ranked, values: Values) -> Values:
    """Sums over each list of the films' values, or of their rows of values."""
    # The last row answers for -1.
    padded = np.concatenate([values, np.zeros((1, *values.shape[1:]))])
    sums: Values = padded[once(ranked)].sum(axis=1)
    return sums


def _list_means(ranked: Ranked, values: Values) -> Values:
    return divide(_list_sums(ranked, values), (once(ranked) >= 0).sum(axis=1))


def _profiles(indptr: Counts, movies: NDArray[np.int32], n_movies: int) -> csr_array:
    return csr_array((np.ones(movies.size), movies, indptr), shape=(indptr.size - 1, n_movies))


def _proportions(sums: Values) -> Values:
    return np.nan_to_num(divide(sums, sums.sum(axis=1, keepdims=True)))


# -- names ----------------------------------------------------------------------------------------


METRICS: dict[str, tuple[Kind, Better]] = {
    "rmse": ("stars", "lower"),
    "mae": ("stars", "lower"),
    "interval": ("stars", ""),
    "like_error": ("stars", "lower"),
    "ndcg": ("accuracy", "higher"),
    "ndcg_stratified": ("accuracy", "higher"),
    "recall": ("accuracy", "higher"),
    "recall_all": ("accuracy", "higher"),
    "precision": ("accuracy", "higher"),
    "map": ("accuracy", "higher"),
    "mrr": ("accuracy", "higher"),
    "hit": ("accuracy", "higher"),
    "coverage": ("beyond", "higher"),
    "gini": ("beyond", "lower"),
    "overlap": ("beyond", "lower"),
    "popularity": ("beyond", ""),
    "rare": ("beyond", ""),
    "novelty": ("beyond", ""),
    "diversity": ("beyond", ""),
    "popularity_lift": ("beyond", ""),
    "calibration": ("beyond", "lower"),
}
"""Name → whether it looks at stars, at the films found or at what lists are like beyond that; and
which side is better. All but those of stars are written with a ``k``: ``ndcg@10``."""

_OF_ALL = ("like_error", "coverage", "gini", "overlap")

DEFAULT_METRICS: tuple[str, ...] = (
    "rmse",
    "mae",
    "ndcg@10",
    "recall@20",
    "recall_all@20",
    "precision@10",
    "map@10",
    "mrr@10",
    "hit@10",
    "coverage@10",
    "gini@10",
    "novelty@10",
    "diversity@10",
    "popularity_lift@10",
    "calibration@10",
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what, how many places of lists count, and of whom.

    Attributes
    ----------
    base : str
        A key of :data:`METRICS`.
    k : int
        0 for metrics of stars.
    told : int
        How many ratings people told under the protocol ``few-ratings``; 0 elsewhere.
    """

    base: str
    k: int = 0
    told: int = 0

    @property
    def name(self) -> str:
        """``"ndcg@100"``; ``"ndcg@10/3"`` where people told three ratings."""
        name = f"{self.base}@{self.k}" if self.k else self.base
        return f"{name}/{self.told}" if self.told else name

    @property
    def kind(self) -> Kind:
        """Whether it looks at stars, at the films found, or at what lists are like beyond."""
        return METRICS[self.base][0]

    @property
    def sign(self) -> int:
        """1 if higher is better, -1 if lower is, 0 if neither."""
        return {"higher": 1, "lower": -1, "": 0}[METRICS[self.base][1]]

    @property
    def of_all(self) -> bool:
        """Whether it describes all people together, so that they cannot be drawn again."""
        return self.base in _OF_ALL

    @property
    def heading(self) -> str:
        """The name with an arrow towards the better side."""
        return self.name + {1: " ↑", -1: " ↓", 0: ""}[self.sign]

    def after(self, told: int) -> Metric:
        """The same metric, of people who told so many ratings."""
        return replace(self, told=told)

    def __str__(self) -> str:
        return self.name


def parse_metric(name: str) -> Metric:
    """A metric from its name.

    Raises
    ------
    ParameterError
        If there is none of this name, or ``k`` is missing, needless or no whole number.

    Examples
    --------
    >>> parse_metric("recall@20").k, parse_metric("ndcg@10/3").told
    (20, 3)
    >>> parse_metric("ndgc@10")
    Traceback (most recent call last):
    ...
    matinee.errors.ParameterError: no metric 'ndgc@10'. Did you mean 'ndcg@10'?
    """
    pattern = r"([a-z_]+)(?:@([1-9]\d{0,5}))?(?:/([1-9]\d{0,3}))?"
    match = re.fullmatch(pattern, name.strip().casefold())
    base = match[1] if match else ""
    if match is None or base not in METRICS:
        stem, at, k = name.partition("@")
        near = difflib.get_close_matches(stem.casefold(), list(METRICS), n=1)
        stars = [each for each, (kind, _) in METRICS.items() if kind == "stars"]
        lists = [each for each in METRICS if each not in stars]
        hint = f" There are: {', '.join(stars)}; and with @k: {', '.join(lists)}"
        hint = f" Did you mean '{near[0]}{at}{k}'?" if near else hint
        raise ParameterError(f"no metric {name!r}.{hint}")
    if (METRICS[base][0] == "stars") == (match[2] is not None):
        wrong = "takes no @k" if match[2] else f"needs a number of places: {base}@10"
        raise ParameterError(f"the metric {base} {wrong}, got {name!r}")
    return Metric(base, int(match[2] or 0), int(match[3] or 0))


def parse_metrics(names: Iterable[str]) -> tuple[Metric, ...]:
    """Several metrics, each once, in the order given."""
    return tuple(dict.fromkeys(parse_metric(name) for name in names))
