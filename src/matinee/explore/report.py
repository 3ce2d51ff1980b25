"""A data set as one HTML page, with each picture and the numbers behind it beside the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matinee
from matinee.curation import MinMovieRatings, MinUserRatings, Step
from matinee.dataset import Dataset
from matinee.errors import DataError
from matinee.explore.chart import Chart
from matinee.explore.draw import PICTURES, draw
from matinee.explore.figures import Missing, charts
from matinee.explore.figures.about import about
from matinee.explore.totals import Totals
from matinee.pages import figure, page, text
from matinee.progress import Progress, report

__all__ = ["STEPS", "Report", "explore"]

STEPS: tuple[Step, ...] = (MinMovieRatings(20), MinUserRatings(5))
"""The curation whose effect is shown where none is asked for."""


@dataclass(frozen=True)
class Report:
    """What was written.

    Parameters
    ----------
    path : Path
        The page, ``index.html``.
    about : mapping of str to any
        The data set in single figures, see :func:`matinee.explore.figures.about.about`.
    charts : tuple of Chart
    missing : tuple of (str, str)
        Topics without a picture, and why.
    """

    path: Path
    about: dict[str, Any]
    charts: tuple[Chart, ...]
    missing: tuple[Missing, ...]


def explore(
    dataset: Dataset,
    out: Path | str,
    *,
    steps: Sequence[Step] = STEPS,
    numerals: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Write a report about a data set.

    Parameters
    ----------
    dataset : Dataset
    out : path
        A folder, made if it is not there. In it: ``index.html``, which needs nothing else;
        ``pictures/NAME.png`` and ``.svg``; ``data/NAME.parquet`` (what is drawn),
        ``data/NAME.json`` (title, text, single figures), ``data/about.json``. Those of an earlier
        report are replaced.
    steps : sequence of Step
        The curation whose effect is shown; the data set itself is shown uncurated.
    numerals : bool
        Keep the numerals of sequels among the words of the titles.
    progress : callable, optional

    Returns
    -------
    Report

    Raises
    ------
    DataError
        If there are no ratings, or ``out`` is a file.
    OSError
        If the folder cannot be written.
    """
    if not len(dataset.ratings):
        raise DataError(f"{dataset.name} has no ratings: there is nothing to draw")
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file: name a folder for the report")
    pictures, data = folder / "pictures", folder / "data"
    for each in (pictures, data):
        each.mkdir(parents=True, exist_ok=True)
    totals = Totals.of(dataset.ratings, progress=progress)
    figures = about(dataset, totals)
    _write_json(data / "about.json", figures)
    drawn: list[Chart] = []
    missing: list[Missing] = []
    sections: list[str] = []
    found = charts(dataset, totals, steps=steps, numerals=numerals)
    for done, chart in enumerate(found, start=1):
        if isinstance(chart, Chart):
            sections.append(_section(chart, *_write(chart, pictures, data)))
            drawn.append(chart)
        else:
            topic, reason = chart
            sections.append(f"<h2>{text(topic)}</h2><p>No picture: {text(reason)}.</p>")
            missing.append(chart)
        report(progress, "pictures", done, len(PICTURES))
    _remove_others(pictures, data, {chart.name for chart in drawn})
    target = folder / "index.html"
    title = f"{dataset.name} in pictures"
    body = "\n".join([f"<h1>{text(title)}</h1>", _about(figures), *sections, _end()])
    target.write_text(page(title, body), encoding="utf-8")
    return Report(target, figures, tuple(drawn), tuple(missing))


def _write(chart: Chart, pictures: Path, data: Path) -> tuple[bytes, bytes]:
    png, svg = draw(chart)
    (pictures / f"{chart.name}.png").write_bytes(png)
    (pictures / f"{chart.name}.svg").write_bytes(svg)
    chart.table.write_parquet(data / f"{chart.name}.parquet")
    _write_json(data / f"{chart.name}.json", chart.to_dict())
    return png, svg


def _remove_others(pictures: Path, data: Path, kept: set[str]) -> None:
    """What an earlier report drew and this one did not would pass for a part of this one."""
    for name in set(PICTURES) - kept:
        for path in (
            *(pictures / f"{name}.{kind}" for kind in ("png", "svg")),
            *(data / f"{name}.{kind}" for kind in ("parquet", "json")),
        ):
            path.unlink(missing_ok=True)


def _write_json(path: Path, values: dict[str, Any]) -> None:
    written = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(written + "\n", encoding="utf-8")


def _section(chart: Chart, png: bytes, svg: bytes) -> str:
    links = " · ".join(
        f'<a href="{folder}/{chart.name}.{kind}">{label}</a>'
        for folder, kind, label in (
            ("pictures", "png", "PNG"),
            ("pictures", "svg", "SVG"),
            ("data", "parquet", "numbers (Parquet)"),
            ("data", "json", "figures (JSON)"),
        )
    )
    # A cloud is made of pixels anyway, and letters as outlines would only make it larger.
    kind, image = ("image/svg+xml", svg) if len(svg) < 2 * len(png) else ("image/png", png)
    return (
        f'<h2 id="{chart.name}">{text(chart.topic)}</h2>'
        f"{figure(kind, image, f'{chart.title}. {chart.alt}', links)}"
        f"<details><summary>In words</summary><p>{text(chart.alt)}</p></details>"
    )


def _about(figures: dict[str, Any]) -> str:
    span = "not recorded"
    if figures["first_month"]:
        span = f"{figures['first_month']} to {figures['last_month']}"
    films = f"{figures['films']:,} rated"
    if figures["films_in_table"] != figures["films"]:
        films += f", {figures['films_in_table']:,} in the table"
    rows = {
        "Ratings": f"{figures['ratings']:,}",
        "People": f"{figures['people']:,}",
        "Films": films,
        "Stars": f"{figures['scale']}, {figures['mean']:.2f} on average",
        "Time": span,
        "Sparsity": f"{figures['sparsity']:.2%} of all pairs of person and rated film are empty",
        "Genres": f"{figures['genres']:,}",
        "Tags": f"{figures['tags']:,}",
        "Licence": figures["licence"] or "not known",
        "Citation": figures["citation"] or "not known",
    }
    return "<dl>" + "".join(f"<dt>{k}</dt><dd>{text(v)}</dd>" for k, v in rows.items()) + "</dl>"


def _end() -> str:
    return (
        f"<p>Matinee {matinee.__version__}. Times are UTC. The page needs no network; the links "
        "below the pictures lead to the files beside it.</p>"
    )
