"""The pictures of a report, as SVG, with texts that say what they show.

Models are told apart by marker as well as colour; the colours (Okabe and Ito, 2008) can be told
apart with all common kinds of colour blindness.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.evaluation.metrics import Metric

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from matinee.evaluation.results import Evaluation, ModelResult

__all__ = ["COLOURS", "STYLE", "Picture", "accuracy_and_time", "dots_and_intervals", "people"]

# Okabe and Ito (2008).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
STYLE: Any = {
    "svg.hashsalt": "matinee",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """An image and what it shows.

    Attributes
    ----------
    svg : str
        A whole SVG document.
    title : str
    alt : str
        What it shows, figures included, for people who do not see it.
    """

    svg: str
    title: str
    alt: str


def dots_and_intervals(evaluation: Evaluation, metrics: list[Metric]) -> Picture:
    """Each metric in a row of its own: a dot for each model, with its confidence interval."""
    labels = [model.label for model in evaluation.models]
    height = 0.5 + len(metrics) * (0.42 + 0.17 * len(labels))

    def draw(figure: Figure) -> None:
        axes = figure.subplots(len(metrics), 1, squeeze=False)[:, 0]
        for metric, axis in zip(metrics, axes, strict=True):
            for row, model in enumerate(evaluation.models):
                value = model.value(metric.name)
                if value is None:
                    continue
                low, high = model.intervals.get(metric.name, (value, value))
                axis.plot([low, high], [row, row], color=_colour(row), linewidth=2, alpha=0.7)
                axis.plot(value, row, _marker(row), color=_colour(row), markersize=6)
            axis.set_yticks(range(len(labels)), labels)
            axis.set_ylim(len(labels) - 0.4, -0.6)
            better = {1: ", higher is better", -1: ", lower is better", 0: ""}[metric.sign]
            axis.set_title(metric.name + better, loc="left", fontsize=9, fontweight="bold")
            axis.margins(x=0.08)
            axis.grid(visible=False, axis="y")

    told = [f"{metric.name}: {_told(evaluation, metric)}" for metric in metrics]
    alt = f"Dots with {evaluation.confidence:.0%} intervals, one panel a metric. " + ". ".join(told)
    return Picture(_svg(draw, 7.2, height), "Figures and their intervals", alt)


def accuracy_and_time(evaluation: Evaluation) -> Picture:
    """The primary metric against the time of fit and answers, on a logarithmic axis."""
    metric = evaluation.primary
    able = [model for model in evaluation.models if model.value(metric.name) is not None]

    def seconds(model: ModelResult) -> float:
        return max(model.fit_seconds + model.answer_seconds, 1e-3)

    def draw(figure: Figure) -> None:
        from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

        axis = figure.subplots()
        for row, model in enumerate(evaluation.models):
            value = model.value(metric.name)
            if value is None:
                continue
            low, high = model.intervals.get(metric.name, (value, value))
            axis.plot([seconds(model)] * 2, [low, high], color=_colour(row), alpha=0.5)
            axis.plot(seconds(model), value, _marker(row), color=_colour(row), markersize=8)
            axis.annotate(model.label, (seconds(model), value), (7, 5), textcoords="offset points")
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.margins(x=0.2, y=0.12)
        axis.set_xlabel("seconds to fit and to answer (logarithmic)")
        axis.set_ylabel(metric.name)
        if metric.sign < 0:
            axis.invert_yaxis()

    told = "; ".join(
        f"{model.label} {model.value(metric.name):.4f} in {seconds(model):.2f} s" for model in able
    )
    up = "lower values are higher up" if metric.sign < 0 else "higher is better"
    alt = f"{metric.name} against seconds of fit and answers, {up}: {told}."
    return Picture(_svg(draw, 7.2, 4.0), "Accuracy and time", alt)


def people(evaluation: Evaluation) -> Picture:
    """How the primary metric is spread over people: the share of people at or below each value."""
    metric = evaluation.primary
    levels = np.linspace(0, 1, 201)
    spread: list[tuple[int, str, Any]] = []
    for row, model in enumerate(evaluation.models):
        if metric.name in model.values:
            values = model.values[metric.name].per_user
            known = values[~np.isnan(values)]
            if known.size:
                spread.append((row, model.label, np.quantile(known, levels)))

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        for row, label, quantiles in spread:
            axis.plot(
                quantiles,
                levels,
                color=_colour(row),
                marker=_marker(row),
                markevery=(5 * row % 25 + 12, 25),
                markersize=5,
                label=label,
            )
        axis.set_xlabel(f"{metric.name} of a person")
        axis.set_ylabel("share of people at or below")
        axis.set_ylim(0, 1)
        axis.legend(frameon=False)

    told = "; ".join(
        f"{label}: a quarter of people at or below {q[50]:.3f}, half at or below {q[100]:.3f}, "
        f"three quarters at or below {q[150]:.3f}"
        for _, label, q in spread
    )
    alt = f"Cumulative distribution of {metric.name} over people. {told}."
    return Picture(_svg(draw, 7.2, 4.0), "From person to person", alt)


def _told(evaluation: Evaluation, metric: Metric) -> str:
    parts = []
    for model in evaluation.models:
        value = model.value(metric.name)
        if value is not None:
            bounds = model.intervals.get(metric.name)
            shown = "" if bounds is None else f" ({bounds[0]:.4f} to {bounds[1]:.4f})"
            parts.append(f"{model.label} {value:.4f}{shown}")
    return ", ".join(parts)


def _colour(row: int) -> str:
    return COLOURS[row % len(COLOURS)]


def _marker(row: int) -> str:
    # Colours repeat after eight models; markers are then shifted, so that no pair repeats.
    return _MARKERS[(row + row // len(COLOURS)) % len(_MARKERS)]


def _svg(draw: Any, width: float, height: float) -> str:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
