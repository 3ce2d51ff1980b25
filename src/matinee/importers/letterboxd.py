"""Letterboxd's export: the zip file of an account, or one of its CSV files.

``ratings.csv`` has the ratings as they are now. Where it is there, the diary says when films were
watched; a diary alone says what they were rated as well. Reviews, comments, lists and what was
deleted are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from matinee.errors import FormatError
from matinee.importers.records import FIVE_STARS, ImportFile, ImportRow, RowKind, Skipped
from matinee.importers.tables import Table, open_table
from matinee.importers.upload import MAX_ROWS, Upload
from matinee.importers.values import BadValueError, clean_title, read_rating, read_time, read_year

__all__ = ["is_letterboxd_zip", "is_table", "read_tables", "read_zip"]

_Part: TypeAlias = Literal["ratings", "diary", "watched", "watchlist", "likes"]

_MEMBERS: dict[str, _Part] = {
    "ratings.csv": "ratings",
    "diary.csv": "diary",
    "watched.csv": "watched",
    "watchlist.csv": "watchlist",
    "likes/films.csv": "likes",
}
_NAMES: dict[str, _Part] = {"watched": "watched", "watchlist": "watchlist", "films": "likes"}
_NAMES |= {"likes": "likes", "likes-films": "likes"}
_KINDS: dict[_Part, RowKind] = {"watched": "watched", "watchlist": "watchlist", "likes": "like"}


def _folder(members: Mapping[str, int]) -> str:
    """The folder that holds everything, as some programs pack it; else nothing."""
    tops = {name.split("/", 1)[0] for name in members if not name.startswith("__MACOSX/")}
    inside = all("/" in name for name in members)
    top = next(iter(tops)) if len(tops) == 1 else ""
    return f"{top}/" if inside and top not in ("", "likes", "lists") else ""


def is_letterboxd_zip(members: Mapping[str, int]) -> bool:
    """Whether these members are those of an account's export."""
    folder = _folder(members)
    return any(f"{folder}{name}" in members for name in _MEMBERS)


def is_table(columns: tuple[str, ...]) -> bool:
    """Whether a table with these columns is one of Letterboxd's."""
    return "letterboxd uri" in columns and "name" in columns


def read_zip(upload: Upload) -> ImportFile:
    """Read the export of an account.

    Raises
    ------
    FormatError, ArchiveError
    """
    folder = _folder(upload.members)
    parts = {
        part: f"{folder}{name}"
        for name, part in _MEMBERS.items()
        if f"{folder}{name}" in upload.members
    }
    found = ImportFile("letterboxd")
    found.ignored.extend(sorted(set(upload.members) - set(parts.values())))
    for part, member in parts.items():
        table = open_table(upload, member)
        if not is_table(table.columns):
            raise FormatError(
                f"{upload.name}: {member} has not the columns of Letterboxd's export "
                f"(Date, Name, Year, Letterboxd URI): export your data there again"
            )
        _read(table, part, found, rated="ratings" not in parts)
        if len(found.rows) > MAX_ROWS:
            raise FormatError(
                f"{upload.name} has more than {MAX_ROWS:,} rows, the limit of an import; "
                f"nothing was imported"
            )
    return found


def read_tables(upload: Upload, member: str) -> ImportFile:
    """Read one CSV file; which one it is, its columns say, or else its name.

    Raises
    ------
    FormatError
        If neither says it.
    """
    table = open_table(upload, member)
    found = ImportFile("letterboxd")
    _read(table, _part_of(table), found, rated=True)
    return found


def _part_of(table: Table) -> _Part:
    if "watched date" in table.columns:
        return "diary"
    if "rating" in table.columns:
        return "ratings"
    stem = PurePosixPath(table.file).stem.casefold()
    # Browsers number what is downloaded twice: "watched (1).csv".
    part = _NAMES.get(stem.split(" (")[0].strip())
    if part is None:
        raise FormatError(
            f"{table.file}: Letterboxd's watched.csv, watchlist.csv and likes/films.csv have the "
            f"same columns; give the file its own name again, or import the whole zip file"
        )
    return part


def _read(table: Table, part: _Part, found: ImportFile, *, rated: bool) -> None:
    for line, cells in table.rows:
        try:
            found.rows.extend(_rows(table.file, line, cells, part, rated))
        except BadValueError as error:
            found.skipped.append(Skipped(line, str(error), table.file, cells.get("name", "")[:80]))


def _rows(
    file: str, line: int, cells: Mapping[str, str], part: _Part, rated: bool
) -> Iterator[ImportRow]:
    title, year = clean_title(cells.get("name")), read_year(cells.get("year"))
    at = read_time(cells.get("date"))
    rating = cells.get("rating", "")
    if part == "ratings" and not rating:
        raise BadValueError("no rating")
    if part in ("ratings", "diary") and rating:
        value = read_rating(rating, FIVE_STARS)
        if part == "ratings" or rated:
            yield ImportRow(title, year, "rating", value, rated_at=at, line=line, file=file)
    if part == "diary":
        seen = read_time(cells.get("watched date"))
        seen = at if seen is None else seen
        yield ImportRow(title, year, "watched", rated_at=seen, line=line, file=file)
    elif part != "ratings":
        yield ImportRow(title, year, _KINDS[part], rated_at=at, line=line, file=file)
