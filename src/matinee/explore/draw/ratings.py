"""Pictures of counts over time, films and people, and of stars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.explore.chart import Chart, share
from matinee.explore.draw.base import (
    BLUE,
    GREY,
    ORANGE,
    bars,
    compact,
    level_colours,
    plain,
    shortened,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "best",
    "curation",
    "decades",
    "divisive",
    "generosity",
    "hours",
    "months",
    "most_rated",
    "popularity",
    "sessions",
    "stars",
    "tail",
]


def months(figure: Figure, chart: Chart) -> None:
    """Bars by month."""
    axes = figure.subplots()
    days, counts = chart.table["month"].to_numpy(), chart.table["ratings"].to_numpy()
    ends = np.append(days.astype("datetime64[M]"), days[-1].astype("datetime64[M]") + 1)
    axes.stairs(counts, ends.astype("datetime64[D]").astype(float), fill=True, color=BLUE)
    axes.xaxis_date()
    _counts(axes, "ratings a month")
    axes.set_xlabel("month (UTC)")


def tail(figure: Figure, chart: Chart) -> None:
    """The share with at least so many ratings, on logarithmic axes, with its power law."""
    axes = figure.subplots()
    many = "films" if "films" in chart.facts else "people"
    x, y = chart.table["ratings"].to_numpy(), chart.table["share_at_least"].to_numpy()
    axes.loglog(x, y, color=BLUE, linewidth=2, drawstyle="steps-pre")
    law = chart.facts["power_law"]
    if law is not None:
        points = np.geomspace(law["start"], x[-1], 50)
        first = law["size"] / chart.facts[many]
        axes.loglog(
            points,
            first * (points / law["start"]) ** (1 - law["exponent"]),
            color=ORANGE,
            linestyle="--",
            linewidth=2,
        )
        axes.annotate(
            f"power law from {law['start']:,} on,\nexponent {law['exponent']:.2f}",
            (points[15], first * (points[15] / law["start"]) ** (1 - law["exponent"])),
            (12, 12),
            textcoords="offset points",
            color=ORANGE,
        )
    median = chart.facts["median"]
    axes.plot([median], [float((y[x >= median]).max())], "o", color=BLUE)
    axes.annotate(
        f"half of the {many}:\n{median:,} or more",
        (median, float((y[x >= median]).max())),
        (-8, -8),
        textcoords="offset points",
        ha="right",
        va="top",
        color=GREY,
    )
    axes.xaxis.set_major_formatter(compact)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.xaxis.set_minor_formatter("")
    axes.yaxis.set_minor_formatter("")
    axes.set_xlabel(f"number of ratings of a {'film' if many == 'films' else 'person'} (log)")
    axes.set_ylabel(f"{many} with at least so many (log)")
    axes.grid(visible=True)


def stars(figure: Figure, chart: Chart) -> None:
    """Bars by stars."""
    axes = figure.subplots()
    table = chart.table
    levels = table["stars"].to_numpy()
    places = np.arange(levels.size)
    drawn = axes.bar(places, table["share"], color=level_colours(levels.size), width=0.86)
    if levels.size <= 11:
        axes.bar_label(drawn, [share(part) for part in table["share"]], padding=2, color=GREY)
        axes.set_xticks(places, [f"{level:g}" for level in levels])
    else:
        step = -(-levels.size // 10)
        axes.set_xticks(places[::step], [f"{level:g}" for level in levels[::step]])
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.set_xlabel("stars")
    axes.set_ylabel("share of ratings")


def decades(figure: Figure, chart: Chart) -> None:
    """Stacked bars of stars, a bar a decade, with its mean."""
    axes = figure.subplots()
    table = chart.table
    levels = [name for name in table.columns if name not in _DECADE]
    names = [
        f"{decade}s  ({compact(_round(count))})"
        for decade, count in zip(table["decade"], table["ratings"], strict=True)
    ]
    _stack(axes, names, table.select(levels).to_numpy() / table["ratings"].to_numpy()[:, None])
    for place, mean in enumerate(table["mean"]):
        axes.text(1.015, place, f"{mean:.2f}", va="center", fontweight="bold")
    axes.text(1.015, -0.85, "mean", va="center", color=GREY)
    axes.set_xlabel("share of ratings")
    axes.set_ylabel("decade of release (ratings)")
    _levels_legend(figure, levels)


_DECADE = {"decade", "films", "ratings", "mean"}


def _stack(axes: Axes, names: list[str], shares: Any) -> None:
    left = np.zeros(len(names))
    for column, colour in enumerate(level_colours(shares.shape[1])):
        axes.barh(range(len(names)), shares[:, column], left=left, color=colour, height=0.8)
        left += shares[:, column]
    axes.set_yticks(range(len(names)), [plain(name) for name in names])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.margins(y=0.01)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")


def _levels_legend(figure: Figure, levels: list[str]) -> None:
    from matplotlib.patches import Patch

    colours = level_colours(len(levels))
    step = -(-len(levels) // 11)
    figure.legend(
        [Patch(color=colour) for colour in colours[::step]],
        levels[::step],
        title="stars",
        loc="outside right center",
        reverse=True,
        frameon=False,
    )


def curation(figure: Figure, chart: Chart) -> None:
    """Histograms of films by mean stars, and what each step left."""
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    table = chart.table
    edges = np.append(table["from_stars"].to_numpy(), table["to_stars"][-1])
    left.stairs(table["films_before"], edges, fill=True, color="#56B4E9", label="before")
    left.stairs(table["films_after"], edges, color=ORANGE, linewidth=2, label="after")
    left.set_xlabel("mean stars of a film")
    _counts(left, "films")
    left.legend(frameon=False, loc="upper left")
    facts = chart.facts
    names = ["before", *(step["step"] for step in facts["steps"])]
    counts = [facts["before"], *(step["after"] for step in facts["steps"])]
    places = np.arange(len(names))
    kinds = (("movies", "films", BLUE), ("users", "people", ORANGE), ("ratings", "ratings", GREY))
    for row, (key, label, colour) in enumerate(kinds):
        first = counts[0][key]
        drawn = right.barh(
            places + (row - 1) * 0.27,
            [each[key] / first for each in counts],
            height=0.25,
            color=colour,
            label=label,
        )
        right.bar_label(drawn, [f"{each[key]:,} {label}" for each in counts], padding=3, fontsize=8)
    right.set_yticks(places, [_wrapped(name) for name in names])
    right.invert_yaxis()
    right.tick_params(axis="y", length=0)
    right.set_xlim(0, 1.75)
    right.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    right.set_xlabel("left after the step")


def popularity(figure: Figure, chart: Chart) -> None:
    """A grid of films by number of ratings and mean stars, with the middle film of each column."""
    from matplotlib.colors import LogNorm

    axes = figure.subplots()
    table = chart.table
    x = np.unique(np.append(table["from_ratings"].to_numpy(), table["to_ratings"][-1]))
    y = np.unique(np.append(table["from_stars"].to_numpy(), table["to_stars"].to_numpy()[-1]))
    # Bin edges that come from one row of numbers may differ in the last digit.
    y = y[np.append(True, np.diff(y) > 1e-9)]
    grid = table["films"].to_numpy().reshape(x.size - 1, y.size - 1).T
    top = max(int(grid.max()), 2)
    mesh = axes.pcolormesh(
        x, y, np.ma.masked_equal(grid, 0), cmap="cividis_r", norm=LogNorm(1, top), rasterized=True
    )
    middle = np.array([np.nan if each is None else each for each in chart.facts["medians"]])
    centre = np.sqrt(x[:-1] * x[1:])
    known = np.isfinite(middle)
    axes.plot(centre[known], middle[known], color=ORANGE, linewidth=2.5, label="the middle film")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(compact)
    axes.xaxis.set_minor_formatter("")
    axes.set_xlabel("number of ratings of a film (log)")
    axes.set_ylabel("mean stars of a film")
    axes.legend(frameon=False, loc="lower right")
    scale = figure.colorbar(mesh, ax=axes, label="films (log)", pad=0.01)
    scale.ax.yaxis.set_major_formatter(compact)
    scale.ax.yaxis.set_minor_formatter("")


def generosity(figure: Figure, chart: Chart) -> None:
    """Histograms of people by the mean and by the spread of their stars."""
    left, right = figure.subplots(1, 2, sharey=False)
    table, facts = chart.table, chart.facts
    for axes, what in ((left, "mean"), (right, "spread")):
        edges = np.append(table[f"from_{what}"].to_numpy(), table[f"to_{what}"][-1])
        axes.stairs(table[f"people_by_{what}"], edges, fill=True, color=BLUE)
        middle = facts[f"{what}_50"]
        axes.axvline(middle, color=ORANGE, linewidth=2)
        axes.annotate(
            f"half of the people:\n{middle:.2f} or less",
            (middle, 0.985),
            (-5, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="right",
            va="top",
            color=ORANGE,
        )
        axes.margins(y=0.18)
        _counts(axes, "people")
    left.set_xlabel("mean of a person's stars")
    right.set_xlabel("spread of a person's stars (standard deviation)")


def hours(figure: Figure, chart: Chart) -> None:
    """A grid of weekdays and hours."""
    axes = figure.subplots()
    grid = chart.table["ratings"].to_numpy().reshape(7, 24)
    names = chart.table["weekday"].to_list()[::24]
    image = axes.imshow(grid / grid.sum(), cmap="cividis", aspect="auto", vmin=0)
    axes.set_yticks(range(7), names)
    axes.set_xticks(range(0, 24, 3), [f"{hour:02d}:00" for hour in range(0, 24, 3)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("hour (UTC)")
    figure.colorbar(
        image,
        ax=axes,
        label="share of ratings",
        pad=0.01,
        format=lambda value, _: f"{100 * value:.1f} %",
    )


def sessions(figure: Figure, chart: Chart) -> None:
    """Bars by size of session."""
    axes = figure.subplots()
    names = chart.table["ratings_in_session"].to_list()
    drawn = axes.bar(range(len(names)), chart.table["share"], color=BLUE, width=0.86)
    axes.bar_label(drawn, [share(part) for part in chart.table["share"]], padding=2, color=GREY)
    axes.set_xticks(range(len(names)), names)
    if len(names) > 9:
        axes.tick_params(axis="x", rotation=30)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.set_xlabel("ratings in one sitting (it ends with an hour without a rating)")
    axes.set_ylabel("share of all ratings")


def divisive(figure: Figure, chart: Chart) -> None:
    """Stacked bars of stars, a bar a film, with its spread."""
    axes = figure.subplots()
    table = chart.table
    columns = [name for name in table.columns if name.startswith("share_")]
    _stack(axes, [shortened(film) for film in table["film"]], table.select(columns).to_numpy())
    for place, spread in enumerate(table["spread"]):
        axes.text(1.015, place, f"{spread:.2f}", va="center", fontweight="bold")
    axes.text(1.015, -0.9, "spread", va="center", color=GREY)
    axes.set_xlabel(
        f"share of the film's ratings (films with at least {chart.facts['least_ratings']:,})"
    )
    _levels_legend(figure, [name.removeprefix("share_") for name in columns])


def most_rated(figure: Figure, chart: Chart) -> None:
    """Bars of films by number of ratings."""
    axes = figure.subplots()
    names = [shortened(film) for film in chart.table["film"]]
    bars(axes, names, chart.table["ratings"].to_list(), form=",.0f")
    axes.xaxis.set_major_formatter(compact)
    axes.set_xlabel("ratings")


def best(figure: Figure, chart: Chart) -> None:
    """Dots of films by mean stars, and by the mean that few ratings are drawn to."""
    axes = figure.subplots()
    table = chart.table
    places = range(table.height)
    axes.hlines(places, table["shrunk_mean"], table["mean"], color="#bbbbbb", linewidth=2)
    axes.plot(table["mean"], places, "o", color="white", markeredgecolor=GREY, label="mean stars")
    axes.plot(table["shrunk_mean"], places, "o", color=BLUE, label="drawn to the mean of all films")
    names = [
        f"{shortened(film)}  ({n:,})"
        for film, n in zip(table["film"], table["ratings"], strict=True)
    ]
    axes.set_yticks(places, [plain(name) for name in names])
    axes.invert_yaxis()
    axes.grid(visible=True, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"stars (films with at least {chart.facts['least_ratings']:,} ratings)")
    axes.legend(frameon=True, facecolor="white", edgecolor="none", loc="lower right")


def _counts(axes: Axes, label: str) -> None:
    axes.yaxis.set_major_formatter(compact)
    axes.set_ylabel(label)
    axes.margins(x=0.01)
    axes.set_ylim(bottom=0)


def _round(count: int) -> float:
    return float(f"{count:.2g}")


def _wrapped(text: str) -> str:
    import textwrap

    return textwrap.fill(text, 18)
