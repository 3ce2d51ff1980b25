"""JSON and XML of other services, and Matinee's own export.

How deep and how large a document is, is known before it is parsed: it may come from anywhere.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from matinee.errors import FormatError
from matinee.importers.form import COLUMNS, FORMAT, VERSION, without_mark
from matinee.importers.records import ImportFile, ImportRow, RowKind, Skipped
from matinee.importers.services import (
    MAX_ROWS,
    BadValueError,
    clean_title,
    imdb_id_of,
    no_film,
    rating_of,
    read_cell,
    title_of_row,
    year_of,
)
from matinee.scale import FIVE_STARS, HUNDRED_POINTS, TEN_POINTS
from matinee.tables.archive import Source
from matinee.tables.text import open_table
from matinee.tables.values import read_time, read_whole

__all__ = ["is_own_table", "parse_json", "read_document", "read_own_table", "read_xml"]

DEEPEST = 16
"""Most brackets within each other."""
MOST_MARKS = 2_000_000
"""Most brackets and commas: what parsed JSON takes in memory grows with them."""

_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))
_LONGEST_ID, _LONGEST_ENTRY = 200, 500


def parse_json(data: bytes, name: str) -> Any:
    """Parse a document within bounds.

    Raises
    ------
    FormatError
        If it is not JSON in UTF-8, too deep, or has too many values.

    Examples
    --------
    >>> parse_json(b'[{"rating": 8}]', "ratings.json")
    [{'rating': 8}]
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    if sum(map(data.count, (b"[", b"{", b","))) > MOST_MARKS:
        raise _beyond(name, "too many values")
    # Pairs of brackets go from the inside: each round takes away one level.
    brackets = _TEXT.sub(b"", data).translate(None, _NO_BRACKETS)
    for _ in range(DEEPEST):
        shorter = re.sub(rb"(?:\[\]|\{\})+", b"", brackets)
        if len(shorter) == len(brackets):
            break
        brackets = shorter
    if brackets:
        raise _beyond(name, f"brackets more than {DEEPEST} deep or not closed")
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{name} is not text in UTF-8 (byte {error.start:,}); export it again"
        ) from None
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{name}, line {error.lineno}: {error.msg}; it may have been cut short, export it again"
        ) from None
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{name} is not the JSON of an export ({error})") from None


def _beyond(name: str, what: str) -> FormatError:
    return FormatError(
        f"{name} has {what}: that is no whole export of one person; nothing was imported"
    )


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def read_document(document: Any, name: str) -> ImportFile | None:
    """Read the document of a service that exports JSON; None where it is of none.

    Raises
    ------
    FormatError
        If it has more than 100,000 entries, or is an own export of another version.
    """
    if isinstance(document, dict) and document.get("format") == FORMAT:
        return _read_own(document, name)
    if isinstance(document, dict) and isinstance(document.get("movies"), list):
        return _read_entries(document["movies"], name, simkl=True)
    if isinstance(document, list):
        first = next((entry for entry in document if isinstance(entry, dict)), {})
        if not document or {"movie", "show", "season", "episode", "person"} & set(first):
            return _read_entries(document, name)
    return None


# -- Trakt and Simkl -----------------------------------------------------------------------

_DATES: tuple[tuple[str, RowKind], ...] = (
    ("watched_at", "watched"),
    ("last_watched_at", "watched"),
    ("listed_at", "watchlist"),
)


def _read_entries(document: list[Any], name: str, *, simkl: bool = False) -> ImportFile:
    if len(document) > MAX_ROWS:
        raise FormatError(
            f"{name} has {len(document):,} entries, more than the limit of {MAX_ROWS:,} for an "
            f"import; nothing was imported"
        )
    found = ImportFile("simkl" if simkl else "trakt")
    for number, entry in enumerate(document, start=1):
        try:
            found.rows.extend(_entry(found, entry, number, name))
        except BadValueError as error:
            found.skipped.append(Skipped(number, str(error), name, _title_of(entry)))
    return found


def _entry(found: ImportFile, entry: Any, number: int, name: str) -> Iterator[ImportRow]:
    if not isinstance(entry, dict):
        raise BadValueError("not an entry of an export")
    movie = entry.get("movie")
    if not isinstance(movie, dict):
        what = next(
            (no_film(key) for key in ("episode", *entry) if key in entry and no_film(key)), ""
        )
        raise BadValueError(what or "no film is named")
    ids = movie.get("ids")
    ids = ids if isinstance(ids, dict) else {}
    about: dict[str, Any] = {
        "title": clean_title(movie.get("title")),
        "year": read_cell(found, movie.get("year"), "year", year_of),
        "tmdb_id": read_cell(found, ids.get("tmdb"), "TMDB id", read_whole),
        "imdb_id": imdb_id_of(ids.get("imdb")),
        "scale": TEN_POINTS,
        "line": number,
        "file": name,
    }
    if ids.get("imdb") and about["imdb_id"] is None:
        found.emptied["IMDb id"] += 1

    def moment(key: str) -> int | None:
        return read_cell(found, entry.get(key), "date", read_time)

    given = entry.get("rating", entry.get("user_rating"))
    rating = None if given is None else rating_of(given, TEN_POINTS)
    status = entry.get("status")
    date, kind = next(((date, kind) for date, kind in _DATES if date in entry), ("", None))
    if rating is not None:
        at = moment("rated_at") if "rated_at" in entry else moment("user_rated_at")
        yield ImportRow(value=rating[0], rated_at=at, **about)
    if status == "plantowatch":
        yield ImportRow(kind="watchlist", **about)
    elif kind is not None and (rating is None or kind == "watched"):
        yield ImportRow(kind=kind, rated_at=moment(date), **about)
    elif rating is None and given is not None:
        yield ImportRow(kind="watched", **about)  # rated with 0, which is no rating
    elif rating is None:
        raise BadValueError("neither rated nor watched nor on the watchlist")


