"""What people say of films: events, what stands after them, and how they are written and undone.

The latest event of a person, film and kind stands: latest by ``at``, and among equal times the one
that came last. An undo marks one event as undone; what stands then is the latest of the others.
The functions work inside a transaction of the caller, for a person who is locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from matinee.errors import ParameterError
from matinee.ids import Id
from matinee.store.database import storable, upsert
from matinee.store.films import Film, find_film
from matinee.store.schema import EARLIEST, KINDS, LATEST, MAX_STARS, MIN_STARS
from matinee.store.schema import current as current_table
from matinee.store.schema import events as events_table
from matinee.store.schema import films as films_table

if TYPE_CHECKING:
    from matinee.catalog import Catalog

__all__ = [
    "Added",
    "Entry",
    "Event",
    "Kind",
    "PersonState",
    "StoredMark",
    "StoredRating",
    "append",
    "film_columns",
    "film_of",
    "read_events",
    "read_state",
    "take_back",
]

Kind: TypeAlias = Literal["rating", "seen", "watchlist", "not-interested"]

_Cell: TypeAlias = tuple[str, str]
_LONGEST_ID = 200
_CELL = ("person_id", "movie_id", "kind")
_CURRENT = (*_CELL, "value", "at", "dated", "source", "event_id")
_FEW = 5
_BLOCK = 500  # below the number of variables that any SQLite takes in one statement


@dataclass(frozen=True, slots=True)
class Entry:
    """One row to be added: what somebody says of a film.

    Parameters
    ----------
    movie_id : int or str
        Of the catalogue, or that of a :meth:`Film.unlisted <matinee.store.Film.unlisted>`.
    kind : {"rating", "seen", "watchlist", "not-interested"}
    value : float or None
        Stars from 0.5 to 5 for a rating, 1 for a mark; None takes either away.
    at : int, optional
        Unix seconds as the source dates it; None where it gives no date.
    film : Film, optional
    """

    movie_id: Id
    kind: Kind = "rating"
    value: float | None = 1.0
    at: int | None = None
    film: Film | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a person's history.

    Attributes
    ----------
    event_id, person_id : int
    movie_id : str
    kind : {"rating", "seen", "watchlist", "not-interested"}
    value : float or None
        Stars of a rating, 1 for a mark, None: taken away. Of an undo: what stands after it.
    at : int
        When it happened, Unix seconds.
    dated : int or None
        The date that the source gave it, Unix seconds.
    source : str
        Such as ``"web"`` or ``"import:letterboxd"``.
    batch : str or None
        The import that it came with.
    undoes : int or None
        The event that this one undoes.
    undone : bool
        Whether a later event undoes this one.
    film : Film or None
    """

    event_id: int
    person_id: int
    movie_id: str
    kind: Kind
    value: float | None
    at: int
    dated: int | None
    source: str
    batch: str | None = None
    undoes: int | None = None
    undone: bool = False
    film: Film | None = None


@dataclass(frozen=True, slots=True)
class StoredMark:
    """A film that a person marked, and when (Unix seconds)."""

    movie_id: str
    at: int
    source: str
    film: Film | None = None


@dataclass(frozen=True, slots=True)
class StoredRating:
    """A film that a person rated: stars from 0.5 to 5, and when (Unix seconds)."""

    movie_id: str
    stars: float
    at: int
    source: str
    film: Film | None = None


