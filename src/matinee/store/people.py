"""Who is in the store."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from matinee.errors import ParameterError, UnknownPersonError
from matinee.store.database import LOCAL_PERSON, Database
from matinee.store.history import lock_person
from matinee.store.records import Person
from matinee.store.schema import current, decisions, events, people

__all__ = ["People", "nobody", "person_in"]

_LONGEST_NAME = 200


class People:
    """The part of :class:`~matinee.store.Store` that adds people and takes them away."""

    database: Database

    def people(self) -> list[Person]:
        """Everybody, by number."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(people).order_by(people.c.person_id)).all()
        return [Person(**row._mapping) for row in rows]

    def person(self, person_id: int) -> Person:
        """One person.

        Raises
        ------
        UnknownPersonError
            If there is none of this number.
        """
        with self.database.read() as connection:
            return person_in(connection, person_id)

    def create_person(self, name: str) -> Person:
        """Add somebody without an account, such as a member of the household."""
        row = {"name": _name(name), "created": int(time.time())}
        with self.database.write() as connection:
            made = connection.execute(sa.insert(people).values(row).returning(people)).one()
        return Person(**made._mapping)

    def rename_person(self, person_id: int, name: str) -> Person:
        """Give somebody another name."""
        with self.database.write() as connection:
            lock_person(connection, person_id)
            connection.execute(
                sa.update(people).where(people.c.person_id == person_id).values(name=_name(name))
            )
            return person_in(connection, person_id)

    def remove_person(self, person_id: int) -> None:
        """Remove somebody with all that they said, their account, sessions and tokens.

        Raises
        ------
        ParameterError
            For the local person, who always exists; see :meth:`delete_everything`.
        """
        if person_id == LOCAL_PERSON:
            raise ParameterError(
                "person 1 is the local person and stays; delete_everything(1) empties it"
            )
        with self.database.write() as connection:
            lock_person(connection, person_id)
            connection.execute(sa.delete(people).where(people.c.person_id == person_id))

    def delete_everything(self, person_id: int) -> int:
        """Delete all that somebody said, history included; the number of events deleted."""
        with self.database.write() as connection:
            lock_person(connection, person_id)
            own = events.c.person_id == person_id
            # Counted first: a database may leave out what goes along with another row.
            count = connection.execute(sa.select(sa.func.count()).where(own)).scalar_one()
            for table in (current, decisions, events):
                connection.execute(sa.delete(table).where(table.c.person_id == person_id))
        return int(count)


def person_in(connection: Connection, person_id: int) -> Person:
    """One person, inside a transaction.

    Raises
    ------
    UnknownPersonError
        If there is none of this number.
    """
    row = connection.execute(sa.select(people).where(people.c.person_id == person_id)).first()
    if row is None:
        raise nobody(person_id)
    return Person(**row._mapping)


def nobody(person_id: int) -> UnknownPersonError:
    """The error that says that there is nobody of this number."""
    return UnknownPersonError(
        f"no person {person_id!r} in the store; `matinee people list` shows who is there"
    )


def _name(name: str) -> str:
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= _LONGEST_NAME or not clean.isprintable():
        raise ParameterError(
            f"a name has 1 to {_LONGEST_NAME} characters that can be printed, got {name[:80]!r}"
        )
    return clean
