"""Everything in one file, and back: the same file for SQLite and PostgreSQL.

A backup is gzipped JSON, one value a line: a header, one array for each row, and a last line with
the number of rows and the SHA-256 of all lines before it. It is the state of one moment, whatever
is written meanwhile, and brings people from one database to the other as well. Sessions are not in
it: after a restore everybody logs in again.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, StatementError

from matinee.errors import BackupError, StoreError
from matinee.files import replace_file
from matinee.store.database import LOCAL_PERSON, Database
from matinee.store.schema import (
    HEAD,
    TABLES,
    events,
    login_attempts,
    people,
    sessions,
    users,
)

__all__ = ["read_backup", "write_backup"]

_FORMAT, _VERSION = "matinee-backup", 1
_TABLES = tuple(table for table in TABLES if table not in (sessions, login_attempts))
_COLUMNS = {table.name: [column.name for column in table.c] for table in _TABLES}
_LONGEST_LINE = 2**20
_BLOCK = 500


def write_backup(database: Database, path: Path, *, force: bool = False) -> int:
    """Write a backup; it is whole or not there at all, and only its owner may read it.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    StoreError
        If the file exists and ``force`` is not set, or the disk does not take it.
    """
    if path.exists() and not force:
        raise StoreError(f"{path} exists; choose another name, or overwrite it with --force")
    try:
        with (
            replace_file(path, private=True) as file,
            gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6) as stream,
        ):
            return _write(database, stream)
    except OSError as error:
        raise StoreError(
            f"the backup {path} cannot be written: {error.strerror or error}"
        ) from None


def _write(database: Database, stream: gzip.GzipFile) -> int:
    digest, count = hashlib.sha256(), 0

    def put(value: Any) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(line)
        stream.write(line)

    put(
        {
            "format": _FORMAT,
            "version": _VERSION,
            "revision": HEAD,
            "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "tables": _COLUMNS,
        }
    )
    with database.read(snapshot=True) as connection:
        for place, table in enumerate(_TABLES):
            wanted = sa.select(table).order_by(*table.primary_key.columns)
            for row in connection.execution_options(yield_per=1000).execute(wanted):
                put([place, *row])
                count += 1
    put({"rows": count, "sha256": digest.hexdigest()})
    return count


def read_backup(database: Database, path: Path, *, force: bool = False) -> int:
    """Replace what is in the store by what is in a backup: all of it, or nothing.

    The file is read twice: the first time only to see that it is whole.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    BackupError
        If the file is damaged, foreign or of a newer Matinee; nothing was changed.
    StoreError
        If there is something in the store and ``force`` is not set.
    """
    for _ in _rows(path):
        pass
    database.migrate()
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("LOCK TABLE people IN ACCESS EXCLUSIVE MODE"))
        if not force and not _is_empty(connection):
            raise StoreError(
                f"the store {database} is not empty; back it up first (`matinee backup FILE`), "
                "then replace what is in it with --force"
            )
        newest = connection.scalar(sa.select(sa.func.max(people.c.revision))) or 0
        for table in reversed(TABLES):
            connection.execute(sa.delete(table))
        try:
            count = _fill(connection, path)
        except (DBAPIError, StatementError) as error:
            cause = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise BackupError(f"{path} contradicts itself ({cause}); nothing was changed") from None
        local = people.c.person_id == LOCAL_PERSON
        if connection.scalar(sa.select(people.c.name).where(local)) is None:
            raise BackupError(f"{path} lacks the local person; nothing was changed")
        # No revision comes twice: what was computed before must not pass for what is there now.
        connection.execute(sa.update(people).values(revision=people.c.revision + newest + 1))
        if not database.is_sqlite:
            _set_counters(connection)
    return count


def _is_empty(connection: Connection) -> bool:
    found = (
        sa.select(events.c.event_id),
        sa.select(users.c.person_id),
        sa.select(people.c.person_id).where(people.c.person_id != LOCAL_PERSON),
    )
    return all(connection.execute(wanted.limit(1)).first() is None for wanted in found)


def _fill(connection: Connection, path: Path) -> int:
    count, place, block = 0, 0, list[dict[str, Any]]()

    def flush() -> None:
        if block:
            connection.execute(sa.insert(_TABLES[place]), block)
            block.clear()

    for row_place, row in _rows(path):
        if row_place != place or len(block) == _BLOCK:
            flush()
            place = row_place
        block.append(row)
        count += 1
    flush()
    return count


def _set_counters(connection: Connection) -> None:
    """Let PostgreSQL count on from the highest number of each table."""
    for table in _TABLES:
        for column in table.primary_key.columns:
            sequence = connection.scalar(
                sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))
            )
            if sequence is not None:
                highest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
                connection.execute(sa.select(sa.func.setval(sequence, highest, False)))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with the place of its table; at the end it is known that the file is whole."""
    if not path.is_file():
        raise BackupError(f"{path}: no such file")
    try:
        with gzip.open(path, "rb") as stream:
            yield from _checked(path, stream)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, str(error)) from None


