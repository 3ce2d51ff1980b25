"""One person beside all others: how generous, how spread, and what the most similar ones like.

Nobody is named, and no film is told of fewer than :data:`FEWEST` people: a reader learns what a
group liked, never what one person rated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.explore.crowd import DAMPING
from matinee.ids import Codes, Id
from matinee.profile import Profile
from matinee.ratings import Ratings

__all__ = ["FEWEST", "Compared", "LikedByThem", "Neighbours", "compare"]

FEWEST = 5
"""A group of fewer people says nothing of any of its films."""
_NEAREST = 50
_COMMON = 5  # films that two people must both have rated
_SHRINKAGE = 20.0  # films in common at which a similarity counts half
_LEAST_RATINGS = 5  # of a person, before their generosity says something
_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True)
class LikedByThem:
    """A film that similar people liked.

    Attributes
    ----------
    movie_id : int or str
    title : str
    year : int or None
    liked_by, rated_by : int
        How many of the similar people gave it more than they expect of such a film, and how many
        rated it; 5 at least.
    """

    movie_id: Id
    title: str
    year: int | None
    liked_by: int
    rated_by: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The most similar people, without names.

    Attributes
    ----------
    similarities : tuple of float
        From most to least similar, between 0 and 1, to two decimals.
    common : float
        Films that the person and a similar one both rated: the median.
    films : tuple of LikedByThem
        What they liked and the person has not seen.
    """

    similarities: tuple[float, ...]
    common: float
    films: tuple[LikedByThem, ...]


@dataclass(frozen=True, eq=False)
class Compared:
    """What a comparison with everybody found.

    Attributes
    ----------
    offsets, spreads : ndarray, shape (n_people,), dtype float64
        How much more each person gives than everybody gives to the same films, and the standard
        deviation of their stars; the described person and people with fewer than 5 ratings are
        left out.
    nearest : Neighbours or None
        None if fewer than 5 people are alike.
    """

    offsets: NDArray[np.float64]
    spreads: NDArray[np.float64]
    nearest: Neighbours | None

    def less_generous(self, offset: float) -> float | None:
        """Share of people with a smaller offset; None where there is nobody."""
        return _below(self.offsets, offset)

    def less_spread(self, spread: float) -> float | None:
        """Share of people with a smaller spread; None where there is nobody."""
        return _below(self.spreads, spread)


def compare(
    dataset: Dataset, person: Profile, codes: Codes, rest: NDArray[np.float64], most: int
) -> Compared:
    """Compare a person with all others of a data set.

    The similarity is the cosine of what two people give beyond what everybody gives to a film and
    beyond their own generosity, over the films that both rated, times ``n / (n + 20)`` for ``n``
    such films.

    Parameters
    ----------
    dataset : Dataset
    person : Profile
        Their own ratings in the data set, if ``user_id`` is one of it, count for nothing.
    codes : ndarray, shape (n_films,), dtype int32
        The person's films.
    rest : ndarray, shape (n_films,), dtype float64
        The person's stars less what everybody gives.
    most : int
        How many films at most.

    Returns
    -------
    Compared

    References
    ----------
    Herlocker, Konstan, Borchers, Riedl: An Algorithmic Framework for Performing Collaborative
    Filtering. SIGIR 1999 (significance weighting).
    """
    ratings = dataset.ratings
    films = _Films(ratings)
    offsets, spreads = _habits(ratings, films)
    mine = np.zeros(ratings.n_movies)
    mine[codes] = rest - rest.mean()
    seen = np.zeros(ratings.n_movies, dtype=np.bool_)
    seen[codes] = True
    similarities, common = _similarities(ratings, films, offsets, mine, seen)
    others = ratings.user_counts >= _LEAST_RATINGS
    if person.user_id is not None:
        code = ratings.user_ids.code_of(person.user_id)
        if code >= 0:
            others[code] = False
            similarities[code] = 0.0
    near = np.flatnonzero((similarities > 0) & (common >= _COMMON))
    near = near[np.lexsort((near, -similarities[near]))][:_NEAREST]
    nearest = None
    if near.size >= FEWEST:
        hidden = seen.copy()
        hidden[dataset.catalog.codes_of(sorted(person.seen, key=str))] = True
        liked = _liked(dataset, offsets, near, similarities[near], hidden, most)
        rounded = np.round(similarities[near], 2).tolist()
        nearest = Neighbours(tuple(rounded), float(np.median(common[near])), liked)
    return Compared(offsets[others], spreads[others], nearest)


