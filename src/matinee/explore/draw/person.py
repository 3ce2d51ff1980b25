"""Pictures of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.explore.chart import Chart, share
from matinee.explore.draw.base import BLUE, GREY, ORANGE, plain, shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["alike", "films_height", "stars", "surprises", "tastes", "tastes_height"]


def tastes_height(chart: Chart) -> float:
    """Inches for so many genres or decades."""
    return 2.1 + 0.26 * chart.table.height


def tastes(figure: Figure, chart: Chart) -> None:
    """Dots with their errors, and beside them the share of what is watched."""
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    table = chart.table
    places = np.arange(table.height)
    left.axvline(0, color=GREY, linewidth=0.8)
    left.errorbar(
        table["taste"],
        places,
        xerr=2 * table["error"].to_numpy(),
        fmt="o",
        color=BLUE,
        capsize=2,
        elinewidth=1,
    )
    left.set_yticks(
        places,
        [
            f"{plain(name)}  ({films:,})"
            for name, films in zip(table["name"], table["films"], strict=True)
        ],
    )
    left.set_ylim(table.height - 0.5, -0.5)
    left.tick_params(axis="y", length=0)
    left.grid(visible=True, axis="y")
    left.xaxis.set_major_formatter(lambda value, _: f"{value:+g}" if value else "0")
    left.set_xlabel("stars beyond others and your own generosity,\n± 2 standard errors")
    right.barh(places - 0.19, table["share"], color=BLUE, height=0.36, label="you")
    right.barh(
        places + 0.19, table["share_of_everybody"], color="#bbbbbb", height=0.36, label="everybody"
    )
    right.tick_params(axis="y", length=0)
    right.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    right.set_xlabel("share of ratings")
    handles, labels = right.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=2, frameon=False)


def stars(figure: Figure, chart: Chart) -> None:
    """Bars by stars, a person's beside everybody's."""
    axes = figure.subplots()
    table = chart.table
    places = np.arange(table.height)
    known = table["share_of_everybody"].null_count() == 0
    width = 0.42 if known else 0.8
    drawn = axes.bar(places - known * width / 2, table["share"], width, color=BLUE, label="you")
    axes.bar_label(
        drawn,
        [share(part) if part else "" for part in table["share"]],
        padding=2,
        color=GREY,
        fontsize=7,
    )
    if known:
        axes.bar(
            places + width / 2,
            table["share_of_everybody"],
            width,
            color="#bbbbbb",
            label="everybody",
        )
        axes.legend(frameon=False, loc="upper left")
    axes.set_xticks(places, [f"{level:g}" for level in table["stars"]])
    axes.tick_params(axis="x", length=0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.set_xlabel("stars")
    axes.set_ylabel("share of ratings")


def films_height(chart: Chart) -> float:
    """Inches for so many films."""
    return 1.7 + 0.3 * chart.table.height


def surprises(figure: Figure, chart: Chart) -> None:
    """Dots of a person's stars, the others' mean and what a model predicts."""
    axes = figure.subplots()
    table = chart.table
    places = np.arange(table.height)
    axes.hlines(places, table["everybody"], table["stars"], color="#bbbbbb", linewidth=2)
    axes.plot(table["everybody"], places, "o", color="white", markeredgecolor=GREY, label="others")
    if table["predicted"].null_count() < table.height:
        axes.plot(
            table["predicted"].to_numpy(),
            places,
            "D",
            color=ORANGE,
            markersize=5,
            label="predicted",
        )
    axes.plot(table["stars"], places, "o", color=BLUE, label="you")
    names = [plain(shortened(film)) for film in table["film"]]
    axes.set_yticks(places, names)
    axes.set_ylim(table.height - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="y")
    axes.set_xlabel("stars")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)


def alike(figure: Figure, chart: Chart) -> None:
    """Bars of films by how many similar people rated and liked them."""
    from matplotlib.ticker import MaxNLocator

    axes = figure.subplots()
    table = chart.table
    places = np.arange(table.height)
    axes.barh(places, table["rated_by"], color="#bbbbbb", height=0.72, label="rated it")
    axes.barh(places, table["liked_by"], color=BLUE, height=0.72, label="liked it")
    axes.set_yticks(places, [plain(shortened(film)) for film in table["film"]])
    axes.set_ylim(table.height - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(f"of the {chart.facts['people']:,} most similar people")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
