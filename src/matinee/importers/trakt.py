"""Trakt's JSON: ratings, and films that were watched or are on the watchlist."""

from __future__ import annotations

from typing import Any

from matinee.errors import FormatError
from matinee.importers.records import TEN_POINTS, ImportFile, ImportRow, RowKind, Skipped
from matinee.importers.upload import MAX_ROWS
from matinee.importers.values import (
    BadValueError,
    clean_title,
    read_imdb_id,
    read_number,
    read_rating,
    read_time,
    read_year,
)

__all__ = ["is_document", "read_document"]

_DATES: tuple[tuple[str, RowKind], ...] = (
    ("watched_at", "watched"),
    ("last_watched_at", "watched"),
    ("listed_at", "watchlist"),
)
_NO_FILMS = {"show": "a TV series", "season": "a TV series", "episode": "an episode of a TV series"}
_NO_FILMS |= {"person": "a person"}


def is_document(document: Any) -> bool:
    """Whether this is a list of what Trakt exports; an empty list is."""
    if not isinstance(document, list):
        return False
    first = next((entry for entry in document if isinstance(entry, dict)), {})
    return not document or bool({"movie", *_NO_FILMS} & set(first))


def read_document(document: Any, name: str) -> ImportFile:
    """Read a list of films and what was said of them.

    Raises
    ------
    FormatError
        If there are more than 100,000.
    """
    if len(document) > MAX_ROWS:
        raise FormatError(
            f"{name} has {len(document):,} entries, more than the limit of {MAX_ROWS:,} for an "
            f"import; nothing was imported"
        )
    found = ImportFile("trakt")
    for number, entry in enumerate(document, start=1):
        try:
            found.rows.append(_row(entry, number, name))
        except BadValueError as error:
            found.skipped.append(Skipped(number, str(error), name, _title_of(entry)))
    return found


def _row(entry: Any, number: int, name: str) -> ImportRow:
    if not isinstance(entry, dict):
        raise BadValueError("not an entry of Trakt's export")
    movie = entry.get("movie")
    if not isinstance(movie, dict):
        what = next((text for key, text in _NO_FILMS.items() if key in entry), "")
        raise BadValueError(f"{what}, no film" if what else "no film is named")
    ids = movie.get("ids")
    ids = ids if isinstance(ids, dict) else {}
    if entry.get("rating") is not None:
        kind: RowKind = "rating"
        value: float | None = read_rating(entry["rating"], TEN_POINTS)
        at = read_time(entry.get("rated_at"))
    else:
        date, kind = next(((date, kind) for date, kind in _DATES if date in entry), ("", "rating"))
        if not date:
            raise BadValueError("neither rated nor watched nor on the watchlist")
        value, at = None, read_time(entry[date])
    return ImportRow(
        clean_title(movie.get("title")),
        read_year(movie.get("year")),
        kind,
        value,
        TEN_POINTS,
        at,
        imdb_id=read_imdb_id(ids.get("imdb")),
        tmdb_id=read_number(ids.get("tmdb"), "TMDB id"),
        line=number,
        file=name,
    )


def _title_of(entry: Any) -> str:
    """What to call an entry that is skipped."""
    if isinstance(entry, dict):
        for key in ("movie", *_NO_FILMS):
            part = entry.get(key)
            if isinstance(part, dict) and isinstance(part.get("title"), str):
                return str(part["title"])[:80]
    return ""
