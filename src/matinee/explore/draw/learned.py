"""Pictures of what a model learned and of how right it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from matinee.explore.chart import Chart, share
from matinee.explore.draw.base import BLUE, GREY, ORANGE, bars, compact, plain, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "biases",
    "calibration",
    "dimension_films",
    "dimension_films_height",
    "dimensions",
    "errors",
    "loss",
    "misleading",
    "predicted",
]


def dimensions(figure: Figure, chart: Chart) -> None:
    """Bars of dimensions by the share of the variance."""
    axes = figure.subplots()
    table = chart.table
    names = [
        f"{number}  {name}"
        for number, name in zip(table["dimension"], table["goes_with"], strict=True)
    ]
    bars(axes, names, table["share_of_variance"].to_list(), form=".1%")
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.set_xlabel(f"share of the variance of {chart.facts['films']:,} films' vectors")
    axes.set_ylabel("dimension, and what goes along with it")


def dimension_films_height(chart: Chart) -> float:
    """Inches for so many dimensions."""
    return 1.0 + 1.32 * len(chart.facts["shares"])


def dimension_films(figure: Figure, chart: Chart) -> None:
    """For each dimension bars to both sides, with the names of the films beside them."""
    facts = chart.facts
    panels = figure.subplots(len(facts["shares"]), 1, sharex=True, squeeze=False)[:, 0]
    reach = float(chart.table["place"].abs().max())  # type: ignore[arg-type]
    for number, axes in enumerate(panels, start=1):
        films = chart.table.filter(pl.col("dimension") == number)
        for end, colour, side in (("low", ORANGE, axes), ("high", BLUE, axes.twinx())):
            part = films.filter(pl.col("end") == end)
            rows = range(part.height)
            axes.barh(rows, part["place"], color=colour, height=0.7)
            side.set_yticks(rows, [plain(shortened(film, 36)) for film in part["film"]])
            side.set_ylim(part.height - 0.4, -0.6)
            side.tick_params(axis="y", length=0, labelsize=8)
            side.spines[:].set_visible(False)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_xlim(-reach * 1.02, reach * 1.02)
        axes.tick_params(axis="x", length=0)
        axes.grid(visible=True, axis="x")
        words = " ↔ ".join(
            words
            for words in (facts["low_ends"][number - 1], facts["high_ends"][number - 1])
            if words
        )
        told = share(facts["shares"][number - 1])
        axes.set_title(
            f"{number}   {plain(words)}   ({told})" if words else f"{number}   ({told})",
            fontsize=9,
            fontweight="bold",
        )
    panels[-1].set_xlabel(
        "place of a film along the dimension (standard deviations); films with at least "
        f"{facts['least_ratings']:,} ratings"
    )


def biases(figure: Figure, chart: Chart) -> None:
    """Bars of the films with the highest and the lowest bias."""
    panels = figure.subplots(1, 2)
    for axes, end, colour in zip(panels, ("most", "least"), (BLUE, ORANGE), strict=True):
        part = chart.table.filter(pl.col("end") == end)
        names = [
            f"{shortened(film, 27)}  {mean:.1f}"
            for film, mean in zip(part["film"], part["mean"], strict=True)
        ]
        bars(axes, names, part["bias"].abs().to_list(), colour=colour)
        axes.bar_label(
            axes.containers[0], [f"{value:+.2f}" for value in part["bias"]], padding=3, color=GREY
        )
        axes.margins(x=0.18)
        axes.xaxis.set_major_formatter(
            lambda value, _, sign=1 if end == "most" else -1: f"{sign * value:+g}" if value else "0"
        )
        axes.set_title(f"appreciated {end}", loc="left", fontsize=9, fontweight="bold")
        axes.set_xlabel("bias (stars)")
    figure.supxlabel("Beside each film stands its mean.", fontsize=8, color=GREY)


def misleading(figure: Figure, chart: Chart) -> None:
    """A line from each film's mean to its bias."""
    panels = figure.subplots(1, 2)
    titles = ("looks better than it is", "is better than it looks")
    for axes, end, title in zip(panels, ("flattered", "underrated"), titles, strict=True):
        part = chart.table.filter(pl.col("end") == end)
        rows = range(part.height)
        whole = "raters who like films of its kind, or do not"
        axes.hlines(
            rows, part["by_mean"], part["by_bias"], color="#bbbbbb", linewidth=2, label=whole
        )
        if part["generosity"].null_count() == 0:
            axes.hlines(
                rows,
                part["by_bias"],
                part["by_bias"] + part["generosity"],
                color=ORANGE,
                linewidth=4,
                label="generous or strict raters",
            )
        axes.plot(
            part["by_mean"], rows, "o", color="white", markeredgecolor=GREY, label="by its mean"
        )
        axes.plot(part["by_bias"], rows, "o", color=BLUE, label="by its bias")
        axes.set_yticks(rows, [plain(shortened(film, 27)) for film in part["film"]])
        axes.set_ylim(part.height - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=True, axis="y")
        axes.margins(x=0.1)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:+g}" if value else "0")
        axes.set_title(title, loc="left", fontsize=9, fontweight="bold")
        axes.set_xlabel("stars beside the average film")
    handles, labels = panels[0].get_legend_handles_labels()
    if chart.table["generosity"].null_count():
        handles, labels = handles[1:], labels[1:]  # there is but one kind of line
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)


