"""Which column means what, service by service; and any table with a title or an id.

Reading, separators, stars and times are those of :mod:`matinee.tables`. A rating that is none costs
its row; an odd date, year or id only its cell.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal, TypeAlias

from matinee.errors import FormatError, ParameterError
from matinee.importers.records import FileKind, ImportFile, ImportRow, RowKind, Skipped
from matinee.scale import FIVE_STARS, HUNDRED_POINTS, TEN_POINTS, RatingScale
from matinee.tables import problems as kinds
from matinee.tables.archive import Source
from matinee.tables.columns import plain_name, position_of
from matinee.tables.text import Table, open_table
from matinee.tables.values import (
    INTEGER,
    clean_text,
    date_order,
    read_imdb_number,
    read_stars,
    read_time,
    read_whole,
)

__all__ = [
    "MAX_ROWS",
    "BadValueError",
    "Part",
    "clean_title",
    "imdb_id_of",
    "no_film",
    "rating_of",
    "read_cell",
    "read_table",
    "title_of_row",
    "year_of",
]

MAX_ROWS = 100_000
"""Most rows of an import: thirty films a day for nine years."""
LONGEST_TITLE = 300

Part: TypeAlias = Literal["ratings", "diary", "watched", "watchlist", "likes", "list"]
_KINDS: dict[Part, RowKind] = {
    "watched": "watched",
    "watchlist": "watchlist",
    "likes": "like",
    "list": "watchlist",
}
_PART_NAMES: dict[str, Part] = {
    "watched": "watched",
    "watchlist": "watchlist",
    "films": "likes",
    "likes": "likes",
    "likes-films": "likes",
}

# Roles of columns, by their names without case, blanks and punctuation; earlier ones win.
Columns: TypeAlias = Mapping[str, Sequence[str]]
_ANY: Columns = {
    "title": ("title", "name", "filmname", "titlename", "filmtitle", "movietitle", "film", "movie"),
    "original": ("originaltitle",),
    "year": ("year", "releaseyear", "filmyear", "releasedate", "released", "startyear"),
    "rating": (
        *("yourrating", "yourated", "myrating", "userrating", "rating10", "rating", "ratings"),
        *("stars", "score", "points", "grade"),
    ),
    "date": ("daterated", "ratedat", "ratingdate", "timestamp", "created", "date", "dateadded"),
    "seen": ("watcheddate", "watchedat", "lastwatchedat", "datewatched"),
    "imdb": ("imdbid", "const", "tconst", "imdb", "ttid", "imdburi"),
    "tmdb": ("tmdbid", "tmdb", "themoviedbid"),
    "movie_id": ("movieid", "itemid", "filmid", "id"),
    "type": ("titletype", "type", "mediatype"),
    "list": ("watchlist", "status"),
    "position": ("position",),
    "thumbs": ("thumbsvalue",),
}


@dataclass(frozen=True)
class Service:
    """How the tables of a service are known, and what is its own about them."""

    kind: FileKind
    needs: frozenset[str]
    scale: RatingScale | None = None
    columns: Columns = dataclasses.field(default_factory=dict)


def _service(kind: FileKind, needs: str, scale: RatingScale | None, **columns: str) -> Service:
    own = {role: (name,) for role, name in columns.items()}
    return Service(kind, frozenset(needs.split()), scale, own)


_SERVICES = (
    _service("letterboxd", "letterboxduri name", FIVE_STARS),
    _service("letterboxd", "position name url description", FIVE_STARS),
    _service("letterboxd", "title watcheddate rating10", TEN_POINTS, rating="rating10"),
    _service("letterboxd", "title watcheddate rating directors", FIVE_STARS),
    _service("imdb", "const title", TEN_POINTS),
    _service("tmdb", "tmdbid imdbid type name yourrating", TEN_POINTS),
    _service("simkl", "simklid title", TEN_POINTS, seen="watcheddate"),
    _service(
        "netflix",
        "profilename titlename ratingtype",
        FIVE_STARS,
        rating="starvalue",
        date="eventutcts",
    ),
    _service("netflix", "title date", None),
    _service("movary", "title tmdbid imdbid userrating", TEN_POINTS),
    _service("criticker", "score filmname tier", HUNDRED_POINTS),
)


class BadValueError(ValueError):
    """A value that leads to its row being skipped; the message is the reason."""


# -- single cells --------------------------------------------------------------------------

_NO_FILMS = {
    **dict.fromkeys(
        ("tvseries", "tvminiseries", "miniseries", "tv", "tvshow", "show", "series", "season"),
        "a TV series, no film",
    ),
    **dict.fromkeys(("tvepisode", "episode"), "an episode of a TV series, no film"),
    **dict.fromkeys(("podcastseries", "podcastepisode"), "a podcast, no film"),
    "videogame": "a video game, no film",
    "game": "a video game, no film",
    "musicvideo": "a music video, no film",
    "person": "a person, no film",
}
# "Fargo: Season 1: The Crocodile's Dilemma", as Netflix names what was watched.
_EPISODE = re.compile(
    r":\s(?:Season|Series|Staffel|Saison|Temporada|Stagione|Limited Series|Part|Volume|Book|"
    r"Chapter|Collection)\b[^:]*:",
    re.IGNORECASE,
)


def no_film(kind: str) -> str:
    """What something is that is no film, by the word of a service; else the empty text."""
    return _NO_FILMS.get(plain_name(kind), "")


def clean_title(text: object) -> str:
    """A title without entities and signs that cannot be seen or that a terminal would obey.

    Raises
    ------
    BadValueError
        If nothing is left, or it is longer than a title.
    """
    if not isinstance(text, str):
        raise BadValueError("no title")
    if len(text) > LONGEST_TITLE:
        raise BadValueError(f"a title of {len(text):,} characters, more than {LONGEST_TITLE}")
    title = clean_text(text)
    if not title:
        raise BadValueError("no title")
    return title


def rating_of(value: object, scale: RatingScale) -> tuple[float, RatingScale] | None:
    """A rating and its scale; None where there is none: an empty cell, or 0 below the scale.

    Raises
    ------
    BadValueError
        If it is not on the scale.
    """
    found: Any = kinds.NOT_A_NUMBER
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        found = read_stars(str(value))
    if found == kinds.MISSING:
        return None
    if isinstance(found, tuple):
        number, top = found
        scale = {5.0: FIVE_STARS, 10.0: TEN_POINTS, 100.0: HUNDRED_POINTS}.get(top, scale)
        if number == 0 < scale.minimum:
            return None
        # The lowest rating is often a 0, as beside ten points.
        if 0 <= number <= scale.maximum and (scale.maximum > 5 or number >= scale.minimum):
            return max(number, scale.minimum), scale
    raise BadValueError(f"the rating {_shown(value)} is not one of {scale}")


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str | int | float | None) else "of another type"
    return text if len(text) <= 40 else text[:39] + "…"


def read_cell(
    found: ImportFile, value: object, what: str, read: Callable[[Any], int | None]
) -> int | None:
    """An optional cell: None where it is empty, or where it cannot be read, which is counted."""
    if value is None or value == "":
        return None
    number = read(value)
    if number is None:
        found.emptied[what] += 1
    return number or (0 if what == "date" and number == 0 else None)


def year_of(value: object) -> int | None:
    """A film's year, of a year or a date; 0 where there is none, None where it cannot be one."""
    text = value[:4] if isinstance(value, str) and re.match(r"\d{4}-\d", value) else value
    number = read_whole(text)
    return number if number == 0 or (number and 1870 <= number <= 2100) else None


