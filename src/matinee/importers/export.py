"""Everything of a person as a file to take away, which every reader of CSV may open.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@`` or a tabulator for a formula,
and a film's title can come from anywhere. Such cells get an apostrophe in front, which the importer
takes away again (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matinee.store import PersonState, Store

__all__ = ["COLUMNS", "FORMAT", "VERSION", "export_csv", "export_json", "with_mark", "without_mark"]

FORMAT, VERSION = "matinee-export", 1
COLUMNS = ("kind", "movie_id", "title", "year", "imdb_id", "tmdb_id", "stars", "at")

_FORMULA = re.compile(r"\s*'*[=+\-@\t\r]")
_MARKED = re.compile(r"'\s*'*[=+\-@\t\r]")


def with_mark(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    Examples
    --------
    >>> with_mark("=1+1"), with_mark("Heat"), without_mark(with_mark("-30-"))
    ("'=1+1", 'Heat', '-30-')
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def without_mark(cell: str) -> str:
    """The cell that :func:`with_mark` was given."""
    return cell[1:] if _MARKED.match(cell) else cell


def export_json(store: Store, person_id: int) -> str:
    """Everything of a person as JSON: what stands, the history, and decisions about imports.

    Parameters
    ----------
    store : Store
    person_id : int

    Raises
    ------
    UnknownPersonError
    """
    return json.dumps(store.export(person_id), ensure_ascii=False, indent=1) + "\n"


def export_csv(state: PersonState) -> str:
    """What stands of a person as CSV, with a row of names; times are ISO 8601 in UTC.

    Parameters
    ----------
    state : PersonState
        Of :meth:`Store.state <matinee.store.Store.state>`.
    """
    from matinee.store.export import export_csv as plain_csv

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for row in csv.reader(io.StringIO(plain_csv(state), newline="")):
        writer.writerow([with_mark(cell) for cell in row])
    return stream.getvalue()
