"""A report in a folder: one HTML page, and each chart and the numbers behind it beside it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matinee.dataset import Dataset
from matinee.datasets.curation import MinMovieRatings, MinUserRatings, Step
from matinee.errors import DataError
from matinee.explore import films, ratings
from matinee.explore.charts import Chart, Missing, share
from matinee.explore.totals import Totals
from matinee.html import render
from matinee.progress import Progress, report

__all__ = [
    "CHARTS",
    "STEPS",
    "Report",
    "about",
    "charts",
    "explore",
    "report_folder",
    "write_json",
    "write_report",
]

STEPS: tuple[Step, ...] = (MinMovieRatings(20), MinUserRatings(5))
"""The curation whose effect is shown where none is asked for."""

_NAMES = """
    months per-film per-person stars decades curation popularity genres genres-together genre-cloud
    title-words tag-cloud tags generosity hours sessions most-rated best most-divisive
"""
CHARTS = tuple(_NAMES.split())
"""Names of the charts of a data set, in the order of the report."""


@dataclass(frozen=True)
class Report:
    """What was written.

    Parameters
    ----------
    path : Path
        The page, ``index.html``.
    about : mapping of str to any
        What the report is about in single figures, as in ``data/about.json``.
    charts : tuple of Chart
    missing : tuple of (str, str)
        Topics without a chart, and why.
    """

    path: Path
    about: Mapping[str, Any]
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
        ``data/NAME.json`` (title, text, single figures), ``data/about.json``. An earlier report is
        replaced once the new one is whole.
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

    Examples
    --------
    >>> import tempfile, matinee
    >>> report = explore(matinee.load("sample"), tempfile.mkdtemp())  # doctest: +SKIP
    """
    if not len(dataset.ratings):
        raise DataError(f"{dataset.name} has no ratings: there is nothing to draw")
    folder = report_folder(out)
    totals = Totals.of(dataset.ratings, progress=progress)
    figures = about(dataset, totals)
    found = charts(dataset, totals, steps=steps, numerals=numerals)
    title = f"{dataset.name} in pictures"
    return write_report(folder, title, found, about=figures, names=CHARTS, progress=progress)


def charts(
    dataset: Dataset,
    totals: Totals | None = None,
    *,
    steps: Sequence[Step] = (),
    numerals: bool = False,
) -> Iterator[Chart | Missing]:
    """Each chart in the order of the report; in its place a topic and a reason where it cannot be.

    Parameters
    ----------
    dataset : Dataset
        With at least one rating.
    totals : Totals, optional
        Of the data set's ratings; counted if not given.
    steps : sequence of Step
        The curation whose effect is shown.
    numerals : bool
        Keep the numerals of sequels among the words of the titles.

    Examples
    --------
    >>> import matinee
    >>> found = list(charts(matinee.load("sample")))
    >>> print(found[3].title)
    4 stars are given most, 29 % of the time; 82 % of all ratings are above the middle of the scale
    >>> found[3].table["ratings"].sum()
    100003
    """
    totals = Totals.of(dataset.ratings) if totals is None else totals
    catalog = dataset.catalog
    no_times, no_genres = "the ratings have no times", "the films have no genres"
    no_tags = "nobody tagged the films"
    curated: Chart | Missing = ("Before and after curation", "no step of curation was asked for")
    if steps:
        try:
            curated = ratings.curation(dataset, totals, steps)
        except DataError as error:
            curated = ("Before and after curation", str(error))
    timed = totals.span is not None
    yield ratings.months(totals) if timed else ("Month by month", no_times)
    yield ratings.per_film(totals)
    yield ratings.per_person(totals)
    yield ratings.stars(totals)
    no_years = ("Stars by decade of release", "no film has a year of release")
    yield ratings.decades(dataset, totals) or no_years
    yield curated
    yield ratings.popularity(dataset, totals)
    yield films.genres(dataset, totals) or ("Genres", no_genres)
    one_genre = ("Genres that go together", "there are fewer than two genres")
    yield films.genres_together(dataset, totals) or one_genre
    yield films.genre_cloud(catalog) or ("Genres as a cloud", no_genres)
    no_words = ("Words of the titles", "the titles are numbers only")
    yield films.title_words(catalog, numerals=numerals) or no_words
    yield films.tag_cloud(catalog) or ("Tags as a cloud", no_tags)
    yield films.tags(catalog) or ("Tags", no_tags)
    yield ratings.generosity(dataset, totals)
    yield ratings.hours(totals) if timed else ("Hour by hour", no_times)
    yield ratings.sessions(totals) if timed else ("Many at once", no_times)
    yield films.most_rated(dataset, totals)
    yield films.best(dataset, totals)
    yield films.most_divisive(dataset, totals)


