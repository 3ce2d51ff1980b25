"""The films at the ends: most rated, best, most divisive."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.explore.chart import Chart, share
from matinee.explore.totals import Totals

__all__ = ["best", "most_divisive", "most_rated"]

_SHOWN = 15
# A film takes part in "best" and "most divisive" with at least so many ratings, or with as many as
# the middle film has, whichever is more.
_LEAST = 20


def most_rated(dataset: Dataset, totals: Totals) -> Chart:
    """The films with the most ratings."""
    counts = totals.film_counts
    codes = _top(counts.astype(np.float64), counts > 0)
    table = _table(dataset, totals, codes)
    people = int((totals.user_counts > 0).sum())
    first = table["film"][0]
    part = int(counts[codes[0]]) / people
    return Chart(
        "most-rated",
        "The most rated films",
        f"{first} was rated by {share(part)} of the people, more than any other film",
        "Bars, the most rated films and their numbers of ratings: "
        + "; ".join(
            f"{film} {n:,}" for film, n in zip(table["film"], table["ratings"], strict=True)
        )
        + ".",
        table,
        {"film": first, "share_of_people": part},
    )


def best(dataset: Dataset, totals: Totals) -> Chart:
    """The films with the highest mean stars, drawn towards the mean of all while few have voted.

    The mean is that of the film's ratings and of ``k`` more at the mean of all ratings, where
    ``k`` is the ratio of the variance within films to that between them (the best linear guess).
    """
    counts, sums = totals.film_counts, totals.film_sums
    n = int(counts.sum())
    mean = float(sums.sum() / n)
    k = _shrinkage(totals)
    scores = (sums + k * mean) / (counts + k)
    least = _least(counts)
    codes = _top(scores, counts >= least)
    table = _table(dataset, totals, codes).with_columns(pl.Series("shrunk_mean", scores[codes]))
    first = table["film"][0]
    return Chart(
        "best",
        "The best films",
        f"{first} is liked best, with {table['mean'][0]:.2f} stars from "
        f"{table['ratings'][0]:,} ratings",
        f"Dots, the films with the highest means among those with at least {least:,} ratings: "
        + "; ".join(
            f"{film} {value:.2f}"
            for film, value in zip(table["film"], table["shrunk_mean"], strict=True)
        )
        + ".",
        table,
        {"film": first, "least_ratings": least, "shrinkage": k, "mean": mean},
    )


def most_divisive(dataset: Dataset, totals: Totals) -> Chart:
    """The films about whose stars people differ most (standard deviation)."""
    counts = totals.film_counts
    least = _least(counts)
    codes = _top(_spreads(totals), counts >= least)
    table = _table(dataset, totals, codes)
    levels = totals.film_levels[codes] / counts[codes][:, None]
    columns = [
        pl.Series(f"share_{level:g}", levels[:, column])
        for column, level in enumerate(totals.levels.tolist())
    ]
    first = table["film"][0]
    return Chart(
        "most-divisive",
        "The most divisive films",
        f"{first} divides people most: its stars differ by {table['spread'][0]:.2f} on average "
        "(standard deviation)",
        f"Stacked bars of stars, the films with the largest spread among those with at least "
        f"{least:,} ratings: "
        + "; ".join(
            f"{film} {value:.2f}"
            for film, value in zip(table["film"], table["spread"], strict=True)
        )
        + ".",
        table.with_columns(columns),
        {"film": first, "least_ratings": least},
    )


def _top(scores: NDArray[np.float64], allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    codes = np.flatnonzero(allowed)
    order = np.argsort(-scores[codes], kind="stable")
    return codes[order[:_SHOWN]]


def _least(counts: NDArray[np.int64]) -> int:
    least = max(_LEAST, int(np.median(counts[counts > 0])))
    return min(least, int(counts.max()))


def _spreads(totals: Totals) -> NDArray[np.float64]:
    n = np.maximum(totals.film_counts, 1)
    means = totals.film_sums / n
    return np.sqrt(np.maximum(totals.film_squares / n - means**2, 0))


def _shrinkage(totals: Totals) -> float:
    """Variance within films over variance between them, by the method of moments."""
    counts = totals.film_counts
    often = counts >= 2
    if int(often.sum()) < 2:
        return 1.0
    n = counts[often].astype(np.float64)
    means = totals.film_sums[often] / n
    within = float((totals.film_squares[often] - n * means**2).sum() / (n - 1).sum())
    between = float(means.var() - (within / n).mean())
    if within <= 0 or between <= 0:
        return 1.0
    return float(np.clip(within / between, 1.0, 100.0))


def _table(dataset: Dataset, totals: Totals, codes: NDArray[np.int64]) -> pl.DataFrame:
    n = totals.film_counts[codes]
    films = [str(dataset.catalog.movie(int(code))) for code in codes]
    return pl.DataFrame(
        {
            "movie_id": dataset.catalog.movie_ids.decode(codes.astype(np.int32)),
            "film": films,
            "ratings": n,
            "mean": totals.film_sums[codes] / n,
            "spread": _spreads(totals)[codes],
        }
    )
