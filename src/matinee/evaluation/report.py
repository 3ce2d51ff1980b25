"""A comparison as one HTML file: tables, pictures, warnings, and how it was measured.

In pictures, models are told apart by marker as well as color; the colors (Okabe and Ito, 2008) can
be told apart with all common kinds of color blindness.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.evaluation.compare import Evaluation, ModelResult
from matinee.evaluation.metrics import Metric
from matinee.html import render
from matinee.plotting import COLORS, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["report_html", "write_report"]

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def write_report(evaluation: Evaluation, path: Path | str) -> Path:
    """Write the report; the file needs no other file and no network.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    target = Path(path)
    target.write_text(report_html(evaluation), encoding="utf-8")
    return target


def report_html(evaluation: Evaluation) -> str:
    """The report as one HTML document."""
    return render(
        "evaluation.html",
        title=f"{evaluation.protocol} on {evaluation.data}",
        evaluation=evaluation,
        figures=_figures(evaluation),
        pairs=_pairs(evaluation),
        costs=_costs(evaluation),
        pictures=[
            _dots_and_intervals(evaluation, evaluation.shown_metrics()),
            _accuracy_and_time(evaluation),
            _people(evaluation),
        ],
    )


# -- tables ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str = ""
    below: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    head: Sequence[str]
    rows: Sequence[tuple[str, Sequence[_Cell]]]


def _figures(evaluation: Evaluation) -> _Table:
    best = {metric: evaluation.ordered(metric)[:1] for metric in evaluation.metrics if metric.sign}
    rows = []
    for model in evaluation.models:
        cells = [_Cell(model.error)] if model.error else []
        for metric in () if model.error else evaluation.metrics:
            value, bounds = model.value(metric.name), model.intervals.get(metric.name)
            below = "" if bounds is None else f"{bounds[0]:.4f}–{bounds[1]:.4f}"
            mark = "best" if model in best.get(metric, []) else ""
            cells.append(_Cell() if value is None else _Cell(f"{value:.4f}", below, mark))
        rows.append((model.label, cells))
    return _Table(["Model", *(metric.heading for metric in evaluation.metrics)], rows)


def _pairs(evaluation: Evaluation) -> _Table:
    found = evaluation.pairwise()
    order = evaluation.ordered() if found else []
    rows = []
    for row in order:
        cells = []
        for column in order:
            one = found.get((row.label, column.label)) or found.get((column.label, row.label))
            if one is None:
                cells.append(_Cell("·"))
                continue
            sign = 1 if (row.label, column.label) in found else -1
            below = f"p {one.p_holm:.2g}, visible {one.smallest_visible:.4f}"
            mark = "sure" if one.p_holm < 1 - evaluation.confidence else ""
            cells.append(_Cell(f"{sign * one.difference:+.4f}", below, mark))
        rows.append((row.label, cells))
    return _Table(["", *(model.label for model in order)], rows)


def _costs(evaluation: Evaluation) -> _Table:
    rows = [
        (model.label, [_Cell(f"{value or 0:,.2f}") for value in model.costs.values()])
        for model in evaluation.models
        if not model.error
    ]
    return _Table(["Model", "fit s", "answer s", "warm-up s", "peak MB", "added MB"], rows)


# -- pictures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Picture:
    svg: str
    title: str
    alt: str  # what it shows, figures included, for people who do not see it


