"""A chart: what it finds in words, the numbers behind it, and how it is drawn with matplotlib."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from matinee.plotting import COLORS, STYLE

__all__ = ["Chart", "Missing", "share"]

Missing: TypeAlias = tuple[str, str]
"""A topic, and why there is no chart of it."""

BLUE, ORANGE, GREEN, SKY = COLORS[0], COLORS[1], COLORS[2], COLORS[5]
GRAY, LIGHT = "#666666", "#bbbbbb"
_STYLE = {**STYLE, "axes.grid": False}
_WIDTH = 8.0  # inches
_DPI = 150
_TITLE_LETTERS = 74


@dataclass(frozen=True, eq=False)
class Chart:
    """What one chart shows.

    Parameters
    ----------
    name : str
        Stem of its files.
    topic : str
        What it is about: the heading above it.
    title : str
        What it finds, in one sentence.
    alt : str
        What kind of picture it is, for people who do not see it: they have the table.
    table : polars.DataFrame
        The numbers that are drawn.
    draw : callable
        Fills the axes of a ``matplotlib.figure.Figure``, one argument each.
    facts : mapping of str to any
        Single figures: those of the title, thresholds, what was left out. Plain values.
    height : float
        In inches, the title included; the width is 8 inches.
    panels : mapping of str to any
        Arguments of ``Figure.subplots``, where there are several axes.
    """

    name: str
    topic: str
    title: str
    alt: str
    table: pl.DataFrame
    draw: Callable[..., None]
    facts: Mapping[str, Any] = field(default_factory=dict)
    height: float = 4.4
    panels: Mapping[str, Any] = field(default_factory=dict)

    def render(self) -> tuple[bytes, bytes]:
        """The chart as PNG (1,200 pixels wide) and as SVG; the same each time."""
        with mpl.rc_context(_STYLE):
            return save_figure(self._figure(self.title), self.title)

    def save(self, path: Path, title: str | None = None) -> None:
        """Write the chart to a file, whose ending says the format."""
        with mpl.rc_context(_STYLE):
            self._figure(self.title if title is None else title).savefig(path, dpi=_DPI)

    def _figure(self, title: str) -> Figure:
        # Without pyplot: no state, no window, safe in any thread.
        figure = Figure(figsize=(_WIDTH, self.height), layout="constrained")
        title = plain(textwrap.fill(title, _TITLE_LETTERS))
        figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
        self.draw(*np.ravel(figure.subplots(**self.panels)))
        return figure

    def to_dict(self) -> dict[str, Any]:
        """Everything but the table, as plain values for JSON."""
        told = {name: getattr(self, name) for name in ("name", "topic", "title", "alt")}
        return {**told, "facts": dict(self.facts)}

    def _repr_png_(self) -> bytes:
        return self.render()[0]


def save_figure(figure: Figure, title: str) -> tuple[bytes, bytes]:
    """A figure as PNG and as SVG, without dates, so that the same figure gives the same bytes."""
    png, svg = io.BytesIO(), io.BytesIO()
    figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
    # The layout is known by now; it need not be computed twice.
    figure.set_layout_engine("none")
    metadata: Any = {"Date": None, "Creator": None, "Title": title}
    figure.savefig(svg, format="svg", dpi=_DPI, metadata=metadata)
    return png.getvalue(), svg.getvalue()


def share(value: float) -> str:
    """A share in per cent, with a decimal only where it is below ten per cent.

    Examples
    --------
    >>> share(0.345), share(0.0123), share(0.0), share(1.0)
    ('34 %', '1.2 %', '0 %', '100 %')
    """
    percent = 100 * value
    return f"{percent:.0f} %" if percent >= 9.95 or percent == 0 else f"{percent:.1f} %"


def compact(value: float, _: object = None) -> str:
    """A count for an axis: ``1,500`` as ``"1.5k"``, ``2,000,000`` as ``"2M"``."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:g}{letter}"
    return f"{value:g}"


