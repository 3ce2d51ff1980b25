"""Which file of a folder or zip is what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from matinee.errors import FormatError, ParameterError

__all__ = ["BESIDE", "FORMATS", "Layout", "find_layout"]

FORMATS = {
    "ml-100k": "u.data and u.item, tabs and '|'",
    "ml-1m": "ratings.dat and movies.dat, '::' (ML-1M and ML-10M)",
    "movielens": "ratings.csv and movies.csv, with tags.csv and links.csv (ML-20M and later)",
    "table": "one's own table of ratings as CSV, TSV or text of any separator",
    "parquet": "one's own table of ratings as Parquet",
}
"""The formats that :func:`matinee.load` reads, and what they are."""

_MARKS = {"ml-100k": "u.data", "ml-1m": "ratings.dat", "movielens": "ratings.csv"}
_COMPANIONS = {
    "ml-100k": {"films": "u.item"},
    "ml-1m": {"films": "movies.dat", "tags": "tags.dat"},
    "movielens": {"films": "movies.csv", "tags": "tags.csv", "links": "links.csv"},
}
_TABLES = (
    *(".csv", ".tsv", ".txt", ".dat", ".data", ".inter", ".json", ".jsonl", ".parquet", ".pq"),
    *(".tab", ".ndjson"),
)
_FILM_STEMS = ("movies", "films", "items")
_METADATA = "movies_metadata.csv"  # The Movies Dataset: films by TMDB's ids, joined by links
_LINKS = ("links.csv", "links_small.csv")

BESIDE = (
    *(file for companions in _COMPANIONS.values() for file in companions.values()),
    "u.genre",
    *(f"{stem}{suffix}" for stem in _FILM_STEMS for suffix in (".csv", ".tsv", ".parquet")),
    _METADATA,
    *_LINKS,
)
"""What belongs to a ratings file that is named itself, if it lies beside it."""


@dataclass(frozen=True)
class Layout:
    """What was found.

    Attributes
    ----------
    format : str
        One of :data:`FORMATS`.
    folder : str
        The folder inside the source that holds the files, ``""`` for its root.
    ratings : str
        The member with the ratings; ``""`` where there are only films.
    others : mapping of str to str
        ``"films"``, ``"tags"``, ``"links"``, and ``"metadata"`` (films by TMDB's ids), where
        present.
    """

    format: str
    folder: str
    ratings: str
    others: Mapping[str, str] = field(default_factory=dict)


def find_layout(
    members: Mapping[str, int],
    name: str,
    wanted: str | None = None,
    *,
    ratings: bool = True,
    chosen: str = "",
) -> Layout:
    """Recognise the files of a source.

    Parameters
    ----------
    members : mapping of str to int
        Files and their sizes.
    name : str
        What the source is called in messages.
    wanted : str, optional
        One of :data:`FORMATS`, where it is not to be detected.
    ratings : bool
        Whether ratings are needed; films alone are enough otherwise.
    chosen : str
        The member with the ratings, where it is known.

    Raises
    ------
    FormatError
        If the files are not known, or several fit.
    ParameterError
        If there is no such format.

    Examples
    --------
    >>> find_layout({"ml-1m/ratings.dat": 9, "ml-1m/movies.dat": 9}, "ml-1m.zip").others
    {'films': 'ml-1m/movies.dat'}
    """
    if wanted is not None and wanted not in FORMATS:
        raise ParameterError(f"format must be one of {', '.join(FORMATS)}, got {wanted!r}")
    for format_name, mark in _MARKS.items():
        if wanted not in (None, format_name):
            continue
        found = _find(members, mark) if chosen.lower() in ("", mark) else None
        if found is None and not ratings:
            found = _find(members, _COMPANIONS[format_name]["films"])
        if found is not None:
            return _with_companions(members, format_name, mark, found)
    if not chosen and wanted is None and (films := _films_of(members)):
        raise FormatError(
            f"{name} has films ({films}), but no ratings: u.data, ratings.dat or ratings.csv was "
            f"looked for beside them"
        )
    if wanted in _MARKS:
        raise FormatError(
            f"{name} is not in the format {wanted} ({FORMATS[wanted]}): "
            f"there is no {_MARKS[wanted]} in it, but {_listed(members)}"
        )
    return _own_table(members, name, wanted, chosen)


def _films_of(members: Mapping[str, int]) -> str:
    """A film table of MovieLens whose name no other table has."""
    names = [companions["films"] for companions in _COMPANIONS.values()]
    found = [member for member in map(partial(_find, members), names) if member is not None]
    others = {PurePosixPath(member).name.lower() for member in members}
    beside = {"links.csv", "tags.csv", "u.user", "users.dat", "genome-tags.csv"}
    return found[0] if found and (len(others) == 1 or others & beside) else ""


def _find(members: Mapping[str, int], file: str) -> str | None:
    """The shallowest member of this name."""
    found = [member for member in members if PurePosixPath(member).name.lower() == file]
    return min(found, key=lambda member: (member.count("/"), member), default=None)


def _with_companions(members: Mapping[str, int], format_name: str, mark: str, found: str) -> Layout:
    folder = found.rpartition("/")[0]
    beside = {
        PurePosixPath(member).name.lower(): member
        for member in members
        if member.rpartition("/")[0] == folder
    }
    others = {
        role: beside[file] for role, file in _COMPANIONS[format_name].items() if file in beside
    }
    if "films" not in others:
        others |= _metadata(beside)
    return Layout(format_name, folder, beside.get(mark, ""), others)


def _metadata(beside: Mapping[str, str]) -> dict[str, str]:
    """The film table of The Movies Dataset and its links."""
    links = next((file for file in _LINKS if file in beside), "")
    found = {"metadata": beside[_METADATA]} if _METADATA in beside else {}
    return found | ({"links": beside[links]} if found and links else {})


def _own_table(members: Mapping[str, int], name: str, wanted: str | None, chosen: str) -> Layout:
    ours = {_METADATA, *_LINKS}
    tables = [
        member
        for member in members
        if _is_table(member, wanted) and PurePosixPath(member).name.lower() not in ours
    ]
    films = [member for member in tables if PurePosixPath(member).stem.lower() in _FILM_STEMS]
    if chosen:
        candidates = [chosen]
    elif len(members) > 1:
        named = [
            member
            for member in tables
            if re.search(r"rating|rated", PurePosixPath(member).stem, re.IGNORECASE)
        ]
        # HetRec has its ratings with dates in columns, and once more with timestamps.
        timed = [member for member in named if "timestamps" in member.lower()]
        named = timed if len(timed) == 1 else named
        candidates = named or [member for member in tables if member not in films]
    else:
        candidates = [member for member in members if not member.lower().endswith(".zip")]
    if not candidates:
        archives = [member for member in members if member.lower().endswith(".zip")]
        inside = f" Unpack {archives[0]} first." if archives else ""
        raise FormatError(
            f"{name} holds no ratings that Matinee knows: u.data, ratings.dat, ratings.csv or one "
            f"CSV, TSV or Parquet file was looked for, found {_listed(members)}.{inside}"
        )
    if len(candidates) > 1:
        raise FormatError(
            f"{name} holds several tables, and which one has the ratings is not clear: "
            f"{_listed(dict.fromkeys(candidates, 0))}. Name the file itself"
        )
    ratings = candidates[0]
    is_parquet = wanted == "parquet" or (
        wanted is None and PurePosixPath(ratings).suffix.lower() in (".parquet", ".pq")
    )
    folder = ratings.rpartition("/")[0]
    others = {"films": films[0]} if len(films) == 1 and films[0] != ratings else {}
    if not others:
        beside = {PurePosixPath(one).name.lower(): one for one in members}
        others = _metadata(beside)
    return Layout("parquet" if is_parquet else "table", folder, ratings, others)


def _is_table(member: str, wanted: str | None) -> bool:
    suffix = PurePosixPath(member).suffix.lower()
    if wanted == "parquet":
        return suffix in (".parquet", ".pq")
    return suffix in _TABLES


def _listed(members: Mapping[str, int]) -> str:
    names = list(members)
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return (", ".join(names[:5]) or "nothing") + more