def imdb_id_of(value: object) -> str | None:
    """An IMDb id in the form with at least seven digits; None where it is none.

    Examples
    --------
    >>> imdb_id_of("tt133093"), imdb_id_of("https://www.imdb.com/title/tt0073195/"), imdb_id_of("x")
    ('tt0133093', 'tt0073195', None)
    """
    number = read_imdb_number(value)
    return f"tt{number:07d}" if number else None


def title_of_row(cells: Mapping[str, Any], role: str = "title") -> str:
    """What to call a row that is skipped."""
    text = cells.get(role)
    return clean_text(text)[:80] if isinstance(text, str) else ""


# -- tables --------------------------------------------------------------------------------


def read_table(
    source: Source,
    member: str,
    *,
    part: Part | None = None,
    scale: RatingScale | None = None,
    columns: Mapping[str, str] | None = None,
) -> ImportFile:
    """Read a table of films, whoever made it.

    Parameters
    ----------
    source : Source
    member : str
    part : str, optional
        Which of Letterboxd's tables it is, where that is known; else its columns say it, or its
        name.
    scale : RatingScale, optional
        Of the ratings in a table of nobody's, where they fit it.
    columns : mapping of str to str, optional
        Which column is which, by role: title, year, rating, imdb, tmdb, movie_id, date, seen.

    Raises
    ------
    FormatError
        If it has no film in it, or it is not clear what it says of them.
    """
    table = open_table(source, member, most=MAX_ROWS)
    names = {plain_name(name): name for name in reversed(table.columns) if name}
    service = next((one for one in _SERVICES if one.needs <= set(names) and not columns), None)
    if service is not None and service.kind == "netflix" and len(names) > 3:
        service = service if "titlename" in names else None
    if service is None:
        service = Service("table", frozenset())
    at = _positions(names, service, table, _named(columns, table))
    if not {"title", "imdb", "tmdb", "movie_id"} & set(at):
        shown = ", ".join(column[:30] for column in table.columns[:8])
        raise FormatError(
            f"{member} is of no export that Matinee reads (its first line is {shown!r}): a column "
            f"for the title, or for an IMDb or TMDB id, is needed"
        )
    if service.kind == "letterboxd" and "letterboxduri" in names:
        part = part or _part_of(table, names)
    elif "rating" not in at and service.kind != "netflix":
        part = "list"
    found = ImportFile(service.kind)
    order = _order(table, at)
    for line, cells in table.rows:
        row = {role: cells.get(name, "") for role, name in at.items()}
        try:
            found.rows.extend(_rows(found, row, line, member, service, part, order))
        except BadValueError as error:
            found.skipped.append(Skipped(line, str(error), member, title_of_row(row)))
    if service.scale is None and service.kind == "table":
        _give_scale(found, scale)
    return found


