"""The store: people, and what they said of films, kept for good."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from matinee.errors import AccountError, ParameterError, UnknownPersonError
from matinee.ids import Id
from matinee.store.accounts import (
    Accounts,
    delete_said,
    remove_person,
    shown_name,
    unknown_person,
)
from matinee.store.database import LOCAL_PERSON, Database, storable, upsert
from matinee.store.events import (
    Added,
    Entry,
    Event,
    Kind,
    PersonState,
    StoredRating,
    append,
    read_events,
    read_state,
    take_back,
)
from matinee.store.films import Film
from matinee.store.schema import current, events, people
from matinee.store.schema import decisions as decisions_table

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.dataset import Dataset
    from matinee.profile import Profile
    from matinee.scale import RatingScale
    from matinee.store.training import Joined

__all__ = ["Person", "Store"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the store.

    Attributes
    ----------
    person_id : int
        1 is the local person, who needs no account.
    name : str
    created : int
        Unix seconds.
    revision : int
        Counts the changes of the person's films: what was computed for one revision holds until
        the next.
    """

    person_id: int
    name: str
    created: int
    revision: int = 0


class Store:
    """People and what they said of films; safe to use from several threads and processes.

    Each public call is one transaction: when it returns, all of it is on the disk; when it raises,
    nothing of it is. Films go by the catalogue's movie id as text, with a snapshot of title, year
    and foreign ids, so that they are found again in another data set; a film that the catalogue
    lacks is kept as well (:meth:`Film.unlisted`). Stars go from 0.5 to 5.

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

    A profile is what a model is told of a person:

    >>> from matinee.catalog import Catalog
    >>> catalog = Catalog.from_columns([6], ["Heat (1995)"])
    >>> with tempfile.TemporaryDirectory() as folder, Store(f"{folder}/people.db") as store:
    ...     ann = store.create_person("Ann")
    ...     _ = store.rate(ann.person_id, 6, 4.5)
    ...     print(store.profile("Ann", catalog).ratings, store.only_person().name)
    {6: 4.5} Ann
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

    def exists(self) -> bool:
        """Whether there is a store at this place already; asking makes none."""
        return self.database.exists()

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self.database.close()

    @contextmanager
    def _change(self, person_id: int) -> Iterator[Connection]:
        """A transaction that counts as one change of a person and holds off their other writers."""
        with self.database.write() as connection:
            _count_change(connection, person_id)
            yield connection

    # -- people ----------------------------------------------------------------------------

    def people(self) -> list[Person]:
        """Everybody, by number."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(people).order_by(people.c.person_id)).all()
        return [Person(*row) for row in rows]

    def person(self, person: int | str) -> Person:
        """One person, by number, or by login or name as text.

        Raises
        ------
        UnknownPersonError
            If there is none, or several have the name.
        """
        number = self._number(person)
        with self.database.read() as connection:
            return _person(connection, number)

    def _number(self, person: int | str) -> int:
        if isinstance(person, int):
            return person
        try:
            account = self.accounts.find(person)
        except AccountError:  # it cannot be a login
            account = None
        if account is not None:
            return account.person_id
        everybody = self.people()
        found = [one for one in everybody if one.name.casefold() == person.casefold()]
        if not found and person.isascii() and person.isdigit():
            found = [one for one in everybody if one.person_id == int(person)]
        if len(found) > 1:
            numbers = ", ".join(str(one.person_id) for one in found)
            raise UnknownPersonError(f"several people are called {person!r}: say one of {numbers}")
        if not found:
            raise unknown_person(person)
        return found[0].person_id

    def only_person(self) -> Person | None:
        """The person who is meant on this machine where nobody is named; None for several.

        The local person does not count beside others as long as they have said nothing.
        """
        spoke = sa.exists().where(current.c.person_id == people.c.person_id)
        wanted = sa.select(people, spoke.label("spoke")).order_by(people.c.person_id)
        with self.database.read() as connection:
            rows = connection.execute(wanted).all()
        if len(rows) > 1:
            rows = [row for row in rows if row.spoke or row.person_id != LOCAL_PERSON]
        return Person(*rows[0][:4]) if len(rows) == 1 else None

    def create_person(self, name: str) -> Person:
        """Add somebody without an account, such as a member of the household."""
        row = {"name": shown_name(name), "created": int(time.time())}
        with self.database.write() as connection:
            made = connection.execute(sa.insert(people).values(row).returning(people)).one()
        return Person(*made)

    def rename_person(self, person_id: int, name: str) -> Person:
        """Give somebody another name."""
        with self._change(person_id) as connection:
            connection.execute(
                sa.update(people)
                .where(people.c.person_id == person_id)
                .values(name=shown_name(name))
            )
            return _person(connection, person_id)

    def remove_person(self, person_id: int) -> None:
        """Remove somebody with all that they said, their account, sessions and tokens.

        Of the local person, who always exists, all is removed but the name.

        Raises
        ------
        AccountError
            If it is the last admin, while others have accounts.
        """
        with self._change(person_id) as connection:
            remove_person(connection, person_id)

    def delete_everything(self, person_id: int) -> int:
        """Delete all that somebody said, history included; the number of events deleted."""
        with self._change(person_id) as connection:
            return delete_said(connection, person_id)

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
        with self._change(person_id) as connection:
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
        with self._change(person_id) as connection:
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
        with self._change(person_id) as connection:
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
        with self._change(person_id) as connection:
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
            raise unknown_person(person_id)
        return int(found)

    def ratings(self, person_id: int) -> list[StoredRating]:
        """The ratings of a person, the latest first."""
        return list(self.state(person_id).ratings)

    def state(self, person_id: int) -> PersonState:
        """All that stands of what a person said."""
        with self.database.read(snapshot=True) as connection:
            return read_state(connection, person_id, _person(connection, person_id).revision)

    def history(self, person_id: int, *, limit: int = 50, before: int | None = None) -> list[Event]:
        """Events of a person, the latest first; ``before`` (an event id) gives the next page."""
        if not 1 <= limit <= 1000:
            raise ParameterError(f"limit must be 1 to 1000, got {limit}")
        where = [events.c.person_id == person_id]
        if before is not None:
            where.append(events.c.event_id < before)
        with self.database.read() as connection:
            _person(connection, person_id)
            return read_events(connection, *where, limit=limit)

    def profile(
        self, person: int | str, catalog: Catalog, scale: RatingScale | None = None
    ) -> Profile:
        """What a model is told of a person: the films that a catalogue has.

        Seen and not-interested films are not to come back.

        Parameters
        ----------
        person : int or str
            Number, login or name.
        catalog : Catalog
            Of the model: ``model.catalog``.
        scale : RatingScale, optional
            Of the model: ``model.scale``; five stars if not given.

        Raises
        ------
        UnknownPersonError
        """
        from matinee.store.training import profile_of

        return profile_of(self.state(self._number(person)), catalog, scale)

    def join(self, dataset: Dataset) -> Joined:
        """A data set with the people of the store added as users, to train on."""
        from matinee.store.training import join_people

        return join_people(self.database, dataset)

    # -- answers to questions of imports ---------------------------------------------------

    def decisions(self, person_id: int) -> dict[str, str | None]:
        """What a person decided about entries of import files: movie id, or None for no film."""
        with self.database.read() as connection:
            rows = connection.execute(
                sa.select(decisions_table.c.entry, decisions_table.c.movie_id).where(
                    decisions_table.c.person_id == person_id
                )
            ).all()
        return {row.entry: row.movie_id for row in rows}

    def decide(self, person_id: int, decisions: Mapping[str, Id | None]) -> None:
        """Remember which films entries of import files are: movie ids, or None for no film."""
        now = int(time.time())
        for entry in decisions:
            if not storable(entry, 500):
                raise ParameterError(f"an entry's key has 1 to 500 characters, got {entry[:80]!r}")
        rows = [
            {
                "person_id": person_id,
                "entry": entry,
                "movie_id": None if movie_id is None else str(movie_id),
                "at": now,
            }
            for entry, movie_id in decisions.items()
        ]
        if rows:
            with self._change(person_id) as connection:
                upsert(connection, decisions_table, rows, ["person_id", "entry"])

    # -- export, backup --------------------------------------------------------------------

    def export(self, person_id: int) -> dict[str, Any]:
        """Everything of a person as one document: what stands, history, and answers to imports."""
        from matinee.store.export import document

        with self.database.read(snapshot=True) as connection:
            person = _person(connection, person_id)
            state = read_state(connection, person_id, person.revision)
            said = read_events(connection, events.c.person_id == person_id, oldest_first=True)
        return document(person.name, state, said, self.decisions(person_id))

    def export_json(self, person_id: int) -> str:
        """:meth:`export` as text."""
        from matinee.store.export import to_json

        return to_json(self.export(person_id))

    def export_csv(self, person_id: int) -> str:
        """What stands of a person as CSV that a spreadsheet opens without running anything."""
        from matinee.store.export import to_csv

        return to_csv(self.state(person_id))

    def backup(self, path: Path | str, *, force: bool = False) -> int:
        """Write everything to one file; the number of rows. See :mod:`matinee.store.backup`."""
        from matinee.store.backup import write_backup

        return write_backup(self.database, Path(path), force=force)

    def restore(self, path: Path | str, *, force: bool = False) -> int:
        """Bring back what a backup holds; the number of rows. See :mod:`matinee.store.backup`."""
        from matinee.store.backup import read_backup

        return read_backup(self.database, Path(path), force=force)


def _source(source: str) -> str:
    if not storable(source, 200):
        raise ParameterError(f"a source has 1 to 200 characters, got {source[:80]!r}")
    return source


def _person(connection: Connection, person_id: int) -> Person:
    row = connection.execute(sa.select(people).where(people.c.person_id == person_id)).first()
    if row is None:
        raise unknown_person(person_id)
    return Person(*row)


def _count_change(connection: Connection, person_id: int) -> None:
    changed = connection.execute(
        sa.update(people)
        .where(people.c.person_id == person_id)
        .values(revision=people.c.revision + 1)
    )
    if changed.rowcount != 1:
        raise unknown_person(person_id)
