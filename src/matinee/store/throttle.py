"""Slowing down who guesses passwords.

Failures of the last 15 minutes are counted for the login from one address, for the login from
anywhere, and for the address with any login. Up to a limit they cost nothing; from there on each
one doubles the wait before the next try, from 2 seconds to 5 minutes. The limit for a login from
anywhere is the widest, so that a stranger cannot easily keep somebody from their own account.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from matinee.errors import ThrottledError
from matinee.store.database import Database
from matinee.store.schema import login_attempts

__all__ = ["WINDOW", "clear", "register", "wait_seconds"]

WINDOW = 15 * 60
_FIRST_WAIT, _LONGEST_WAIT = 2, 300
_BOTH, _LOGIN, _ADDRESS = 5, 50, 30
_LONGEST = 100
_GATE = 0x6C6F67696E


def wait_seconds(failures: int, free: int) -> int:
    """Seconds to wait after so many failures, of which ``free`` cost nothing.

    Examples
    --------
    >>> [wait_seconds(n, 5) for n in (4, 5, 6, 12, 40)]
    [0, 2, 4, 256, 300]
    """
    over = failures - free
    if over < 0:
        return 0
    return min(_FIRST_WAIT << min(over, 16), _LONGEST_WAIT)


def register(database: Database, login: str, address: str, now: int) -> int:
    """Count one try as a failure until :func:`clear` takes it back; its number.

    Raises
    ------
    ThrottledError
        If the last failures are too many and too near.
    """
    login, address = login[:_LONGEST], address[:_LONGEST]
    table = login_attempts.c
    with database.write() as connection:
        if not database.is_sqlite:
            # One after the other, so that many tries at once do not all see the same count.
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_GATE)))
        connection.execute(sa.delete(login_attempts).where(table.at <= now - WINDOW))
        wait = 0
        for free, where in (
            (_BOTH, sa.and_(table.login == login, table.address == address)),
            (_LOGIN, table.login == login),
            (_ADDRESS, table.address == address),
        ):
            count, last = connection.execute(
                sa.select(sa.func.count(), sa.func.max(table.at)).where(where)
            ).one()
            if last is not None:
                wait = max(wait, last + wait_seconds(count, free) - now)
        if wait <= 0:
            row = {"login": login, "address": address, "at": now}
            number = connection.execute(
                sa.insert(login_attempts).values(row).returning(table.attempt_id)
            ).scalar_one()
            return int(number)
    raise ThrottledError(f"too many failed logins; try again in {wait} s", retry_after=wait)


def clear(connection: Connection, attempt: int, login: str, address: str) -> None:
    """Forget the failures of a login from an address, after a success."""
    table = login_attempts.c
    connection.execute(
        sa.delete(login_attempts).where(
            sa.or_(
                table.attempt_id == attempt,
                sa.and_(table.login == login[:_LONGEST], table.address == address[:_LONGEST]),
            )
        )
    )
