"""Which films are like a film: the same people love them, and they are of the same kind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.ratings import MovieStats

__all__ = ["likeness"]

Float32Array = NDArray[np.float32]

_FULL_SUPPORT = 50  # ratings at which a film's own ratings say all that they can
_GENRES, _YEARS, _POPULARITY, _SERIES = 0.6, 0.5, 0.3, 2.5
_YEARS_APART = 15.0


def likeness(
    chosen_alike: Float32Array, movies: Codes, catalog: Catalog, stats: MovieStats
) -> Float32Array:
    """How like all films are to some films, each.

    What people who love a film love counts as far as the film's own ratings carry it: with the
    square root of their number, up to fifty. What it is counts the more the fewer these are:
    genres, by cosine, where rare genres weigh more; years; the same series. Of equals, the film
    that more people rated.

    Parameters
    ----------
    chosen_alike : ndarray, shape (len(movies), n_movies), dtype float32
        How alike the people are who chose two films, on any scale; ``-inf`` where nobody did.
    movies : ndarray, dtype int32
    catalog : Catalog
    stats : MovieStats

    Returns
    -------
    ndarray, shape (len(movies), n_movies), dtype float32
        ``-inf`` for films that nobody rated.
    """
    counts = stats.counts.astype(np.float32)
    support = np.minimum(1, np.sqrt(counts[movies] / _FULL_SUPPORT))[:, None]
    genres = catalog.genres * np.log(len(catalog) / (catalog.genres.sum(axis=0) + 1.0))
    genres = (genres / np.maximum(np.linalg.norm(genres, axis=1, keepdims=True), 1e-9)).astype(
        np.float32
    )
    years = np.where(catalog.years > 0, catalog.years, np.median(catalog.years)).astype(np.float32)
    series = np.asarray(catalog.series)
    found = support * _standard(chosen_alike)
    found += _GENRES * (2 - support) * _standard(genres[movies] @ genres.T)
    found -= _YEARS / _YEARS_APART * np.abs(years[movies, None] - years)
    found += _SERIES * ((series[movies, None] == series) & (series >= 0))
    found += _POPULARITY * np.log1p(counts)
    found[:, counts == 0] = -np.inf
    return np.asarray(found, dtype=np.float32)


def _standard(values: Float32Array) -> Float32Array:
    """Each row with mean 0 and standard deviation 1; unknown values stand with the mean."""
    known = np.isfinite(values)
    number = np.maximum(known.sum(axis=1, keepdims=True), 1)
    safe = np.where(known, values, np.float32(0))
    centered = np.where(known, safe - safe.sum(axis=1, keepdims=True) / number, np.float32(0))
    spread = np.sqrt(np.square(centered).sum(axis=1, keepdims=True) / number)
    return np.asarray(centered / np.maximum(spread, 1e-9), dtype=np.float32)
