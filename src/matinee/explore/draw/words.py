"""Pictures of genres, tags and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.evaluation.pictures import COLOURS
from matinee.explore.chart import Chart
from matinee.explore.draw.base import BLUE, ORANGE, bars, compact

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["cloud", "genres", "tags", "together"]

# Okabe and Ito's colours that can be read on white.
_WORD_COLOURS = (COLOURS[0], COLOURS[1], COLOURS[2], "#A0467A", "#333333")


def genres(figure: Figure, chart: Chart) -> None:
    """Films, ratings and mean stars of each genre, side by side."""
    films, ratings, stars = figure.subplots(1, 3, sharey=True)
    table = chart.table
    names = table["genre"].to_list()
    for axes, column, label, colour in (
        (films, "films", "films", BLUE),
        (ratings, "ratings", "ratings", "#009E73"),
    ):
        bars(axes, names, table[column].to_list(), colour=colour)
        axes.xaxis.set_major_formatter(compact)
        axes.set_xlabel(label)
        axes.grid(visible=True, axis="x")
        axes.invert_yaxis()
    rated = np.flatnonzero(table["ratings"].to_numpy())
    stars.plot(table["mean"].to_numpy()[rated], rated, "o", color=ORANGE, markersize=7)
    stars.set_xlabel("mean stars")
    stars.grid(visible=True)
    stars.margins(x=0.1)
    films.invert_yaxis()


def together(figure: Figure, chart: Chart) -> None:
    """A grid of genres by genres."""
    axes = figure.subplots()
    names = list(dict.fromkeys(chart.table["genre"].to_list()))
    place = {name: index for index, name in enumerate(names)}
    grid = np.full((len(names), len(names)), np.nan)
    for one, other, _, part in chart.table.iter_rows():
        grid[place[one], place[other]] = 100 * part
    image = axes.imshow(np.ma.masked_invalid(grid), cmap="cividis", aspect="auto", vmin=0)
    half = np.nanmax(grid) / 2
    for (row, column), value in np.ndenumerate(grid):
        if value >= 0.5:
            colour = "white" if value < half else "black"
            label = axes.text(column, row, f"{value:.0f}", ha="center", va="center", color=colour)
            label.set_fontsize(7)
            label.set_in_layout(False)
    axes.set_xticks(range(len(names)), names, rotation=55, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_ylabel("of the films of this genre …")
    axes.set_xlabel("… so many per cent have this one as well")
    figure.colorbar(image, ax=axes, label="per cent of films", pad=0.01)


def tags(figure: Figure, chart: Chart) -> None:
    """Bars of tags."""
    axes = figure.subplots()
    bars(axes, chart.table["tag"].to_list(), chart.table["times"].to_list(), form=",.0f")
    axes.xaxis.set_major_formatter(compact)
    axes.set_xlabel("times given")


def cloud(figure: Figure, chart: Chart) -> None:
    """A cloud of words; the same each time."""
    from matplotlib.font_manager import findfont
    from wordcloud import WordCloud

    def colour(*_: object, random_state: Any, **__: object) -> str:
        return str(random_state.choice(_WORD_COLOURS))

    made = WordCloud(
        width=640,
        height=300,
        scale=2,
        max_words=100,
        font_path=findfont("DejaVu Sans:bold"),
        background_color="white",
        prefer_horizontal=1.0,
        relative_scaling=0.6,
        min_font_size=7,
        random_state=4,
        color_func=colour,
    ).generate_from_frequencies(dict(chart.table.iter_rows()))
    axes = figure.subplots()
    axes.imshow(made.to_array(), interpolation="antialiased")
    axes.set_axis_off()
