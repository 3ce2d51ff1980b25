"""Reading a file of another service, whichever it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from matinee.errors import ArchiveError, FormatError
from matinee.importers.documents import (
    is_own_table,
    parse_json,
    read_document,
    read_own_table,
    read_xml,
)
from matinee.importers.records import ImportFile
from matinee.importers.services import MAX_ROWS, Part, read_table
from matinee.scale import RatingScale
from matinee.tables.archive import Archive, FileSource, Source, open_source, read_member
from matinee.tables.text import decode, sniff

__all__ = ["MAX_BYTES", "read"]

MAX_BYTES = 32 * 2**20
"""Most bytes of a file, and most bytes that an archive may unpack to."""

_PARTS: dict[str, Part] = {
    "ratings.csv": "ratings",
    "diary.csv": "diary",
    "watched.csv": "watched",
    "watchlist.csv": "watchlist",
    "likes/films.csv": "likes",
}
# Of Trakt's export of an account; long lists are numbered.
_TRAKT = re.compile(
    r"(?:.*/)?(?:ratings/ratings-movies|watched/(?:watched-movies|watched-history)|"
    r"lists/watchlist|watchlist/watchlist(?:-movies)?)(?:-\d+)?\.json"
)
_ACCOUNT = re.compile(
    r"(?:.*/)?(?:user/user-profile|ratings/ratings-\w+|watched/watched-\w+)\S*\.json"
)
_LIST = re.compile(r"^Position,Name,Year,URL,Description\r?$", re.MULTILINE)


def read(
    source: FileSource,
    name: str = "",
    *,
    scale: RatingScale | None = None,
    columns: Mapping[str, str] | None = None,
) -> ImportFile:
    r"""Read a file of any known service, told apart by what is in it, or any table of films.

    Letterboxd (zip, CSV, lists, the form that it imports), IMDb (ratings, watchlist, lists), Trakt
    (the zip of an account, JSON), TMDB, Simkl, Netflix (history, ratings), Movary, Criticker (CSV,
    XML), Matinee's own export, and any table with a title or an IMDb or TMDB id, with a rating or
    without.

    Parameters
    ----------
    source : path-like or bytes
        At most 32 MiB, unpacked as well, with at most 100,000 rows.
    name : str
        The name of the file that bytes come from: Letterboxd's ``watched.csv``, ``watchlist.csv``
        and ``likes/films.csv`` differ in nothing else.
    scale : RatingScale, optional
        On which the ratings of a table of nobody's are, where they fit it; without it they are on
        the least of 5, 10 and 100 that holds them all.
    columns : mapping of str to str, optional
        Which column of anybody's table is which, where its names do not say so: by role (title,
        year, rating, imdb, tmdb, movie_id, date, seen) the column's name.

    Raises
    ------
    FormatError
        If the file as a whole is none of these, or too large. Single rows that are wrong do not
        end the reading; they are in :attr:`ImportFile.skipped`.
    ArchiveError
        If a zip file is damaged or not safe.

    Examples
    --------
    >>> text = "Date,Name,Year,Letterboxd URI,Rating\n2024-05-01,Heat,1995,https://boxd.it/2a,4.5"
    >>> row = read(text.encode(), "ratings.csv").rows[0]
    >>> row.label, row.stars, row.rated_at
    ('Heat (1995)', 4.5, 1714521600)
    """
    with open_source(source, name=name, limit=MAX_BYTES, largest=MAX_BYTES) as opened:
        if not isinstance(opened, Archive):
            return _read_member(opened, next(iter(opened.members())), scale, columns)
        folder = _folder(opened)
        if any(f"{folder}{part}" in opened.members() for part in _PARTS):
            return _read_letterboxd(opened, folder)
        if any(_ACCOUNT.fullmatch(member) for member in opened.members()):
            return _read_trakt(opened)
        return _read_member(opened, _only_member(opened), scale, columns)


def _folder(archive: Archive) -> str:
    """The folder that holds everything, as some programs pack it; else nothing."""
    members = archive.members()
    tops = {name.split("/", 1)[0] for name in members if not name.startswith("__MACOSX/")}
    inside = all("/" in name for name in members)
    top = next(iter(tops)) if len(tops) == 1 else ""
    return f"{top}/" if inside and top not in ("", "likes", "lists") else ""


def _only_member(archive: Archive) -> str:
    members = [
        member
        for member, size in archive.members().items()
        if size and not member.startswith(("__MACOSX/", ".")) and "/." not in member
    ]
    if len(members) != 1:
        raise FormatError(
            f"{archive.name} is neither the export of an account nor a zip file with one file of "
            f"ratings: it holds {len(members):,} files; unpack it and import them one by one"
        )
    return members[0]


def _read_letterboxd(archive: Archive, folder: str) -> ImportFile:
    """The export of an account; beside the ratings, the diary only says when films were seen."""
    members = archive.members()
    parts = {
        part: f"{folder}{file}" for file, part in _PARTS.items() if f"{folder}{file}" in members
    }
    found = ImportFile("letterboxd")
    found.ignored.extend(sorted(set(members) - set(parts.values())))
    for part, member in parts.items():
        _check_member(archive, member)
        if not members[member]:
            continue
        read_part = read_table(archive, member, part=part)
        if read_part.kind != "letterboxd":
            raise FormatError(
                f"{archive.name}: {member} has not the columns of Letterboxd's export "
                f"(Date, Name, Year, Letterboxd URI): export your data there again"
            )
        if part == "diary" and "ratings" in parts:
            read_part.rows[:] = [row for row in read_part.rows if row.kind != "rating"]
        _join(found, read_part, archive.name)
    return found


def _read_trakt(archive: Archive) -> ImportFile:
    found = ImportFile("trakt")
    for member in sorted(archive.members()):
        if not _TRAKT.fullmatch(member):
            found.ignored.append(member)
            continue
        document: Any = parse_json(read_member(archive, member), member)
        part = read_document(document, member)
        if part is None or part.kind != "trakt":
            raise FormatError(f"{archive.name}: {member} is not of Trakt's export; export it again")
        _join(found, part, archive.name)
    return found


def _join(found: ImportFile, part: ImportFile, name: str) -> None:
    found.rows.extend(part.rows)
    found.skipped.extend(part.skipped)
    found.emptied.update(part.emptied)
    if len(found.rows) > MAX_ROWS:
        raise FormatError(
            f"{name} has more than {MAX_ROWS:,} rows, the limit of an import; nothing was imported"
        )


def _check_member(source: Source, member: str) -> bytes:
    """The first bytes of a member, which must not be an archive."""
    with source.open(member) as file:
        start = file.read(256)
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")):
        raise ArchiveError(
            f"{source.path} holds another archive, {member!r}: unpack {source.path} and import "
            f"what is in it; nothing of it was read"
        )
    return start


def _read_member(
    source: Source, member: str, scale: RatingScale | None, columns: Mapping[str, str] | None
) -> ImportFile:
    start = _check_member(source, member).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"[", b"{"):
        data = read_member(source, member)
        if not (start[:1] == b"{" and _is_lines(data)):
            found = read_document(parse_json(data, member), member)
            if found is None:
                raise FormatError(
                    f"{member} is JSON, but of no export that Matinee reads: Trakt's, Simkl's and "
                    f"Matinee's own are"
                )
            return found
    if start.startswith(b"<"):
        return read_xml(read_member(source, member), member)
    if start.startswith(b"Letterboxd list export"):
        # The list is described above its films.
        text = decode(read_member(source, member))
        films = _LIST.search(text)
        rest = text[films.start() :] if films else ""
        name = PurePosixPath(member).name
        with open_source(rest.encode() or b"\n", name=name, largest=MAX_BYTES) as inner:
            return read_table(inner, name, part="list")
    if is_own_table(
        tuple(name.strip().casefold() for name in sniff(source, member, least=1).names)
    ):
        return read_own_table(source, member)
    return read_table(source, member, scale=scale, columns=columns)


def _is_lines(data: bytes) -> bool:
    """Whether an object ends where its line ends, and another one follows."""
    first, _, rest = data.partition(b"\n")
    return first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")
