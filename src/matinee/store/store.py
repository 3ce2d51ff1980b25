"""The store: what people said of films, kept for good."""

from __future__ import annotations

import secrets as random_secrets
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from matinee.errors import ParameterError
from matinee.ids import Id
from matinee.store.accounts import Accounts
from matinee.store.database import Database, upsert
from matinee.store.history import (
    append,
    film_of,
    lock_person,
    read_events,
    storable,
    take_back,
)
from matinee.store.people import People, nobody, person_in
from matinee.store.records import (
    Added,
    Entry,
    Event,
    Film,
    Kind,
    PersonState,
    StoredMark,
    StoredRating,
)
from matinee.store.schema import (
    current,
    decisions,
    events,
    films,
    people,
    secrets,
)

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.dataset import Dataset
    from matinee.profile import Profile
    from matinee.scale import RatingScale
    from matinee.store.training import Joined

__all__ = ["Store"]


class Store(People):
    """People and what they said of films; safe to use from several threads and processes.

    Each public call is one transaction: when it returns, all of it is on the disk; when it raises,
    nothing of it is. Films go by the catalogue's movie id as text, with a snapshot of title, year
    and foreign ids, so that they are found again in another data set. Stars go from 0.5 to 5.

    Parameters
    ----------
    url : str or path, optional
        See :class:`~matinee.store.database.Database`: a SQLite file or a PostgreSQL URL; by
        default ``MATINEE_DATABASE_URL``, else a file in the platform's data directory.

    Attributes
    ----------
    accounts : Accounts
        Logins, sessions, invitations and API tokens.
    database : Database

    Raises
    ------
    StoreError
        If it cannot be opened; and of each call, if the database refuses.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Store(f"{folder}/people.db") as store:
    ...     _ = store.rate(1, 6, 4.5, film=Film("6", "Heat", 1995))
    ...     _ = store.rate(1, 6, 3.0)
    ...     _ = store.undo(1)
    ...     print([(str(r.film), r.stars) for r in store.ratings(1)], len(store.history(1)))
    [('Heat (1995)', 4.5)] 3
    """

    def __init__(self, url: str | Path | None = None) -> None:
        self.database = Database(url)
        self.accounts = Accounts(self.database)

    def __enter__(self) -> Self:
        self.migrate()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({str(self.database)!r})"

    def migrate(self) -> bool:
        """Make the tables, or bring them up to date; say whether anything was done."""
        return self.database.migrate()

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self.database.close()

    # -- saying something ------------------------------------------------------------------

    def rate(
        self,
        person_id: int,
        movie_id: Id,
        stars: float | None,
        *,
        at: int | None = None,
        source: str = "web",
        film: Film | None = None,
    ) -> Event | None:
        """Give a film stars, or take them away with None.

        Parameters
        ----------
        person_id : int
        movie_id : int or str
        stars : float or None
            0.5 to 5.
        at : int, optional
            Unix seconds, for what was said earlier; what was said later still stands.
        source : str
        film : Film, optional
            Its snapshot; see :meth:`Film.of`.

        Returns
        -------
        Event or None
            None if this is what stood already.
        """
        return self._say(person_id, Entry(movie_id, "rating", stars, at, film), source)

    def mark(
        self,
        person_id: int,
        movie_id: Id,
        kind: Kind,
        on: bool = True,
        *,
        at: int | None = None,
        source: str = "web",
        film: Film | None = None,
    ) -> Event | None:
        """Mark a film as ``"seen"``, ``"watchlist"`` or ``"not-interested"``, or unmark it.

        Returns
        -------
        Event or None
            None if this is what stood already.
        """
        if kind == "rating":
            raise ParameterError("stars are given with Store.rate")
        return self._say(person_id, Entry(movie_id, kind, 1.0 if on else None, at, film), source)

    def _say(self, person_id: int, entry: Entry, source: str) -> Event | None:
        with self.database.write() as connection:
            lock_person(connection, person_id)
            added = append(
                connection,
                person_id,
                [entry],
                source=_source(source),
                batch="",
                now=int(time.time()),
                live=entry.at is None,
            )
            if not added.event_ids:
                return None
            return read_events(connection, events.c.event_id == added.event_ids[0])[0]

    def add_many(
        self, person_id: int, rows: Iterable[Entry], *, source: str, batch: str | None = None
    ) -> Added:
        """Add what comes from a file: all of it or nothing, and nothing twice.

        A row that the history has already (same film, kind, value and date) changes nothing. A row
        that is older than what stands goes into the history only. Snapshots of films that the store
        has already stay as they are: they are everybody's, and a file may say anything.

        Parameters
        ----------
        person_id : int
        rows : iterable of Entry
        source : str
            Such as ``"import:letterboxd"``.
        batch : str, optional
            A name for :meth:`undo_batch`, at most 64 characters; a new one if not given.
        """
        name = uuid.uuid4().hex if batch is None else batch
        if not storable(name, 64):
            raise ParameterError(f"the name of a batch has 1 to 64 characters, got {name[:80]!r}")
        entries = list(rows)
        with self.database.write() as connection:
            lock_person(connection, person_id)
            return append(
                connection,
                person_id,
                entries,
                source=_source(source),
                batch=name,
                now=int(time.time()),
                live=False,
            )

    def undo(self, person_id: int, *, source: str = "undo") -> Event | None:
        """Undo the last thing that a person said and that stands; again, the one before it.

        Returns
        -------
        Event or None
            The event that undoes, with what stands after it; None if there is nothing left.
        """
        with self.database.write() as connection:
            lock_person(connection, person_id)
            last = connection.scalar(
                sa.select(sa.func.max(current.c.event_id)).where(current.c.person_id == person_id)
            )
            if last is None:
                return None
            made = take_back(
                connection, person_id, [last], now=int(time.time()), source=_source(source)
            )
            return read_events(connection, events.c.event_id == made[0])[0]

    def undo_batch(self, person_id: int, batch: str, *, source: str = "undo") -> int:
        """Take back one import; the number of rows taken back.

        What the person said of those films apart from it stands again, or still.
        """
        undo = events.alias("undo")
        with self.database.write() as connection:
            lock_person(connection, person_id)
            numbers = connection.scalars(
                sa.select(events.c.event_id)
                .outerjoin(undo, undo.c.undoes == events.c.event_id)
                .where(
                    events.c.person_id == person_id,
                    events.c.batch == batch,
                    undo.c.event_id.is_(None),
                )
                .order_by(events.c.event_id)
            ).all()
            made = take_back(
                connection, person_id, numbers, now=int(time.time()), source=_source(source)
            )
        return len(made)

    # -- what stands -----------------------------------------------------------------------

    def revision(self, person_id: int) -> int:
        """Counts the changes of a person's films; the quickest way to see whether any came."""
        with self.database.read() as connection:
            found = connection.scalar(
                sa.select(people.c.revision).where(people.c.person_id == person_id)
            )
        if found is None:
            raise nobody(person_id)
        return int(found)

    def ratings(self, person_id: int) -> list[StoredRating]:
        """The ratings of a person, the latest first."""
        return list(self.state(person_id).ratings)

    def state(self, person_id: int) -> PersonState:
        """All that stands of what a person said."""
        with self.database.read(snapshot=True) as connection:
            revision = person_in(connection, person_id).revision
            rows = connection.execute(
                sa.select(current, films.c.title, films.c.year, films.c.imdb_id, films.c.tmdb_id)
                .outerjoin(films, films.c.movie_id == current.c.movie_id)
                .where(current.c.person_id == person_id, current.c.value.is_not(None))
                .order_by(
                    sa.func.coalesce(current.c.dated, current.c.at).desc(),
                    current.c.event_id.desc(),
                )
            ).all()
        ratings: list[StoredRating] = []
        marks: dict[str, list[StoredMark]] = {"seen": [], "watchlist": [], "not-interested": []}
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

    def history(self, person_id: int, *, limit: int = 50, before: int | None = None) -> list[Event]:
        """Events of a person, the latest first; ``before`` (an event id) gives the next page."""
        if not 1 <= limit <= 1000:
            raise ParameterError(f"limit must be 1 to 1000, got {limit}")
        where = [events.c.person_id == person_id]
        if before is not None:
            where.append(events.c.event_id < before)
        with self.database.read() as connection:
            person_in(connection, person_id)
            return read_events(connection, *where, limit=limit)

    def profile(
        self, person_id: int, catalog: Catalog, *, scale: RatingScale | None = None
    ) -> Profile:
        """What a model is told of a person: the films that a catalogue has.

        Seen and not-interested films are not to come back. Stars are brought to ``scale`` where
        the model's is another than five stars.
        """
        from matinee.store.training import profile_of

        return profile_of(self.state(person_id), catalog, scale)

    def join(self, dataset: Dataset) -> Joined:
        """A data set with the people of the store added as users, to train on."""
        from matinee.store.training import join_people

        return join_people(self.database, dataset)

    # -- the review desk -------------------------------------------------------------------

    def decisions(self, person_id: int) -> dict[str, str | None]:
        """What a person decided about entries of import files: movie id, or None for no film."""
        with self.database.read() as connection:
            rows = connection.execute(
                sa.select(decisions.c.entry, decisions.c.movie_id).where(
                    decisions.c.person_id == person_id
                )
            ).all()
        return {row.entry: row.movie_id for row in rows}

    def decide(self, person_id: int, entry: str, movie_id: Id | None) -> None:
        """Remember which film an entry of an import file is, or with None that it is none."""
        if not storable(entry, 500):
            raise ParameterError(f"an entry's key has 1 to 500 characters, got {entry[:80]!r}")
        row = {
            "person_id": person_id,
            "entry": entry,
            "movie_id": None if movie_id is None else str(movie_id),
            "at": int(time.time()),
        }
        with self.database.write() as connection:
            lock_person(connection, person_id)
            upsert(connection, decisions, [row], ["person_id", "entry"])

    def forget_decisions(self, person_id: int) -> int:
        """Forget all decisions of a person; how many there were."""
        with self.database.write() as connection:
            lock_person(connection, person_id)
            gone = connection.execute(
                sa.delete(decisions).where(decisions.c.person_id == person_id)
            )
        return int(gone.rowcount)

    # -- export, backup, keys --------------------------------------------------------------

    def export(self, person_id: int) -> dict[str, Any]:
        """Everything of a person as one document; see :mod:`matinee.store.export`."""
        from matinee.store.export import export_person

        return export_person(self, person_id)

    def export_json(self, person_id: int) -> str:
        """:meth:`export` as text."""
        from matinee.store.export import export_json

        return export_json(self, person_id)

    def export_csv(self, person_id: int) -> str:
        """What stands of a person as CSV that a spreadsheet opens without running anything."""
        from matinee.store.export import export_csv

        return export_csv(self.state(person_id))

    def backup(self, path: Path | str, *, force: bool = False) -> int:
        """Write everything to one file; the number of rows. See :mod:`matinee.store.backup`."""
        from matinee.store.backup import write_backup

        return write_backup(self.database, Path(path), force=force)

    def restore(self, path: Path | str, *, force: bool = False) -> int:
        """Bring back what a backup holds; the number of rows. See :mod:`matinee.store.backup`."""
        from matinee.store.backup import read_backup

        return read_backup(self.database, Path(path), force=force)

    def secret(self, name: str) -> bytes:
        """32 random bytes that all workers share, made when they are first asked for."""
        wanted = sa.select(secrets.c.value).where(secrets.c.name == name)
        with self.database.read() as connection:
            found = connection.scalar(wanted)
        if found is None:
            with self.database.write() as connection:
                if not self.database.is_sqlite:
                    connection.execute(sa.text("LOCK TABLE secrets IN EXCLUSIVE MODE"))
                found = connection.scalar(wanted)
                if found is None:
                    found = random_secrets.token_hex(32)
                    connection.execute(sa.insert(secrets).values(name=name, value=found))
        return bytes.fromhex(found)


def _source(source: str) -> str:
    if not storable(source, 200):
        raise ParameterError(f"a source has 1 to 200 characters, got {source[:80]!r}")
    return source
