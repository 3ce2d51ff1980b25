"""Film tables, with their links to IMDb and TMDB, into a :class:`~matinee.catalog.Catalog`.

Film tables are small (ML-32M has 87,585 films), so they are read line by line, with exact messages.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.datasets import problems as kinds
from matinee.datasets.archive import Source, read_member
from matinee.datasets.columns import film_positions
from matinee.datasets.problems import Problems
from matinee.datasets.rows import strip_bom
from matinee.datasets.sniff import first_lines, separator_of
from matinee.errors import FormatError
from matinee.ids import IdVocabulary

__all__ = [
    "FilmTable",
    "catalog_of",
    "csv_lines",
    "decoded",
    "read_films",
    "read_links",
    "vocabulary_of",
]

# The flags of u.item, where u.genre is absent.
_GENRES_100K = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"),
    *("Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery"),
    *("Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
# "(1995)", "(2001–2003)", and with the mark behind it that ML-100K gives to video films.
_YEAR = r"\((\d{4})(?:\s*[-–—]\s*\d{0,4})?\)\s*(?:\([A-Z]{1,2}\)\s*)?$"

Line = tuple[int, list[str]]


@dataclass
class FilmTable:
    """Films as columns, in the file's order."""

    movie_ids: list[Any] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    genres: list[str] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    """0 where the title is to be asked."""

    def frame(self) -> pl.DataFrame:
        """The columns as a frame for :func:`catalog_of`."""
        as_text = any(isinstance(value, str) for value in self.movie_ids)
        ids = [str(value) for value in self.movie_ids] if as_text else self.movie_ids
        return pl.DataFrame(
            {
                "movie_id": pl.Series(ids, dtype=pl.String if as_text else pl.Int64),
                "title": pl.Series(self.titles, dtype=pl.String),
                "genres": pl.Series(self.genres, dtype=pl.String),
                "year": pl.Series(self.years, dtype=pl.Int16),
            }
        )


