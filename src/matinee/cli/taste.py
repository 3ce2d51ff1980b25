"""From what somebody typed, or has in a file, to a profile."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from matinee.cli.console import note
from matinee.cli.finding import SURE, find_film
from matinee.errors import BadRowError, DataError, FormatError, ParameterError, TitleError
from matinee.memory import format_bytes

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.ids import Id
    from matinee.scale import RatingScale

__all__ = ["RatingsFile", "parse_rating", "rated_films", "read_ratings_file"]

_MAX_BYTES = 64 * 2**20
_ID_NAMES = ("movie_id", "movieid", "imdb_id", "imdbid", "id")
_TITLE_NAMES = ("title", "name", "film", "movie")
_STARS_NAMES = ("rating", "stars", "score")
_YEAR_NAMES = ("year",)


def parse_rating(text: str) -> tuple[str, float]:
    """``"Toy Story=4.5"`` as ``("Toy Story", 4.5)``; the last ``=`` counts.

    Raises
    ------
    typer.BadParameter
        If there are no stars; the message shows how to write them.

    Examples
    --------
    >>> parse_rating("Toy Story=4.5"), parse_rating("E=mc2=3")
    (('Toy Story', 4.5), ('E=mc2', 3.0))
    """
    title, equals, stars = text.rpartition("=")
    value = _number(stars) if equals else None
    if value is None or not title.strip():
        film = (title if equals else text).strip() or "Heat"
        raise typer.BadParameter(
            f'{text!r} has no stars; write a film and its stars as "{film}=4.5"',
            param_hint="TITLE=STARS",
        )
    return title.strip(), value


def _number(text: str) -> float | None:
    """A finite number, with a decimal point or comma; else None."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if value - value == 0 else None


def rated_films(texts: Sequence[str], catalog: Catalog, scale: RatingScale) -> dict[Id, float]:
    """Films and stars as typed on the command line.

    Raises
    ------
    TitleError
        If a title does not lead to one film.
    ParameterError
        If stars are outside the scale, or one film is rated twice.
    """
    found: dict[Id, float] = {}
    for title, stars in map(parse_rating, texts):
        if stars not in scale:
            raise ParameterError(
                f"{stars:g} stars for {title!r}: this model knows ratings from {scale}"
            )
        movie_id = find_film(title, catalog)
        if movie_id in found:
            raise ParameterError(f"{catalog[movie_id]} is rated twice; give one rating a film")
        found[movie_id] = stars
    return found


@dataclass
class RatingsFile:
    """What a file of one person's ratings held.

    Attributes
    ----------
    ratings : dict of movie id to float
        Stars; where a film stands twice, the later row counts.
    bad_rows : list of BadRowError
        Rows that were left out.
    guesses : dict of str to str
        Titles that are near a film's title, and that film.
    """

    ratings: dict[Id, float] = field(default_factory=dict)
    bad_rows: list[BadRowError] = field(default_factory=list)
    guesses: dict[str, str] = field(default_factory=dict)


def read_ratings_file(
    path: Path, catalog: Catalog, scale: RatingScale, *, skip_bad_rows: bool = False
) -> RatingsFile:
    """Read a CSV (or TSV) of one person's ratings; ``-`` reads stdin.

    It has a row of names. ``rating`` (or ``stars``) is needed, and ``movie_id`` (a MovieLens or
    IMDb id) or ``title`` (or ``name``), which ``year`` may help.

    Parameters
    ----------
    path : path
    catalog : Catalog
        Where films are looked up.
    scale : RatingScale
        What stars may be.
    skip_bad_rows : bool
        Whether to leave out rows that are wrong, or whose film is not found.

    Raises
    ------
    BadRowError
        Naming file, line, column and value.
    FormatError
        If the file as a whole is not of this form.
    """
    name = "stdin" if str(path) == "-" else str(path)
    found = RatingsFile()
    for line, row in _rows(_read(path, name), name):
        try:
            stars = _stars(row["rating"], line, name, scale)
            found.ratings[_film(row, line, name, catalog, found.guesses)] = stars
        except BadRowError as error:
            if not skip_bad_rows:
                raise
            found.bad_rows.append(error)
    left_out = [f"line {error.line}: {error.value!r}" for error in found.bad_rows]
    guessed = [f"{title!r} for {film}" for title, film in found.guesses.items()]
    for what, told in (("rows left out", left_out), ("titles near enough to take", guessed)):
        if told:
            note(f"{name}: {what}: {len(told):,} ({'; '.join(told[:5])}{'; …' * (len(told) > 5)})")
    return found


def _read(path: Path, name: str) -> str:
    if name == "stdin":
        data = sys.stdin.buffer.read(_MAX_BYTES + 1)
    else:
        if path.is_dir():
            raise FormatError(f"{name} is a folder; --ratings takes a CSV file")
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise DataError(
            f"{name} is larger than {format_bytes(_MAX_BYTES)}: that is more than one person's "
            "ratings; use `matinee train --data` for those of many people"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{name} is not a text file in UTF-8 (byte {error.start:,}); save it as CSV UTF-8"
        ) from None


def _rows(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row by column) of each row that is not blank."""
    head = text.split("\n", 1)[0]
    if not head.strip():
        raise FormatError(f"{name} is empty; its first line names the columns: title,rating")
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = _columns(next(reader), name)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            row = {
                column: cells[place].strip() if place < len(cells) else ""
                for column, place in columns.items()
            }
            yield reader.line_num, row
    except csv.Error as error:
        raise FormatError(f"{name}, line {reader.line_num}: {error}") from None


def _columns(names: Sequence[str], file: str) -> dict[str, int]:
    """Where ``movie_id``, ``title``, ``year`` and ``rating`` stand."""
    places = {text.strip().casefold().replace(" ", "_"): i for i, text in enumerate(names)}
    columns: dict[str, int] = {}
    for column, known in (
        ("movie_id", _ID_NAMES),
        ("title", _TITLE_NAMES),
        ("year", _YEAR_NAMES),
        ("rating", _STARS_NAMES),
    ):
        present = next((alias for alias in known if alias in places), None)
        if present is not None:
            columns[column] = places[present]
    if "rating" not in columns or not {"movie_id", "title"} & set(columns):
        raise FormatError(
            f"{file} has the columns {', '.join(names)}; it needs rating, and movie_id or title"
        )
    return columns


def _stars(text: str, line: int, file: str, scale: RatingScale) -> float:
    stars = _number(text)
    if stars is None:
        raise BadRowError(file, line, "rating", text, "not a number")
    if stars not in scale:
        raise BadRowError(file, line, "rating", text, f"outside the scale, {scale}")
    return stars


def _film(
    row: dict[str, str], line: int, file: str, catalog: Catalog, guesses: dict[str, str]
) -> Id:
    query = row.get("movie_id", "")
    column = "movie_id" if query else "title"
    if query:
        code = catalog.movie_ids.code_of(query)
        if code >= 0:  # before any film whose title is a number
            return catalog.movie_ids.id_of(code)
    else:
        query = row.get("title", "")
        if row.get("year") and row["year"] not in query:
            query = f"{query} ({row['year']})"
    if not query:
        raise BadRowError(file, line, column, query, "no film is named")
    try:
        match = catalog.index.find(query)
    except TitleError as error:
        raise BadRowError(file, line, column, query, str(error).rstrip(".")) from None
    if match.confidence < SURE:
        guesses[query] = match.label
    return match.movie_id
