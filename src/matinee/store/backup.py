"""Everything in one file, and back: the same file for SQLite and PostgreSQL.

A backup is gzipped JSON, one value a line: a header, one array for each row, and a last line with
the number of rows and the SHA-256 of all lines before it. It is the state of one moment, whatever
is written meanwhile, and brings people from one database to the other as well. Sessions and the
keys of the server are not in it: after a restore everybody logs in again.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, StatementError

from matinee.errors import BackupError, StoreError
from matinee.store.database import LOCAL_PERSON, Database
from matinee.store.schema import (
    HEAD,
    TABLES,
    events,
    login_attempts,
    people,
    secrets,
    sessions,
    users,
)

__all__ = ["FORMAT", "VERSION", "read_backup", "write_backup"]

FORMAT, VERSION = "matinee-backup", 1
_LEFT_OUT = (sessions, login_attempts, secrets)
_KEPT = tuple(table for table in TABLES if table not in _LEFT_OUT)
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
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6) as stream:
                count = _write(database, stream)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise StoreError(
            f"the backup {path} cannot be written: {error.strerror or error}"
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return count


def _write(database: Database, stream: gzip.GzipFile) -> int:
    digest, count = hashlib.sha256(), 0

    def put(value: Any) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(line)
        stream.write(line)

    put(
        {
            "format": FORMAT,
            "version": VERSION,
            "revision": HEAD,
            "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "tables": {table.name: [column.name for column in table.c] for table in _KEPT},
        }
    )
    with database.read(snapshot=True) as connection:
        for place, table in enumerate(_KEPT):
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
            if table is not secrets:
                connection.execute(sa.delete(table))
        try:
            count = _fill(connection, path)
        except (DBAPIError, StatementError) as error:
            cause = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise BackupError(f"{path} contradicts itself ({cause}); nothing was changed") from None
        if connection.scalar(sa.select(people.c.name).where(people.c.person_id == 1)) is None:
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
            connection.execute(sa.insert(_KEPT[place]), block)
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
    for table in _KEPT:
        for column in table.primary_key.columns:
            sequence = connection.scalar(
                sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))
            )
            if sequence is not None:
                highest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
                connection.execute(sa.select(sa.func.setval(sequence, highest, False)))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with the place of its table; at the end it is known that the file is whole."""
    try:
        with gzip.open(path, "rb") as stream:
            yield from _checked(path, stream)
    except FileNotFoundError:
        raise BackupError(f"{path}: no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, str(error)) from None


def _checked(path: Path, stream: gzip.GzipFile) -> Iterator[tuple[int, dict[str, Any]]]:
    digest, count = hashlib.sha256(), 0
    first, line = _line(path, stream)
    tables = _columns(path, first)
    digest.update(line)
    while True:
        value, line = _line(path, stream)
        if isinstance(value, dict):
            break
        if not (
            isinstance(value, list)
            and value
            and type(value[0]) is int
            and 0 <= value[0] < len(tables)
            and len(value) == len(tables[value[0]]) + 1
            and all(one is None or isinstance(one, str | int | float) for one in value)
        ):
            raise _damaged(path, f"row {count + 1:,} is none of any table")
        digest.update(line)
        count += 1
        yield value[0], dict(zip(tables[value[0]], value[1:], strict=True))
    if value != {"rows": count, "sha256": digest.hexdigest()}:
        raise _damaged(path, "the checksum at its end is that of other rows")
    if stream.read(1):
        raise _damaged(path, "something stands behind its end")


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


def _columns(path: Path, header: Any) -> list[list[str]]:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise BackupError(f"{path} is not a backup of Matinee; `matinee backup FILE` makes one")
    version, revision = header.get("version"), header.get("revision")
    if version != VERSION or revision != HEAD:
        raise BackupError(
            f"{path} was made by another Matinee (version {version}, revision {revision}; this one "
            f"reads version {VERSION}, revision {HEAD}); upgrade Matinee. Nothing was changed"
        )
    tables = header.get("tables")
    if tables != {table.name: [column.name for column in table.c] for table in _KEPT}:
        raise _damaged(path, "its tables are others")
    return [[column.name for column in table.c] for table in _KEPT]


def _damaged(path: Path, problem: str) -> BackupError:
    return BackupError(
        f"the backup {path} is damaged ({problem}); nothing was changed. Take an older one"
    )
