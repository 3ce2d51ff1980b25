"""Matinee's own export, JSON or CSV: everything comes back as it was."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from matinee.errors import FormatError
from matinee.importers.form import COLUMNS, FORMAT, VERSION, without_mark
from matinee.importers.records import FIVE_STARS, ImportFile, ImportRow, RowKind, Skipped
from matinee.importers.tables import open_table
from matinee.importers.upload import MAX_ROWS, Upload
from matinee.importers.values import (
    BadValueError,
    clean_title,
    read_imdb_id,
    read_number,
    read_time,
    read_year,
)

__all__ = ["is_document", "is_table", "read_document", "read_table"]

_KINDS: dict[str, RowKind] = {
    "rating": "rating",
    "seen": "watched",
    "watchlist": "watchlist",
    "not-interested": "not-interested",
}
_LISTS = {
    "ratings": "rating",
    "seen": "seen",
    "watchlist": "watchlist",
    "not_interested": "not-interested",
}
_LONGEST_ID, _LONGEST_ENTRY = 200, 500


def is_table(columns: tuple[str, ...]) -> bool:
    """Whether a table with these columns is Matinee's export."""
    return set(COLUMNS) <= set(columns)


def is_document(document: Any) -> bool:
    """Whether this is the document of Matinee's export, of any version."""
    return isinstance(document, dict) and document.get("format") == FORMAT


def read_table(upload: Upload, member: str) -> ImportFile:
    """Read the CSV form: what stood when it was exported.

    Raises
    ------
    FormatError
    """
    found = ImportFile("matinee")
    for line, cells in open_table(upload, member).rows:
        plain = {name: without_mark(text) for name, text in cells.items()}
        _add(found, plain, plain["kind"], plain["stars"], line, member)
    return found


def read_document(document: Any, name: str) -> ImportFile:
    """Read the JSON form: what stands, what stood before it, and decisions about imports.

    Raises
    ------
    FormatError
        If it is of a newer version, or not of this form.
    """
    version = document.get("version")
    if version != VERSION:
        raise FormatError(
            f"{name} is an export of version {str(version)[:20]}; this Matinee reads version "
            f"{VERSION}: upgrade it with `pip install -U matinee`"
        )
    found = ImportFile("matinee")
    lists = {part: document.get(part, []) for part in (*_LISTS, "history")}
    for part, entries in lists.items():
        if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
            raise FormatError(f"{name}: {part!r} is not a list of films; export it again")
    if sum(map(len, lists.values())) > MAX_ROWS:
        raise FormatError(
            f"{name} has more than {MAX_ROWS:,} entries, the limit of an import; "
            f"nothing was imported"
        )
    # The oldest first, and what stands at the end: of two at one time the later one counts.
    for number, event in enumerate(_standing(lists["history"]), start=1):
        at = event.get("dated") or event.get("at")
        gone = event.get("value") is None
        _add(found, {**event, "at": at}, event.get("kind"), event.get("value"), number, name, gone)
    for part, kind in _LISTS.items():
        for number, one in enumerate(lists[part], start=1):
            _add(found, one, kind, one.get("stars"), number, f"{name}, {part}")
    decisions = document.get("decisions")
    for entry, movie_id in decisions.items() if isinstance(decisions, dict) else ():
        fits = movie_id is None or (isinstance(movie_id, str) and 1 <= len(movie_id) <= _LONGEST_ID)
        if 1 <= len(entry) <= _LONGEST_ENTRY and entry.isprintable() and fits:
            found.decisions[entry] = movie_id
    return found


def _standing(history: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Events that were not undone, without those that undo."""
    undone = {event.get("undoes") for event in history if isinstance(event.get("undoes"), int)}
    for event in history:
        number = event.get("event_id")
        if event.get("undoes") is None and not (isinstance(number, int) and number in undone):
            yield event


def _add(
    found: ImportFile,
    cells: Mapping[str, Any],
    kind: Any,
    stars: Any,
    line: int,
    file: str,
    removed: bool = False,
) -> None:
    try:
        found.rows.append(_row(cells, kind, stars, line, file, removed))
    except BadValueError as error:
        title = cells.get("title")
        shown = title[:80] if isinstance(title, str) else ""
        found.skipped.append(Skipped(line, str(error), file, shown))


def _row(
    cells: Mapping[str, Any], kind: Any, stars: Any, line: int, file: str, removed: bool
) -> ImportRow:
    if not isinstance(kind, str) or kind not in _KINDS:
        raise BadValueError(f"the kind {str(kind)[:20]!r} is not one of {', '.join(_KINDS)}")
    movie_id = str(cells.get("movie_id") or "")
    if not 1 <= len(movie_id) <= _LONGEST_ID or not movie_id.isprintable():
        raise BadValueError("no movie id, or one that is too long")
    title = cells.get("title")
    return ImportRow(
        clean_title(title) if title else "",
        read_year(cells.get("year")),
        _KINDS[kind],
        _stars(stars) if kind == "rating" and not removed else None,
        FIVE_STARS,
        read_time(cells.get("at")),
        read_imdb_id(cells.get("imdb_id")),
        read_number(cells.get("tmdb_id"), "TMDB id"),
        movie_id=movie_id,
        removed=removed,
        line=line,
        file=file,
    )


def _stars(value: Any) -> float:
    """Stars as they were kept, which need not be half ones."""
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or number not in FIVE_STARS:
        raise BadValueError(f"{str(value)[:20]!r} is not 0.5 to 5 stars")
    return min(max(number, FIVE_STARS.minimum), FIVE_STARS.maximum)
