"""What a person likes in words: genres and years, against what everybody likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.preference import preferences
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.scale import RatingScale

__all__ = ["Taste"]

Float32Array = NDArray[np.float32]

_LIKED, _DISLIKED = 0.79, 0.2  # likings: 3.5 stars of five and more, 2 stars and fewer
_GENRES, _YEARS = 0.4, 0.3  # what a log-likelihood ratio of each counts
_DISLIKE = 0.25  # what the genres of disliked films count against them
_SHRINKAGE = 3.0  # as if a person had liked so many films of everybody's mixture besides
_YEAR_SHRINKAGE = 4.0
_YEARS_APART = 5  # between the years at which tastes are measured; interpolated between
_FIRST_YEAR = 1920
_SUPPORT = 5.0  # a film with so many ratings has half of its taste


class Taste:
    """Log-likelihood ratios of a film's genres and year: a person's liked films or everybody's.

    For each genre, the logit of its share among the person's liked films less that among all liked
    ratings; for years likewise, in steps of five with straight lines between. Shares are shrunk
    towards everybody's, so that one film says little. Genres that are more frequent among the films
    that the person disliked than among those they liked count against. A film's taste is the sum
    over its genres, and its year: exact, and every part has a word.

    Parameters
    ----------
    genres : ndarray, shape (n_movies, n_genres), dtype float32
        1 where a film has a genre.
    names : sequence of str
        The genres' names.
    years : ndarray, shape (n_movies, n_steps), dtype float32
        How near a film's year is to each step; rows add up to 1, or to 0 without a year.
    support : ndarray, shape (n_movies,), dtype float32
        What the taste of a film counts: less where few have rated it.
    everybody : ndarray, shape (n_genres + n_steps,), dtype float32
        Shares among all liked ratings.
    scale : RatingScale
    """

    def __init__(
        self,
        genres: Float32Array,
        names: list[str],
        years: Float32Array,
        support: Float32Array,
        everybody: Float32Array,
        scale: RatingScale,
    ) -> None:
        self.genres, self.names, self.years = genres, names, years
        self.support, self.everybody, self.scale = support, everybody, scale

    @classmethod
    def of(cls, ratings: Ratings, catalog: Catalog) -> Taste:
        """Measure everybody's taste."""
        genres, names, years = _features(catalog)
        liked = preferences(ratings.stars, ratings.scale) >= _LIKED
        weights = np.bincount(ratings.movies[liked], minlength=len(catalog)).astype(np.float32)
        total = max(float(weights.sum()), 1.0)
        shares = np.concatenate((weights @ genres, weights @ years)) / total
        counts = ratings.movie_stats.counts.astype(np.float32)
        support = counts / (counts + np.float32(_SUPPORT))
        everybody = np.clip(shares, 1e-3, 0.98).astype(np.float32)
        return cls(genres, names, years, support, everybody, ratings.scale)

    def person(self, batch: ProfileBatch) -> tuple[Float32Array, Float32Array]:
        """What each genre and each step of years is worth to people.

        Returns
        -------
        (ndarray of shape (n_profiles, n_genres), ndarray of shape (n_profiles, n_steps))
        """
        liking = preferences(batch.stars, self.scale)
        of_genres, of_years = np.split(self.everybody, [len(self.names)])
        liked = batch.matrix((liking >= _LIKED).astype(np.float32))
        disliked = batch.matrix((liking <= _DISLIKED).astype(np.float32))
        own = _shrunk(liked, self.genres, of_genres, _SHRINKAGE)
        against = _shrunk(disliked, self.genres, own, _SHRINKAGE)
        genres = _logit(own) - _logit(of_genres) - _DISLIKE * (_logit(against) - _logit(own))
        years = np.log(_shrunk(liked, self.years, of_years, _YEAR_SHRINKAGE) / of_years)
        return np.float32(_GENRES) * genres, np.float32(_YEARS) * years

    def score(self, batch: ProfileBatch) -> Float32Array:
        """The taste of all films for people, shape (n_profiles, n_movies)."""
        genres, years = self.person(batch)
        scores: Float32Array = genres @ self.genres.T + years @ self.years.T
        scores *= self.support
        return scores

    def parts(self, one: ProfileBatch, movies: Codes) -> tuple[Float32Array, Float32Array]:
        """What each genre, and the year, add to the taste of films for a batch of one person.

        Returns
        -------
        (ndarray of shape (len(movies), n_genres), ndarray of shape (len(movies),))
        """
        genres, years = self.person(one)
        support = self.support[movies]
        return self.genres[movies] * genres[0] * support[:, None], (
            self.years[movies] @ years[0] * support
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What has to be stored; genres and years are read from the catalogue again."""
        return {"support": self.support, "everybody": self.everybody}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], catalog: Catalog, scale: RatingScale
    ) -> Taste:
        """Take back what :meth:`arrays` gave."""
        genres, names, years = _features(catalog)
        return cls(genres, names, years, arrays["support"], arrays["everybody"], scale)


def _features(catalog: Catalog) -> tuple[Float32Array, list[str], Float32Array]:
    """Films × genres, the names of these, and films × steps of years."""
    names = list(catalog.genre_names)
    genres = catalog.genres.astype(np.float32)
    given = np.asarray(catalog.years)
    last = max(int(given.max(initial=0)), _FIRST_YEAR)
    steps = -(-(last - _FIRST_YEAR) // _YEARS_APART) + 1
    position = (np.maximum(given, _FIRST_YEAR) - _FIRST_YEAR) / _YEARS_APART
    years = np.maximum(1 - np.abs(position[:, None] - np.arange(steps)), 0).astype(np.float32)
    years[given <= 0] = 0
    return genres, names, years


def _shrunk(chosen: Any, features: Float32Array, prior: Float32Array, weight: float) -> Any:
    """Shares of features among chosen films, as if `weight` films of a prior were among them."""
    counts = np.asarray(chosen.sum(axis=1), dtype=np.float32).reshape(-1, 1)
    return (chosen @ features + np.float32(weight) * prior) / (counts + np.float32(weight))


def _logit(share: Any) -> Any:
    kept = np.clip(share, 1e-3, 0.99)
    return np.log(kept / (1 - kept))
