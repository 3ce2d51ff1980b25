"""What a person likes in words: genres, years and how well known, against what everybody likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, floats
from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.preference import preferences
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.scale import RatingScale

__all__ = ["DISLIKED", "LIKED", "Leanings", "Taste"]

Float32Array = NDArray[np.float32]

LIKED, DISLIKED = 0.79, 0.2
"""Likings of what counts as liked (3.5 stars of five and more) and disliked (2 and fewer)."""

_GENRES, _YEARS = 0.4, 0.3  # what a log-likelihood ratio of each counts
_DISLIKE = 0.25  # what the genres of disliked films count, against those of liked ones
_SHRINKAGE, _YEAR_SHRINKAGE = 3.0, 4.0  # films of everybody's mixture, as if liked besides
# What a genre is worth for each nat by which it is more frequent than chance makes it.
_LEANING, _AVERSION = 0.5, 0.25
_CHANCE, _MOST = 3.5, 12.0  # nats that chance may bring; nats that count, at most
_YEAR_LEANING, _YEAR_CHANCE = 0.2, 5.0  # the same for years, as a share of their ratio
_FADE = 20  # ratings from which leanings count less: the films themselves then tell them
_LESSER_KNOWN, _KNOWN_CHANCE, _KNOWN_MOST = 0.5, 1.5, 4.0  # in standard errors of the mean
_YEARS_APART = 5  # between the years at which tastes are measured; interpolated between
_FIRST_YEAR = 1920
_SUPPORT = 5.0  # a film with so many ratings has half of its taste


class Leanings(NamedTuple):
    """What features of films are worth to people.

    Attributes
    ----------
    genres : ndarray, shape (n_profiles, n_genres), dtype float32
    years : ndarray, shape (n_profiles, n_steps), dtype float32
    known : ndarray, shape (n_profiles,), dtype float32
        For each standard deviation by which a film is better known; at most 0.
    """

    genres: Float32Array
    years: Float32Array
    known: Float32Array


class Taste:
    """How a person's liked films differ from everybody's, in genres, years and how well known.

    For each genre, the logit of its share among the person's liked films less that among all liked
    ratings; for years the logarithm of the ratio, in steps of five years with straight lines
    between. Shares are shrunk towards everybody's, so that one film says little. Genres that are
    more frequent among disliked films than among liked ones count against.

    Five westerns out of five are no chance: where a genre is more frequent than chance makes it (by
    the Kullback-Leibler divergence times the number of films, in nats), it counts for more, and
    among disliked films for less. The same goes for years, and for films that few people know. Most
    people have no such leaning, and lose nothing; those who have one get the list of a fan.

    A film's taste is the sum over its genres, its year and how well it is known: exact, and every
    part has a word.

    Parameters
    ----------
    catalog : Catalog
        Its genres and years are those of the films.
    scale : RatingScale
    everybody : ndarray, shape (n_genres + n_steps,), dtype float32
        Shares among all liked ratings.
    known : ndarray, shape (n_movies,), dtype float32
        Logarithm of the number of likes, with mean 0 and standard deviation 1 over liked ratings.
    support : ndarray, shape (n_movies,), dtype float32
        What the taste of a film counts: less where few have rated it.
    """

    def __init__(
        self,
        catalog: Catalog,
        scale: RatingScale,
        everybody: Float32Array,
        known: Float32Array,
        support: Float32Array,
    ) -> None:
        self.names, self.scale = catalog.genre_names, scale
        self.everybody, self.known, self.support = everybody, known, support
        self.genres = catalog.genres.astype(np.float32)
        self.years = _steps(catalog)

    @classmethod
    def of(cls, ratings: Ratings, catalog: Catalog) -> Taste:
        """Measure everybody's taste."""
        liked = preferences(ratings.stars, ratings.scale) >= LIKED
        likes = np.bincount(ratings.movies[liked], minlength=len(catalog)).astype(np.float64)
        total = max(float(likes.sum()), 1.0)
        shares = np.concatenate((likes @ catalog.genres, likes @ _steps(catalog))) / total
        known = np.log1p(likes)
        known -= likes @ known / total
        known /= max(float(np.sqrt(likes @ np.square(known) / total)), 1e-6)
        counts = ratings.movie_stats.counts
        return cls(
            catalog,
            ratings.scale,
            np.clip(shares, 1e-3, 0.98).astype(np.float32),
            known.astype(np.float32),
            (counts / (counts + _SUPPORT)).astype(np.float32),
        )

    def leanings(self, batch: ProfileBatch) -> Leanings:
        """What genres, years and being known are worth to people."""
        liking = preferences(batch.stars, self.scale)
        of_genres, of_years = np.split(self.everybody, [len(self.names)])
        liked = batch.matrix((liking >= LIKED).astype(np.float32))
        disliked = batch.matrix((liking <= DISLIKED).astype(np.float32))
        n = np.asarray(liked.sum(axis=1), dtype=np.float32).reshape(-1, 1)
        fade = np.minimum(1, _FADE / np.maximum(batch.lengths, 1))[:, None]

        likes, dislikes = liked @ self.genres, disliked @ self.genres
        n_disliked = np.asarray(disliked.sum(axis=1), dtype=np.float32).reshape(-1, 1)
        own = (likes + _SHRINKAGE * of_genres) / (n + _SHRINKAGE)
        against = (dislikes + _SHRINKAGE * own) / (n_disliked + _SHRINKAGE)
        genres = _logit(own) - _logit(of_genres) - _DISLIKE * (_logit(against) - _logit(own))
        genres *= _GENRES
        genres += fade * _LEANING * _surprise(likes, n, of_genres)
        genres -= fade * _AVERSION * _surprise(dislikes, n_disliked, of_genres)

        counts = liked @ self.years
        years = np.log((counts + _YEAR_SHRINKAGE * of_years) / (n + _YEAR_SHRINKAGE) / of_years)
        share = np.maximum(counts / np.maximum(n, 1), 1e-9)
        nats = n * (share * np.log(share / of_years)).sum(axis=1, keepdims=True)
        beyond = np.clip(nats - _YEAR_CHANCE, 0, _MOST)
        years *= _YEARS * (1 + fade * _YEAR_LEANING * beyond)

        errors = (liked @ self.known) / np.sqrt(np.maximum(n[:, 0], 1))
        known = _LESSER_KNOWN * np.clip(errors + _KNOWN_CHANCE, -_KNOWN_MOST, 0)
        return Leanings(*(np.asarray(part, dtype=np.float32) for part in (genres, years, known)))

    def score(self, batch: ProfileBatch) -> Float32Array:
        """The taste of all films for people, shape (n_profiles, n_movies)."""
        genres, years, known = self.leanings(batch)
        scores: Float32Array = genres @ self.genres.T + years @ self.years.T
        scores *= self.support
        some = np.flatnonzero(known)
        scores[some] += known[some, None] * self.known
        return scores

    def parts(self, one: ProfileBatch, movies: Codes) -> Leanings:
        """What each genre, the year, and being known add to films' taste for a batch of one person.

        Returns
        -------
        Leanings
            With a row for each film: ``genres`` of shape (len(movies), n_genres), ``years`` and
            ``known`` of shape (len(movies),).
        """
        genres, years, known = self.leanings(one)
        support = self.support[movies]
        return Leanings(
            self.genres[movies] * genres[0] * support[:, None],
            self.years[movies] @ years[0] * support,
            known[0] * self.known[movies],
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What has to be stored; genres and years are those of the catalogue."""
        return {"everybody": self.everybody, "known": self.known, "support": self.support}

    @staticmethod
    def specs(catalog: Catalog) -> Specs:
        """What the arrays of :meth:`arrays` have to be."""
        features = len(catalog.genre_names) + _steps(catalog).shape[1]
        return {
            "everybody": floats(features, low=1e-6, high=1 - 1e-6),
            "known": floats("movies"),
            "support": floats("movies"),
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], catalog: Catalog, scale: RatingScale
    ) -> Taste:
        """Take back what :meth:`arrays` gave."""
        return cls(catalog, scale, arrays["everybody"], arrays["known"], arrays["support"])


def _steps(catalog: Catalog) -> Float32Array:
    """How near each film's year is to each step; rows add up to 1, or to 0 without a year."""
    given = np.asarray(catalog.years, dtype=np.int64)
    last = max(int(given.max(initial=0)), _FIRST_YEAR)
    steps = -(-(last - _FIRST_YEAR) // _YEARS_APART) + 1
    position = (np.maximum(given, _FIRST_YEAR) - _FIRST_YEAR) / _YEARS_APART
    near = np.maximum(1 - np.abs(position[:, None] - np.arange(steps)), 0)
    near[given <= 0] = 0
    return np.asarray(near, dtype=np.float32)


def _surprise(counts: Any, n: Float32Array, everybody: Float32Array) -> Any:
    """Nats by which features are more frequent among ``n`` films than chance makes them."""
    share = np.clip(counts / np.maximum(n, 1), 1e-6, 1 - 1e-6)
    nats = share * np.log(share / everybody) + (1 - share) * np.log((1 - share) / (1 - everybody))
    return np.where(share > everybody, np.clip(n * nats - _CHANCE, 0, _MOST), 0)


def _logit(share: Any) -> Any:
    kept = np.clip(share, 1e-3, 0.99)
    return np.log(kept / (1 - kept))
