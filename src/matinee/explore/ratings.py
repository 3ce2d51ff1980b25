"""Charts of a data set's ratings: when they were given, how many, how many stars, by whom."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from numpy.typing import NDArray
from scipy.stats import spearmanr

from matinee.dataset import Dataset
from matinee.datasets.curation import Step, curate
from matinee.explore.charts import (
    BLUE,
    GRAY,
    ORANGE,
    SKY,
    Chart,
    columns,
    compact,
    counts_axis,
    level_colors,
    percent,
    share,
    stacked,
)
from matinee.explore.totals import Totals

__all__ = [
    "curation",
    "decades",
    "fit_power_law",
    "generosity",
    "hours",
    "months",
    "per_film",
    "per_person",
    "popularity",
    "sessions",
    "stars",
]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BINS = 40  # of mean stars
_FEW = 100  # ratings below which a decade is not called the best or the worst
_CANDIDATES, _SHORTEST_TAIL = 60, 50  # of a power law


def months(totals: Totals) -> Chart:
    """Ratings of each month, empty months included."""
    first, last = totals.span or (0, 0)
    counts = totals.months[first : last + 1]
    starts = np.arange(first, last + 2).astype("datetime64[M]").astype("datetime64[D]")
    table = pl.DataFrame({"month": starts[:-1], "ratings": counts})
    peak = int(counts.argmax())
    name = f"{table['month'][peak]:%B %Y}"
    title = (
        f"{name} brought more ratings than any other month: {counts[peak]:,}, "
        f"{share(float(counts[peak] / counts.sum()))} of all"
    )

    def draw(axes: Axes) -> None:
        axes.stairs(counts, starts.astype(float), fill=True, color=BLUE)
        axes.xaxis_date()
        counts_axis(axes, "ratings a month")
        axes.set_xlabel("month (UTC)")

    return Chart(
        "months",
        "Month by month",
        title if counts.size > 1 else f"All {counts[0]:,} ratings are of {name}",
        f"Bars of ratings by month from {table['month'][0]:%B %Y} on, over {counts.size:,} months.",
        table,
        draw,
        height=3.8,
    )


def hours(totals: Totals) -> Chart:
    """Ratings by weekday and hour, UTC."""
    grid = totals.hours
    by_hour, by_day = grid.sum(axis=0), grid.sum(axis=1)
    busy, quiet, day = int(by_hour.argmax()), int(by_hour.argmin()), _DAYS[int(by_day.argmax())]

    def draw(axes: Axes) -> None:
        image = axes.imshow(grid / grid.sum(), cmap="cividis", aspect="auto", vmin=0)
        axes.set_yticks(range(7), _DAYS)
        axes.set_xticks(range(0, 24, 3), [f"{hour:02d}:00" for hour in range(0, 24, 3)])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_xlabel("hour (UTC)")
        axes.figure.colorbar(image, ax=axes, label="share of ratings", pad=0.01, format=percent)

    return Chart(
        "hours",
        "Hour by hour",
        f"People rate most on {day}s and around {busy:02d}:00 UTC, least around {quiet:02d}:00",
        "A grid of weekdays and hours (UTC), shaded by the share of ratings.",
        pl.DataFrame(
            {
                "weekday": np.repeat(_DAYS, 24),
                "hour": np.tile(np.arange(24), 7),
                "ratings": grid.ravel(),
            }
        ),
        draw,
        height=3.6,
    )


def sessions(totals: Totals) -> Chart:
    """Share of ratings by the size of the session that they were given in."""
    sizes = np.sort(totals.session_sizes)
    # Bins of doubling width: 1, 2–3, 4–7, …
    octave = np.frexp(sizes)[1] - 1
    ratings, n = np.bincount(octave, sizes), int(sizes.sum())
    starts = (2 ** np.arange(1, ratings.size)).tolist()
    table = pl.DataFrame(
        {
            "ratings_in_session": ["1", *(f"{low}–{2 * low - 1}" for low in starts)],
            "sessions": np.bincount(octave),
            "ratings": ratings.astype(np.int64),
            "share": ratings / n,
        }
    )
    # Half of all ratings are given in sessions of the middle rating's size, or larger ones.
    middle = int(sizes[np.searchsorted(np.cumsum(sizes), n / 2)])
    once = totals.one_session_share or 0.0

    def draw(axes: Axes) -> None:
        columns(axes, table["ratings_in_session"].to_list(), table["share"].to_list())
        if table.height > 9:
            axes.tick_params(axis="x", rotation=30)
        axes.set_xlabel("ratings in one sitting (it ends with an hour without a rating)")
        axes.set_ylabel("share of all ratings")

    return Chart(
        "sessions",
        "Many at once",
        f"Half of all ratings came in sittings of {middle:,} or more; {share(once)} of the people "
        "rated in one sitting only",
        "Bars: share of ratings by the size of the sitting, which ends with an hour without a "
        f"rating. There are {sizes.size:,}.",
        table,
        draw,
        {"middle_size": middle, "one_session_share": once},
        height=4.0,
    )


def per_film(totals: Totals) -> Chart:
    """Share of films with at least so many ratings, and the power law of their tail."""
    return _tail("per-film", "film", "films", "has", totals.film_counts)


def per_person(totals: Totals) -> Chart:
    """Share of people with at least so many ratings, and the power law of their tail."""
    return _tail("per-person", "person", "people", "gave", totals.user_counts)


def _tail(name: str, one: str, many: str, verb: str, all_counts: NDArray[np.int64]) -> Chart:
    counts = np.sort(all_counts[all_counts > 0])
    values, at = np.unique(counts, return_index=True)
    shares = (counts.size - at) / counts.size
    top = float(counts[-max(counts.size // 10, 1) :].sum() / counts.sum())
    median = int(np.median(counts))
    law = fit_power_law(counts)

    def draw(axes: Axes) -> None:
        axes.loglog(values, shares, color=BLUE, linewidth=2, drawstyle="steps-pre")
        if law is not None:
            points = np.geomspace(law["start"], values[-1], 50)
            line = law["size"] / counts.size * (points / law["start"]) ** (1 - law["exponent"])
            axes.loglog(points, line, color=ORANGE, linestyle="--", linewidth=2)
            words = f"power law from {law['start']:,} on,\nexponent {law['exponent']:.2f}"
            place = (points[15], line[15])
            axes.annotate(words, place, (12, 12), textcoords="offset points", color=ORANGE)
        half = (median, float(shares[values >= median].max()))
        axes.plot(*half, "o", color=BLUE)
        axes.annotate(
            f"half of the {many}:\n{median:,} or more",
            half,
            (-8, -8),
            textcoords="offset points",
            ha="right",
            va="top",
            color=GRAY,
        )
        axes.xaxis.set_major_formatter(compact)
        axes.yaxis.set_major_formatter(percent)
        axes.xaxis.set_minor_formatter("")
        axes.yaxis.set_minor_formatter("")
        axes.set_xlabel(f"number of ratings of a {one} (log)")
        axes.set_ylabel(f"{many} with at least so many (log)")
        axes.grid(visible=True)

    return Chart(
        name,
        f"Ratings per {one}",
        f"The top tenth of the {many} {verb} {share(top)} of the ratings; the middle {one} {verb} "
        f"{median:,}",
        f"Falling curve on two logarithmic axes: share of {many} with at least so many ratings; "
        "beside it, the power law that its tail is nearest to.",
        pl.DataFrame({"ratings": values, "share_at_least": shares}),
        draw,
        {"median": median, "top_tenth_share": top, "power_law": law},
        height=4.6,
    )


def fit_power_law(counts: NDArray[np.int64]) -> dict[str, float] | None:
    """The power law of a tail, with the start at which it fits best (maximum likelihood).

    Parameters
    ----------
    counts : ndarray, dtype int64
        Positive counts in any order.

    Returns
    -------
    dict or None
        Counts of ``x`` or more have the share ``(x / start) ** (1 - exponent)`` of the ``size``
        counts in the tail; ``distance`` is the largest difference to the data's share (Kolmogorov
        and Smirnov's). None where there are fewer than 50 counts, or all are the same.

    References
    ----------
    Clauset, Shalizi, Newman: Power-Law Distributions in Empirical Data. SIAM Review 51(4), 2009.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> law = fit_power_law(np.floor(10 * rng.pareto(1.5, 20_000) + 10).astype(np.int64))
    >>> round(law["exponent"], 1)
    2.5
    """
    ordered = np.sort(counts[counts > 0])
    n = ordered.size
    if n < _SHORTEST_TAIL or ordered[0] == ordered[-1]:
        return None
    values = np.unique(ordered[: n - _SHORTEST_TAIL + 1])
    places = np.unique(np.linspace(0, values.size - 1, _CANDIDATES).astype(int))
    sums = np.cumsum(np.log(ordered)[::-1])[::-1]
    found = []
    for start in values[places]:
        first = int(np.searchsorted(ordered, start))
        size = n - first
        # For whole numbers, the tail begins half a unit below its smallest count.
        exponent = float(1 + size / (sums[first] - size * np.log(start - 0.5)))
        points, at = np.unique(ordered[first:], return_index=True)
        law = ((points - 0.5) / (start - 0.5)) ** (1 - exponent)
        distance = float(np.abs(law - (size - at) / size).max())
        found.append(
            {"exponent": exponent, "start": int(start), "size": size, "distance": distance}
        )
    return min(found, key=lambda law: law["distance"])


def stars(totals: Totals) -> Chart:
    """How often each star value is given."""
    counts, levels = totals.film_levels.sum(axis=0), totals.levels
    shares = counts / counts.sum()
    table = pl.DataFrame({"stars": levels, "ratings": counts, "share": shares})
    most = int(counts.argmax())
    above = float(shares[levels > (levels[0] + levels[-1]) / 2].sum())

    def draw(axes: Axes) -> None:
        names, colors = [f"{level:g}" for level in levels], level_colors(levels.size)
        if levels.size <= 11:
            columns(axes, names, shares, color=colors)
        else:
            step = -(-levels.size // 10)
            axes.bar(range(levels.size), shares, color=colors, width=0.86)
            axes.set_xticks(range(0, levels.size, step), names[::step])
            axes.yaxis.set_major_formatter(percent)
        axes.set(xlabel="stars", ylabel="share of ratings")

    return Chart(
        "stars",
        "Stars",
        f"{levels[most]:g} stars are given most, {share(shares[most])} of the time; "
        f"{share(above)} of all ratings are above the middle of the scale",
        f"Bars of the share of ratings by stars; the mean is {totals.mean:.2f}.",
        table,
        draw,
        {"mean": totals.mean, "above_middle": above},
        height=4.0,
    )


def decades(dataset: Dataset, totals: Totals) -> Chart | None:
    """How the stars of each decade of release are spread; None where no year is known."""
    years = dataset.catalog.years.astype(np.int64)
    levels = [f"{level:g}" for level in totals.levels.tolist()]
    films = pl.DataFrame(
        {
            "decade": years // 10 * 10,
            "year": years,
            "ratings": totals.film_counts,
            "sum": totals.film_sums,
            **{name: totals.film_levels[:, column] for column, name in enumerate(levels)},
        }
    ).filter(pl.col("ratings") > 0)
    table = (
        films.filter(pl.col("year") > 0)
        .group_by("decade")
        .agg(pl.len().cast(pl.Int64).alias("films"), pl.col("ratings", "sum", *levels).sum())
        .sort("decade")
        .select("decade", "films", "ratings", (pl.col("sum") / pl.col("ratings")).alias("mean"),
                *levels)
    )  # fmt: skip
    if not table.height:
        return None
    least = min(_FEW, int(table["ratings"].to_numpy().max()))
    sure = table.filter(pl.col("ratings") >= least).sort("mean", "decade", descending=[True, False])
    best, worst = sure.row(0, named=True), sure.row(-1, named=True)
    title = f"Films of the {best['decade']}s have {best['mean']:.2f} stars on average"
    if sure.height > 1:
        title = (
            f"Films of the {best['decade']}s are liked best, with {best['mean']:.2f} stars on "
            f"average, those of the {worst['decade']}s least, with {worst['mean']:.2f}"
        )

    def draw(axes: Axes) -> None:
        rows = table.select("decade", "ratings").iter_rows()
        names = [f"{decade}s  ({compact(float(f'{count:.2g}'))})" for decade, count in rows]
        shares = table.select(levels).to_numpy() / table["ratings"].to_numpy()[:, None]
        stacked(axes, names, levels, shares, table["mean"], "mean")
        axes.set(xlabel="share of ratings", ylabel="decade of release (ratings)")

    return Chart(
        "decades",
        "Stars by decade of release",
        title,
        "Stacked bars, one a decade of release: the share of each star value.",
        table,
        draw,
        {"ratings_without_year": int(films.filter(pl.col("year") == 0)["ratings"].sum())},
        height=4.6,
    )


def curation(dataset: Dataset, totals: Totals, steps: Sequence[Step]) -> Chart:
    """Mean stars of films before and after curation, and what each step took away.

    Raises
    ------
    DataError
        If the steps leave nothing.
    """
    curated, report = curate(dataset, steps)
    stats, scale = curated.ratings.movie_stats, dataset.ratings.scale
    before = totals.film_means[totals.film_counts > 0]
    after = stats.means[stats.counts > 0].astype(np.float64)
    low, high = scale.minimum, max(scale.maximum, scale.minimum + 1)
    edges = np.linspace(low, high, _BINS + 1)
    table = pl.DataFrame(
        {
            "from_stars": edges[:-1],
            "to_stars": edges[1:],
            "films_before": np.histogram(np.clip(before, low, high), edges)[0],
            "films_after": np.histogram(np.clip(after, low, high), edges)[0],
        }
    )
    title = "Curation takes nothing away: every film and every person is above its thresholds"
    if report.after != report.before:
        title = (
            f"Curation takes {share(1 - report.after.movies / report.before.movies)} of the films "
            f"but {share(1 - report.after.ratings / report.before.ratings)} of the ratings; the "
            f"mean film goes from {before.mean():.2f} to {after.mean():.2f} stars"
        )
    rows = [(name, counts) for name, counts, _ in report.rows()]

    def draw(films: Axes, left: Axes) -> None:
        films.stairs(table["films_before"], edges, fill=True, color=SKY, label="before")
        films.stairs(table["films_after"], edges, color=ORANGE, linewidth=2, label="after")
        films.set_xlabel("mean stars of a film")
        counts_axis(films, "films")
        films.legend(frameon=False, loc="upper left")
        kinds = (("movies", "films", BLUE), ("users", "people", ORANGE), ("ratings",) * 2 + (GRAY,))
        for row, (kind, label, color) in enumerate(kinds):
            counts = [getattr(each, kind) for _, each in rows]
            shares = [each / counts[0] for each in counts]
            places = np.arange(len(rows)) + (row - 1) * 0.27
            drawn = left.barh(places, shares, height=0.25, color=color)
            left.bar_label(drawn, [f"{each:,} {label}" for each in counts], padding=3, fontsize=8)
        left.set_yticks(range(len(rows)), [textwrap.fill(name, 18) for name, _ in rows])
        left.invert_yaxis()
        left.tick_params(axis="y", length=0)
        left.set_xlim(0, 1.75)
        left.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
        left.set_xlabel("left after the step")

    return Chart(
        "curation",
        "Before and after curation",
        title,
        "Two histograms of films by mean stars, before and after curation, whose spread goes from "
        f"{before.std():.2f} to {after.std():.2f} stars; beside them, what each step left.",
        table,
        draw,
        {"mean": (before.mean(), after.mean()), "spread": (before.std(), after.std())}
        | report.to_dict(),
        panels={"ncols": 2, "width_ratios": (3, 2)},
    )


def popularity(dataset: Dataset, totals: Totals, *, least: int = 10, fewest: int = 20) -> Chart:
    """Mean stars of films against their number of ratings, as a grid of counts.

    The mean of fewer than ``least`` ratings is mostly chance: such films are drawn, but not
    correlated, as long as ``fewest`` others are left.
    """
    rated = totals.film_counts > 0
    n, means = totals.film_counts[rated], totals.film_means[rated]
    least = least if int((n >= least).sum()) >= fewest else 1
    often = n >= least
    varied = float(np.ptp(n[often])) > 0 and float(np.ptp(means[often])) > 0
    correlation = float(spearmanr(n[often], means[often])[0]) if varied else 0.0
    finding = "How many people rated a film says little of how well they liked it"
    if abs(correlation) >= 0.1:
        direction = "higher" if correlation > 0 else "lower"
        finding = f"Films that more people rated are rated {direction}"
    # Two columns for each doubling.
    top = int(np.floor(2 * np.log2(int(n.max())))) + 1
    edges = np.unique(np.ceil(2.0 ** (np.arange(top + 1) / 2) - 1e-9))
    low = dataset.ratings.scale.minimum
    rows = np.linspace(low, max(dataset.ratings.scale.maximum, low + 1), _BINS + 1)
    column = np.clip(np.searchsorted(edges, n, side="right") - 1, 0, edges.size - 2)
    grid = np.histogram2d(n.clip(max=edges[-1]), means.clip(rows[0], rows[-1]), (edges, rows))[0]
    inside = [means[column == each] for each in range(edges.size - 1)]
    medians = [float(np.median(each)) if each.size else None for each in inside]
    filled = [place for place, value in enumerate(medians) if value is not None]

    def draw(axes: Axes) -> None:
        norm = LogNorm(1, max(int(grid.max()), 2))
        shown = np.ma.masked_equal(grid.T, 0)
        mesh = axes.pcolormesh(edges, rows, shown, cmap="cividis_r", norm=norm, rasterized=True)
        center = np.sqrt(edges[:-1] * edges[1:])
        line = [medians[place] or 0.0 for place in filled]
        axes.plot(center[filled], line, color=ORANGE, linewidth=2.5, label="the middle film")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(compact)
        axes.xaxis.set_minor_formatter("")
        axes.set(xlabel="number of ratings of a film (log)", ylabel="mean stars of a film")
        axes.legend(frameon=False, loc="lower right")
        scale = axes.figure.colorbar(mesh, ax=axes, label="films (log)", pad=0.01)
        scale.ax.yaxis.set_major_formatter(compact)
        scale.ax.yaxis.set_minor_formatter("")

    return Chart(
        "popularity",
        "Stars and number of ratings",
        f"{finding}: rank correlation {correlation:+.2f}"
        + (f" among films with at least {least}" if least > 1 else ""),
        "Grid of films by number of ratings (logarithmic) and mean stars. A line joins the middle "
        f"films, from {medians[filled[0]]:.2f} stars with {edges[filled[0]]:,.0f} ratings to "
        f"{medians[filled[-1]]:.2f} with about {edges[filled[-1]]:,.0f}.",
        pl.DataFrame(
            {
                "from_ratings": np.repeat(edges[:-1], _BINS),
                "to_ratings": np.repeat(edges[1:], _BINS),
                "from_stars": np.tile(rows[:-1], edges.size - 1),
                "to_stars": np.tile(rows[1:], edges.size - 1),
                "films": grid.ravel().astype(np.int64),
            }
        ),
        draw,
        {"rank_correlation": correlation, "least_ratings": least, "medians": medians},
        height=4.6,
    )


def generosity(dataset: Dataset, totals: Totals, *, least: int = 5) -> Chart:
    """How people differ in the mean and in the spread of their stars.

    People with fewer than ``least`` ratings say too little of their habits; if nobody has so many,
    everybody counts.
    """
    counts = totals.user_counts
    people = np.flatnonzero(counts >= (least if int(counts.max()) >= least else 1))
    means = totals.user_sums[people] / counts[people]
    squares = totals.user_squares[people] / counts[people]
    spreads = np.sqrt(np.maximum(squares - means**2, 0))
    low, middle, high = np.quantile(means, (0.1, 0.5, 0.9)).tolist()
    scale = dataset.ratings.scale
    width = max(scale.maximum - scale.minimum, 1.0)
    kinds = {
        "mean": (means, np.linspace(scale.minimum, scale.minimum + width, _BINS + 1)),
        "spread": (spreads, np.linspace(0, width / 2, _BINS + 1)),
    }
    found: dict[str, NDArray[np.float64]] = {}
    for what, (values, edges) in kinds.items():
        found |= {f"from_{what}": edges[:-1], f"to_{what}": edges[1:]}
        found[f"people_by_{what}"] = np.histogram(values.clip(edges[0], edges[-1]), edges)[0]

    def draw(*panels: Axes) -> None:
        labels = ("mean of a person's stars", "spread of a person's stars (standard deviation)")
        for axes, what, label in zip(panels, kinds, labels, strict=True):
            values, edges = kinds[what]
            axes.stairs(found[f"people_by_{what}"], edges, fill=True, color=BLUE)
            half = float(np.median(values))
            axes.axvline(half, color=ORANGE, linewidth=2)
            axes.annotate(
                f"half of the people:\n{half:.2f} or less",
                (half, 0.985),
                (-5, 0),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="right",
                va="top",
                color=ORANGE,
            )
            axes.margins(y=0.18)
            counts_axis(axes, "people")
            axes.set_xlabel(label)

    return Chart(
        "generosity",
        "How generous people are",
        f"The middle person gives {middle:.2f} stars on average; one in ten gives {high:.2f} or "
        f"more, one in ten {low:.2f} or less",
        f"Two histograms of {people.size:,} people: by the mean of their stars, and by the spread "
        f"(standard deviation), whose middle is {np.median(spreads):.2f} stars.",
        pl.DataFrame(found),
        draw,
        {"people": people.size, "quantiles_of_mean": [low, middle, high]},
        height=4.0,
        panels={"ncols": 2},
    )