def _named(columns: Mapping[str, str] | None, table: Table) -> dict[str, str]:
    """The columns that the caller named, by role; those of :func:`matinee.load` lead here too."""
    at: dict[str, str] = {}
    for given, name in (columns or {}).items():
        role = {"movie": "title", "timestamp": "date"}.get(given, given)
        if role not in _ANY:
            raise ParameterError(f"no column is a {given!r}: there are {', '.join(_ANY)}")
        at[role] = table.columns[position_of(name, table.columns, table.file)]
    return at


def _positions(
    names: Mapping[str, str], service: Service, table: Table, given: Mapping[str, str]
) -> dict[str, str]:
    """The column of each role that a table has, by its name."""
    roles = {**_ANY, **service.columns}
    at: dict[str, str] = dict(given)
    for role, known in roles.items():
        name = next((names[plain] for plain in known if plain in names), None)
        if name is not None and role not in at and name not in at.values():
            at[role] = name
    if service.kind == "table":
        # "movie" may be a title or an id, and "id" one of IMDb's.
        either = "movie_id" not in at and (
            plain_name(at.get("title", "")) in ("movie", "film") or "title" in given
        )
        if either and all(map(INTEGER.fullmatch, _sample(table, at["title"]))):
            at["movie_id"] = at.pop("title")
        ids = _sample(table, at["movie_id"]) if "movie_id" in at else []
        if ids and "imdb" not in at and all(re.fullmatch(r"tt\d{5,}", cell) for cell in ids):
            at["imdb"] = at.pop("movie_id")
    else:
        at.pop("movie_id", None)
        if service.kind != "simkl":
            at.pop("list", None)
        if service.kind != "netflix":
            at.pop("thumbs", None)
    return at


def _sample(table: Table, column: str) -> list[str]:
    place = table.columns.index(column)
    return [cell for row in table.form.sample if len(row) > place and (cell := row[place].strip())]


def _order(table: Table, at: Mapping[str, str]) -> str:
    dates = [cell for role in ("date", "seen") if role in at for cell in _sample(table, at[role])]
    return date_order(dates)


