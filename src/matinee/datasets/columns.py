"""Which column is which: recognised by its name, or said by the caller."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from matinee.datasets.rows import Role
from matinee.errors import FormatError, ParameterError

__all__ = ["ROLES", "check_mapping", "film_positions", "rating_positions"]

ROLES: tuple[Role, ...] = ("user", "movie", "rating", "timestamp")

# Compared without case, spaces and punctuation; earlier ones win.
_RATING_NAMES: dict[str, tuple[str, ...]] = {
    "user": ("userid", "user", "uid", "username", "userno", "customerid", "customer", "person"),
    "movie": (
        "movieid",
        "itemid",
        "filmid",
        "movie",
        "item",
        "film",
        "mid",
        "iid",
        "movietitle",
        "title",
    ),
    "rating": ("rating", "stars", "star", "score", "ratings", "userrating", "yourrating", "value"),
    "timestamp": (
        "timestamp",
        "time",
        "datetime",
        "date",
        "ratedat",
        "createdat",
        "daterated",
        "unixtime",
        "ts",
    ),
}
_FILM_NAMES: dict[str, tuple[str, ...]] = {
    "movie": ("movieid", "itemid", "filmid", "movie", "item", "film", "id", "mid", "iid"),
    "title": ("title", "movietitle", "name", "originaltitle", "filmtitle"),
    "genres": ("genres", "genre", "categories"),
    "year": ("year", "releaseyear", "startyear"),
}


def check_mapping(columns: Mapping[Any, str] | None) -> dict[Role, str]:
    """A caller's column mapping, checked.

    Raises
    ------
    ParameterError
        If a key is not ``user``, ``movie``, ``rating`` or ``timestamp``.
    """
    mapping = dict(columns or {})
    for role in mapping:
        if role not in ROLES:
            near = difflib.get_close_matches(role, ROLES, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ParameterError(
                f"columns names the roles user, movie, rating and timestamp, got {role!r}{hint}"
            )
    return cast("dict[Role, str]", {role: str(name) for role, name in mapping.items()})


def rating_positions(
    names: Sequence[str], mapping: Mapping[Role, str], file: str, *, header: bool = True
) -> dict[Role, int]:
    """Which column has which role; ``timestamp`` is left out where there is none.

    Without a header, the columns are user, movie, rating and timestamp in this order, and a mapping
    names them by number, counted from 1.

    Raises
    ------
    FormatError
        If a column is missing; the message shows how to name it.
    """
    if not header:
        return _by_order(len(names), mapping, file)
    positions: dict[Role, int] = {}
    for role, name in mapping.items():
        positions[role] = _position_of(name, names, file)
    for role in ROLES:
        if role not in positions:
            found = _recognised(names, _RATING_NAMES[role], set(positions.values()))
            if found is not None:
                positions[role] = found
    for role in ("user", "movie", "rating"):
        if role not in positions:
            raise FormatError(
                f"{file} has no column for the {role}: its columns are {', '.join(names)}. "
                f"Name it: --columns {role}=NAME (columns={{{role!r}: 'NAME'}})"
            )
    return positions


def _by_order(width: int, mapping: Mapping[Role, str], file: str) -> dict[Role, int]:
    positions: dict[Role, int] = {}
    for role, text in mapping.items():
        if not text.isdecimal() or not 1 <= int(text) <= width:
            raise FormatError(
                f"{file} has no header, so that a column is named by its number from 1 to {width}: "
                f"got {role}={text}"
            )
        positions[role] = int(text) - 1
    if not mapping:
        positions = dict(zip(ROLES, range(width), strict=False))
    missing = [role for role in ROLES[:3] if role not in positions]
    if missing:
        raise FormatError(
            f"{file} has no header and {width} columns: user, movie and rating are needed, "
            f"{' and '.join(missing)} missing (--columns user=1,movie=2,rating=3)"
        )
    return positions


def film_positions(names: Sequence[str], file: str) -> dict[str, int]:
    """Where a film table has its movie id, title, genres and year (the last two may be missing).

    Raises
    ------
    FormatError
        If there is no column for the id or the title.
    """
    positions: dict[str, int] = {}
    for role, known in _FILM_NAMES.items():
        found = _recognised(names, known, set(positions.values()))
        if found is not None:
            positions[role] = found
    for role in ("movie", "title"):
        if role not in positions:
            raise FormatError(
                f"{file} has no column for the {role}: its columns are {', '.join(names)}; "
                f"{' or '.join(_FILM_NAMES[role][:3])} would be understood"
            )
    return positions


def _recognised(names: Sequence[str], known: Sequence[str], taken: set[int]) -> int | None:
    plain = [re.sub(r"[\W_]", "", name).casefold() for name in names]
    for wanted in known:
        for position, name in enumerate(plain):
            if name == wanted and position not in taken:
                return position
    return None


def _position_of(name: str, names: Sequence[str], file: str) -> int:
    if name in names:
        return list(names).index(name)
    folded = [other.strip().casefold() for other in names]
    if name.strip().casefold() in folded:
        return folded.index(name.strip().casefold())
    near = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise FormatError(f"{file} has no column {name!r}: its columns are {', '.join(names)}{hint}")