class _Films:
    """What all others give to a film, from the point of view of each rating."""

    def __init__(self, ratings: Ratings) -> None:
        self.counts = ratings.movie_stats.counts + (DAMPING - 1)
        self.sums = np.zeros(ratings.n_movies)
        for rows in _blocks(len(ratings)):
            self.sums += np.bincount(ratings.movies[rows], ratings.stars[rows], ratings.n_movies)
        self.sums += DAMPING * ratings.mean

    def beyond(self, movies: Codes, stars: NDArray[np.float64]) -> NDArray[np.float64]:
        """Stars less the damped mean of the film's other ratings."""
        return np.asarray(stars - (self.sums[movies] - stars) / self.counts[movies])


def _blocks(n: int) -> Iterator[slice]:
    for start in range(0, n, _BLOCK):
        yield slice(start, min(start + _BLOCK, n))


def _habits(ratings: Ratings, films: _Films) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offset and spread of each user."""
    n_users = ratings.n_users
    sums, squares, rests = np.zeros(n_users), np.zeros(n_users), np.zeros(n_users)
    for rows in _blocks(len(ratings)):
        users, stars = ratings.users[rows], ratings.stars[rows].astype(np.float64)
        sums += np.bincount(users, stars, n_users)
        squares += np.bincount(users, stars * stars, n_users)
        rests += np.bincount(users, films.beyond(ratings.movies[rows], stars), n_users)
    n = np.maximum(ratings.user_counts, 1)
    spreads = np.sqrt(np.maximum(squares / n - (sums / n) ** 2, 0))
    return rests / n, spreads


def _similarities(
    ratings: Ratings,
    films: _Films,
    offsets: NDArray[np.float64],
    mine: NDArray[np.float64],
    seen: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Similarity of each user, and the number of films in common."""
    n_users = ratings.n_users
    products, own, theirs = np.zeros(n_users), np.zeros(n_users), np.zeros(n_users)
    common = np.zeros(n_users, dtype=np.int64)
    for rows in _blocks(len(ratings)):
        both = np.flatnonzero(seen[ratings.movies[rows]]) + rows.start
        users, movies = ratings.users[both], ratings.movies[both]
        rest = films.beyond(movies, ratings.stars[both].astype(np.float64)) - offsets[users]
        products += np.bincount(users, rest * mine[movies], n_users)
        own += np.bincount(users, mine[movies] ** 2, n_users)
        theirs += np.bincount(users, rest**2, n_users)
        common += np.bincount(users, minlength=n_users)
    size = np.sqrt(own * theirs)
    cosine = np.divide(products, size, out=np.zeros(n_users), where=size > 1e-12)
    return cosine * common / (common + _SHRINKAGE), common


def _liked(
    dataset: Dataset,
    offsets: NDArray[np.float64],
    near: NDArray[np.intp],
    weights: NDArray[np.float64],
    hidden: NDArray[np.bool_],
    most: int,
) -> tuple[LikedByThem, ...]:
    ratings = dataset.ratings
    n = ratings.n_movies
    rated, liked, sums, total = np.zeros(n, int), np.zeros(n, int), np.zeros(n), np.zeros(n)
    for user, weight in zip(near.tolist(), weights.tolist(), strict=True):
        rows = slice(int(ratings.indptr[user]), int(ratings.indptr[user + 1]))
        movies = ratings.movies[rows]
        beyond = ratings.stars[rows] - ratings.mean - offsets[user]
        rated[movies] += 1
        liked[movies] += beyond > 0
        sums[movies] += weight * beyond
        total[movies] += weight
    # Both groups must be large enough: who rated it and who liked it.
    told = np.flatnonzero((liked >= FEWEST) & ~hidden)
    # A film that few of them rated is drawn to 0, as if as many more had found it ordinary.
    scores = sums[told] / (total[told] + FEWEST * float(weights.mean()))
    best = told[np.lexsort((told, -scores))][:most]
    found = []
    for code in best.tolist():
        movie = dataset.catalog.movie(code, tags=0)
        found.append(
            LikedByThem(movie.movie_id, movie.title, movie.year, int(liked[code]), int(rated[code]))
        )
    return tuple(found)


def _below(values: NDArray[np.float64], value: float) -> float | None:
    if not values.size:
        return None
    # Equal values count half, so that a typical person stands in the middle.
    lower, equal = np.mean(values < value - 1e-9), np.mean(np.abs(values - value) <= 1e-9)
    return float(lower + equal / 2)