def about(dataset: Dataset, totals: Totals) -> dict[str, Any]:
    """A data set in single figures, plain values for JSON; films and people with ratings count."""
    n, span = int(totals.user_counts.sum()), totals.span
    people, rated = (int(np.count_nonzero(c)) for c in (totals.user_counts, totals.film_counts))
    once = totals.one_session_share
    note = None
    if once is not None and once > 0.5:
        note = (
            f"{share(once)} of the people rated in one sitting: times are those at which they "
            "typed, not those at which they saw the films"
        )
    return {
        "name": dataset.name,
        "ratings": n,
        "people": people,
        "films": rated,
        "films_in_table": len(dataset.catalog),
        "genres": len(dataset.catalog.genre_names),
        "tags": len(dataset.catalog.tags.names),
        "first_month": span and str(np.datetime64(span[0], "M")),
        "last_month": span and str(np.datetime64(span[1], "M")),
        "note": note,
        "pairs_without_a_rating": 1 - n / (people * rated),
        "mean": totals.mean,
        "stars": str(dataset.ratings.scale),
        "licence": dataset.licence,
        "citation": dataset.citation,
        "source": dataset.source,
    }


def report_folder(out: Path | str, what: str = "report") -> Path:
    """The folder of a report, or of something else, before there is anything to write.

    Raises
    ------
    DataError
        If it is a file.
    """
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file: name a folder for the {what}")
    return folder


def write_report(
    folder: Path,
    title: str,
    found: Iterable[Chart | Missing],
    *,
    about: Mapping[str, Any],
    names: Collection[str],
    findings: Sequence[str] = (),
    facts: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Draw charts and write the page; :func:`explore` says what lies in the folder then.

    Everything is made in a folder of its own first, and takes the places of an earlier report at
    the end: one that fails or is interrupted leaves the earlier one whole. Of the ``names`` that a
    report of this kind may have, those that are not drawn this time are removed. Above the charts
    stand findings and facts, which are what the report is about if nothing else is given.
    """
    sections: list[dict[str, Any]] = []
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as made:
            for done, each in enumerate(found, start=1):
                if isinstance(each, Chart):
                    sections.append(_write_chart(each, Path(made)))
                else:
                    sections.append({"topic": each[0], "reason": each[1]})
                report(progress, "pictures", done, len(names))
            write_json(Path(made) / "data" / "about.json", about)
            page = render(
                "report.html",
                title=title,
                findings=findings,
                facts=about if facts is None else facts,
                sections=sections,
            )
            (Path(made) / "index.html").write_text(page, encoding="utf-8")
            drawn = tuple(each["chart"] for each in sections if "chart" in each)
            _replace(folder, Path(made), set(names) - {chart.name for chart in drawn})
    finally:
        if is_new and not any(folder.iterdir()):
            folder.rmdir()
    missing = tuple((each["topic"], each["reason"]) for each in sections if "reason" in each)
    return Report(folder / "index.html", about, drawn, missing)


def _write_chart(chart: Chart, folder: Path) -> dict[str, Any]:
    pictures, data = folder / "pictures", folder / "data"
    pictures.mkdir(exist_ok=True)
    data.mkdir(exist_ok=True)
    png, svg = chart.render()
    (pictures / f"{chart.name}.png").write_bytes(png)
    (pictures / f"{chart.name}.svg").write_bytes(svg)
    chart.table.write_parquet(data / f"{chart.name}.parquet")
    write_json(data / f"{chart.name}.json", chart.to_dict())
    # A cloud is made of pixels anyway, and letters as outlines would only make it larger.
    kind, image = ("image/svg+xml", svg) if len(svg) < 2 * len(png) else ("image/png", png)
    return {"chart": chart, "kind": kind, "image": image}


def _replace(folder: Path, made: Path, gone: set[str]) -> None:
    """Move a report to its place; the page, which needs no other file, goes last."""
    for part, kinds in (("pictures", ("png", "svg")), ("data", ("parquet", "json"))):
        (folder / part).mkdir(exist_ok=True)
        for file in (made / part).glob("*"):
            file.replace(folder / part / file.name)
        # What an earlier report drew and this one did not would pass for this one's.
        for name in gone:
            for kind in kinds:
                (folder / part / f"{name}.{kind}").unlink(missing_ok=True)
    (made / "index.html").replace(folder / "index.html")


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain values so that people can read them as well; the folder is made if needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(written + "\n", encoding="utf-8")
