"""Writing events and what follows from them, inside a transaction of the caller.

The latest event of a person, film and kind stands: latest by ``at``, and among equal times the one
that came last. An undo marks one event as undone; what stands then is the latest of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from matinee.errors import ParameterError, UnknownPersonError
from matinee.store.database import upsert
from matinee.store.records import Added, Entry, Event, Film
from matinee.store.schema import KINDS, current, events, films, people

__all__ = [
    "MAX_STARS",
    "MIN_STARS",
    "append",
    "film_of",
    "lock_person",
    "read_events",
    "storable",
    "take_back",
]

MIN_STARS, MAX_STARS = 0.5, 5.0
_LONGEST_ID = 200
_EARLIEST, _LATEST = -62_135_596_800, 253_402_300_800  # the years 1 to 9999
_CELL = ("person_id", "movie_id", "kind")
_CURRENT = ("person_id", "movie_id", "kind", "value", "at", "dated", "source", "event_id")
_BLOCK = 500  # below the number of variables that any SQLite takes in one statement


def storable(text: str, longest: int) -> bool:
    """Whether every database takes this text: not empty, not too long, and valid Unicode."""
    return 1 <= len(text) <= longest and not any(
        sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text
    )


def lock_person(connection: Connection, person_id: int) -> None:
    """Count one change of a person, and hold off other writers of the same person until the end.

    Raises
    ------
    UnknownPersonError
        If there is no such person.
    """
    changed = connection.execute(
        sa.update(people)
        .where(people.c.person_id == person_id)
        .values(revision=people.c.revision + 1)
    )
    if changed.rowcount != 1:
        raise UnknownPersonError(
            f"no person {person_id!r} in the store; `matinee people list` shows who is there"
        )


def append(
    connection: Connection,
    person_id: int,
    entries: Sequence[Entry],
    *,
    source: str,
    batch: str,
    now: int,
    live: bool,
) -> Added:
    """Add entries to the history of a person who is locked, and bring what stands up to date.

    With ``live`` the person says it now, so it stands whatever the clocks say, and saying what
    stands already changes nothing. Otherwise the entries come from a file: an entry that is in the
    history already (same film, kind, value and date) changes nothing, and none lies in the future.
    """
    checked = [_check(entry) for entry in entries]
    standing = _standing(connection, person_id, checked)
    known = set() if live else _known(connection, person_id)
    rows: list[dict[str, Any]] = []
    for entry in checked:
        key = (entry.movie_id, entry.kind, entry.value, entry.at)
        before = standing.get((str(entry.movie_id), entry.kind))
        same = before is not None and before[0] == entry.value
        if live:
            repeated = same or (before is None and entry.value is None)
            at = max(now, before[1]) if before is not None else now
        else:
            repeated = key in known or (same and entry.at is None)
            at = now if entry.at is None else min(entry.at, now)
        if repeated:
            continue
        known.add(key)
        rows.append(
            {
                "person_id": person_id,
                "movie_id": str(entry.movie_id),
                "kind": entry.kind,
                "value": entry.value,
                "at": at,
                "dated": now if live else entry.at,
                "source": source,
                "batch": None if live else batch,
            }
        )
        if before is None or at >= before[1]:
            standing[str(entry.movie_id), entry.kind] = (entry.value, at)
    if not rows:
        return Added(batch, unchanged=len(checked))
    numbers = connection.scalars(
        sa.insert(events).returning(events.c.event_id, sort_by_parameter_order=True), rows
    ).all()
    latest = _latest(connection, person_id, rows, numbers)
    upsert(connection, current, latest, list(_CELL))
    _remember(connection, checked, overwrite=live)
    return Added(
        batch,
        added=len(latest),
        older=len(rows) - len(latest),
        unchanged=len(checked) - len(rows),
        event_ids=tuple(numbers),
    )


def _check(entry: Entry) -> Entry:
    movie_id = str(entry.movie_id)
    if not storable(movie_id, _LONGEST_ID):
        raise ParameterError(f"a movie id has 1 to {_LONGEST_ID} characters, got {movie_id[:20]!r}")
    if entry.kind not in KINDS:
        raise ParameterError(f"kind must be one of {', '.join(KINDS)}, got {entry.kind!r}")
    value = entry.value
    if value is not None:
        if entry.kind == "rating":
            if not MIN_STARS <= value <= MAX_STARS:
                raise ParameterError(
                    f"stars of movie {movie_id!r} must be {MIN_STARS:g} to {MAX_STARS:g} in the "
                    f"store, got {value!r}; bring other scales to five stars first"
                )
            value = float(value)
        elif value != 1:
            raise ParameterError(f"a mark is 1 or None, got {value!r}")
    at = entry.at
    if at is not None:
        if not _EARLIEST <= at < _LATEST:
            raise ParameterError(f"a time is given in Unix seconds, got {at!r}")
        at = int(at)
    return Entry(movie_id, entry.kind, value, at, entry.film)


def _standing(
    connection: Connection, person_id: int, entries: Sequence[Entry]
) -> dict[tuple[str, str], tuple[float | None, int]]:
    """Value and time of what stands for these films, by film and kind."""
    wanted = sa.select(current.c.movie_id, current.c.kind, current.c.value, current.c.at)
    wanted = wanted.where(current.c.person_id == person_id)
    ids = {str(entry.movie_id) for entry in entries}
    if len(ids) <= _BLOCK:
        wanted = wanted.where(current.c.movie_id.in_(ids))
    return {(row.movie_id, row.kind): (row.value, row.at) for row in connection.execute(wanted)}


def _known(connection: Connection, person_id: int) -> set[tuple[Any, ...]]:
    """Film, kind, value and date of each event that counts."""
    undo = events.alias("undo")
    found = connection.execute(
        sa.select(events.c.movie_id, events.c.kind, events.c.value, events.c.dated)
        .outerjoin(undo, undo.c.undoes == events.c.event_id)
        .where(
            events.c.person_id == person_id,
            events.c.undoes.is_(None),
            undo.c.event_id.is_(None),
        )
    )
    return {tuple(row) for row in found}


def _latest(
    connection: Connection, person_id: int, rows: list[dict[str, Any]], numbers: Sequence[int]
) -> list[dict[str, Any]]:
    """Of new events, those that stand: one for each film and kind, and none that is too old."""
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row, number in zip(rows, numbers, strict=True):
        cell = (row["movie_id"], row["kind"])
        if cell not in best or row["at"] >= best[cell]["at"]:
            kept = {name: row[name] for name in _CURRENT if name != "event_id"}
            best[cell] = {**kept, "event_id": number}
    before = _standing(connection, person_id, [Entry(cell[0]) for cell in best])
    return [row for cell, row in best.items() if cell not in before or row["at"] >= before[cell][1]]


def _remember(connection: Connection, entries: Iterable[Entry], *, overwrite: bool) -> None:
    """Keep snapshots of films; those out of a file say nothing about films that others know."""
    snapshots = {entry.film.movie_id: entry.film for entry in entries if entry.film is not None}
    rows = [
        {
            "movie_id": film.movie_id,
            "title": film.title,
            "year": film.year,
            "imdb_id": film.imdb_id,
            "tmdb_id": film.tmdb_id,
        }
        # In one order for all, so that two imports at once do not wait for each other.
        for film in sorted(snapshots.values(), key=lambda film: film.movie_id)
    ]
    upsert(connection, films, rows, ["movie_id"], overwrite=overwrite)


def take_back(
    connection: Connection, person_id: int, numbers: Sequence[int], *, now: int, source: str
) -> list[int]:
    """Undo events of a person who is locked; the numbers of the events that say so."""
    undone: list[Any] = []
    for start in range(0, len(numbers), _BLOCK):
        block = numbers[start : start + _BLOCK]
        wanted = sa.select(events).where(
            events.c.person_id == person_id, events.c.event_id.in_(block)
        )
        undone += connection.execute(wanted.order_by(events.c.event_id)).all()
    marks = [
        {
            "person_id": person_id,
            "movie_id": row.movie_id,
            "kind": row.kind,
            "at": now,
            "source": source,
            "undoes": row.event_id,
        }
        for row in undone
    ]
    if not marks:
        return []
    made = connection.scalars(
        sa.insert(events).returning(events.c.event_id, sort_by_parameter_order=True), marks
    ).all()
    cells = sorted({(row.movie_id, row.kind) for row in undone})
    left = _stands_after(connection, person_id, cells)
    gone = [{"movie": cell[0], "sort": cell[1]} for cell, row in left.items() if row is None]
    if gone:
        connection.execute(
            sa.delete(current).where(
                current.c.person_id == person_id,
                current.c.movie_id == sa.bindparam("movie"),
                current.c.kind == sa.bindparam("sort"),
            ),
            gone,
        )
    stands = [{name: row[name] for name in _CURRENT} for row in left.values() if row is not None]
    upsert(connection, current, stands, list(_CELL))
    shown = [
        {"number": number, "shown": row["value"], "when": row["dated"]}
        for number, mark in zip(made, marks, strict=True)
        if (row := left[mark["movie_id"], mark["kind"]]) is not None
    ]
    if shown:
        connection.execute(
            sa.update(events)
            .where(events.c.event_id == sa.bindparam("number"))
            .values(value=sa.bindparam("shown"), dated=sa.bindparam("when")),
            shown,
        )
    return list(made)


def _stands_after(
    connection: Connection, person_id: int, cells: list[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, Any] | None]:
    """The latest event of each film and kind that was not undone, or None."""
    undo = events.alias("undo")
    wanted = (
        sa.select(events)
        .outerjoin(undo, undo.c.undoes == events.c.event_id)
        .where(
            events.c.person_id == person_id,
            events.c.undoes.is_(None),
            undo.c.event_id.is_(None),
        )
        .order_by(events.c.at, events.c.event_id)
    )
    ids = {movie_id for movie_id, _ in cells}
    if len(ids) <= _BLOCK:
        wanted = wanted.where(events.c.movie_id.in_(ids))
    left: dict[tuple[str, str], dict[str, Any] | None] = dict.fromkeys(cells)
    for row in connection.execute(wanted):
        if (row.movie_id, row.kind) in left:
            left[row.movie_id, row.kind] = dict(row._mapping)
    return left


def read_events(
    connection: Connection,
    *where: sa.ColumnElement[bool],
    limit: int | None = None,
    oldest_first: bool = False,
) -> list[Event]:
    """Events with their films, the latest first unless said otherwise."""
    undo = events.alias("undo")
    wanted = (
        sa.select(
            events,
            undo.c.event_id.label("undone_by"),
            films.c.title,
            films.c.year,
            films.c.imdb_id,
            films.c.tmdb_id,
        )
        .outerjoin(undo, undo.c.undoes == events.c.event_id)
        .outerjoin(films, films.c.movie_id == events.c.movie_id)
        .where(*where)
        .order_by(events.c.event_id if oldest_first else events.c.event_id.desc())
    )
    if limit is not None:
        wanted = wanted.limit(limit)
    return [
        Event(
            event_id=row.event_id,
            person_id=row.person_id,
            movie_id=row.movie_id,
            kind=row.kind,
            value=row.value,
            at=row.at,
            dated=row.dated,
            source=row.source,
            batch=row.batch,
            undoes=row.undoes,
            undone=row.undone_by is not None,
            film=film_of(row),
        )
        for row in connection.execute(wanted)
    ]


def film_of(row: Any) -> Film | None:
    """The snapshot in a row that was joined with ``films``; None where there is none."""
    if row.title is None:
        return None
    return Film(row.movie_id, row.title, row.year, row.imdb_id, row.tmdb_id)
