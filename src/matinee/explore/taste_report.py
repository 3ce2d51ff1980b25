"""What a person's ratings say as one HTML page, with charts and the numbers behind them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from matinee.errors import DataError
from matinee.explore.charts import (
    BLUE,
    GRAY,
    LIGHT,
    ORANGE,
    Chart,
    Missing,
    columns,
    name_rows,
    percent,
    signed,
)
from matinee.explore.neighbors import LikedByThem, Neighbors
from matinee.explore.report import Report, report_folder, write_report
from matinee.explore.taste import Generosity, PersonReport, Surprise, Taste
from matinee.progress import Progress

__all__ = ["TASTE", "draw_person", "person_charts"]

TASTE = ("taste-genres", "taste-decades", "taste-stars", "taste-surprises", "taste-alike")
"""Names of the charts of a person, in the order of the report."""

_MOST_ROWS = 20


def draw_person(
    person: PersonReport, out: Path | str, *, progress: Progress | None = None
) -> Report:
    """Write a report about a person.

    Parameters
    ----------
    person : PersonReport
        See :func:`matinee.explore.taste.describe`.
    out : path
        A folder, made if it is not there; see :func:`matinee.explore.report.explore` for what is
        in it. ``data/about.json`` holds the whole report.
    progress : callable, optional

    Returns
    -------
    Report

    Raises
    ------
    DataError
        If no film is rated, or ``out`` is a file.
    OSError
        If the folder cannot be written.
    """
    if not person.films:
        raise DataError(
            f"no film of this person is known to {person.source}: there is nothing to draw"
        )
    facts = {"rated films": person.films, "everybody": person.source}
    facts |= {"films that are unknown there": person.unknown or None}
    return write_report(
        report_folder(out),
        "What your ratings say",
        person_charts(person),
        about=person.to_dict(),
        names=TASTE,
        findings=person.findings,
        facts=facts,
        progress=progress,
    )


def person_charts(report: PersonReport) -> Iterator[Chart | Missing]:
    """Each chart, or a topic and why there is none of it."""
    for kind, topic, tastes in (
        ("genre", "Taste by genre", report.genres),
        ("decade", "Taste by decade of release", report.decades),
    ):
        no_taste = f"none of the films has a {kind if kind == 'genre' else 'year of release'}"
        yield _tastes(kind, topic, tastes) if tastes else (topic, no_taste)
    if report.generosity is None:
        yield "Generosity", "nothing is rated"
    elif not report.generosity.stars:
        yield "Generosity", "the stars of this scale have no steps"
    else:
        yield _stars(report.generosity)
    if report.likes or report.dislikes:
        yield _surprises(report)
    else:
        yield "Surprising likes and dislikes", "no film surprises, or too few others rated these"
    near = report.nearest
    if near is None:
        yield "People alike", "no ratings of people to compare with, or too few of them are alike"
    elif not near.films:
        yield "People alike", "they liked no film together that is not among the rated or seen ones"
    else:
        yield _alike(near)


def _tastes(kind: str, topic: str, tastes: Sequence[Taste]) -> Chart:
    table = pl.DataFrame([dataclasses.asdict(each) for each in tastes]).drop("difference")
    if kind == "genre":
        table = table.head(_MOST_ROWS).sort("taste", "name", descending=[True, False])
    clear = table.filter(pl.col("taste").abs() >= 2 * pl.col("error"))
    clear = clear.sort("taste", descending=True)
    of = "" if kind == "genre" else "films of the "
    liked, disliked = (
        ends.select("name", "taste").rows()
        for ends in (
            clear.head(1).filter(pl.col("taste") > 0),
            clear.tail(1).filter(pl.col("taste") < 0),
        )
    )
    parts = [f"{of}{name} ({taste:+.2f} stars)" for name, taste in (*liked, *disliked)]
    title = f"There is no {kind} that you clearly like more or less than others do"
    if parts:
        title = f"You like {parts[0]} {'more' if liked else 'less'} than others do"
    if len(parts) == 2:
        title += f", and {parts[1]} less"

    def draw(left: Axes, right: Axes) -> None:
        places = np.arange(table.height)
        left.axvline(0, color=GRAY, linewidth=0.8)
        errors = 2 * table["error"].to_numpy()
        how: Any = {"fmt": "o", "color": BLUE, "capsize": 2, "elinewidth": 1}
        left.errorbar(table["taste"], places, xerr=errors, **how)
        name_rows(left, table["name"], after=[f"  ({n:,})" for n in table["films"]], grid=True)
        left.xaxis.set_major_formatter(signed)
        left.set_xlabel("stars beyond others and your own generosity,\n± 2 standard errors")
        right.barh(places - 0.19, table["share"], color=BLUE, height=0.36, label="you")
        theirs = table["share_of_everybody"]
        right.barh(places + 0.19, theirs, color=LIGHT, height=0.36, label="everybody")
        right.tick_params(axis="y", length=0)
        right.xaxis.set_major_formatter(percent)
        right.set_xlabel("share of ratings")
        handles, labels = right.get_legend_handles_labels()
        right.figure.legend(handles, labels, loc="outside lower right", ncols=2, frameon=False)

    return Chart(
        f"taste-{kind}s",
        topic,
        title,
        "Dots with bars of two standard errors: stars given beyond what others give to the same "
        "films and beyond your own generosity, drawn to 0 while films are few; beside them, bars "
        "of the share of ratings.",
        table,
        draw,
        height=2.1 + 0.26 * table.height,
        panels={"ncols": 2, "sharey": True, "width_ratios": (3, 2)},
    )


def _stars(generosity: Generosity) -> Chart:
    names = {"stars": pl.Float64, "share": pl.Float64, "share_of_everybody": pl.Float64}
    table = pl.DataFrame(generosity.stars, schema=names, orient="row")
    more = "more" if generosity.offset >= 0 else "fewer"

    def draw(axes: Axes) -> None:
        levels = [f"{level:g}" for level in table["stars"]]
        known = table["share_of_everybody"].null_count() == 0
        width = 0.42 if known else 0.8
        places = np.arange(table.height) - known * width / 2
        columns(axes, levels, table["share"].to_list(), x=places, width=width, label="you")
        if known:
            theirs = table["share_of_everybody"]
            axes.bar(places + width, theirs, width, color=LIGHT, label="everybody")
            axes.legend(frameon=False, loc="upper left")
        axes.tick_params(axis="x", length=0)
        axes.set(xlabel="stars", ylabel="share of ratings")

    facts = dataclasses.asdict(generosity)
    del facts["stars"]
    return Chart(
        "taste-stars",
        "Generosity",
        f"You give {generosity.mean:.2f} stars on average, {abs(generosity.offset):.2f} {more} "
        "than others give to the same films",
        "Bars, the share of each number of stars among your ratings, beside everybody's where they "
        "are known.",
        table,
        draw,
        facts,
        height=3.6,
    )


def _surprises(report: PersonReport) -> Chart:
    kinds = (("like", report.likes), ("dislike", report.dislikes))
    films = [
        {"kind": kind, "film": _name(film), **dataclasses.asdict(film)}
        for kind, some in kinds
        for film in some
    ]
    table = pl.DataFrame(films, schema_overrides={"predicted": pl.Float64})
    first = max(films, key=lambda film: abs(film["surprise"]))

    def draw(axes: Axes) -> None:
        places = np.arange(table.height)
        axes.hlines(places, table["everybody"], table["stars"], color=LIGHT, linewidth=2)
        hollow: Any = {"color": "white", "markeredgecolor": GRAY}
        axes.plot(table["everybody"], places, "o", label="others", **hollow)
        if table["predicted"].null_count() < table.height:
            how: Any = {"color": ORANGE, "markersize": 5, "label": "predicted"}
            axes.plot(table["predicted"].to_numpy(), places, "D", **how)
        axes.plot(table["stars"], places, "o", color=BLUE, label="you")
        name_rows(axes, table["film"], grid=True)
        axes.set_xlabel("stars")
        axes.figure.legend(loc="outside lower center", ncols=3, frameon=False)

    return Chart(
        "taste-surprises",
        "Surprising likes and dislikes",
        f"Nothing surprises more than your {first['stars']:g} stars for {first['film']}, where "
        f"others give {first['everybody']:.1f}",
        "Dots, your stars beside those of others and those that a model predicts from your other "
        "ratings.",
        table,
        draw,
        height=1.7 + 0.3 * table.height,
    )


def _alike(near: Neighbors) -> Chart:
    people = len(near.similarities)
    films = [{"film": _name(film), **dataclasses.asdict(film)} for film in near.films]
    table = pl.DataFrame(films)
    first = table.row(0, named=True)

    def draw(axes: Axes) -> None:
        places = range(table.height)
        axes.barh(places, table["rated_by"], color=LIGHT, height=0.72, label="rated it")
        axes.barh(places, table["liked_by"], color=BLUE, height=0.72, label="liked it")
        name_rows(axes, table["film"])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(f"of the {people:,} most similar people")
        axes.figure.legend(loc="outside lower center", ncols=2, frameon=False)

    return Chart(
        "taste-alike",
        "People alike",
        f"Of the {people:,} people most like you, {first['rated_by']:,} rated {first['film']}, and "
        f"{first['liked_by']:,} liked it",
        f"Bars, how many of the {people:,} most similar people rated and liked films that you have "
        f"not seen. The middle one of them rated {near.common:g} films that you rated too.",
        table,
        draw,
        {"similarities": list(near.similarities), "common": near.common},
        height=1.7 + 0.3 * table.height,
    )


def _name(film: Surprise | LikedByThem) -> str:
    return f"{film.title} ({film.year})" if film.year else film.title
