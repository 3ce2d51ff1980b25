"""Film tables, with their links to IMDb and TMDB and their tags, into a catalogue.

Film tables are small (ML-32M has 87,585 films), so they are read line by line, with exact messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.catalog import Catalog, TagCounts
from matinee.errors import FormatError
from matinee.ids import Codes, IdVocabulary
from matinee.tables import problems as kinds
from matinee.tables.archive import Source, read_member
from matinee.tables.columns import FILM_NAMES, find_columns
from matinee.tables.problems import Problems
from matinee.tables.text import TextFormat, blocks, decode, rows_of, sniff
from matinee.tables.values import INTEGER, read_imdb_number, read_whole, split_genres

__all__ = [
    "FilmTable",
    "catalog_of",
    "count_tags",
    "duplicates_of",
    "film_frame",
    "join_by_links",
    "read_films",
    "read_links",
    "read_tags",
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
_ITEM = ("movie id", "movie title", "release date", "video release date", "IMDb URL")
_LINKS = ["movieId", "imdbId", "tmdbId"]
_TAGS = ["userId", "movieId", "tag", "timestamp"]

Line = tuple[int, list[str]]


@dataclass
class FilmTable:
    """Films as columns, in the file's order."""

    movie_ids: list[Any] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    genres: list[str] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    """0 where the title is to be asked."""
    imdb: list[int] = field(default_factory=list)
    tmdb: list[int] = field(default_factory=list)

    def frame(self) -> pl.DataFrame:
        """The columns as a frame for :func:`catalog_of`."""
        as_text = any(isinstance(value, str) for value in self.movie_ids)
        ids = [str(value) for value in self.movie_ids] if as_text else self.movie_ids
        columns = {
            "movie_id": pl.Series(ids, dtype=pl.String if as_text else pl.Int64),
            "title": pl.Series(self.titles, dtype=pl.String),
            "genres": pl.Series(self.genres, dtype=pl.String),
            "year": pl.Series(self.years, dtype=pl.Int16),
        }
        for name, numbers in (("imdb", self.imdb), ("tmdb", self.tmdb)):
            if any(numbers):
                columns[name] = pl.Series(numbers, dtype=pl.Int64)
        return pl.DataFrame(columns)


def _lines(source: Source, member: str, form: TextFormat, problems: Problems) -> Iterator[Line]:
    """Line number and fields of each row that is not blank."""
    line = form.above + 1

    def wrong_quotes(offset: int, text: str) -> None:
        problems.add(kinds.QUOTES, member, line + offset, "", text)

    for block, _ in blocks(source, member, form):
        for offset, fields in rows_of(block, form, wrong_quotes):
            yield line + offset, fields
        line += block.count(b"\n")


def _right_width(
    lines: Iterator[Line], width: int, file: str, separator: str, problems: Problems
) -> Iterator[Line]:
    for line, fields in lines:
        if len(fields) == width:
            yield line, fields
        else:
            detail = f"{len(fields)} columns where {width} are expected"
            shown = separator.join(fields)
            problems.add(kinds.COLUMN_COUNT, file, line, "", shown, detail)


def _named(source: Source, member: str, wanted: Sequence[str]) -> TextFormat:
    """The form of one of MovieLens' tables, which has columns of these names."""
    form = sniff(source, member, needs="rows")
    if list(form.names[: len(wanted)]) != list(wanted):
        raise FormatError(
            f"{member} must have the columns {', '.join(wanted)}, got {', '.join(form.names)}"
        )
    return form


# -- films ---------------------------------------------------------------------------------


def read_films(source: Source, member: str, problems: Problems) -> FilmTable:
    """Read ``u.item``, ``movies.dat`` or a film table with a header.

    Raises
    ------
    BadRowError
        At the first wrong row, unless `problems` skips them.
    FormatError
        If the file is empty or has no movie ids or titles.
    """
    name = member.rsplit("/", 1)[-1].lower()
    if name == "u.item":
        genres = _genres_of(source, member)
        form = TextFormat("|", (*_ITEM, *genres), header=False)

        def flagged(fields: list[str]) -> str:
            flags = zip(genres, fields[len(_ITEM) :], strict=True)
            return "|".join(genre for genre, flag in flags if flag == "1" and genre != "unknown")

        sniff(source, member, needs="films")
        return _collect(source, member, form, {"movie": 0, "title": 1}, problems, flagged)
    form = sniff(source, member, needs="films")
    if not form.header:
        form = TextFormat(
            form.separator, ("MovieID", "Title", "Genres"), header=False, sample=form.sample
        )
        return _collect(source, member, form, {"movie": 0, "title": 1, "genres": 2}, problems)
    positions = find_columns(form.names, FILM_NAMES)
    _check_positions(positions, form.names, member)
    return _collect(source, member, form, positions, problems)


