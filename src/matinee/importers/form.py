"""The form of Matinee's own export, which the store writes and the importer reads.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@`` or a tabulator for a formula,
and a film's title can come from anywhere. Such cells get an apostrophe in front, which the importer
takes away again (OWASP, "CSV Injection").
"""

from __future__ import annotations

import re

__all__ = ["COLUMNS", "FORMAT", "VERSION", "with_mark", "without_mark"]

FORMAT, VERSION = "matinee-export", 1
COLUMNS = ("kind", "movie_id", "title", "year", "imdb_id", "tmdb_id", "stars", "at")
"""Names of the CSV's columns."""

_FORMULA = re.compile(r"\s*'*[=+\-@＝＋－＠\t\r]")
_MARKED = re.compile(r"'\s*'*[=+\-@＝＋－＠\t\r]")


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