def percent(value: float, _: object = None) -> str:
    """A share for an axis: ``0.25`` as ``"25 %"``."""
    return f"{100 * value:g} %"


def signed(value: float, _: object = None) -> str:
    """A difference for an axis, with its sign."""
    return f"{value:+g}" if value else "0"


def plain(text: str) -> str:
    """A text for a picture: a dollar sign of a film's title begins no formula."""
    return text.replace("$", r"\$")


def shortened(film: str, limit: int = 44) -> str:
    """A long title without its middle, so that the year stays.

    Examples
    --------
    >>> shortened("Dr. Strangelove or: How I Learned to Stop Worrying (1964)", 30)
    'Dr. Strangelove or: Ho… (1964)'
    """
    return film if len(film) <= limit else film[: limit - 8].rstrip() + "…" + film[-7:]


def name_rows(
    axes: Axes,
    names: Iterable[str],
    *,
    limit: int = 44,
    after: Sequence[str] = (),
    grid: bool = False,
) -> None:
    """Names at the left, a row each, from top to bottom, and what stands after each."""
    shown = [plain(shortened(name, limit)) for name in names]
    if after:
        shown = [f"{name}{each}" for name, each in zip(shown, after, strict=True)]
    axes.set_yticks(range(len(shown)), shown)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    if grid:
        axes.grid(visible=True, axis="y")


def bars(
    axes: Axes,
    names: Sequence[str],
    values: Any,
    *,
    color: str = BLUE,
    form: str = "",
    labels: Sequence[str] = (),
) -> None:
    """Horizontal bars from top to bottom, with labels, or figures in a format, at their ends."""
    drawn = axes.barh(range(len(names)), values, color=color, height=0.72)
    name_rows(axes, names)
    labels = [format(value, form) for value in values] if form else labels
    if labels:
        axes.bar_label(drawn, labels, padding=3, color=GRAY)
        axes.margins(x=0.14)


def columns(
    axes: Axes, names: Sequence[str], shares: Sequence[float], *, x: Any = None, **how: Any
) -> None:
    """Vertical bars of shares, each with its share above it."""
    places = range(len(names)) if x is None else x
    drawn = axes.bar(places, shares, **{"color": BLUE, "width": 0.86, **how})
    axes.bar_label(drawn, [share(each) if each else "" for each in shares], padding=2, color=GRAY)
    axes.set_xticks(range(len(names)), names)
    axes.yaxis.set_major_formatter(percent)


def stacked(
    axes: Axes, names: Sequence[str], levels: Sequence[str], shares: Any, figures: Any, of: str
) -> None:
    """Stacked bars of star levels, a bar a name, with a figure at the end of each bar."""
    colors = level_colors(len(levels))
    left = 0
    for column, color in enumerate(colors):
        axes.barh(range(len(names)), shares[:, column], left=left, color=color, height=0.8)
        left = left + shares[:, column]
    name_rows(axes, names)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(percent)
    for place, value in enumerate(figures):
        axes.text(1.015, place, f"{value:.2f}", va="center", fontweight="bold")
    axes.text(1.015, -0.85, of, va="center", color=GRAY)
    step = -(-len(levels) // 11)
    axes.figure.legend(
        [Patch(color=color) for color in colors[::step]],
        levels[::step],
        title="stars",
        loc="outside right center",
        reverse=True,
        frameon=False,
    )


def level_colors(n: int) -> list[Any]:
    """Colors from few to many stars (cividis), told apart with all kinds of color blindness."""
    return [colormaps["cividis"](index / max(n - 1, 1)) for index in range(n)]


def counts_axis(axes: Axes, label: str) -> None:
    """Counts upwards, from 0."""
    axes.yaxis.set_major_formatter(compact)
    axes.set_ylabel(label)
    axes.margins(x=0.01)
    axes.set_ylim(bottom=0)