def loss(figure: Figure, chart: Chart) -> None:
    """Lines of losses by step."""
    from matplotlib.ticker import MaxNLocator

    axes = figure.subplots()
    step, *names = chart.table.columns
    colours = {"train_loss": BLUE, "valid_loss": ORANGE}
    labels = {"train_loss": "training", "valid_loss": "validation"}
    for name, marker in zip(names, "osD^vPX*" * len(names), strict=False):
        known = chart.table.drop_nulls(name)
        axes.plot(
            known[step],
            known[name],
            marker=marker if known.height < 60 else "",
            markersize=5,
            color=colours.get(name),
            label=labels.get(name, name.replace("_", " ")),
        )
    axes.set_xlabel(step)
    axes.set_ylabel(chart.facts["unit"])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True)
    axes.legend(frameon=False)


def predicted(figure: Figure, chart: Chart) -> None:
    """A grid of actual against predicted stars, each row shaded by its own ratings."""
    axes = figure.subplots()
    table = chart.table
    levels = table["stars"].unique().sort().to_numpy()
    columns = table.height // levels.size
    edges = np.append(table["from_predicted"][:columns], table["to_predicted"][columns - 1])
    grid = table["ratings"].to_numpy().reshape(levels.size, columns).astype(float)
    sizes = grid.sum(axis=1)
    shares = grid / np.maximum(sizes, 1)[:, None]
    rows = np.arange(levels.size + 1) - 0.5
    mesh = axes.pcolormesh(
        edges, rows, np.ma.masked_equal(shares, 0), cmap="cividis_r", vmin=0, rasterized=True
    )
    middles = [
        (middle, row)
        for row, middle in enumerate(chart.facts["middle_predictions"])
        if middle is not None
    ]
    x, y = zip(*middles, strict=True)
    axes.plot(
        x, y, "o-", color=ORANGE, linewidth=2, markeredgecolor="white", label="middle prediction"
    )
    axes.plot(levels, range(levels.size), ":", color=GREY, linewidth=1.5, label="always right")
    axes.set_yticks(
        range(levels.size),
        [
            f"{level:g}  ({compact(float(f'{n:.2g}'))})"
            for level, n in zip(levels, sizes, strict=True)
        ],
    )
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel("predicted stars")
    axes.set_ylabel("stars given (held-out ratings)")
    axes.legend(frameon=True, facecolor="white", edgecolor="none", loc="upper left")
    figure.colorbar(
        mesh,
        ax=axes,
        label="share of the row",
        pad=0.01,
        format=lambda value, _: f"{100 * value:g} %",
    )


def calibration(figure: Figure, chart: Chart) -> None:
    """What people gave by what was predicted."""
    axes = figure.subplots()
    table = chart.table
    low = float(min(table["predicted"].min(), table["stars"].min()))  # type: ignore[type-var,arg-type]
    high = float(max(table["predicted"].max(), table["stars"].max()))  # type: ignore[type-var,arg-type]
    axes.plot([low, high], [low, high], ":", color=GREY, linewidth=1.5, label="always right")
    axes.errorbar(
        table["predicted"],
        table["stars"],
        yerr=2 * table["standard_error"].to_numpy(),
        fmt="o",
        color=BLUE,
        capsize=3,
        label="mean of a group, ± 2 standard errors",
    )
    axes.set_xlabel("mean stars predicted")
    axes.set_ylabel("mean stars given")
    axes.grid(visible=True)
    axes.legend(frameon=False, loc="upper left")


def errors(figure: Figure, chart: Chart) -> None:
    """RMSE by bucket, beside damped biases, and below how many ratings it is about."""
    top, low = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    table = chart.table
    places = np.arange(table.height)
    top.plot(
        places,
        table["rmse_of_biases"],
        "s--",
        color=GREY,
        markerfacecolor="white",
        label="biases alone",
    )
    top.errorbar(
        places,
        table["rmse"],
        yerr=2 * table["standard_error"].to_numpy(),
        fmt="o-",
        color=BLUE,
        capsize=3,
        label="the model, ± 2 standard errors",
    )
    top.set_ylabel("RMSE (stars)")
    top.grid(visible=True, axis="y")
    top.legend(frameon=False)
    drawn = low.bar(places, table["held_out"], color="#56B4E9", width=0.7)
    low.bar_label(drawn, [share(part) for part in table["share"]], padding=2, color=GREY)
    low.margins(y=0.35)
    low.yaxis.set_major_formatter(compact)
    low.set_ylabel("held-out\nratings")
    low.set_xticks(
        places,
        [
            f"{first:,}" if first == last else f"{first:,}–{last:,}"
            for first, last in zip(table["from_ratings"], table["to_ratings"], strict=True)
        ],
    )
    low.set_xlabel(f"ratings of the {chart.facts['of']} that the model has learned from")
    _whole(low)


def _whole(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
