"""What a person is like as one HTML page, with pictures and the numbers behind them beside it."""

from __future__ import annotations

from pathlib import Path

from matinee.errors import DataError
from matinee.explore.draw import PERSON
from matinee.explore.figures.person import person_charts
from matinee.explore.person import PersonReport
from matinee.explore.writing import Report, definitions, report_folder, write_report
from matinee.pages import text
from matinee.progress import Progress

__all__ = ["draw_person"]


def draw_person(
    person: PersonReport, out: Path | str, *, progress: Progress | None = None
) -> Report:
    """Write a report about a person.

    Parameters
    ----------
    person : PersonReport
        See :func:`matinee.explore.person.describe`.
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
    folder = report_folder(out)
    figures = person.to_dict()
    told = "".join(f"<li>{text(each)}</li>" for each in person.findings)
    rows = {"Films": f"{person.films:,} rated", "Everybody": person.source}
    if person.unknown:
        films = "1 film" if person.unknown == 1 else f"{person.unknown:,} films"
        rows["Left out"] = f"{films} that {person.source} does not have"
    return write_report(
        folder,
        "What your ratings say",
        f"<ul>{told}</ul>{definitions(rows)}",
        person_charts(person),
        about=figures,
        names=PERSON,
        progress=progress,
    )