def decoded(data: bytes) -> str:
    """Text of a MovieLens file: UTF-8 where it is that, else Latin-1 (ML-100K and ML-1M)."""
    data = strip_bom(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def plain_lines(text: str, separator: str) -> Iterator[Line]:
    """Line number and fields of each line that is not blank, in files without quotes."""
    # str.splitlines would also cut at characters that stand inside Latin-1 titles.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.rstrip("\r").split(separator)


def csv_lines(text: str, separator: str, file: str, problems: Problems) -> Iterator[Line]:
    """Line number and fields of each row, fields in quotes where they have to be."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.add(kinds.QUOTES, file, number, "", str(error))
            continue
        if fields:
            yield number, fields


def read_films(source: Source, member: str, problems: Problems) -> FilmTable:
    """Read ``u.item``, ``movies.dat`` or a film table with a header.

    Raises
    ------
    BadRowError
        At the first wrong row, unless `problems` skips them.
    FormatError
        If the file is empty or has no movie ids or titles.
    """
    data = read_member(source, member)
    name = member.rsplit("/", 1)[-1].lower()
    if not data.strip():
        raise FormatError(f"{member} is empty: films are needed")
    text = decoded(data)
    if name == "u.item":
        return _read_item(source, member, text, problems)
    if name.endswith(".dat"):
        return _read_dat(member, text, problems)
    return _read_table(source, member, text, problems)


def _read_item(source: Source, member: str, text: str, problems: Problems) -> FilmTable:
    genres = _genres_of(source, member)
    names = ["movie id", "movie title", "release date", "video release date", "IMDb URL", *genres]

    def genres_of(fields: list[str]) -> str:
        return "|".join(
            genre
            for genre, flag in zip(genres, fields[5:], strict=True)
            if flag == "1" and genre != "unknown"
        )

    return _collect(plain_lines(text, "|"), member, names, (0, 1, None), genres_of, problems)


def _genres_of(source: Source, item: str) -> Sequence[str]:
    member = item[: -len("u.item")] + "u.genre"
    if member not in source.members():
        return _GENRES_100K
    pairs = [fields for _, fields in plain_lines(decoded(read_member(source, member)), "|")]
    try:
        return [name for name, number in sorted(pairs, key=lambda pair: int(pair[1])) if number]
    except (ValueError, IndexError):
        raise FormatError(f"{member} must hold lines of the form NAME|NUMBER") from None


def _read_dat(member: str, text: str, problems: Problems) -> FilmTable:
    names = ["MovieID", "Title", "Genres"]
    lines = plain_lines(text, "::")
    return _collect(lines, member, names, (0, 1, None), lambda fields: fields[2], problems)


def _read_table(source: Source, member: str, text: str, problems: Problems) -> FilmTable:
    separator = "," if member.lower().endswith(".csv") else ""
    lines = first_lines(source, member)
    if not separator or lines[0].count(separator) < 1:
        separator = separator_of(lines, member)
    if separator == "::":
        rows = plain_lines(text, separator)
    else:
        rows = csv_lines(text, separator, member, problems)
    _, header = next(rows)
    names = [name.strip() for name in header]
    positions = film_positions(names, member)
    genre_column = positions.get("genres")
    return _collect(
        rows,
        member,
        names,
        (positions["movie"], positions["title"], positions.get("year")),
        lambda fields: "" if genre_column is None else fields[genre_column],
        problems,
        text_ids=not _mostly_integers(lines[1:], separator, positions["movie"]),
    )


def _mostly_integers(lines: Sequence[str], separator: str, position: int) -> bool:
    values = [
        fields[position]
        for fields in csv.reader(lines, delimiter=separator[0])
        if len(fields) > position
    ]
    return 2 * sum(value.strip().isdecimal() for value in values) > len(values)


def _collect(
    lines: Iterator[Line],
    file: str,
    names: Sequence[str],
    positions: tuple[int, int, int | None],
    genres_of: Callable[[list[str]], str],
    problems: Problems,
    *,
    text_ids: bool = False,
) -> FilmTable:
    table = FilmTable()
    seen: set[Any] = set()
    id_at, title_at, year_at = positions
    for line, fields in lines:
        if len(fields) != len(names):
            shown = "|".join(fields)
            detail = f"{len(fields)} columns where {len(names)} are expected"
            problems.add(kinds.COLUMN_COUNT, file, line, "", shown, detail)
            continue
        text = fields[id_at].strip()
        movie_id: Any = text
        if not text_ids:
            # isascii: other digits would pass isdecimal, and int.
            if not (text.isdecimal() and text.isascii() and len(text) < 19):
                kind = kinds.NOT_A_NUMBER if text else kinds.MISSING
                problems.add(kind, file, line, names[id_at], fields[id_at])
                continue
            movie_id = int(text)
        if not text or not fields[title_at].strip():
            column = names[title_at if text else id_at]
            problems.add(kinds.MISSING, file, line, column, "")
            continue
        if movie_id in seen:
            problems.add(kinds.REPEATED_FILM, file, line, names[id_at], text)
            continue
        year = fields[year_at].strip().removesuffix(".0") if year_at is not None else ""
        if year and not (year.isdecimal() and year.isascii() and len(year) == 4):
            problems.add(kinds.NOT_A_NUMBER, file, line, names[year_at or 0], year, "not a year")
            continue
        seen.add(movie_id)
        table.movie_ids.append(movie_id)
        table.titles.append(fields[title_at].strip())
        table.genres.append(genres_of(fields))
        table.years.append(int(year or 0))
    return table


def read_links(
    source: Source, member: str, vocabulary: IdVocabulary, problems: Problems
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the films at IMDb and TMDB from ``links.csv``, 0 where there is none.

    Rows of films that the vocabulary does not have are passed over.
    """
    found: tuple[list[Any], list[int], list[int]] = ([], [], [])
    rows = csv_lines(decoded(read_member(source, member)), ",", member, problems)
    names = [name.strip() for name in next(rows, (1, [""]))[1]]
    if names[:3] != ["movieId", "imdbId", "tmdbId"]:
        raise FormatError(
            f"{member} must have the columns movieId, imdbId, tmdbId, got {', '.join(names)}"
        )
    for line, fields in rows:
        if len(fields) != len(names):
            detail = f"{len(fields)} columns where {len(names)} are expected"
            problems.add(kinds.COLUMN_COUNT, member, line, "", ",".join(fields), detail)
            continue
        numbers = [value.strip().removeprefix("tt").removesuffix(".0") for value in fields[:3]]
        wrong = [
            i
            for i, value in enumerate(numbers)
            if not (value.isdecimal() and value.isascii() and len(value) < 19) and (value or i == 0)
        ]
        if wrong and not (wrong == [0] and not vocabulary.is_integer):
            column = wrong[0]
            problems.add(kinds.NOT_A_NUMBER, member, line, names[column], fields[column])
            continue
        found[0].append(fields[0].strip())
        found[1].append(int(numbers[1] or 0))
        found[2].append(int(numbers[2] or 0))
    codes = vocabulary.encode(found[0])
    inside = codes >= 0
    imdb, tmdb = (np.zeros(len(vocabulary), dtype=np.int64) for _ in range(2))
    imdb[codes[inside]] = np.asarray(found[1], dtype=np.int64)[inside]
    tmdb[codes[inside]] = np.asarray(found[2], dtype=np.int64)[inside]
    return imdb, tmdb


def vocabulary_of(films: pl.DataFrame) -> IdVocabulary:
    """The movie ids of a film table.

    Raises
    ------
    FormatError
        If one stands twice.
    """
    ids = films["movie_id"]
    vocabulary = IdVocabulary(ids.to_numpy() if ids.dtype.is_integer() else ids.to_list())
    if len(vocabulary) != films.height:
        raise FormatError(
            f"the film table has movie id {ids.filter(ids.is_duplicated())[0]!r} twice"
        )
    return vocabulary


def catalog_of(
    films: pl.DataFrame, vocabulary: IdVocabulary | None = None, **columns: Any
) -> Catalog:
    """A catalogue from a frame with ``movie_id``, ``title``, and maybe ``genres`` and ``year``.

    Genres are text, ``"A|B"``. A year that is missing or 0 is read from the title. Further columns
    are passed on to :class:`~matinee.catalog.Catalog` and follow `vocabulary`.
    """
    if vocabulary is None:
        vocabulary = vocabulary_of(films)
    if not films["movie_id"].is_sorted():
        films = films.sort("movie_id")
    year = films["title"].str.extract(_YEAR, 1).cast(pl.Int16).fill_null(0)
    if "year" in films.columns:
        given = films["year"].cast(pl.Int16).fill_null(0)
        year = given.zip_with(given > 0, year)
    matrix, names = _genre_matrix(films)
    return Catalog(
        vocabulary,
        films["title"].to_list(),
        years=year.to_numpy().copy(),
        genres=matrix,
        genre_names=names,
        **columns,
    )


def _genre_matrix(films: pl.DataFrame) -> tuple[NDArray[np.bool_], list[str]]:
    """Which film has which genre; each combination of genres is taken apart only once."""
    if "genres" not in films.columns:
        return np.zeros((films.height, 0), dtype=np.bool_), []
    column = films["genres"].fill_null("")
    combinations = column.unique().to_list()
    split = [
        [name.strip() for name in text.split("|") if name.strip()]
        if text != "(no genres listed)"
        else []
        for text in combinations
    ]
    names = sorted({name for parts in split for name in parts})
    position = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(combinations), len(names)), dtype=np.bool_)
    for row, parts in enumerate(split):
        table[row, [position[name] for name in parts]] = True
    row_of = {text: row for row, text in enumerate(combinations)}
    rows = np.fromiter(
        (row_of[text] for text in column.to_list()), dtype=np.int64, count=films.height
    )
    return table[rows], names