def _title_of(entry: Any) -> str:
    """What to call an entry that is skipped."""
    for key in ("movie", "show", "season", "episode", "person"):
        part = entry.get(key) if isinstance(entry, dict) else None
        if isinstance(part, dict) and isinstance(part.get("title"), str):
            return title_of_row(part)
    return ""


# -- Criticker -----------------------------------------------------------------------------


def read_xml(data: bytes, name: str) -> ImportFile:
    """Read Criticker's XML: a ``film`` each, with its name and rating.

    Raises
    ------
    FormatError
        If it is another document, or declares anything.
    """
    if b"<!" in data:
        raise FormatError(f"{name} is XML with declarations, which no export has; nothing was read")
    try:
        root = ET.fromstring(data)  # noqa: S314  (nothing is declared, so nothing expands)
    except (ET.ParseError, ValueError) as error:
        raise FormatError(f"{name} is not whole XML ({error}); export it again") from None
    films = root.findall("film")
    if not films or len(films) > MAX_ROWS:
        raise FormatError(f"{name} is XML, but of no export that Matinee reads: Criticker's is")
    found = ImportFile("criticker")
    for number, film in enumerate(films, start=1):
        cells = {part.tag: part.text or "" for part in film}
        try:
            rating = rating_of(cells.get("rating", ""), HUNDRED_POINTS)
            if rating is None:
                raise BadValueError("no rating")
            title = re.sub(r"\s*\((\d{4})\)$", "", clean_title(cells.get("filmname")))
            year = read_cell(found, cells.get("filmyear"), "year", year_of)
            row = ImportRow(title, year, value=rating[0], scale=rating[1], line=number, file=name)
            found.rows.append(row)
        except BadValueError as error:
            shown = title_of_row(cells, "filmname")
            found.skipped.append(Skipped(number, str(error), name, shown))
    return found


# -- Matinee's own -------------------------------------------------------------------------

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


def is_own_table(columns: tuple[str, ...]) -> bool:
    """Whether a table with these columns is Matinee's export."""
    return set(COLUMNS) <= set(columns)


def read_own_table(source: Source, member: str) -> ImportFile:
    """Read the CSV form of Matinee's export: what stood when it was made."""
    found = ImportFile("matinee")
    for line, cells in open_table(source, member, most=MAX_ROWS).rows:
        plain = {name: without_mark(text) for name, text in cells.items()}
        _add(found, plain, plain["kind"], plain["stars"], line, member)
    return found


def _read_own(document: Mapping[str, Any], name: str) -> ImportFile:
    """The JSON form: what stands, what stood before it, and decisions about imports."""
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
        if not isinstance(kind, str) or kind not in _KINDS:
            raise BadValueError(f"the kind {str(kind)[:20]!r} is not one of {', '.join(_KINDS)}")
        movie_id = str(cells.get("movie_id") or "")
        if not 1 <= len(movie_id) <= _LONGEST_ID or not movie_id.isprintable():
            raise BadValueError("no movie id, or one that is too long")
        title = cells.get("title")
        row = ImportRow(
            clean_title(title) if title else "",
            read_cell(found, cells.get("year"), "year", year_of),
            _KINDS[kind],
            _own_stars(stars) if kind == "rating" and not removed else None,
            rated_at=read_cell(found, cells.get("at"), "date", read_time),
            imdb_id=imdb_id_of(cells.get("imdb_id")),
            tmdb_id=read_cell(found, cells.get("tmdb_id"), "TMDB id", read_whole),
            movie_id=movie_id,
            removed=removed,
            line=line,
            file=file,
        )
        found.rows.append(row)
    except BadValueError as error:
        found.skipped.append(Skipped(line, str(error), file, title_of_row(cells)))


def _own_stars(value: Any) -> float:
    """Stars as they were kept, which need not be half ones."""
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or number not in FIVE_STARS:
        raise BadValueError(f"{str(value)[:20]!r} is not 0.5 to 5 stars")
    return min(max(number, FIVE_STARS.minimum), FIVE_STARS.maximum)