def _check_positions(positions: Mapping[str, int], names: Sequence[str], file: str) -> None:
    for role in ("movie", "title"):
        if role not in positions:
            shown = [group[0] for group in FILM_NAMES[role][:3]]
            raise FormatError(
                f"{file} has no column for the {role}: its columns are {', '.join(names)}; "
                f"{' or '.join(shown)} would be understood"
            )


def _genres_of(source: Source, item: str) -> Sequence[str]:
    member = item[: -len("u.item")] + "u.genre"
    if member not in source.members():
        return _GENRES_100K
    lines = decode(read_member(source, member)).splitlines()
    pairs = [line.split("|") for line in lines if line.strip()]
    try:
        return [name for name, number in sorted(pairs, key=lambda pair: int(pair[1])) if number]
    except (ValueError, IndexError):
        raise FormatError(f"{member} must hold lines of the form NAME|NUMBER") from None


def _collect(
    source: Source,
    file: str,
    form: TextFormat,
    positions: Mapping[str, int],
    problems: Problems,
    genres_of: Callable[[list[str]], str] | None = None,
) -> FilmTable:
    table, names = FilmTable(), form.names
    seen: set[Any] = set()
    at = positions.get
    ids = [row[positions["movie"]].strip() for row in form.sample]
    zeros = any(text.startswith("0") and text[1:].isdecimal() for text in ids)
    integers = not zeros and 2 * sum(map(bool, map(INTEGER.fullmatch, ids))) >= len(ids)
    lines = _lines(source, file, form, problems)
    for line, fields in _right_width(lines, len(names), file, form.separator, problems):
        text, title = fields[positions["movie"]].strip(), fields[positions["title"]].strip()
        movie_id: Any = text
        if integers:
            if not (INTEGER.fullmatch(text) and len(text) < 19):
                kind = kinds.NOT_A_NUMBER if text else kinds.MISSING
                shown = fields[positions["movie"]]
                problems.add(kind, file, line, names[positions["movie"]], shown)
                continue
            movie_id = int(text)
        if not text or not title:
            column = names[positions["title" if text else "movie"]]
            problems.add(kinds.MISSING, file, line, column, "")
            continue
        if movie_id in seen:
            problems.add(kinds.REPEATED_FILM, file, line, names[positions["movie"]], text)
            continue
        seen.add(movie_id)
        cell = {role: fields[place].strip() for role, place in positions.items()}
        genres = genres_of(fields) if genres_of else cell.get("genres", "")
        table.movie_ids.append(movie_id)
        table.titles.append(title)
        table.genres.append(genres)
        table.years.append(_year(cell.get("year", ""), problems))
        table.imdb.append(read_imdb_number(cell["imdb"]) if at("imdb") is not None else 0)
        table.tmdb.append(read_whole(cell["tmdb"]) or 0 if at("tmdb") is not None else 0)
    return table


def _year(text: str, problems: Problems) -> int:
    """The year of a cell, 0 where there is none; dates begin with theirs."""
    year = read_whole(text[:4] if text[4:5] == "-" else text) if text else 0
    if year is None or not (year == 0 or 1800 < year < 2200):
        problems.emptied["year"] += 1
        return 0
    return year


