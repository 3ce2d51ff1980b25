"""What all pictures share: size, style, the title's place, and writing PNG and SVG."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from matinee.evaluation.pictures import COLOURS, STYLE
from matinee.explore.chart import Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREY",
    "ORANGE",
    "Draw",
    "bars",
    "compact",
    "level_colours",
    "plain",
    "render",
    "shortened",
]

Draw: TypeAlias = "Callable[[Figure, Chart], None]"

BLUE, ORANGE, GREY = COLOURS[0], COLOURS[1], "#666666"
_WIDTH = 8.0  # inches
_TITLE_LETTERS = 74
_DPI = 150


def render(draw: Draw, chart: Chart, height: float) -> tuple[bytes, bytes]:
    """Draw a chart, with its title above it.

    Parameters
    ----------
    draw : callable
        Fills a figure.
    chart : Chart
    height : float
        In inches, the title included; the width is 8 inches.

    Returns
    -------
    bytes
        PNG, 1,200 pixels wide.
    bytes
        SVG.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(
            plain(textwrap.fill(chart.title, _TITLE_LETTERS)),
            x=0.01,
            ha="left",
            fontsize=12,
            fontweight="bold",
        )
        draw(figure, chart)
        png, svg = io.BytesIO(), io.BytesIO()
        figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
        # The places are known by now; they need not be found twice.
        figure.set_layout_engine("none")
        metadata: Any = {"Date": None, "Creator": None, "Title": chart.title}
        figure.savefig(svg, format="svg", dpi=_DPI, metadata=metadata)
    return png.getvalue(), svg.getvalue()


def bars(axes: Axes, names: list[str], values: Any, *, colour: str = BLUE, form: str = "") -> None:
    """Horizontal bars from top to bottom, each with its figure at its end.

    Parameters
    ----------
    axes : Axes
    names : list of str
    values : array-like
    colour : str
    form : str
        Format of the figures, such as ``",.0f"``; none are written if empty.
    """
    places = range(len(names))
    drawn = axes.barh(places, values, color=colour, height=0.72)
    axes.set_yticks(places, [plain(name) for name in names])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.margins(y=0.01)
    if form:
        axes.bar_label(drawn, [format(value, form) for value in values], padding=3, color=GREY)
        axes.margins(x=0.14)


def compact(value: float, _: object = None) -> str:
    """A count for an axis: ``1,500`` as ``"1.5k"``, ``2,000,000`` as ``"2M"``."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:g}{letter}"
    return f"{value:g}"


def level_colours(n: int) -> list[Any]:
    """Colours from few to many stars (cividis), told apart with all kinds of colour blindness."""
    from matplotlib import colormaps

    cividis = colormaps["cividis"]
    return [cividis(index / max(n - 1, 1)) for index in range(n)]


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
