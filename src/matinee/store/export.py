"""Everything of a person, to take away: one JSON document, or what stands as CSV.

Both can be imported again (``matinee import FILE``). Times are ISO 8601 in UTC; a film goes by the
catalogue's movie id, with title, year and foreign ids where they are known; a film that no
catalogue has yet is among them. In the CSV, cells that a spreadsheet would take for a formula are
marked, see :mod:`matinee.importers.form`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from matinee.importers.form import COLUMNS, FORMAT, VERSION, with_mark
from matinee.store.events import Event, PersonState, StoredMark, StoredRating, film_columns
from matinee.store.films import Film

__all__ = ["document", "to_csv", "to_json"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def document(
    name: str, state: PersonState, history: Iterable[Event], decisions: Mapping[str, str | None]
) -> dict[str, Any]:
    """The document of a person: what stands, the history, and decisions about imports."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported": _utc(int(dt.datetime.now(dt.UTC).timestamp())),
        "person": name,
        "ratings": [
            {**_film(one), "stars": one.stars, "at": _utc(one.at)} for one in state.ratings
        ],
        "seen": [_mark(one) for one in state.seen],
        "watchlist": [_mark(one) for one in state.watchlist],
        "not_interested": [_mark(one) for one in state.not_interested],
        "decisions": dict(decisions),
        "history": [_event(one) for one in history],
    }


def to_json(content: dict[str, Any]) -> str:
    """A document as text, one value a line."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def to_csv(state: PersonState) -> str:
    """What stands of a person as CSV with a row of names, one row for each rating and mark."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for kind, rows in state.by_kind.items():
        for row in rows:
            cells = ("" if value is None else str(value) for value in _film(row).values())
            stars = f"{row.stars:g}" if isinstance(row, StoredRating) else ""
            writer.writerow([kind, *map(with_mark, cells), stars, _utc(row.at)])
    return stream.getvalue()


def _film(row: StoredRating | StoredMark | Event) -> dict[str, Any]:
    film = row.film or Film(row.movie_id, "")
    return {**film_columns(film), "movie_id": row.movie_id, "title": film.title or None}


def _mark(mark: StoredMark) -> dict[str, Any]:
    return {**_film(mark), "at": _utc(mark.at)}


def _event(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "kind": event.kind,
        **_film(event),
        "value": event.value,
        "at": _utc(event.at),
        "dated": None if event.dated is None else _utc(event.dated),
        "source": event.source,
        "batch": event.batch,
        "undoes": event.undoes,
    }


def _utc(seconds: int) -> str:
    # By addition: times before 1970 are no trouble then on any platform.
    moment = _EPOCH + dt.timedelta(seconds=seconds)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