def film_frame(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    """A frame of films in the form that :func:`catalog_of` wants."""
    positions = find_columns(frame.columns, FILM_NAMES)
    _check_positions(positions, frame.columns, file)
    columns = {role: frame.to_series(position) for role, position in positions.items()}
    for role in ("movie", "title"):
        if columns[role].null_count():
            row = int(columns[role].is_null().arg_max() or 0) + 1
            raise FormatError(f"{file}: row {row} has no {role}")
    ids = columns["movie"]
    large = ids.dtype == pl.UInt64 and bool((ids >= 2**63).any())
    numbers = ids.dtype.is_float() or (ids.dtype.is_integer() and not large)
    ids = ids.cast(pl.Int64 if numbers else pl.String)
    made = {"movie_id": ids, "title": columns["title"].cast(pl.String)}
    if "genres" in columns:
        genres = columns["genres"]
        genres = genres.list.join("|") if genres.dtype == pl.List else genres
        made["genres"] = genres.cast(pl.String)
    if "year" in columns:
        year = columns["year"]
        text = year.cast(pl.String).str.extract(r"^\s*(\d{4})(?:\.0*|-.*)?\s*$", 1)
        made["year"] = text.cast(pl.Int16, strict=False)
    for role in ("imdb", "tmdb"):
        if role in columns:
            values = columns[role].cast(pl.String).fill_null("").to_list()
            read = read_imdb_number if role == "imdb" else read_whole
            made[role] = pl.Series([read(value) or 0 for value in values], dtype=pl.Int64)
    return pl.DataFrame([column.alias(role) for role, column in made.items()])


# -- links and tags ------------------------------------------------------------------------


def read_links(
    source: Source, member: str, vocabulary: IdVocabulary, problems: Problems
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the films at IMDb and TMDB from ``links.csv``, 0 where there is none.

    Rows of films that the vocabulary does not have are passed over.
    """
    form = _named(source, member, _LINKS)
    found: tuple[list[Any], list[int], list[int]] = ([], [], [])
    lines = _lines(source, member, form, problems)
    for line, fields in _right_width(lines, len(form.names), member, ",", problems):
        numbers = [value.strip().removeprefix("tt").removesuffix(".0") for value in fields[:3]]
        wrong = [
            i
            for i, value in enumerate(numbers)
            if not (value.isdecimal() and value.isascii() and len(value) < 19) and (value or i == 0)
        ]
        if wrong and not (wrong == [0] and not vocabulary.is_integer):
            column = wrong[0]
            problems.add(kinds.NOT_A_NUMBER, member, line, form.names[column], fields[column])
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


def join_by_links(films: pl.DataFrame, links: Source, member: str, problems: Problems) -> FilmTable:
    """A film table that goes by TMDB's ids, under the movie ids that ``links.csv`` gives them.

    The Movies Dataset is of this kind. Films without a link are left out; a link without a film
    goes by its movie id.
    """
    form = _named(links, member, _LINKS)
    by_tmdb = {str(row["movie_id"]): row for row in films.iter_rows(named=True)}
    table, seen = FilmTable(), set[int]()
    for _, fields in _lines(links, member, form, problems):
        movie_id, imdb, tmdb = (read_whole(cell) for cell in (*fields, "", "")[:3])
        if movie_id is None or movie_id in seen:
            continue
        seen.add(movie_id)
        film = by_tmdb.get(str(tmdb), {})
        table.movie_ids.append(movie_id)
        table.titles.append(film.get("title") or str(movie_id))
        table.genres.append(film.get("genres") or "")
        table.years.append(film.get("year") or 0)
        table.imdb.append(imdb or 0)
        table.tmdb.append(tmdb or 0)
    return table


def read_tags(
    source: Source, member: str, vocabulary: IdVocabulary, problems: Problems
) -> TagCounts:
    """Count, for each film and tag, the people who gave it.

    Tags are compared without case and without spaces at their ends; empty ones and those of films
    that the vocabulary does not have are passed over.

    Raises
    ------
    BadRowError
        At the first wrong row, unless `problems` skips them.
    """
    if member.lower().endswith(".dat"):
        form = TextFormat("::", ("UserID", "MovieID", "Tag", "Timestamp"), header=False)
    else:
        form = _named(source, member, _TAGS)
        frame = _fast_tags(read_member(source, member))
        if frame is not None:
            return count_tags(frame, vocabulary)
    found: tuple[list[int], list[int], list[str]] = ([], [], [])
    lines = _lines(source, member, form, problems)
    for line, fields in _right_width(lines, len(form.names), member, form.separator, problems):
        wrong = [i for i in (0, 1, 3) if read_whole(fields[i]) is None]
        if wrong:
            name = form.names[wrong[0]]
            problems.add(kinds.NOT_A_NUMBER, member, line, name, fields[wrong[0]])
            continue
        found[0].append(int(fields[0]))
        found[1].append(int(fields[1]))
        found[2].append(fields[2])
    types = {"user": pl.Int64, "movie": pl.Int64, "tag": pl.String}
    return count_tags(pl.DataFrame(dict(zip(types, found, strict=True)), schema=types), vocabulary)


def _fast_tags(data: bytes) -> pl.DataFrame | None:
    """All rows, or None where something in the file is not as it should be."""
    types: dict[str, Any] = dict.fromkeys(_TAGS, pl.Int64) | {"tag": pl.String}
    try:
        frame = pl.read_csv(data, schema=types)
    except pl.exceptions.PolarsError:
        return None
    if any(frame[name].null_count() for name in ("userId", "movieId", "timestamp")):
        return None
    return frame.select(user="userId", movie="movieId", tag="tag")


def count_tags(frame: pl.DataFrame, vocabulary: IdVocabulary) -> TagCounts:
    """Counts from a frame with one row for each time that a ``user`` gave a ``movie`` a ``tag``."""
    codes = pl.Series("movie", vocabulary.encode(frame["movie"].to_numpy()))
    counts = (
        frame.with_columns(codes, tag=pl.col("tag").str.strip_chars().str.to_lowercase())
        .filter((pl.col("movie") >= 0) & (pl.col("tag") != ""))
        .unique(["user", "movie", "tag"])
        .group_by("movie", "tag")
        .len()
        .sort("movie", "tag")
    )
    names = counts["tag"].unique().sort()
    positions = np.searchsorted(np.asarray(names.to_list(), dtype=np.str_), counts["tag"].to_list())
    return TagCounts(
        tuple(names.to_list()),
        counts["movie"].to_numpy().astype(np.int32),
        positions.astype(np.int32),
        counts["len"].to_numpy().astype(np.int32),
    )


# -- the catalogue -------------------------------------------------------------------------


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

    Genres are text in any form of :func:`~matinee.tables.values.split_genres`. A year that is
    missing or 0 is read from the title. Further columns are passed on to
    :class:`~matinee.catalog.Catalog` and follow `vocabulary`.
    """
    if vocabulary is None:
        vocabulary = vocabulary_of(films)
    if not films["movie_id"].is_sorted():
        films = films.sort("movie_id")
    year = films["title"].str.extract(_YEAR, 1).cast(pl.Int16).fill_null(0)
    if "year" in films.columns:
        given = films["year"].cast(pl.Int16).fill_null(0)
        year = given.zip_with(given > 0, year)
    for name in ("imdb", "tmdb"):
        if name in films.columns:
            columns.setdefault(f"{name}_ids", films[name].to_numpy().copy())
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
    split = [split_genres(text) for text in combinations]
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


def duplicates_of(catalog: Catalog) -> Codes | None:
    """Which film each film is: two ids of one title and year, or of one IMDb id, are one film.

    Returns
    -------
    ndarray, shape (n_movies,), dtype int32, or None
        The code of the most rated one of each such group; None where every film stands once.
    """
    groups: list[list[int]] = []
    years = zip(catalog.titles, catalog.years.tolist(), strict=True)
    titled = [f"{title.casefold().strip()}\n{year}" for title, year in years]
    for keys, has in ((titled, catalog.years > 0), (catalog.imdb_ids, catalog.imdb_ids > 0)):
        known = np.flatnonzero(has).tolist()
        if len({keys[code] for code in known}) == len(known):
            continue
        owners: dict[Any, list[int]] = {}
        for code in known:
            owners.setdefault(keys[code], []).append(code)
        groups += [codes for codes in owners.values() if len(codes) > 1]
    if not groups:
        return None
    into = np.arange(len(catalog), dtype=np.int32)
    for codes in groups:
        roots = np.unique(into[codes])
        root = roots[np.argmax(catalog.popularity[roots])]
        into[np.isin(into, roots)] = root
    return into
