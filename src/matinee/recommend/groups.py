"""Films for two or more: lists that one can agree on, and who gives way.

Each member's scores become a utility between 0 and 1 by the film's place in the member's own list,
so that nobody counts for more because of a model's larger numbers. Three ways to agree:

- *average*: the mean of the utilities;
- *least misery*: the least of them, so that nobody has to sit through what they hate;
- *fair*: who has had least so far chooses next, among films that nobody hates.

References
----------
Masthoff, "Group modeling: selecting a sequence of television items to suit a group of viewers"
(2004) and "Group recommender systems: aggregation, satisfaction and group attributes" (2015);
Jameson, Smyth, "Recommendation to groups" (2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.ids import Codes

__all__ = ["Strategy", "agree", "giving_way", "ranks", "utilities"]

Strategy: TypeAlias = Literal["average", "least-misery", "fair"]

_POOL = 200
"""Films among which a fair list is chosen."""
_MISERY = 0.3
"""Films whose least utility is below this share of the pool's best are nobody's turn."""
_CLEARLY = 0.2
"""Below the mean of the others by this utility, somebody gives way."""
_TIE = 1e-3


def ranks(scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """Places from 1 in each row, best first; films at ``-inf`` stand last.

    Parameters
    ----------
    scores : ndarray, shape (n_members, n_movies)

    Examples
    --------
    >>> ranks(np.array([[0.5, 2.0, -np.inf]])).tolist()
    [[2, 1, 3]]
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(1, scores.shape[1] + 1)[None, :], axis=1)
    return places


def utilities(places: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a place in one's own list is worth: 1 for the first, 0 for the last.

    The logarithm lets the difference between places 1 and 10 count as much as that between 10 and
    100, as attention to a list does.

    Examples
    --------
    >>> utilities(np.array([[1, 10, 100]])).round(2).tolist()
    [[1.0, 0.5, 0.0]]
    """
    last = max(int(places.max()), 2)
    worth: NDArray[np.float64] = 1 - np.log(places) / np.log(last)
    return worth


def agree(
    worth: NDArray[np.float64], open_: NDArray[np.bool_], strategy: Strategy, n: int
) -> Codes:
    """The films of a group, best first.

    Parameters
    ----------
    worth : ndarray, shape (n_members, n_movies)
        Of :func:`utilities`.
    open_ : ndarray, shape (n_movies,), dtype bool
        Films that may come back.
    strategy : {"average", "least-misery", "fair"}
    n : int
        How many at most.

    Returns
    -------
    ndarray, shape (at most n,), dtype int32

    Examples
    --------
    >>> worth = np.array([[1.0, 0.7, 0.0], [0.1, 0.6, 1.0]])
    >>> everything = np.ones(3, dtype=bool)
    >>> agree(worth, everything, "least-misery", 1).tolist()
    [1]
    """
    mean = worth.mean(axis=0)
    if strategy == "fair":
        return _in_turns(worth, open_, mean, n)
    # Equal misery is common among films far down somebody's list; then the mean decides.
    value = mean if strategy == "average" else worth.min(axis=0) + _TIE * mean
    return _best(np.where(open_, value, -np.inf), n)


def _best(value: NDArray[np.float64], n: int) -> Codes:
    order = np.argsort(-value, kind="stable")[:n]
    return order[np.isfinite(value[order])].astype(np.int32)


def _in_turns(
    worth: NDArray[np.float64], open_: NDArray[np.bool_], mean: NDArray[np.float64], n: int
) -> Codes:
    pool = _best(np.where(open_, mean, -np.inf), max(_POOL, n))
    if not len(pool):
        return pool
    least = worth[:, pool].min(axis=0)
    decent = pool[least >= _MISERY * least.max()]
    pool = decent if len(decent) >= n else pool
    own = worth[:, pool]
    had = np.zeros(len(own))
    free = np.ones(len(pool), dtype=np.bool_)
    chosen: list[int] = []
    for _ in range(min(n, len(pool))):
        turn = int(np.argmin(had))
        # Among one's own favourites, the one that the others like best.
        wish = np.where(free, own[turn] + mean[pool], -np.inf)
        place = int(np.argmax(wish))
        free[place] = False
        chosen.append(int(pool[place]))
        had += own[:, place]
    return np.asarray(chosen, dtype=np.int32)


def giving_way(worth: Sequence[float]) -> int | None:
    """Which member likes a film clearly less than the others do; None if nobody.

    Parameters
    ----------
    worth : sequence of float
        Each member's utility of the film.

    Examples
    --------
    >>> giving_way([0.9, 0.4]), giving_way([0.9, 0.8])
    (1, None)
    """
    values = np.asarray(worth, dtype=np.float64)
    least = int(np.argmin(values))
    others = float(np.delete(values, least).mean())
    return least if others - float(values[least]) >= _CLEARLY else None