def _checked(path: Path, stream: gzip.GzipFile) -> Iterator[tuple[int, dict[str, Any]]]:
    digest, count = hashlib.sha256(), 0
    header, line = _line(path, stream)
    _check_header(path, header)
    while True:
        digest.update(line)
        value, line = _line(path, stream)
        if isinstance(value, dict):
            break
        if not _is_row(value):
            raise _damaged(path, f"row {count + 1:,} is none of any table")
        count += 1
        yield value[0], dict(zip(_TABLES[value[0]].c.keys(), value[1:], strict=True))
    if value != {"rows": count, "sha256": digest.hexdigest()}:
        raise _damaged(path, "the checksum at its end is that of other rows")
    if stream.read(1):
        raise _damaged(path, "something stands behind its end")


def _is_row(value: Any) -> bool:
    """Whether this is a row of a table, with values that every database takes."""
    if not (isinstance(value, list) and value and type(value[0]) is int):
        return False
    if not 0 <= value[0] < len(_TABLES):
        return False
    columns = _TABLES[value[0]].c
    return len(columns) == len(value) - 1 and all(map(_fits, columns, value[1:]))


def _fits(column: sa.Column[Any], value: Any) -> bool:
    if value is None:
        return bool(column.nullable)
    kind = column.type
    if isinstance(kind, sa.String):  # Text as well
        valid = isinstance(value, str) and not any(
            sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in value
        )
        return valid and len(value) <= (kind.length or len(value))
    if isinstance(kind, sa.Boolean):
        return isinstance(value, bool)
    if isinstance(kind, sa.Float) and type(value) is float:
        return math.isfinite(value)
    return type(value) is int and -(2**63) <= value < 2**63


def _line(path: Path, stream: gzip.GzipFile) -> tuple[Any, bytes]:
    line = stream.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise _damaged(
            path, "it ends in the middle" if len(line) < _LONGEST_LINE else "a line is too long"
        )
    try:
        return json.loads(line, parse_constant=_refuse), line
    except (ValueError, RecursionError):
        raise _damaged(path, "a line is not JSON") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _check_header(path: Path, header: Any) -> None:
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise BackupError(f"{path} is not a backup of Matinee; `matinee backup FILE` makes one")
    version, revision = header.get("version"), header.get("revision")
    if version != _VERSION or revision != HEAD:
        raise BackupError(
            f"{path} was made by another Matinee (version {version}, revision {revision}; this one "
            f"reads version {_VERSION}, revision {HEAD}); upgrade Matinee. Nothing was changed"
        )
    if header.get("tables") != _COLUMNS:
        raise _damaged(path, "its tables are others")


def _damaged(path: Path, problem: str) -> BackupError:
    return BackupError(
        f"the backup {path} is damaged ({problem}); nothing was changed. Take an older one"
    )
