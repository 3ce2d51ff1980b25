"""Films that people appreciate most and least, and films whose mean misleads."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.explore.chart import Chart, Missing
from matinee.models.base import Recommender
from matinee.models.bias import fit_biases

__all__ = ["bias_charts", "movie_biases"]

_SHOWN = 10
_LEAST = 30
_FEWEST_FILMS = 4


def movie_biases(model: Recommender) -> NDArray[np.float32] | None:
    """What a model adds to the stars of each film whoever rates it; None where it has no such."""
    biases = getattr(model, "movie_biases", None)
    return None if biases is None else np.asarray(biases(), dtype=np.float32)


def bias_charts(model: Recommender, dataset: Dataset | None = None) -> list[Chart | Missing]:
    """Most and least appreciated films, and those whose bias and mean disagree.

    Parameters
    ----------
    model : Recommender
        Fitted.
    dataset : Dataset, optional
        What it learned from: tells how generous the raters of a film are.
    """
    topics = ("Appreciated most and least", "Where the mean misleads")
    biases = movie_biases(model)
    if biases is None:
        reason = f"{model.name} has no bias for each film; `matinee bias` shows those of the data"
        return [(topic, reason) for topic in topics]
    counts = model.stats.counts.astype(np.int64)
    rated = counts[counts > 0]
    least = max(_LEAST, int(np.median(rated))) if rated.size else _LEAST
    least = min(least, int(counts.max())) if rated.size else least
    codes = np.flatnonzero((counts >= least) & (counts > 0) & np.isfinite(biases))
    if codes.size < _FEWEST_FILMS:
        reason = f"fewer than {_FEWEST_FILMS} films have {least:,} ratings"
        return [(topic, reason) for topic in topics]
    return [
        _appreciated(model, biases, codes, least, topics[0]),
        _misleading(model, biases, codes, least, dataset, topics[1]),
    ]


def _appreciated(
    model: Recommender,
    biases: NDArray[np.float32],
    codes: NDArray[np.int64],
    least: int,
    topic: str,
) -> Chart:
    order = codes[np.lexsort((codes, -biases[codes].astype(np.float64)))]
    shown = min(_SHOWN, codes.size // 2)
    chosen = np.concatenate((order[:shown], order[::-1][:shown]))
    table = _films(model.catalog, chosen).with_columns(
        pl.Series("end", ["most"] * shown + ["least"] * shown),
        pl.Series("bias", biases[chosen].astype(np.float64)),
        pl.Series("mean", model.stats.means[chosen].astype(np.float64)),
        pl.Series("ratings", model.stats.counts[chosen].astype(np.int64)),
    )
    films, values = table["film"].to_list(), table["bias"].to_list()
    told = "; ".join(f"{film} {value:+.2f}" for film, value in zip(films, values, strict=True))
    return Chart(
        "biases",
        topic,
        f"{films[0]} gets {values[0]:+.2f} stars whoever rates it, {films[shown]} "
        f"{values[shown]:+.2f}",
        f"Bars of what films add to the stars beyond how generous their raters are, the {shown} "
        f"highest and the {shown} lowest among films with at least {least:,} ratings: {told}.",
        table,
        {"least_ratings": least, "films": codes.size},
    )


def _misleading(
    model: Recommender,
    biases: NDArray[np.float32],
    codes: NDArray[np.int64],
    least: int,
    dataset: Dataset | None,
    topic: str,
) -> Chart:
    counts = model.stats.counts[codes].astype(np.float64)
    all_counts = model.stats.counts.astype(np.float64)
    mean = float((all_counts * model.stats.means).sum() / all_counts.sum())
    # A bias is drawn to 0 while a film has few ratings; the mean is drawn alike, so that what
    # separates them is who rated the film.
    means = (model.stats.means[codes] - mean) * counts / (counts + 5.0)
    level = float(np.average(biases[codes], weights=counts))
    film_biases = biases[codes].astype(np.float64) - level
    means = means - float(np.average(means, weights=counts))
    gap = means - film_biases
    order = np.lexsort((codes, -gap))
    shown = min(_SHOWN, codes.size // 2)
    places = np.concatenate((order[:shown], order[::-1][:shown]))
    chosen = codes[places]
    generosity = None if dataset is None else _raters(dataset, chosen)
    nothing = [None] * chosen.size
    table = _films(model.catalog, chosen).with_columns(
        pl.Series("end", ["flattered"] * shown + ["underrated"] * shown),
        pl.Series("by_mean", means[places]),
        pl.Series("by_bias", film_biases[places]),
        pl.Series("gap", gap[places]),
        pl.Series("mean", model.stats.means[chosen].astype(np.float64)),
        pl.Series("ratings", model.stats.counts[chosen].astype(np.int64)),
        pl.Series("generosity", nothing if generosity is None else generosity, dtype=pl.Float64),
        pl.Series(
            "liking", nothing if generosity is None else gap[places] - generosity, dtype=pl.Float64
        ),
    )
    first, last = table.row(0, named=True), table.row(shown, named=True)
    why = "" if generosity is None else f" Why: {_why(first)}; {_why(last)}."
    return Chart(
        "bias-and-mean",
        topic,
        f"{first['film']} owes {first['gap']:.2f} stars of its mean to who rated it; "
        f"{last['film']} is worth {-last['gap']:.2f} more than its mean",
        f"Pairs of dots, films among those with at least {least:,} ratings whose mean stars and "
        f"bias disagree most, both as stars above or below the average film. Flattered by generous "
        f"or fond raters: {_told(table[:shown])}. The other way round: {_told(table[shown:])}."
        f"{why}",
        table,
        {"least_ratings": least, "films": codes.size, "mean": mean},
    )


def _why(row: dict[str, Any]) -> str:
    """Generous or strict raters, and what is left: raters who like, or dislike, films of its kind.

    Examples
    --------
    >>> _why({"film": "Heat", "generosity": -0.125, "liking": 0.5})
    'those who rated Heat give -0.12 stars whatever they rate, and +0.50 more to films of its kind'
    """
    return (
        f"those who rated {row['film']} give {row['generosity']:+.2f} stars whatever they rate, "
        f"and {row['liking']:+.2f} more to films of its kind"
    )


def _told(table: pl.DataFrame) -> str:
    return "; ".join(
        f"{row['film']} mean {row['by_mean']:+.2f}, bias {row['by_bias']:+.2f}"
        for row in table.iter_rows(named=True)
    )


def _raters(dataset: Dataset, codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """How generous the raters of each film are beside those of all films, on average, in stars."""
    ratings = dataset.ratings
    people = fit_biases(ratings).users
    people = people - np.float32(np.average(people, weights=ratings.user_counts))
    place = np.full(ratings.n_movies, -1, dtype=np.int64)
    place[codes] = np.arange(codes.size)
    rows = np.flatnonzero(place[ratings.movies] >= 0)
    films = place[ratings.movies[rows]]
    sums = np.bincount(films, people[ratings.users[rows]], codes.size)
    return np.asarray(sums / np.maximum(np.bincount(films, minlength=codes.size), 1))


def _films(catalog: Catalog, codes: NDArray[np.int64]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "movie_id": catalog.movie_ids.decode(codes.astype(np.int32)),
            "film": [str(catalog.movie(int(code), tags=0)) for code in codes],
        }
    )
