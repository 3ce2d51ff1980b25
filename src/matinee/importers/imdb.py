"""IMDb's export of ratings: films only; series, episodes and games are told apart."""

from __future__ import annotations

from collections.abc import Mapping

from matinee.errors import FormatError
from matinee.importers.records import TEN_POINTS, ImportFile, ImportRow, Skipped
from matinee.importers.tables import open_table
from matinee.importers.upload import Upload
from matinee.importers.values import (
    BadValueError,
    clean_title,
    read_imdb_id,
    read_rating,
    read_time,
    read_year,
)

__all__ = ["is_table", "read_table"]

# By their type in lower case without blanks and hyphens: "TV Series" was "tvSeries" in turn.
_NO_FILMS = {
    "tvseries": "a TV series, no film",
    "tvminiseries": "a TV series, no film",
    "miniseries": "a TV series, no film",
    "tvepisode": "an episode of a TV series, no film",
    "videogame": "a video game, no film",
    "podcastseries": "a podcast, no film",
    "podcastepisode": "a podcast, no film",
    "musicvideo": "a music video, no film",
}


def is_table(columns: tuple[str, ...]) -> bool:
    """Whether a table with these columns is one of IMDb's."""
    return "const" in columns and "title" in columns


def read_table(upload: Upload, member: str) -> ImportFile:
    """Read a table of ratings.

    Raises
    ------
    FormatError
        If it has no ratings, as a list or the watchlist.
    """
    table = open_table(upload, member)
    if "your rating" not in table.columns:
        raise FormatError(
            f"{member} is a list of IMDb without ratings of yours; export “Your ratings” instead"
        )
    found = ImportFile("imdb")
    for line, cells in table.rows:
        try:
            found.rows.append(_row(member, line, cells))
        except BadValueError as error:
            found.skipped.append(Skipped(line, str(error), member, cells.get("title", "")[:80]))
    return found


def _row(file: str, line: int, cells: Mapping[str, str]) -> ImportRow:
    kind = cells.get("title type", "").casefold().replace(" ", "").replace("-", "")
    if kind in _NO_FILMS:
        raise BadValueError(_NO_FILMS[kind])
    if not cells.get("your rating"):
        raise BadValueError("no rating of yours")
    original = cells.get("original title", "")
    return ImportRow(
        clean_title(cells.get("title")),
        read_year(cells.get("year")),
        "rating",
        read_rating(cells["your rating"], TEN_POINTS),
        TEN_POINTS,
        read_time(cells.get("date rated")),
        imdb_id=read_imdb_id(cells.get("const")),
        original_title=clean_title(original) if original else "",
        line=line,
        file=file,
    )
