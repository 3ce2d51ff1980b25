"""Everything of a person, to take away: one JSON document, or what stands as CSV.

Both can be imported again (``matinee import FILE``). Times are ISO 8601 in UTC; a film goes by the
catalogue's movie id, with title, year and foreign ids where they are known. In the CSV, cells that
a spreadsheet would take for a formula are marked, see :mod:`matinee.importers.form`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import TYPE_CHECKING, Any

from matinee.importers.form import COLUMNS, FORMAT, VERSION, with_mark
from matinee.store.history import read_events
from matinee.store.records import Event, Film, PersonState, StoredMark
from matinee.store.schema import events

if TYPE_CHECKING:
    from matinee.store.store import Store

__all__ = ["export_csv", "export_json", "export_person"]


def export_person(store: Store, person_id: int) -> dict[str, Any]:
    """The document of a person: what stands, the history, and decisions about imports."""
    person, state = store.person(person_id), store.state(person_id)
    with store.database.read() as connection:
        history = read_events(connection, events.c.person_id == person_id, oldest_first=True)
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported": _utc(int(dt.datetime.now(dt.UTC).timestamp())),
        "person": person.name,
        "ratings": [
            {**_film(one.movie_id, one.film), "stars": one.stars, "at": _utc(one.at)}
            for one in state.ratings
        ],
        "seen": [_mark(one) for one in state.seen],
        "watchlist": [_mark(one) for one in state.watchlist],
        "not_interested": [_mark(one) for one in state.not_interested],
        "decisions": store.decisions(person_id),
        "history": [_event(one) for one in history],
    }


def export_json(store: Store, person_id: int) -> str:
    """The document of a person as text, one value a line."""
    return json.dumps(export_person(store, person_id), ensure_ascii=False, indent=1) + "\n"


def export_csv(state: PersonState) -> str:
    """What stands of a person as CSV with a row of names, one row for each rating and mark."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)

    def put(kind: str, film: dict[str, Any], stars: str, at: int) -> None:
        cells = ("" if value is None else str(value) for value in film.values())
        writer.writerow([kind, *map(with_mark, cells), stars, _utc(at)])

    for rating in state.ratings:
        put("rating", _film(rating.movie_id, rating.film), f"{rating.stars:g}", rating.at)
    for kind, marks in (
        ("seen", state.seen),
        ("watchlist", state.watchlist),
        ("not-interested", state.not_interested),
    ):
        for mark in marks:
            put(kind, _film(mark.movie_id, mark.film), "", mark.at)
    return stream.getvalue()


def _film(movie_id: str, film: Film | None) -> dict[str, Any]:
    return {
        "movie_id": movie_id,
        "title": film and film.title,
        "year": film and film.year,
        "imdb_id": film and film.imdb_id,
        "tmdb_id": film and film.tmdb_id,
    }


def _mark(mark: StoredMark) -> dict[str, Any]:
    return {**_film(mark.movie_id, mark.film), "at": _utc(mark.at)}


def _event(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "kind": event.kind,
        **_film(event.movie_id, event.film),
        "value": event.value,
        "at": _utc(event.at),
        "dated": None if event.dated is None else _utc(event.dated),
        "source": event.source,
        "batch": event.batch,
        "undoes": event.undoes,
    }


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _utc(seconds: int) -> str:
    # By addition: times before 1970 are no trouble then on any platform.
    moment = _EPOCH + dt.timedelta(seconds=seconds)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
