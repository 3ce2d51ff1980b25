"""An evaluation as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matinee.evaluation.metrics import Metric

if TYPE_CHECKING:
    from rich.table import Table

    from matinee.evaluation.results import Evaluation, ModelResult
    from matinee.evaluation.significance import Comparison

__all__ = ["evaluation_table", "legend", "pairwise_table", "shown_metrics"]

_HEADLINES = ("rmse", "mae", "ndcg@10", "ndcg@100", "recall@20", "recall@50", "coverage@10")


def shown_metrics(evaluation: Evaluation) -> list[Metric]:
    """The metrics that have a column on a terminal: those chosen, or the best known of many."""
    able = [
        metric
        for metric in evaluation.metrics
        if any(model.value(metric.name) is not None for model in evaluation.models)
    ]
    if len(able) <= 7:
        return able
    return [m for m in able if m.name in _HEADLINES or m == evaluation.primary]


def evaluation_table(evaluation: Evaluation, metrics: Sequence[Metric] | None = None) -> Table:
    """One row a model, best first; models without figures last, with the reason."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = list(shown_metrics(evaluation) if metrics is None else metrics)
    primary = evaluation.primary
    shown.sort(key=lambda metric: metric != primary)
    against = evaluation.against_best()
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
    table.add_column("Model", style="bold", no_wrap=True)
    for metric in shown:
        arrow = {1: " ↑", -1: " ↓", 0: ""}[metric.sign]
        table.add_column(metric.name + arrow, justify="right", no_wrap=True)
        if metric == primary:
            table.add_column(f"{evaluation.confidence:.0%} interval", style="dim", no_wrap=True)
            if against:
                table.add_column("p", justify="right", no_wrap=True)
                table.add_column("visible", justify="right", style="dim", no_wrap=True)
    for title in ("fit s", "answer s", "peak MB"):
        table.add_column(title, justify="right", no_wrap=True)
    for model in _rows(evaluation):
        if model.error:
            table.add_row(Text(model.label), Text(model.error, style="red"))
            continue
        cells: list[str] = [model.label]
        for metric in shown:
            cells.append(_figure(model.value(metric.name)))
            if metric == primary:
                cells.append(_interval(model, metric))
                if against:
                    cells += _test(against.get(model.label), model, evaluation)
        cells += [_seconds(model.fit_seconds), _seconds(model.answer_seconds)]
        cells.append(f"{model.peak_mb:,.0f}")
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _rows(evaluation: Evaluation) -> list[ModelResult]:
    first = evaluation.ordered()
    rest = [model for model in evaluation.models if model not in first]
    return first + sorted(rest, key=lambda model: bool(model.error))


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if abs(value) < 100 else f"{value:,.1f}"


def _interval(model: ModelResult, metric: Metric) -> str:
    if metric.name not in model.intervals:
        return ""
    return "{:.4f}–{:.4f}".format(*model.intervals[metric.name])


def _test(one: Comparison | None, model: ModelResult, evaluation: Evaluation) -> list[str]:
    if one is None:
        return ["best" if model.value(evaluation.primary.name) is not None else "", ""]
    p = "<0.0001" if one.p_holm < 1e-4 else f"{one.p_holm:.4f}"
    return [p, f"{one.smallest_visible:.4f}"]


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def legend(evaluation: Evaluation) -> list[str]:
    """What the columns mean, in lines below the table."""
    people = f"{evaluation.user_ids.size:,} people"
    lines = [
        f"{evaluation.splits[0]['description']}; {people}; {evaluation.relevance}.",
        f"Interval: bootstrap over people, {evaluation.resamples:,} resamples.",
    ]
    if evaluation.against_best():
        lines.append(
            "p: paired t test over people against the best, Holm's correction. visible: the "
            "smallest difference that this test finds with 80 % probability."
        )
    lines.append(
        "Each model ran in a process of its own, after a warm-up that is not counted; peak MB is "
        "all of that process."
    )
    return lines


def pairwise_table(evaluation: Evaluation, metric: Metric | None = None) -> Table:
    """Row minus column, with marks for what is significant after Holm's correction."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    order = evaluation.ordered(metric)
    found = evaluation.pairwise(metric)
    level = 1 - evaluation.confidence
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
    table.add_column("Row minus column", style="bold", no_wrap=True)
    for model in order:
        table.add_column(model.label, justify="right", no_wrap=True)
    for row in order:
        cells = [Text(row.label)]
        for column in order:
            one = found.get((row.label, column.label))
            back = found.get((column.label, row.label))
            if one is None and back is None:
                cells.append(Text("·", style="dim"))
                continue
            known = one or back
            assert known is not None
            difference = known.difference if one else -known.difference
            sure = known.p_holm < level
            cells.append(
                Text(f"{difference:+.4f}{'*' if sure else ' '}", style="bold" if sure else "dim")
            )
        table.add_row(*cells)
    return table