def _dots_and_intervals(evaluation: Evaluation, metrics: list[Metric]) -> _Picture:
    """Each metric in a row of its own: a dot for each model, with its confidence interval."""
    labels = [model.label for model in evaluation.models]
    told = []
    for metric in metrics:
        figures = [_with_bounds(model, metric) for model in evaluation.models]
        told.append(f"{metric.name}: {', '.join(filter(None, figures))}")

    def draw(panels: Sequence[Axes]) -> None:
        for metric, axis in zip(metrics, panels, strict=True):
            for row, model in enumerate(evaluation.models):
                value = model.value(metric.name)
                if value is not None:
                    bounds = model.intervals.get(metric.name, (value, value))
                    axis.plot(bounds, [row, row], color=_color(row), linewidth=2, alpha=0.7)
                    axis.plot(value, row, _marker(row), color=_color(row), markersize=6)
            axis.set_yticks(range(len(labels)), labels)
            axis.set_ylim(len(labels) - 0.4, -0.6)
            better = {1: ", higher is better", -1: ", lower is better", 0: ""}[metric.sign]
            axis.set_title(metric.name + better, loc="left", fontsize=9, fontweight="bold")
            axis.margins(x=0.08)
            axis.grid(visible=False, axis="y")

    height = 0.5 + len(metrics) * (0.42 + 0.17 * len(labels))
    alt = f"Dots with {evaluation.confidence:.0%} intervals, one panel a metric. " + ". ".join(told)
    svg = _svg(draw, height, panels=len(metrics))
    return _Picture(svg, "Figures and their intervals", alt)


def _accuracy_and_time(evaluation: Evaluation) -> _Picture:
    """The primary metric against the time of fit and answers, on a logarithmic axis."""
    metric = evaluation.primary
    points = [
        (row, model, value, max(model.fit_seconds + model.answer_seconds, 1e-3))
        for row, model in enumerate(evaluation.models)
        if (value := model.value(metric.name)) is not None
    ]

    def draw(panels: Sequence[Axes]) -> None:
        from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

        axis = panels[0]
        for row, model, value, seconds in points:
            bounds = model.intervals.get(metric.name, (value, value))
            axis.plot([seconds] * 2, bounds, color=_color(row), alpha=0.5)
            axis.plot(seconds, value, _marker(row), color=_color(row), markersize=8)
            axis.annotate(model.label, (seconds, value), (7, 5), textcoords="offset points")
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.margins(x=0.2, y=0.12)
        axis.set_xlabel("seconds to fit and to answer (logarithmic)")
        axis.set_ylabel(metric.name)
        if metric.sign < 0:
            axis.invert_yaxis()

    told = "; ".join(f"{one.label} {value:.4f} in {sec:.2f} s" for _, one, value, sec in points)
    up = "lower values are higher up" if metric.sign < 0 else "higher is better"
    alt = f"{metric.name} against seconds of fit and answers, {up}: {told}."
    return _Picture(_svg(draw, 4.0), "Accuracy and time", alt)


def _people(evaluation: Evaluation) -> _Picture:
    """How the primary metric is spread over people: the share of people at or below each value."""
    metric, levels = evaluation.primary, np.linspace(0, 1, 201)
    spread: list[tuple[int, str, Any]] = []
    for row, model in enumerate(evaluation.models):
        values = model.values[metric.name].per_user if metric.name in model.values else np.empty(0)
        known = values[~np.isnan(values)]
        if known.size:
            spread.append((row, model.label, np.quantile(known, levels)))

    def draw(panels: Sequence[Axes]) -> None:
        axis = panels[0]
        for row, label, quantiles in spread:
            places = (5 * row % 25 + 12, 25)
            axis.plot(quantiles, levels, color=_color(row), marker=_marker(row), markevery=places,
                      markersize=5, label=label)  # fmt: skip
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
    return _Picture(_svg(draw, 4.0), "From person to person", alt)


def _with_bounds(model: ModelResult, metric: Metric) -> str:
    value, bounds = model.value(metric.name), model.intervals.get(metric.name)
    if value is None:
        return ""
    shown = "" if bounds is None else f" ({bounds[0]:.4f} to {bounds[1]:.4f})"
    return f"{model.label} {value:.4f}{shown}"


def _color(row: int) -> str:
    return COLORS[row % len(COLORS)]


def _marker(row: int) -> str:
    # Colors repeat after eight models; markers are then shifted, so that no pair repeats.
    return _MARKERS[(row + row // len(COLORS)) % len(_MARKERS)]


def _svg(draw: Callable[[Sequence[Axes]], None], height: float, *, panels: int = 1) -> str:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, height), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.subplots(panels, 1, squeeze=False)[:, 0].tolist())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
