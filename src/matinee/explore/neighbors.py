"""One person beside all others: how generous, how spread, and what the most similar ones like.

Nobody is named, and no film is told of fewer than :data:`FEWEST` people: a reader learns what a
group liked, never what one person rated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.ids import Codes, Id
from matinee.profile import Profile
from matinee.ratings import Ratings

__all__ = ["FEWEST", "LikedByThem", "Neighbors", "compare"]

FEWEST = 5
"""A group of fewer people says nothing of any of its films."""
_NEAREST = 50
_COMMON = 5  # films that two people must both have rated
_SHRINKAGE = 20.0  # films in common at which a similarity counts half
_LEAST_RATINGS = 5  # of a person, before their generosity says something
_BLOCK = 2_000_000

_Floats: TypeAlias = NDArray[np.float64]


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
class Neighbors:
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


def compare(
    dataset: Dataset,
    person: Profile,
    codes: Codes,
    stars: _Floats,
    expected: _Floats,
    *,
    most: int,
    damping: float,
) -> tuple[float | None, float | None, Neighbors | None]:
    """Compare a person with all others of a data set, over blocks of ratings.

    Gives the share of people who give less to the same films, the share whose stars are less spread
    (None where nobody has 5 ratings), and the most similar people (None if fewer than 5 are alike).
    ``stars`` and ``expected`` are what the person and what everybody gives to the films ``codes``.
    The person's own ratings in the data set, if ``user_id`` is one of it, count for nothing.

    The similarity is the cosine of what two people give beyond what everybody gives to a film and
    beyond their own generosity, over the films that both rated, times ``n / (n + 20)`` for ``n``
    such films.

    References
    ----------
    Herlocker, Konstan, Borchers, Riedl: An Algorithmic Framework for Performing Collaborative
    Filtering. SIGIR 1999 (significance weighting).
    """
    ratings = dataset.ratings
    n_users, n_movies = ratings.n_users, ratings.n_movies
    film_counts, film_sums = ratings.movie_stats.counts + damping, np.zeros(n_movies)
    for _, movies, given in _blocks(ratings):
        film_sums += np.bincount(movies, given, n_movies)
    film_sums += damping * ratings.mean

    def beyond(movies: Codes, given: _Floats) -> _Floats:
        """Stars less the damped mean of the film's other ratings."""
        return np.asarray(given - (film_sums[movies] - given) / (film_counts[movies] - 1))

    sums, squares, rests = np.zeros(n_users), np.zeros(n_users), np.zeros(n_users)
    for users, movies, given in _blocks(ratings):
        sums += np.bincount(users, given, n_users)
        squares += np.bincount(users, given**2, n_users)
        rests += np.bincount(users, beyond(movies, given), n_users)
    counts = np.maximum(ratings.user_counts, 1)
    offsets = rests / counts
    spreads = np.sqrt(np.maximum(squares / counts - (sums / counts) ** 2, 0))

    rest = stars - expected
    mine, seen = np.zeros(n_movies), np.zeros(n_movies, dtype=np.bool_)
    mine[codes], seen[codes] = rest - rest.mean(), True
    products, own, theirs, common = (np.zeros(n_users) for _ in range(4))
    for users, movies, given in _blocks(ratings):
        both = seen[movies]
        who, gave = users[both], mine[movies[both]]
        other = beyond(movies[both], given[both]) - offsets[who]
        products += np.bincount(who, other * gave, n_users)
        own += np.bincount(who, gave**2, n_users)
        theirs += np.bincount(who, other**2, n_users)
        common += np.bincount(who, minlength=n_users)
    size = np.sqrt(own * theirs)
    cosine = np.divide(products, size, out=np.zeros(n_users), where=size > 1e-12)
    similarities = cosine * common / (common + _SHRINKAGE)

    others = ratings.user_counts >= _LEAST_RATINGS
    code = -1 if person.user_id is None else ratings.user_ids.code_of(person.user_id)
    if code >= 0:
        others[code], similarities[code] = False, 0.0
    near = np.flatnonzero((similarities > 0) & (common >= _COMMON))
    near = near[np.argsort(-similarities[near], kind="stable")[:_NEAREST]]
    nearest = None
    if near.size >= FEWEST:
        seen[dataset.catalog.codes_of(sorted(person.seen, key=str))] = True
        liked = _liked(dataset, offsets, near, similarities[near], seen, most)
        rounded = np.round(similarities[near], 2).tolist()
        nearest = Neighbors(tuple(rounded), float(np.median(common[near])), liked)
    return (
        _below(offsets[others], float(rest.mean())),
        _below(spreads[others], float(stars.std())),
        nearest,
    )


def _blocks(ratings: Ratings) -> Iterator[tuple[Codes, Codes, _Floats]]:
    """Users, movies and stars of some millions of ratings at a time."""
    for start in range(0, len(ratings), _BLOCK):
        rows = slice(start, start + _BLOCK)
        yield ratings.users[rows], ratings.movies[rows], ratings.stars[rows].astype(np.float64)


def _liked(
    dataset: Dataset,
    offsets: _Floats,
    near: NDArray[np.intp],
    weights: _Floats,
    hidden: NDArray[np.bool_],
    most: int,
) -> tuple[LikedByThem, ...]:
    """The films that enough of the nearest people liked, the best ones first."""
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
    told = np.flatnonzero((liked >= FEWEST) & ~hidden)
    # A film that few of them rated is drawn to 0, as if as many more had found it ordinary.
    scores = sums[told] / (total[told] + FEWEST * float(weights.mean()))
    films = [
        (code, dataset.catalog.movie(code, tags=0))
        for code in (told[np.argsort(-scores, kind="stable")[:most]].tolist())
    ]
    return tuple(
        LikedByThem(film.movie_id, film.title, film.year, int(liked[code]), int(rated[code]))
        for code, film in films
    )


def _below(values: _Floats, value: float) -> float | None:
    if not values.size:
        return None
    # Equal values count half, so that a typical person stands in the middle.
    lower, equal = np.mean(values < value - 1e-9), np.mean(np.abs(values - value) <= 1e-9)
    return float(lower + equal / 2)
