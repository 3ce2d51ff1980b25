"""Which column is what: said by the caller, or recognized by its name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from matinee.errors import FormatError, ParameterError

__all__ = [
    "RATING_ROLES",
    "check_mapping",
    "find_columns",
    "plain_name",
    "position_of",
    "rating_columns",
]

RATING_ROLES = ("user", "movie", "rating", "timestamp")
"""What the columns of a table of ratings are."""

_DATES, _NONE = "dates", "none"
_DATE_ORDERS = ("dmy", "mdy")

# Compared without case, spaces and punctuation. Earlier ones win; those in one group mean the same.
Names = Sequence[Sequence[str]]
_OWN_RATINGS = (
    "yourrating",
    "yourstars",
    "myrating",
    "mystars",
    "userrating",
    "yourated",
    "ratedbyyou",
)
NAMES: dict[str, Names] = {
    "user": (
        ("userid",),
        ("user", "uid", "userno", "username"),
        ("reviewerid", "customerid", "customer", "memberid", "person", "accountid", "raterid"),
    ),
    "movie": (
        ("movieid",),
        ("itemid", "filmid"),
        ("movie", "item", "film"),
        ("mid", "iid", "asin", "parentasin", "bookid", "artistid", "productid", "titleid"),
        ("imdbid", "tconst", "const", "tmdbid"),
        ("movietitle", "title", "filmtitle"),
    ),
    "rating": (
        _OWN_RATINGS,
        ("rating", "ratings", "stars", "star", "overall"),
        ("score", "value", "points", "grade"),
        ("weight", "plays", "playcount", "listens"),
    ),
    "timestamp": (
        ("timestamp",),
        ("unixreviewtime", "unixtime", "ratedat", "daterated", "ratingtimestamp", "ts"),
        ("datetime", "date", "time", "createdat", "reviewtime"),
    ),
}
FILM_NAMES: dict[str, Names] = {
    "movie": (
        ("movieid",),
        ("itemid", "filmid"),
        ("movie", "item", "film"),
        ("id",),
        ("mid", "iid"),
    ),
    "title": (("title", "movietitle"), ("name", "filmtitle"), ("primarytitle", "originaltitle")),
    "genres": (("genres", "genre"), ("categories",)),
    "year": (("year", "releaseyear", "startyear"), ("releasedate",)),
    "imdb": (("imdbid", "tconst", "const", "imdb"),),
    "tmdb": (("tmdbid", "tmdb"),),
}


def plain_name(name: str) -> str:
    """A column's name as it is compared: small letters and digits alone."""
    return re.sub(r"[\W_]", "", name).casefold()


def check_mapping(columns: Mapping[Any, str] | None) -> dict[str, str]:
    """A caller's column mapping, checked.

    Raises
    ------
    ParameterError
        If a key is not ``user``, ``movie``, ``rating``, ``timestamp`` or ``dates``.
    """
    mapping = {role: str(name) for role, name in (columns or {}).items()}
    for role in mapping:
        if role not in (*RATING_ROLES, _DATES):
            near = difflib.get_close_matches(str(role), RATING_ROLES, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ParameterError(
                f"columns names the roles user, movie, rating and timestamp, got {role!r}{hint}"
            )
    if mapping.get(_DATES, "dmy") not in _DATE_ORDERS:
        raise ParameterError(
            f"dates says the order of day, month and year, dmy or mdy, got {mapping[_DATES]!r}"
        )
    return mapping


def rating_columns(
    names: Sequence[str], mapping: Mapping[str, str], file: str, *, header: bool = True
) -> dict[str, int]:
    """Where a table has users, movies, ratings and times; the last two may be missing.

    Without a header, the columns are user, movie, rating and timestamp in this order, and a mapping
    names them by number, counted from 1.

    Raises
    ------
    FormatError
        If a column is missing, or several may be the ratings; the message shows how to name it.
    """
    roles = {role: name for role, name in mapping.items() if role != _DATES}
    if not header:
        return _by_order(len(names), roles, file)
    none = roles.get("rating", "").casefold() == _NONE and "none" not in map(plain_name, names)
    positions = {
        role: position_of(name, names, file)
        for role, name in roles.items()
        if not (role == "rating" and none)
    }
    for role in RATING_ROLES:
        if role not in positions and not (role == "rating" and none):
            found = _recognized(names, NAMES[role], set(positions.values()))
            if role == "rating" and len(found) > 1:
                shown = " and ".join(names[position] for position in found[:2])
                raise FormatError(
                    f"{file} has the columns {shown}, and either may be the ratings: say which, "
                    f"--columns rating=NAME (columns={{'rating': 'NAME'}})"
                )
            if found:
                positions[role] = found[0]
    for role in RATING_ROLES[:3]:
        if role not in positions and not (
            role == "rating" and _counts_rows(names, roles, positions)
        ):
            more = ", or rating=none where each row counts as one" if role == "rating" else ""
            raise FormatError(
                f"{file} has no column for the {role}: its columns are {', '.join(names)}. "
                f"Name it: --columns {role}=NAME (columns={{{role!r}: 'NAME'}}){more}"
            )
    return positions


def _counts_rows(
    names: Sequence[str], roles: Mapping[str, str], positions: Mapping[str, int]
) -> bool:
    """Whether a table without ratings says who saw what, and nothing else."""
    said = roles.get("rating", "").casefold() == _NONE
    return said or len(positions) == len([name for name in names if name.strip()])


def _by_order(width: int, mapping: Mapping[str, str], file: str) -> dict[str, int]:
    positions: dict[str, int] = {}
    for role, text in mapping.items():
        if not text.isdecimal() or not 1 <= int(text) <= width:
            raise FormatError(
                f"{file} has no header, so that a column is named by its number from 1 to {width}: "
                f"got {role}={text}"
            )
        positions[role] = int(text) - 1
    if not mapping:
        positions = dict(zip(RATING_ROLES, range(width), strict=False))
    missing = [role for role in RATING_ROLES[:3] if role not in positions]
    if missing:
        raise FormatError(
            f"{file} has no header and {width} columns: user, movie and rating are needed, "
            f"{' and '.join(missing)} missing (--columns user=1,movie=2,rating=3)"
        )
    return positions


def find_columns(
    names: Sequence[str], known: Mapping[str, Names], *, taken: Collection[int] = ()
) -> dict[str, int]:
    """Where a table has each of some roles, for those that it has.

    Examples
    --------
    >>> find_columns(["id", "Title", "Genre"], FILM_NAMES)
    {'movie': 0, 'title': 1, 'genres': 2}
    """
    positions: dict[str, int] = {}
    for role, groups in known.items():
        found = _recognized(names, groups, {*taken, *positions.values()})
        if found:
            positions[role] = found[0]
    return positions


def _recognized(names: Sequence[str], groups: Names, taken: set[int]) -> list[int]:
    """The columns of the first group that has any."""
    plain = [plain_name(name) for name in names]
    for group in groups:
        found = [
            position
            for wanted in group
            for position, name in enumerate(plain)
            if name == wanted and position not in taken
        ]
        if found:
            return found
    return []


def position_of(name: str, names: Sequence[str], file: str) -> int:
    """Where a column of a name stands.

    Raises
    ------
    FormatError
        If there is none; the message lists those that there are.
    """
    if name in names:
        return list(names).index(name)
    folded = [other.strip().casefold() for other in names]
    if name.strip().casefold() in folded:
        return folded.index(name.strip().casefold())
    near = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise FormatError(f"{file} has no column {name!r}: its columns are {', '.join(names)}{hint}")
