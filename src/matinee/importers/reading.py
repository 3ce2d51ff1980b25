"""Reading a file of another service, whichever it is."""

from __future__ import annotations

from matinee.errors import FormatError
from matinee.importers import imdb, letterboxd, own, trakt
from matinee.importers.jsontext import parse_json
from matinee.importers.records import FileKind, ImportFile
from matinee.importers.tables import column_names
from matinee.importers.upload import Source, Upload, open_upload

__all__ = ["detect", "read", "read_imdb", "read_letterboxd", "read_own", "read_trakt"]

_KNOWN = (
    "Letterboxd's zip or CSV, IMDb's ratings CSV, Trakt's JSON and Matinee's own JSON or CSV are "
    "known"
)
_NAMES: dict[FileKind, str] = {
    "letterboxd": "Letterboxd",
    "imdb": "IMDb",
    "trakt": "Trakt",
    "matinee": "Matinee",
}


def read(source: Source, name: str = "") -> ImportFile:
    r"""Read a file of Letterboxd, IMDb, Trakt or Matinee, told apart by what is in it.

    Parameters
    ----------
    source : path-like or bytes
        At most 32 MiB, unpacked as well, with at most 100,000 rows.
    name : str
        The name of the file that bytes come from: Letterboxd's ``watched.csv``, ``watchlist.csv``
        and ``likes/films.csv`` differ in nothing else.

    Raises
    ------
    FormatError
        If the file as a whole is none of these, not in UTF-8, or too large. Single rows that are
        wrong do not end the reading; they are in :attr:`ImportFile.skipped`.
    ArchiveError
        If a zip file is damaged or not safe.

    Examples
    --------
    >>> text = "Date,Name,Year,Letterboxd URI,Rating\n2024-05-01,Heat,1995,https://boxd.it/2a,4.5"
    >>> row = read(text.encode(), "ratings.csv").rows[0]
    >>> row.label, row.stars, row.rated_at
    ('Heat (1995)', 4.5, 1714521600)
    """
    with open_upload(source, name) as upload:
        if upload.is_zip and letterboxd.is_letterboxd_zip(upload.members):
            return letterboxd.read_zip(upload)
        return _read_member(upload, _only_member(upload))


def detect(source: Source, name: str = "") -> FileKind:
    """Which service a file comes from; it is read for that.

    Raises
    ------
    FormatError, ArchiveError
        As :func:`read`.
    """
    return read(source, name).kind


def _only_member(upload: Upload) -> str:
    members = [
        member
        for member, size in upload.members.items()
        if size and not member.startswith(("__MACOSX/", ".")) and "/." not in member
    ]
    if len(members) != 1:
        raise FormatError(
            f"{upload.name} is neither Letterboxd's export nor a zip file with one file of "
            f"ratings: it holds {len(members):,} files; unpack it and import them one by one"
        )
    return members[0]


def _read_member(upload: Upload, member: str) -> ImportFile:
    with upload.open(member) as file:
        start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"[", b"{"):
        document = parse_json(upload.read(member), member)
        if own.is_document(document):
            return own.read_document(document, member)
        if trakt.is_document(document):
            return trakt.read_document(document, member)
        raise FormatError(f"{member} is JSON, but of no export that Matinee reads: {_KNOWN}")
    columns = column_names(upload, member)
    if own.is_table(columns):
        return own.read_table(upload, member)
    if letterboxd.is_table(columns):
        return letterboxd.read_tables(upload, member)
    if imdb.is_table(columns):
        return imdb.read_table(upload, member)
    shown = ", ".join(column[:30] for column in columns[:8])
    raise FormatError(
        f"{member} is of no export that Matinee reads (its first line is {shown!r}): {_KNOWN}"
    )


def _read_as(kind: FileKind, source: Source, name: str) -> ImportFile:
    found = read(source, name)
    if found.kind != kind:
        raise FormatError(
            f"{name or 'the file'} is an export of {_NAMES[found.kind]}, not of {_NAMES[kind]}"
        )
    return found


def read_letterboxd(source: Source, name: str = "") -> ImportFile:
    """:func:`read`, and refuse what is not Letterboxd's."""
    return _read_as("letterboxd", source, name)


def read_imdb(source: Source, name: str = "") -> ImportFile:
    """:func:`read`, and refuse what is not IMDb's."""
    return _read_as("imdb", source, name)


def read_trakt(source: Source, name: str = "") -> ImportFile:
    """:func:`read`, and refuse what is not Trakt's."""
    return _read_as("trakt", source, name)


def read_own(source: Source, name: str = "") -> ImportFile:
    """:func:`read`, and refuse what is not Matinee's."""
    return _read_as("matinee", source, name)