def _part_of(table: Table, names: Mapping[str, str]) -> Part:
    if "watcheddate" in names:
        return "diary"
    if "rating" in names:
        return "ratings"
    stem = PurePosixPath(table.file).stem.casefold()
    # Browsers number what is downloaded twice: "watched (1).csv".
    part = _PART_NAMES.get(stem.split(" (")[0].strip())
    if part is None:
        raise FormatError(
            f"{table.file}: Letterboxd's watched.csv, watchlist.csv and likes/films.csv have the "
            f"same columns; give the file its own name again, or import the whole zip file"
        )
    return part


def _rows(
    found: ImportFile,
    row: Mapping[str, str],
    line: int,
    file: str,
    service: Service,
    part: Part | None,
    order: str,
) -> Iterator[ImportRow]:
    """What one row of a table says."""
    if problem := no_film(row.get("type", "")):
        raise BadValueError(problem)
    title = row.get("title", "")
    if service.kind == "netflix" and _EPISODE.search(title):
        raise BadValueError("an episode of a TV series, no film")
    imdb = read_cell(found, row.get("imdb"), "IMDb id", lambda text: read_imdb_number(text) or None)
    tmdb = read_cell(found, row.get("tmdb"), "TMDB id", read_whole)
    movie_id = row.get("movie_id") or None
    named = imdb or tmdb or movie_id
    base = ImportRow(
        clean_title(title) if title or not named else "",
        read_cell(found, row.get("year"), "year", year_of),
        scale=service.scale or FIVE_STARS,
        rated_at=read_cell(found, row.get("date"), "date", lambda text: read_time(text, order)),
        imdb_id=f"tt{imdb:07d}" if imdb else None,
        tmdb_id=tmdb,
        original_title=clean_text(row.get("original", ""))[:LONGEST_TITLE],
        movie_id=movie_id,
        line=line,
        file=file,
    )
    replace = dataclasses.replace
    seen = read_cell(found, row.get("seen"), "date", lambda text: read_time(text, order))
    if part in _KINDS:
        yield replace(base, kind=_KINDS[part])
        return
    rating = _rating(row, service)
    if rating is not None and part != "diary":
        at = base.rated_at if base.rated_at is not None else seen
        yield replace(base, value=rating[0], scale=rating[1], rated_at=at)
    elif rating is not None:
        yield replace(base, value=rating[0], scale=rating[1])
    planned = plain_name(row.get("list", "")) in ("plantowatch", "watchlist", "planned")
    if planned or (rating is None and "position" in row):
        yield replace(base, kind="watchlist")
    elif part == "diary" or "seen" in row or service.kind == "simkl":
        yield replace(base, kind="watched", rated_at=base.rated_at if seen is None else seen)
    elif rating is None and service.kind == "netflix" and "thumbs" not in row:
        yield replace(base, kind="watched")
    elif rating is None:
        zero = row.get("rating", "").strip(" 0.") == "" != row.get("rating", "")
        if not zero:
            raise BadValueError("no rating")
        yield replace(base, kind="watched")  # a film that was seen, and not rated


def _rating(row: Mapping[str, str], service: Service) -> tuple[float, RatingScale] | None:
    thumbs = {"1": 1.0, "2": 4.0, "3": 5.0}.get(row.get("thumbs", ""))
    if thumbs is not None:
        return thumbs, FIVE_STARS
    return rating_of(row.get("rating", ""), service.scale or HUNDRED_POINTS)


def _give_scale(found: ImportFile, scale: RatingScale | None) -> None:
    """Set the scale of anybody's table: the one asked for, or the least that holds its ratings."""
    values = [
        row.value for row in found.rows if row.value is not None and row.scale is HUNDRED_POINTS
    ]
    if not values:
        return
    low, high = min(values), max(values)
    known = [one for one in (FIVE_STARS, TEN_POINTS, HUNDRED_POINTS) if high <= one.maximum]
    if scale is not None and scale.minimum <= low and high <= scale.maximum:
        known.insert(0, scale)
    for position, row in enumerate(found.rows):
        if row.value is not None and row.scale is HUNDRED_POINTS:
            value = max(row.value, known[0].minimum)
            found.rows[position] = dataclasses.replace(row, scale=known[0], value=value)
