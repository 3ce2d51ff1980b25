"""From a report into the store: everything at once, and nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matinee.importers.matching import STORED, Known, Matched, Report, known_key
from matinee.importers.records import ImportRow

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.store import Added, Entry, Kind, Store, StoredMark

__all__ = ["apply", "known_to", "remember"]

_PAGE = 1000


def known_to(store: Store, person_id: int) -> Known:
    """What a person has said already, to tell which rows of a file are new.

    Parameters
    ----------
    store : Store
    person_id : int

    Returns
    -------
    frozenset of (str, str, float or None, int or None)
        Movie id, kind, value, and the date that the source gave; for what stands without any, the
        time when it was said as well.

    Raises
    ------
    UnknownPersonError
    """
    known: set[tuple[str, Kind, float | None, int | None]] = set()
    before: int | None = None
    while True:
        events = store.history(person_id, limit=_PAGE, before=before)
        for event in events:
            if event.undoes is None and not event.undone:
                said = (event.movie_id, event.kind, event.value)
                known.add((*said, event.dated))
                known.add((*said, event.at))
        if len(events) < _PAGE:
            break
        before = events[-1].event_id
    state = store.state(person_id)
    known.update((one.movie_id, "rating", one.stars, None) for one in state.ratings)
    marked: dict[Kind, tuple[StoredMark, ...]] = {
        "seen": state.seen,
        "watchlist": state.watchlist,
        "not-interested": state.not_interested,
    }
    for kind, marks in marked.items():
        known.update((mark.movie_id, kind, 1.0, None) for mark in marks)
    return frozenset(known)


def remember(store: Store, person_id: int, answers: Mapping[str, str | None]) -> None:
    """Keep answers of the review desk for the next import.

    Parameters
    ----------
    store : Store
    person_id : int
    answers : mapping of str to movie id or None
        By the key of an entry; None leaves the entry out.
    """
    kept = store.decisions(person_id)
    for entry, movie_id in answers.items():
        if entry not in kept or kept[entry] != movie_id:
            store.decide(person_id, entry, movie_id)


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
    remember(store, person_id, {k: v for k, v in report.decisions.items() if k not in kept})
    return added


def _to_entry(matched: Matched, catalog: Catalog) -> Entry:
    from matinee.store import Entry, Film

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
    from matinee.store import Entry, Film

    film = Film.unlisted(row.title, row.year, row.imdb_id, row.tmdb_id)
    value = row.stars if row.kind == "rating" else 1.0
    return Entry(film.movie_id, STORED[row.kind], value, row.rated_at, film)
