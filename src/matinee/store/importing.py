"""From a report into the store: everything at once, and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.importers.matching import STORED, Known, Matched, Report, known_key
from matinee.importers.records import ImportRow
from matinee.store.events import Added, Entry, StoredRating, read_events
from matinee.store.films import Film, find_film
from matinee.store.schema import events

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.store import Store

__all__ = ["apply", "known_to"]


def known_to(store: Store, person_id: int, catalog: Catalog) -> Known:
    """What a person has said already, to tell which rows of a file are new.

    Parameters
    ----------
    store : Store
    person_id : int
    catalog : Catalog
        Films go by its ids where it has them.

    Returns
    -------
    frozenset of (str, str, float or None, int or None)
        Movie id, kind, value, and the date that the source gave; for what stands without any, the
        time when it was said as well.

    Raises
    ------
    UnknownPersonError
    """
    known = set()
    ids: dict[str, str] = {}
    state = store.state(person_id)
    with store.database.read() as connection:
        said = read_events(connection, events.c.person_id == person_id)
    for event in said:
        if event.movie_id not in ids:
            found = find_film(catalog, event.movie_id, event.film)
            ids[event.movie_id] = event.movie_id if found is None else str(found)
        if event.undoes is None and not event.undone:
            of_film = (ids[event.movie_id], event.kind, event.value)
            known |= {(*of_film, event.dated), (*of_film, event.at)}
    for kind, rows in state.by_kind.items():
        for row in rows:
            value = row.stars if isinstance(row, StoredRating) else 1.0
            known.add((ids.get(row.movie_id, row.movie_id), kind, value, None))
    return frozenset(known)


def apply(
    report: Report,
    store: Store,
    person_id: int,
    catalog: Catalog,
    *,
    batch: str | None = None,
) -> Added:
    """Write the matched rows of a report, in one transaction.

    What is there already is not written again, and what somebody said later still stands.
    Decisions that came with Matinee's own export are kept where there are none yet. Films that the
    catalogue does not have are kept under the file's own words, for one that has them.

    Parameters
    ----------
    report : Report
    store : Store
    person_id : int
    catalog : Catalog
        That the report was made with.
    batch : str, optional
        What the import goes by, so that it can be taken back; a new name if not given.

    Returns
    -------
    Added
        Its ``batch`` is for :meth:`Store.undo_batch <matinee.store.Store.undo_batch>`.

    Raises
    ------
    StoreError
        If the store refuses; then nothing was written.
    """
    added = store.add_many(
        person_id,
        [
            *(_to_entry(matched, catalog) for matched in report.matched),
            *(_kept(row) for entry in report.unknown for row in entry.rows if row.title),
        ],
        source=f"import:{report.kind}",
        batch=batch,
    )
    kept = store.decisions(person_id)
    store.decide(person_id, {k: v for k, v in report.decisions.items() if k not in kept})
    return added


def _to_entry(matched: Matched, catalog: Catalog) -> Entry:
    row, movie_id = matched.row, matched.film.movie_id
    _, kind, value, at = known_key(matched)
    film = None
    if matched.in_catalog:
        film = Film.of(catalog[movie_id])
    elif row.title:
        film = Film(str(movie_id), row.title, row.year, row.imdb_id, row.tmdb_id)
    return Entry(movie_id, kind, value, at, film)


def _kept(row: ImportRow) -> Entry:
    """What is said of a film that no catalogue had yet; its title, year and ids will find it."""
    film = Film.unlisted(row.title, row.year, row.imdb_id, row.tmdb_id)
    value = row.stars if row.kind == "rating" else 1.0
    return Entry(film.movie_id, STORED[row.kind], value, row.rated_at, film)