@dataclass(frozen=True, slots=True)
class PersonState:
    """What stands now of all that a person said; each list has the latest first.

    Attributes
    ----------
    revision : int
        See :class:`~matinee.store.Person`.
    ratings : tuple of StoredRating
    seen, watchlist, not_interested : tuple of StoredMark
    """

    revision: int
    ratings: tuple[StoredRating, ...] = ()
    seen: tuple[StoredMark, ...] = ()
    watchlist: tuple[StoredMark, ...] = ()
    not_interested: tuple[StoredMark, ...] = ()

    @property
    def by_kind(self) -> Mapping[Kind, Sequence[StoredRating | StoredMark]]:
        """The rows of each kind."""
        return {
            "rating": self.ratings,
            "seen": self.seen,
            "watchlist": self.watchlist,
            "not-interested": self.not_interested,
        }

    @property
    def stars(self) -> Mapping[str, float]:
        """Stars by movie id."""
        return {rating.movie_id: rating.stars for rating in self.ratings}

    def not_in(self, catalog: Catalog) -> tuple[StoredRating | StoredMark, ...]:
        """What was said of films that a catalogue does not have yet."""
        rows = (row for rows in self.by_kind.values() for row in rows)
        return tuple(row for row in rows if find_film(catalog, row.movie_id, row.film) is None)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the rows that were added.

    Attributes
    ----------
    batch : str
        Names this addition; :meth:`~matinee.store.Store.undo_batch` takes it back.
    added : int
        Rows that stand now.
    older : int
        Rows that went into the history only, since the person has said something later.
    unchanged : int
        Rows that were there already.
    event_ids : tuple of int
        The new events.
    """

    batch: str
    added: int = 0
    older: int = 0
    unchanged: int = 0
    event_ids: tuple[int, ...] = field(default=(), repr=False)


def append(
    connection: Connection,
    person_id: int,
    entries: Iterable[Entry],
    *,
    source: str,
    batch: str,
    now: int,
    live: bool,
) -> Added:
    """Add entries to the history of a person, and bring what stands up to date.

    With ``live`` the person says it now, so it stands whatever the clocks say, and saying what
    stands already changes nothing. Otherwise the entries come from a file: an entry that is in the
    history already (same film, kind, value and date) changes nothing, and none lies in the future.
    """
    checked = _as_kept(connection, person_id, [_check(entry) for entry in entries])
    stands = _standing(connection, person_id, {str(entry.movie_id) for entry in checked})
    known = set() if live else _known(connection, person_id)
    rows: list[dict[str, Any]] = []
    latest: dict[_Cell, int] = {}  # position in rows
    for entry in checked:
        cell = (str(entry.movie_id), str(entry.kind))
        key = (*cell, entry.value, entry.at)
        value, since = stands.get(cell, (None, None))
        if live:
            repeated = value == entry.value
            at = now if since is None else max(now, since)
        else:
            same = since is not None and value == entry.value
            repeated = key in known or (same and entry.at is None)
            at = now if entry.at is None else min(entry.at, now)
        if repeated:
            continue
        known.add(key)
        if since is None or at >= since:
            stands[cell] = (entry.value, at)
            latest[cell] = len(rows)
        rows.append(
            {
                "person_id": person_id,
                "movie_id": cell[0],
                "kind": entry.kind,
                "value": entry.value,
                "at": at,
                "dated": now if live else entry.at,
                "source": source,
                "batch": None if live else batch,
            }
        )
    if not rows:
        return Added(batch, unchanged=len(checked))
    numbers = connection.scalars(
        sa.insert(events_table).returning(events_table.c.event_id, sort_by_parameter_order=True),
        rows,
    ).all()
    changed = [
        {**{name: rows[place][name] for name in _CURRENT[:-1]}, "event_id": numbers[place]}
        for place in latest.values()
    ]
    upsert(connection, current_table, changed, list(_CELL))
    _remember(connection, checked, overwrite=live)
    return Added(
        batch,
        added=len(changed),
        older=len(rows) - len(changed),
        unchanged=len(checked) - len(rows),
        event_ids=tuple(numbers),
    )


def _check(entry: Entry) -> Entry:
    movie_id, value, at = str(entry.movie_id), entry.value, entry.at
    if not storable(movie_id, _LONGEST_ID):
        raise ParameterError(f"a movie id has 1 to {_LONGEST_ID} characters, got {movie_id[:20]!r}")
    if entry.kind not in KINDS:
        raise ParameterError(f"kind must be one of {', '.join(KINDS)}, got {entry.kind!r}")
    if entry.kind == "rating":
        if value is not None and not MIN_STARS <= value <= MAX_STARS:
            raise ParameterError(
                f"stars of movie {movie_id!r} must be {MIN_STARS:g} to {MAX_STARS:g} in the "
                f"store, got {value!r}; bring other scales to five stars first"
            )
    elif value not in (None, 1):
        raise ParameterError(f"a mark is 1 or None, got {value!r}")
    if at is not None and not EARLIEST <= at <= LATEST:
        raise ParameterError(f"a time is given in Unix seconds, got {at!r}")
    return Entry(
        movie_id,
        entry.kind,
        None if value is None else float(value),
        None if at is None else int(at),
        entry.film,
    )


def _as_kept(connection: Connection, person_id: int, entries: list[Entry]) -> list[Entry]:
    """The entries with the ids that their films have in the store.

    Usually that is the catalogue's id. It is another one where the person has spoken of the film
    before a catalogue knew it, and where the id is that of another film of another catalogue.
    """
    told = {(str(entry.movie_id), entry.film) for entry in entries if entry.film is not None}
    if not told:
        return entries
    taken = _films_with(connection, {movie_id for movie_id, _ in told})
    spoken = _Spoken(_spoken_films(connection, person_id, [film for _, film in told]))
    kept: dict[tuple[str, Film | None], Film] = {}
    for movie_id, film in told:
        found = spoken.find(movie_id, film)
        if found is None and movie_id in taken and not taken[movie_id].is_same(film):
            found = Film.unlisted(film.title, film.year, film.imdb_id, film.tmdb_id).movie_id
        kept[movie_id, film] = replace(film, movie_id=movie_id if found is None else found)
    return [
        entry
        if (own := kept.get((str(entry.movie_id), entry.film))) is None
        else replace(entry, movie_id=own.movie_id, film=own)
        for entry in entries
    ]


class _Spoken:
    """The films that a person has spoken of, by all that they may go by."""

    def __init__(self, films: Sequence[Film]) -> None:
        self._by_key: dict[str, Film] = {}
        for film in films:
            for key in (film.movie_id, *film.keys):
                self._by_key.setdefault(key, film)

    def find(self, movie_id: str, film: Film) -> str | None:
        """The id in the store of the same film."""
        keys = [movie_id, *film.keys]
        if film.year is not None:
            keys += [replace(film, year=film.year + by).keys[-1] for by in (-1, 1)]
        for key in keys:
            known = self._by_key.get(key)
            if known is not None and known.is_same(film):
                return known.movie_id
        return None


def _films_with(connection: Connection, movie_ids: set[str]) -> dict[str, Film]:
    found: dict[str, Film] = {}
    for block in _blocks(sorted(movie_ids)):
        wanted = sa.select(films_table).where(films_table.c.movie_id.in_(block))
        found |= {row.movie_id: Film(*row) for row in connection.execute(wanted)}
    return found


def _spoken_films(connection: Connection, person_id: int, like: Sequence[Film]) -> list[Film]:
    """Films that a person has spoken of; where it is about few, those that may be the same."""
    film = films_table.c
    wanted = (
        sa.select(films_table)
        .join(current_table, current_table.c.movie_id == film.movie_id)
        .where(current_table.c.person_id == person_id)
        .order_by(film.movie_id)
        .distinct()
    )
    if len(like) <= _FEW and all(one.year for one in like):
        alike: list[sa.ColumnElement[bool]] = [film.year.is_(None)]
        for one in like:
            alike.append(film.year.between((one.year or 0) - 1, (one.year or 0) + 1))
            if one.imdb_id:
                alike.append(film.imdb_id == one.imdb_id)
            if one.tmdb_id:
                alike.append(film.tmdb_id == one.tmdb_id)
        wanted = wanted.where(sa.or_(*alike))
    return [Film(*row) for row in connection.execute(wanted)]


def _standing(
    connection: Connection, person_id: int, movie_ids: set[str]
) -> dict[_Cell, tuple[float | None, int | None]]:
    """Value and time of what stands for these films, by film and kind."""
    table = current_table.c
    wanted = sa.select(table.movie_id, table.kind, table.value, table.at)
    wanted = wanted.where(table.person_id == person_id)
    if len(movie_ids) <= _BLOCK:
        wanted = wanted.where(table.movie_id.in_(movie_ids))
    return {(row.movie_id, row.kind): (row.value, row.at) for row in connection.execute(wanted)}


def _that_count(person_id: int) -> sa.Select[Any]:
    """Events of a person that are neither undone nor an undo."""
    undo = events_table.alias("undo")
    return (
        sa.select(events_table)
        .outerjoin(undo, undo.c.undoes == events_table.c.event_id)
        .where(
            events_table.c.person_id == person_id,
            events_table.c.undoes.is_(None),
            undo.c.event_id.is_(None),
        )
    )


def _known(connection: Connection, person_id: int) -> set[tuple[Any, ...]]:
    """Film, kind, value and date of each event that counts."""
    found = connection.execute(_that_count(person_id))
    return {(row.movie_id, row.kind, row.value, row.dated) for row in found}


def _remember(connection: Connection, entries: Iterable[Entry], *, overwrite: bool) -> None:
    """Keep snapshots of films; those out of a file say nothing about films that others know."""
    snapshots = {entry.film.movie_id: entry.film for entry in entries if entry.film is not None}
    # In one order for all, so that two imports at once do not wait for each other.
    rows = [film_columns(snapshots[movie_id]) for movie_id in sorted(snapshots)]
    upsert(connection, films_table, rows, ["movie_id"], overwrite=overwrite)


def take_back(
    connection: Connection, person_id: int, numbers: Sequence[int], *, now: int, source: str
) -> list[int]:
    """Undo events of a person; the numbers of the events that say so."""
    table = events_table.c
    undone: list[Any] = []
    for block in _blocks(numbers):
        wanted = sa.select(events_table).where(
            table.person_id == person_id, table.event_id.in_(block)
        )
        undone += connection.execute(wanted.order_by(table.event_id)).all()
    if not undone:
        return []
    cells = {(row.movie_id, row.kind) for row in undone}
    goes = {row.event_id for row in undone}
    left = dict[_Cell, Any]()
    wanted = _that_count(person_id).order_by(table.at, table.event_id)
    if len(cells) <= _BLOCK:
        wanted = wanted.where(table.movie_id.in_({movie_id for movie_id, _ in cells}))
    for row in connection.execute(wanted):
        if (row.movie_id, row.kind) in cells and row.event_id not in goes:
            left[row.movie_id, row.kind] = row
    marks = [
        {
            "person_id": person_id,
            "movie_id": row.movie_id,
            "kind": row.kind,
            # What stands afterwards is shown in the history.
            "value": stands.value if (stands := left.get((row.movie_id, row.kind))) else None,
            "at": now,
            "dated": stands.dated if stands else None,
            "source": source,
            "undoes": row.event_id,
        }
        for row in undone
    ]
    made = connection.scalars(
        sa.insert(events_table).returning(events_table.c.event_id, sort_by_parameter_order=True),
        marks,
    ).all()
    gone = [{"movie": movie_id, "sort": kind} for movie_id, kind in cells - set(left)]
    if gone:
        connection.execute(
            sa.delete(current_table).where(
                current_table.c.person_id == person_id,
                current_table.c.movie_id == sa.bindparam("movie"),
                current_table.c.kind == sa.bindparam("sort"),
            ),
            gone,
        )
    stands_now = [{name: row._mapping[name] for name in _CURRENT} for row in left.values()]
    upsert(connection, current_table, stands_now, list(_CELL))
    return list(made)


def _blocks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + _BLOCK] for start in range(0, len(items), _BLOCK))


def read_events(
    connection: Connection,
    *where: sa.ColumnElement[bool],
    limit: int | None = None,
    oldest_first: bool = False,
) -> list[Event]:
    """Events with their films, the latest first unless said otherwise."""
    undo, number = events_table.alias("undo"), events_table.c.event_id
    wanted = (
        sa.select(events_table, undo.c.event_id.is_not(None).label("undone"), *_FILM)
        .outerjoin(undo, undo.c.undoes == number)
        .outerjoin(films_table, films_table.c.movie_id == events_table.c.movie_id)
        .where(*where)
        .order_by(number if oldest_first else number.desc())
        .limit(limit)
    )
    names = (*(column.name for column in events_table.c), "undone")
    return [
        Event(**{name: row._mapping[name] for name in names}, film=film_of(row))
        for row in connection.execute(wanted)
    ]


def read_state(connection: Connection, person_id: int, revision: int) -> PersonState:
    """All that stands of what a person said."""
    table = current_table.c
    rows = connection.execute(
        sa.select(current_table, *_FILM)
        .outerjoin(films_table, films_table.c.movie_id == table.movie_id)
        .where(table.person_id == person_id, table.value.is_not(None))
        .order_by(sa.func.coalesce(table.dated, table.at).desc(), table.event_id.desc())
    )
    ratings: list[StoredRating] = []
    marks: dict[str, list[StoredMark]] = {kind: [] for kind in KINDS}
    for row in rows:
        at = row.at if row.dated is None else row.dated
        film = film_of(row)
        if row.kind == "rating":
            ratings.append(StoredRating(row.movie_id, row.value, at, row.source, film))
        else:
            marks[row.kind].append(StoredMark(row.movie_id, at, row.source, film))
    return PersonState(
        revision,
        tuple(ratings),
        tuple(marks["seen"]),
        tuple(marks["watchlist"]),
        tuple(marks["not-interested"]),
    )


_FILM = [films_table.c[name] for name in ("title", "year", "imdb_id", "tmdb_id")]


def film_of(row: Any) -> Film | None:
    """The snapshot in a row that was joined with ``films``; None where there is none."""
    if row.title is None:
        return None
    return Film(row.movie_id, row.title, row.year, row.imdb_id, row.tmdb_id)


def film_columns(film: Film) -> dict[str, Any]:
    """A snapshot by the names of its columns."""
    return {name: getattr(film, name) for name in films_table.c.keys()}  # noqa: SIM118
