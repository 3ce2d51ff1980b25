"""What a model tells films apart by: its latent dimensions, in a readable basis.

The columns of a factorisation mean nothing by themselves: any rotation of films and people together
predicts the same stars. Two steps choose a basis that can be read. Principal components say how
many directions matter, and varimax (Kaiser 1958) rotates the leading ones until each film stands
out in as few of them as possible; where some films do stand out in only a few, this finds the very
factors that made the data (Rohe and Zeng 2023).

References
----------
Kaiser: The Varimax Criterion for Analytic Rotation in Factor Analysis. Psychometrika 23, 1958.
Rohe, Zeng: Vintage Factor Analysis with Varimax Performs Statistical Inference. Journal of the
Royal Statistical Society B 85, 2023.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.explore.chart import Chart, Missing, share
from matinee.models.base import Recommender
from matinee.ratings import MovieStats
from matinee.threads import one_blas_thread

__all__ = ["Dimensions", "dimension_charts", "find_dimensions", "varimax", "well_known"]

_FILMS_PER_END = 5
_LEAST = 20
_MOST_FILMS = 3000
_BEST_KNOWN = 1000
"""The films that are shown are of the most rated ones, so that a reader knows some of them."""
_FEWEST_FILMS = 12
_FEWEST_OF_GENRE = 8
_TOLD = 0.2
"""Correlation below which a genre or the year says too little about a dimension."""


@dataclass(frozen=True, eq=False)
class Dimensions:
    """Films in a readable basis.

    Attributes
    ----------
    codes : ndarray, shape (n_films,), dtype int64
        The films that the basis is made of.
    places : ndarray, shape (n_films, n_dimensions), dtype float64
        Where each film stands along each dimension, in standard deviations; dimensions are
        uncorrelated and point to where fewer films stand farther out.
    shares : ndarray, shape (n_dimensions,), dtype float64
        Share of the variance of the films' vectors along each, largest first.
    columns : int
        Length of the model's vectors.
    least : int
        Ratings that each of the films has at least.
    """

    codes: NDArray[np.int64]
    places: NDArray[np.float64]
    shares: NDArray[np.float64]
    columns: int
    least: int


def varimax(
    scores: NDArray[np.float64], *, iterations: int = 500, tolerance: float = 1e-9
) -> NDArray[np.float64]:
    """The rotation that makes the squares of each column as unequal as can be.

    Parameters
    ----------
    scores : ndarray, shape (n, k)
    iterations : int
        At most.
    tolerance : float
        Relative gain at which to stop.

    Returns
    -------
    ndarray, shape (k, k)
        Orthogonal; ``scores @ rotation`` is the rotated matrix.

    References
    ----------
    Kaiser: The Varimax Criterion for Analytic Rotation in Factor Analysis. Psychometrika 23, 1958.

    Examples
    --------
    >>> clear = np.array([[1.0, 0], [2, 0], [-1, 0], [0, 1], [0, -3], [0, 1]])
    >>> turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    >>> np.abs(clear @ turn @ varimax(clear @ turn)).round(4).min(axis=1).max().item()
    0.0
    """
    rotation = np.eye(scores.shape[1])
    before = 0.0
    for _ in range(iterations):
        turned = scores @ rotation
        gradient = scores.T @ (turned**3 - turned * (turned**2).mean(axis=0))
        left, values, right = np.linalg.svd(gradient)
        rotation = left @ right
        if values.sum() <= before * (1 + tolerance):
            break
        before = float(values.sum())
    return rotation


def well_known(stats: MovieStats, *, fewest: int = 200) -> tuple[NDArray[np.int64], int]:
    """The films that enough people rated for what was learned of them to be more than chance.

    Returns
    -------
    ndarray of int64
        Codes, at most 3,000, the most rated first.
    int
        Ratings that each has at least: 20, or fewer where that leaves less than ``fewest`` films.
    """
    counts = stats.counts.astype(np.int64)
    order = np.lexsort((np.arange(counts.size), -counts))
    order = order[counts[order] > 0]
    n = int(np.count_nonzero(counts >= _LEAST))
    kept = order[: min(max(n, min(fewest, order.size)), _MOST_FILMS)]
    return kept, int(counts[kept[-1]]) if kept.size else 0


def find_dimensions(
    vectors: NDArray[np.float32], stats: MovieStats, *, most: int = 8
) -> Dimensions | None:
    """Rotate films' vectors to a basis that can be read.

    Parameters
    ----------
    vectors : ndarray, shape (n_movies, columns)
        A row of zeros is a film that the model knows nothing about.
    stats : MovieStats
    most : int
        How many dimensions at most; there are no more than columns.

    Returns
    -------
    Dimensions or None
        None where fewer than 12 films are known well enough.
    """
    codes, least = well_known(stats)
    codes = codes[np.any(vectors[codes] != 0, axis=1)]
    if codes.size < _FEWEST_FILMS:
        return None
    known = vectors[codes].astype(np.float64)
    known -= known.mean(axis=0)
    total = float((known**2).sum())
    if total <= 0:
        return None
    with one_blas_thread():
        left, values, right = np.linalg.svd(known, full_matrices=False)
        kept = min(most, int(np.count_nonzero(values > 1e-6 * values[0])))
        scores = left[:, :kept] * np.sqrt(codes.size)
        rotation = varimax(scores)
        places = scores @ rotation
        loadings = rotation.T @ (values[:kept, None] * right[:kept])
    shares = (loadings**2).sum(axis=1) / total
    order = np.argsort(-shares, kind="stable")
    places = places[:, order]
    places *= np.where((places**3).mean(axis=0) < 0, -1.0, 1.0)
    return Dimensions(codes, places, shares[order], vectors.shape[1], least)


def dimension_charts(model: Recommender, *, most: int = 8) -> list[Chart | Missing]:
    """The dimensions by how much they matter, and the films at both ends of each."""
    topics = ("What tells films apart", "Films at both ends")
    if not model.has_movie_vectors:
        reason = f"{model.name} does not place films in a space"
        return [(topic, reason) for topic in topics]
    found = find_dimensions(model.movie_vectors(), model.stats, most=most)
    if found is None:
        return [(topic, f"fewer than {_FEWEST_FILMS} films have ratings") for topic in topics]
    traits = _traits(model.catalog, model.stats, found)
    return [_strengths(found, traits, topics[0]), _ends(model, found, traits, topics[1])]


_Trait = tuple[str, str, float]
# A word for films with more of it, one for those with less ("" for a genre), the correlation.


def _traits(catalog: Catalog, stats: MovieStats, found: Dimensions) -> list[list[_Trait]]:
    """What each dimension goes along with, the closest first."""
    codes = found.codes
    known: list[tuple[str, str, NDArray[np.float64]]] = []
    genres = np.asarray(catalog.genres[codes])
    for column, name in enumerate(catalog.genre_names):
        n = int(genres[:, column].sum())
        if _FEWEST_OF_GENRE <= n <= codes.size - _FEWEST_OF_GENRE:
            known.append((name, "", genres[:, column].astype(np.float64)))
    years = catalog.years[codes].astype(np.float64)
    if (years > 0).all():
        known.append(("new", "old", years))
    known.append(("well liked", "less liked", stats.means[codes].astype(np.float64)))
    known.append(("often rated", "rarely rated", np.log(stats.counts[codes].astype(np.float64))))
    told = []
    for place in found.places.T:
        traits = []
        for high, low, values in known:
            spread = float(values.std())
            if spread > 0:
                r = float(np.mean((values - values.mean()) * place) / (spread * place.std()))
                traits.append((high, low, r))
        told.append(sorted(traits, key=lambda each: -abs(each[2])))
    return told


def _ends_in_words(traits: list[_Trait]) -> tuple[str, str]:
    """What stands at the low and at the high end: at most two words for each."""
    # The closest come first. That few films of a genre stand at one end says little of that end.
    close = [each for each in traits if abs(each[2]) >= _TOLD]
    low = [low if r > 0 else high for high, low, r in close]
    high = [high if r > 0 else low for high, low, r in close]
    return _two(low), _two(high)


def _two(words: list[str]) -> str:
    return ", ".join([word for word in words if word][:2])


def _name(low: str, high: str) -> str:
    if low and high:
        return f"{low} ↔ {high}"
    return high or low or "no clear trait"


def _direction(low: str, high: str) -> str:
    if low and high:
        return f"leads from {low} to {high} films"
    return f"goes with {_name(low, high)}{' films' * bool(low or high)}"


def _strengths(found: Dimensions, traits: list[list[_Trait]], topic: str) -> Chart:
    words = [_ends_in_words(each) for each in traits]
    names = [_name(*each) for each in words]
    together = float(found.shares.sum())
    table = pl.DataFrame(
        {
            "dimension": range(1, found.shares.size + 1),
            "goes_with": names,
            "low_end": [low for low, _ in words],
            "high_end": [high for _, high in words],
            "share_of_variance": found.shares,
            "closest": [each[0][0] for each in traits],
            "correlation": [each[0][2] for each in traits],
        }
    )
    told = "; ".join(
        f"{n}: {name} {share(part)}"
        for n, name, part in zip(table["dimension"], names, found.shares, strict=True)
    )
    return Chart(
        "dimensions",
        topic,
        f"{found.shares.size} dimension{'s hold' if found.shares.size > 1 else ' holds'} "
        f"{share(together)} of what tells films apart; the "
        f"first, {share(float(found.shares[0]))}, {_direction(*words[0])}",
        f"Bars, the share of the variance of the vectors of {found.codes.size:,} films along each "
        f"dimension, with the genres, years and liking that go along with it (correlations of at "
        f"least {_TOLD}): {told}.",
        table,
        {
            "films": found.codes.size,
            "least_ratings": found.least,
            "columns": found.columns,
            "share": together,
            "rotation": "varimax of the leading principal components",
        },
    )


def _ends(model: Recommender, found: Dimensions, traits: list[list[_Trait]], topic: str) -> Chart:
    catalog = model.catalog
    rows = []
    films = found.codes[:_BEST_KNOWN]
    least = int(model.stats.counts[films[-1]])
    shown = min(_FILMS_PER_END, films.size // 2)
    for dimension, places in enumerate(found.places.T):
        order = np.lexsort((films, places[: films.size]))
        for end, chosen in (("low", order[:shown]), ("high", order[::-1][:shown])):
            for rank, place in enumerate(chosen.tolist(), start=1):
                code = int(films[place])
                rows.append(
                    {
                        "dimension": dimension + 1,
                        "end": end,
                        "rank": rank,
                        "movie_id": str(catalog.movie_ids.id_of(code)),
                        "film": str(catalog.movie(code, tags=0)),
                        "place": float(places[place]),
                    }
                )
    table = pl.DataFrame(rows)
    words = [_ends_in_words(each) for each in traits]

    def named(dimension: int, end: str) -> list[str]:
        return table.filter(pl.col("dimension") == dimension, pl.col("end") == end)[
            "film"
        ].to_list()

    told = " ".join(
        f"{n}: from {', '.join(named(n, 'low')[:3])} to {', '.join(named(n, 'high')[:3])}."
        for n in range(1, len(words) + 1)
    )
    return Chart(
        "dimension-films",
        topic,
        f"The strongest dimension leads from {named(1, 'low')[0]} to {named(1, 'high')[0]}",
        f"For each dimension, bars of the films farthest out at its low and at its high end, in "
        f"standard deviations, among films with at least {least:,} ratings. {told}",
        table,
        {
            "least_ratings": least,
            "low_ends": [low for low, _ in words],
            "high_ends": [high for _, high in words],
            "shares": found.shares.tolist(),
        },
    )
