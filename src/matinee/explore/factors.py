"""What a model tells films apart by: its latent dimensions, in a basis that can be read.

The columns of a factorization mean nothing by themselves: any rotation of films and people together
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
from matplotlib.axes import Axes
from numpy.typing import NDArray

from matinee.explore.charts import (
    BLUE,
    GRAY,
    ORANGE,
    Chart,
    Missing,
    bars,
    name_rows,
    percent,
    plain,
    share,
)
from matinee.explore.films import films_of
from matinee.models.base import Recommender
from matinee.ratings import MovieStats

__all__ = ["Dimensions", "factor_charts", "find_dimensions", "varimax"]

_LEAST, _MOST_FILMS, _FEW_FILMS, _FEWEST_FILMS = 20, 3000, 200, 12
_BEST_KNOWN = 1000  # films are shown of the most rated ones, so that a reader knows some of them
_FILMS_PER_END = 5
_FEWEST_OF_GENRE = 8
_TOLD = 0.2  # correlation below which a genre or the year says too little about a dimension


@dataclass(frozen=True, eq=False)
class Dimensions:
    """Films in a readable basis.

    Attributes
    ----------
    codes : ndarray, shape (n_films,), dtype int64
        The films that the basis is made of, the most rated first.
    places : ndarray, shape (n_films, n_dimensions), dtype float64
        Where each film stands along each dimension, in standard deviations; dimensions are
        uncorrelated and point to where fewer films stand farther out.
    shares : ndarray, shape (n_dimensions,), dtype float64
        Share of the variance of the films' vectors along each, largest first.
    """

    codes: NDArray[np.int64]
    places: NDArray[np.float64]
    shares: NDArray[np.float64]


def find_dimensions(
    vectors: NDArray[np.float32], stats: MovieStats, *, most: int = 8
) -> Dimensions | None:
    """Rotate films' vectors to a basis that can be read.

    Films with at least 20 ratings take part, 3,000 at most; where these are fewer than 200, the 200
    most rated ones.

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
    counts = stats.counts.astype(np.int64)
    codes = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    enough = max(int(np.count_nonzero(counts >= _LEAST)), _FEW_FILMS)
    codes = codes[: min(enough, _MOST_FILMS)]
    codes = codes[np.any(vectors[codes] != 0, axis=1)]
    known = vectors[codes].astype(np.float64)
    known -= known.mean(axis=0) if codes.size else 0.0
    total = float((known**2).sum())
    if codes.size < _FEWEST_FILMS or total <= 0:
        return None
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
    return Dimensions(codes, places, shares[order])


