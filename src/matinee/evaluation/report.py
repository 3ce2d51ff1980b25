"""An evaluation as one HTML file: tables, pictures, warnings, and how it was measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import matinee
from matinee.evaluation.metrics import Metric
from matinee.evaluation.pictures import (
    Picture,
    accuracy_and_time,
    dots_and_intervals,
    people,
)
from matinee.evaluation.table import legend, shown_metrics
from matinee.pages import figure, page, table, text

if TYPE_CHECKING:
    from matinee.evaluation.results import Evaluation, ModelResult

__all__ = ["report_html", "write_report"]

_FIGURES_LEGEND = (
    "<p>Below each figure: its confidence interval. Bold: the best. Empty: the model does not "
    "predict stars, or the protocol does not measure it.</p>"
)


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
    title = f"{evaluation.protocol} on {evaluation.data}"
    shown = shown_metrics(evaluation)
    parts = [
        f"<h1>{text(title)}</h1>",
        _introduction(evaluation),
        *_warnings(evaluation),
        "<h2>Figures</h2>",
        _figures(evaluation),
        _FIGURES_LEGEND,
        *_pictures(evaluation, shown),
        *_pairs(evaluation),
        "<h2>Time and memory</h2>",
        _costs(evaluation),
        *_params(evaluation),
        "<h2>How it was measured</h2>",
        "<ul>" + "".join(f"<li>{text(line)}</li>" for line in _how(evaluation)) + "</ul>",
    ]
    body = "\n".join(parts)
    return page(title, body)


def _introduction(evaluation: Evaluation) -> str:
    labels = text(", ".join(model.label for model in evaluation.models))
    return (
        f"<p>{labels}; seed {evaluation.seed}; {evaluation.user_ids.size:,} people; ordered by "
        f"<code>{text(evaluation.primary.name)}</code>.</p>"
    )


def _warnings(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.warnings:
        items = "".join(f"<li>{text(str(trap))}</li>" for trap in evaluation.warnings)
        yield f'<section class="warnings"><h2>Warnings</h2><ul>{items}</ul></section>'


def _figures(evaluation: Evaluation) -> str:
    best = {
        metric.name: order[0].label
        for metric in evaluation.metrics
        if metric.sign and (order := evaluation.ordered(metric))
    }
    head = "".join(
        f'<th scope="col">{text(metric.name)}{ {1: " ↑", -1: " ↓", 0: ""}[metric.sign] }</th>'
        for metric in evaluation.metrics
    )
    rows = []
    for model in evaluation.models:
        if model.error:
            span = len(evaluation.metrics)
            cells = f'<td colspan="{span}">{text(model.error)}</td>'
        else:
            cells = "".join(_cell(model, metric, best) for metric in evaluation.metrics)
        rows.append(f'<tr><th scope="row">{text(model.label)}</th>{cells}</tr>')
    return table(f'<th scope="col">Model</th>{head}', rows)


def _cell(model: ModelResult, metric: Metric, best: dict[str, str]) -> str:
    value = model.value(metric.name)
    if value is None:
        return "<td></td>"
    bounds = model.intervals.get(metric.name)
    below = "" if bounds is None else f"<small>{bounds[0]:.4f}–{bounds[1]:.4f}</small>"
    mark = ' class="best"' if best.get(metric.name) == model.label else ""
    return f"<td{mark}>{value:.4f}{below}</td>"


def _pictures(evaluation: Evaluation, shown: list[Metric]) -> Iterator[str]:
    yield "<h2>Pictures</h2>"
    for picture in (
        dots_and_intervals(evaluation, shown),
        accuracy_and_time(evaluation),
        people(evaluation),
    ):
        yield _figure(picture)


def _figure(picture: Picture) -> str:
    return figure("image/svg+xml", picture.svg.encode(), picture.alt, text(picture.title))


def _pairs(evaluation: Evaluation) -> Iterator[str]:
    found = evaluation.pairwise()
    if not found:
        return
    order = evaluation.ordered()
    level = 1 - evaluation.confidence
    yield f"<h2>Pair by pair: {text(evaluation.primary.name)}, row minus column</h2>"
    head = "".join(f'<th scope="col">{text(model.label)}</th>' for model in order)
    rows = []
    for row in order:
        cells = []
        for column in order:
            one = found.get((row.label, column.label)) or found.get((column.label, row.label))
            if one is None:
                cells.append("<td>·</td>")
                continue
            sign = 1 if (row.label, column.label) in found else -1
            mark = ' class="sure"' if one.p_holm < level else ""
            cells.append(
                f"<td{mark}>{sign * one.difference:+.4f}<small>p {one.p_holm:.2g}, "
                f"visible {one.smallest_visible:.4f}</small></td>"
            )
        rows.append(f'<tr><th scope="row">{text(row.label)}</th>{"".join(cells)}</tr>')
    yield table(f'<th scope="col"></th>{head}', rows)
    yield (
        f"<p>p: paired t test over people, Holm's correction over all pairs; shaded where it is "
        f"below {level:.2g}. visible: the smallest difference that the test finds with 80 % "
        "probability.</p>"
    )


def _costs(evaluation: Evaluation) -> str:
    names = ("fit s", "answer s", "warm-up s", "peak MB", "of which added MB")
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Model", *names))
    rows = []
    for model in evaluation.models:
        if model.error:
            continue
        values = (model.fit_seconds, model.answer_seconds, model.warm_up_seconds)
        cells = "".join(f"<td>{value:,.2f}</td>" for value in values)
        cells += f"<td>{model.peak_mb:,.0f}</td><td>{model.added_mb:,.0f}</td>"
        rows.append(f'<tr><th scope="row">{text(model.label)}</th>{cells}</tr>')
    return table(head, rows)


def _params(evaluation: Evaluation) -> Iterator[str]:
    yield "<h2>Hyper-parameters</h2>"
    rows = [
        f'<tr><th scope="row">{text(model.label)}</th><td style="text-align:left">'
        f"<code>{text(', '.join(f'{k}={v}' for k, v in model.params.items()) or 'none')}</code>"
        "</td></tr>"
        for model in evaluation.models
    ]
    yield table('<th scope="col">Model</th><th scope="col">Values</th>', rows)


def _how(evaluation: Evaluation) -> list[str]:
    lines = legend(evaluation)
    lines.append(
        "Lists are ranked over all films that the person has not rated in training; equal scores "
        "are ordered at random by the seed."
    )
    for number, split in enumerate(evaluation.splits, start=1):
        told = "" if split["fold_in"] is None else f", {split['fold_in']:,} folded in"
        lines.append(
            f"Split {number}: {split['description']}. {split['train']:,} training ratings{told}, "
            f"{split['test']:,} test ratings of {split['people']:,} people, "
            f"{split['films']:,} films."
        )
    lines.append(f"Matinee {matinee.__version__}.")
    return lines
