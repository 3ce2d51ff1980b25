"""Stars: how they are spread, over decades, over films before and after curation, over people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.datasets.curation import CurationReport, Step
from matinee.explore.chart import Chart, share
from matinee.explore.curated import film_means_after
from matinee.explore.totals import Totals

__all__ = ["before_and_after", "decades", "generosity", "popularity", "stars"]

_FEW = 100  # ratings below which a decade is not called the best or the worst
_MEAN_BINS = 40
_LEAST = 10  # ratings of a film whose mean is compared with its popularity
_FEWEST_FILMS = 20


def stars(totals: Totals) -> Chart:
    """How often each star value is given."""
    counts = totals.film_levels.sum(axis=0)
    n = int(counts.sum())
    shares = counts / n
    most = int(counts.argmax())
    mean = float(totals.film_sums.sum() / n)
    middle = (totals.levels[0] + totals.levels[-1]) / 2
    above = float(shares[totals.levels > middle].sum())
    return Chart(
        "stars",
        "Stars",
        f"{totals.levels[most]:g} stars are given most, {share(shares[most])} of the time; "
        f"{share(above)} of all ratings are above the middle of the scale",
        f"Bars of ratings by stars; the mean is {mean:.2f}. " + _told(totals.levels, shares),
        pl.DataFrame({"stars": totals.levels, "ratings": counts, "share": shares}),
        {"mean": mean, "most_frequent": float(totals.levels[most]), "above_middle": above},
    )


def decades(dataset: Dataset, totals: Totals) -> Chart | None:
    """How the stars of each decade of release are spread; None where no year is known."""
    years = dataset.catalog.years.astype(np.int64)
    decade = years // 10 * 10
    present = np.unique(decade[(years > 0) & (totals.film_counts > 0)])
    if not present.size:
        return None
    counts = np.stack([totals.film_levels[decade == each].sum(axis=0) for each in present])
    rated = counts.sum(axis=1)
    means = np.array([totals.film_sums[decade == each].sum() for each in present]) / rated
    films = np.array([int(((decade == each) & (totals.film_counts > 0)).sum()) for each in present])
    sure = rated >= min(_FEW, int(rated.max()))
    best = int(np.where(sure, means, -np.inf).argmax())
    worst = int(np.where(sure, means, np.inf).argmin())
    if int(sure.sum()) > 1:
        title = (
            f"Films of the {present[best]}s are liked best, with {means[best]:.2f} stars on "
            f"average, those of the {present[worst]}s least, with {means[worst]:.2f}"
        )
    else:
        title = f"Films of the {present[best]}s have {means[best]:.2f} stars on average"
    unknown = int(totals.film_counts[years == 0].sum())
    columns = {
        f"{level:g}": counts[:, column] for column, level in enumerate(totals.levels.tolist())
    }
    return Chart(
        "decades",
        "Stars by decade of release",
        title,
        "Stacked bars: share of each star value by decade of release. Means: "
        + ", ".join(
            f"{each}s {mean:.2f} ({count:,} ratings)"
            for each, mean, count in zip(present, means, rated, strict=True)
        )
        + ".",
        pl.DataFrame(
            {"decade": present, "films": films, "ratings": rated, "mean": means, **columns}
        ),
        {
            "best_decade": int(present[best]),
            "worst_decade": int(present[worst]),
            "least_ratings": _FEW,
            "ratings_without_year": unknown,
        },
    )


def before_and_after(
    dataset: Dataset, totals: Totals, steps: Sequence[Step]
) -> tuple[Chart, CurationReport]:
    """Mean stars of films before and after curation, and what each step took away.

    Raises
    ------
    DataError
        If the steps leave nothing.
    """
    after, report = film_means_after(dataset, steps)
    rated = totals.film_counts > 0
    before = totals.film_sums[rated] / totals.film_counts[rated]
    scale = dataset.ratings.scale
    low, high = scale.minimum, max(scale.maximum, scale.minimum + 1)
    edges = np.linspace(low, high, _MEAN_BINS + 1)
    lost_ratings = 1 - report.after.ratings / report.before.ratings
    lost_films = 1 - report.after.movies / report.before.movies
    spread = (float(before.std()), float(after.std()))
    title = (
        f"Curation takes {share(lost_films)} of the films but {share(lost_ratings)} of the "
        f"ratings; the mean film goes from {before.mean():.2f} to {after.mean():.2f} stars"
    )
    if report.after == report.before:
        title = "Curation takes nothing away: every film and every person is above its thresholds"
    told = "; ".join(
        f"{name}: {counts.ratings:,} ratings, {counts.users:,} people, {counts.movies:,} films"
        for name, counts, _ in report.rows()
    )
    chart = Chart(
        "curation",
        "Before and after curation",
        title,
        f"Two histograms of films by mean stars, before and after curation; their spread goes from "
        f"{spread[0]:.2f} to {spread[1]:.2f} stars. Beside them, what is left after each step. "
        f"{told}.",
        pl.DataFrame(
            {
                "from_stars": edges[:-1],
                "to_stars": edges[1:],
                "films_before": np.histogram(np.clip(before, low, high), edges)[0],
                "films_after": np.histogram(np.clip(after, low, high), edges)[0],
            }
        ),
        {
            "mean_before": float(before.mean()),
            "mean_after": float(after.mean()),
            "spread_before": spread[0],
            "spread_after": spread[1],
            **report.to_dict(),
        },
    )
    return chart, report


def popularity(dataset: Dataset, totals: Totals) -> Chart:
    """Mean stars of films against their number of ratings, as a grid of counts."""
    counts = totals.film_counts
    rated = np.flatnonzero(counts > 0)
    n, means = counts[rated], totals.film_sums[rated] / counts[rated]
    # The mean of a few ratings is mostly chance; such films are drawn, but not correlated.
    often = n >= _LEAST
    least = _LEAST if int(often.sum()) >= _FEWEST_FILMS else 1
    ranks = _ranks(n[n >= least]), _ranks(means[n >= least])
    varied = all(float(np.ptp(each)) > 0 for each in ranks)
    correlation = float(np.corrcoef(*ranks)[0, 1]) if varied else 0.0
    # Two columns for each doubling.
    top = int(np.floor(2 * np.log2(int(n.max())))) + 1
    edges = np.unique(np.ceil(2.0 ** (np.arange(top + 1) / 2) - 1e-9))
    top = edges.size - 1
    scale = dataset.ratings.scale
    rows = np.linspace(scale.minimum, max(scale.maximum, scale.minimum + 1), _MEAN_BINS + 1)
    column = np.clip(np.searchsorted(edges, n, side="right") - 1, 0, top - 1)
    row = np.clip(np.searchsorted(rows, means, side="right") - 1, 0, _MEAN_BINS - 1)
    grid = np.bincount(column * _MEAN_BINS + row, minlength=top * _MEAN_BINS)
    if correlation >= 0.1:
        finding = "Films that more people rated are rated higher"
    elif correlation <= -0.1:
        finding = "Films that more people rated are rated lower"
    else:
        finding = "How many people rated a film says little of how well they liked it"
    medians = []
    for each in range(top):
        inside = means[column == each]
        medians.append(float(np.median(inside)) if inside.size else None)
    filled = [(edges[i], value) for i, value in enumerate(medians) if value is not None]
    return Chart(
        "popularity",
        "Stars and number of ratings",
        f"{finding}: rank correlation {correlation:+.2f}"
        + (f" among films with at least {least}" if least > 1 else ""),
        f"Grid of films by number of ratings (logarithmic) and mean stars; a line joins the middle "
        f"films. The middle film with about {filled[0][0]:,.0f} ratings has {filled[0][1]:.2f} "
        f"stars, that with about {filled[-1][0]:,.0f} has {filled[-1][1]:.2f}.",
        pl.DataFrame(
            {
                "from_ratings": np.repeat(edges[:-1], _MEAN_BINS),
                "to_ratings": np.repeat(edges[1:], _MEAN_BINS),
                "from_stars": np.tile(rows[:-1], top),
                "to_stars": np.tile(rows[1:], top),
                "films": grid,
            }
        ),
        {
            "rank_correlation": correlation,
            "least_ratings": least,
            "films": rated.size,
            "medians": medians,
        },
    )


def generosity(dataset: Dataset, totals: Totals, *, least: int = 5) -> Chart:
    """How people differ in the mean and in the spread of their stars.

    Parameters
    ----------
    dataset : Dataset
    totals : Totals
    least : int
        Ratings below which a person says too little of their habits; if nobody has so many,
        everybody counts.
    """
    counts = totals.user_counts
    people = np.flatnonzero(counts >= (least if int(counts.max()) >= least else 1))
    n = counts[people]
    means = totals.user_sums[people] / n
    spreads = np.sqrt(np.maximum(totals.user_squares[people] / n - means**2, 0))
    low, middle, high = np.quantile(means, (0.1, 0.5, 0.9))
    scale = dataset.ratings.scale
    width = max(scale.maximum - scale.minimum, 1.0)
    edges = np.linspace(scale.minimum, scale.minimum + width, _MEAN_BINS + 1)
    spread_edges = np.linspace(0, width / 2, _MEAN_BINS + 1)
    clipped = np.clip(means, edges[0], edges[-1])
    same = float((spreads < 1e-4).mean())
    return Chart(
        "generosity",
        "How generous people are",
        f"The middle person gives {middle:.2f} stars on average; one in ten gives {high:.2f} or "
        f"more, one in ten {low:.2f} or less",
        f"Two histograms of {people.size:,} people: by the mean of their stars (10 %, 50 %, 90 %: "
        f"{low:.2f}, {middle:.2f}, {high:.2f}), and by the spread (standard deviation), whose "
        f"middle is {np.median(spreads):.2f} stars.",
        pl.DataFrame(
            {
                "from_mean": edges[:-1],
                "to_mean": edges[1:],
                "people_by_mean": np.histogram(clipped, edges)[0],
                "from_spread": spread_edges[:-1],
                "to_spread": spread_edges[1:],
                "people_by_spread": np.histogram(
                    np.clip(spreads, 0, spread_edges[-1]), spread_edges
                )[0],
            }
        ),
        {
            "people": people.size,
            "mean_10": float(low),
            "mean_50": float(middle),
            "mean_90": float(high),
            "spread_50": float(np.median(spreads)),
            "always_the_same": same,
            "least_ratings": least,
        },
    )


def _told(levels: NDArray[np.float64], shares: NDArray[np.float64]) -> str:
    pairs = zip(levels.tolist(), shares.tolist(), strict=True)
    return ", ".join(f"{level:g} stars {share(part)}" for level, part in pairs) + "."


def _ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of their ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[place], dtype=np.float64)