def varimax(scores: NDArray[np.float64], *, iterations: int = 500) -> NDArray[np.float64]:
    """The rotation that makes the squares of each column as unequal as can be (Kaiser 1958).

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
        if values.sum() <= before * (1 + 1e-9):
            break
        before = float(values.sum())
    return rotation


def factor_charts(model: Recommender, *, most: int = 8) -> list[Chart | Missing]:
    """The dimensions by how much they matter, and the films at both ends of each."""
    topics = ("What tells films apart", "Films at both ends")
    if not model.has_movie_vectors:
        return [(topic, f"{model.name} does not place films in a space") for topic in topics]
    found = find_dimensions(model.movie_vectors(), model.stats, most=most)
    if found is None:
        return [(topic, f"fewer than {_FEWEST_FILMS} films have ratings") for topic in topics]
    table = _described(model, found)
    return [_dimensions(model, found, table, topics[0]), _ends(model, found, table, topics[1])]


def _described(model: Recommender, found: Dimensions) -> pl.DataFrame:
    """Each dimension with the genres, years and liking that go along with it."""
    catalog, stats, codes = model.catalog, model.stats, found.codes
    genres = np.asarray(catalog.genres[codes])
    # A word for films with more of it, one for those with less, and how much each film has.
    traits: list[tuple[str, str, NDArray[np.float64]]] = [
        (name, "", genres[:, column].astype(np.float64))
        for column, name in enumerate(catalog.genre_names)
        if _FEWEST_OF_GENRE <= genres[:, column].sum() <= codes.size - _FEWEST_OF_GENRE
    ]
    years = catalog.years[codes].astype(np.float64)
    if (years > 0).all():
        traits.append(("new", "old", years))
    traits.append(("well liked", "less liked", stats.means[codes].astype(np.float64)))
    traits.append(("often rated", "rarely rated", np.log(stats.counts[codes].astype(np.float64))))
    traits = [each for each in traits if each[2].std() > 0]
    rows = []
    for number, place in enumerate(found.places.T, start=1):
        close = sorted(
            ((float(np.corrcoef(values, place)[0, 1]), high, low) for high, low, values in traits),
            key=lambda each: -abs(each[0]),
        )
        told = [each for each in close if abs(each[0]) >= _TOLD]
        low = [low if r > 0 else high for r, high, low in told]
        high = [high if r > 0 else low for r, high, low in told]
        # That few films of a genre stand at one end says little of that end.
        ends = [", ".join([word for word in words if word][:2]) for words in (low, high)]
        rows.append(
            {
                "dimension": number,
                "goes_with": " ↔ ".join(end for end in ends if end) or "no clear trait",
                "low_end": ends[0],
                "high_end": ends[1],
                "share_of_variance": float(found.shares[number - 1]),
                "closest": close[0][1] if close else None,
                "correlation": close[0][0] if close else None,
            }
        )
    return pl.DataFrame(rows)


def _dimensions(model: Recommender, found: Dimensions, table: pl.DataFrame, topic: str) -> Chart:
    films, n = found.codes.size, table.height
    first, together = table.row(0, named=True), float(found.shares.sum())
    direction = f"goes with {first['goes_with']}"
    if first["low_end"] and first["high_end"]:
        direction = f"leads from {first['low_end']} to {first['high_end']} films"
    elif first["low_end"] or first["high_end"]:
        direction += " films"

    def draw(axes: Axes) -> None:
        names = [f"{number}  {name}" for number, name, *_ in table.iter_rows()]
        bars(axes, names, table["share_of_variance"].to_list(), form=".1%")
        axes.xaxis.set_major_formatter(percent)
        axes.set_xlabel(f"share of the variance of {films:,} films' vectors")
        axes.set_ylabel("dimension, and what goes along with it")

    return Chart(
        "dimensions",
        topic,
        f"{n} dimension{'s hold' if n > 1 else ' holds'} {share(together)} of what tells films "
        f"apart; the first, {share(first['share_of_variance'])}, {direction}",
        f"Bars, the share of the variance of the vectors of {films:,} films along each dimension, "
        f"and the genres, years and liking that correlate with it by at least {_TOLD}.",
        table,
        draw,
        {"films": films, "least_ratings": int(model.stats.counts[found.codes[-1]])},
        height=4.2,
    )


def _ends(model: Recommender, found: Dimensions, dimensions: pl.DataFrame, topic: str) -> Chart:
    codes = found.codes[:_BEST_KNOWN]
    least, shown = int(model.stats.counts[codes[-1]]), min(_FILMS_PER_END, codes.size // 2)
    parts = []
    for number, places in enumerate(found.places[: codes.size].T, start=1):
        order = np.lexsort((codes, places))
        for end, chosen in (("low", order[:shown]), ("high", order[::-1][:shown])):
            part = films_of(model.catalog, codes[chosen], place=places[chosen])
            parts.append(part.with_columns(dimension=pl.lit(number), end=pl.lit(end)))
    table = pl.concat(parts)

    def draw(*panels: Axes) -> None:
        reach = 1.02 * float(np.abs(table["place"].to_numpy()).max())
        for axes, row in zip(panels, dimensions.iter_rows(named=True), strict=True):
            ends = table.filter(pl.col("dimension") == row["dimension"])
            for end, color, side in (("low", ORANGE, axes), ("high", BLUE, axes.twinx())):
                part = ends.filter(pl.col("end") == end)
                axes.barh(range(part.height), part["place"], color=color, height=0.7)
                name_rows(side, part["film"], limit=36)
                side.tick_params(axis="y", labelsize=8)
                side.spines[:].set_visible(False)
            axes.axvline(0, color=GRAY, linewidth=0.8)
            axes.set_xlim(-reach, reach)
            axes.tick_params(axis="x", length=0)
            axes.grid(visible=True, axis="x")
            words = " ↔ ".join(end for end in (row["low_end"], row["high_end"]) if end)
            heading = f"{row['dimension']}   {plain(words)}   ({share(row['share_of_variance'])})"
            axes.set_title(heading, fontsize=9, fontweight="bold")
        panels[-1].set_xlabel(
            "place of a film along the dimension (standard deviations); films with at least "
            f"{least:,} ratings"
        )

    return Chart(
        "dimension-films",
        topic,
        f"The strongest dimension leads from {table['film'][0]} to {table['film'][shown]}",
        "For each dimension, bars of the films farthest out at its low and at its high end, in "
        f"standard deviations, among films with at least {least:,} ratings.",
        table,
        draw,
        {"least_ratings": least},
        height=1.0 + 1.32 * dimensions.height,
        panels={"nrows": dimensions.height, "sharex": True},
    )
