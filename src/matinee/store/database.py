"""Opening the database: SQLite in a file by default, PostgreSQL by URL; and its migrations."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from matinee.errors import MissingExtraError, StoreError
from matinee.paths import data_path
from matinee.store.schema import HEAD, people

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["DATABASE_VARIABLE", "LOCAL_PERSON", "Database", "default_path", "storable", "upsert"]

DATABASE_VARIABLE = "MATINEE_DATABASE_URL"
LOCAL_PERSON = 1
_WRITES, _WAIT = "matinee_writes", "matinee_wait"
WAIT_SECONDS = 5
"""How long a call waits for others who write; then it says so."""

_MIGRATING = 0x6D6174696E6565  # a number for PostgreSQL's lock: "matinee"


def default_path() -> Path:
    """Where the store is unless somebody says otherwise: in the platform's data directory."""
    return data_path() / "matinee.db"


class Database:
    """A database and its transactions.

    Parameters
    ----------
    url : str or path, optional
        ``postgresql://user:password@host/name``, ``sqlite:///path``, or the path of a SQLite file;
        by default ``MATINEE_DATABASE_URL``, else :func:`default_path`.

    Raises
    ------
    StoreError
        If the URL cannot be understood, or is of a kind that is not supported.
    MissingExtraError
        If PostgreSQL is asked for without its driver.
    """

    def __init__(self, url: str | Path | None = None) -> None:
        self.url = _parse(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._open_sqlite() if self.is_sqlite else self._open_postgres()

    def __str__(self) -> str:
        """The place, without its password."""
        if self.is_sqlite:
            return str(self.url.database)
        return self.url.set(drivername="postgresql").render_as_string(hide_password=True)

    def _open_sqlite(self) -> Engine:
        # Opened by a URI that makes no file: looking at a store that is not there leaves no trace.
        engine = sa.create_engine(
            "sqlite+pysqlite://",
            creator=self._connect_sqlite,
            poolclass=sa.pool.QueuePool,
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def _connect_sqlite(self) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{Path(str(self.url.database)).as_uri()}?mode=rw",
            uri=True,
            timeout=WAIT_SECONDS,
            # The driver's own idea of when a transaction begins is turned off: see _begin.
            isolation_level=None,
            check_same_thread=False,
        )

    def _open_postgres(self) -> Engine:
        try:
            import psycopg  # noqa: F401
        except ImportError:
            raise MissingExtraError("PostgreSQL", "postgres") from None
        return sa.create_engine(
            self.url, pool_pre_ping=True, connect_args={"connect_timeout": WAIT_SECONDS}
        )

    def exists(self) -> bool:
        """Whether there is a store here already; a PostgreSQL database is taken to hold one."""
        return not self.is_sqlite or Path(str(self.url.database)).exists()

    def _make_file(self) -> None:
        path = Path(str(self.url.database))
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Other users of the machine have no business in somebody's taste and password hash.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise StoreError(
                f"the store {path} cannot be opened ({error.strerror}); name another place in "
                f"{DATABASE_VARIABLE}"
            ) from None

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def read(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """A transaction that only reads; a snapshot sees one state however long it takes."""
        with self._transaction({_WRITES: False}, snapshot=snapshot) as connection:
            yield connection

    @contextmanager
    def write(self, *, wait: float | None = None) -> Iterator[Connection]:
        """A transaction that is on the disk when the block is left, or never was.

        Others who write are waited for, :data:`WAIT_SECONDS` unless said otherwise.
        """
        wait = WAIT_SECONDS if wait is None else wait
        with self._transaction({_WRITES: True, _WAIT: int(wait * 1000)}) as connection:
            yield connection

    @contextmanager
    def _transaction(
        self, options: dict[str, Any], *, snapshot: bool = False
    ) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                if snapshot and not self.is_sqlite:
                    connection.execution_options(isolation_level="REPEATABLE READ")
                connection.execution_options(**options)
                with connection.begin():
                    if not self.is_sqlite and _WAIT in options:
                        wait = max(options[_WAIT], 1)  # 0 would be for ever
                        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait}")
                    yield connection
        except SQLAlchemyError as error:
            raise self._explain(error) from error

    def _explain(self, error: SQLAlchemyError) -> StoreError:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()
        text = cause[0] if cause else type(error).__name__
        lower = text.lower()
        if "locked" in lower or "lock timeout" in lower:
            text = f"another program has kept it busy for more than {WAIT_SECONDS} s; try again"
        elif any(sign in lower for sign in ("no such table", "does not exist", "unable to open")):
            text += "; call Store.migrate() first, which makes the tables"
        elif "not a database" in lower or "malformed" in lower:
            text += "; bring the last backup back with `matinee restore FILE --force`"
        return StoreError(f"the store {self}: {text}")

    # -- migrations ------------------------------------------------------------------------

    def revision(self) -> str | None:
        """The revision of the tables; None where there are none yet."""
        with self.read() as connection:
            return _revision(connection)

    def migrate(self) -> bool:
        """Bring the tables to :data:`~matinee.store.schema.HEAD`; say whether anything was done.

        All in one transaction: a migration that is interrupted leaves the tables as they were.
        Several processes may do it at once: one does, the others wait.

        Raises
        ------
        StoreError
            If the tables are those of a newer Matinee.
        """
        if self.is_sqlite:
            self._make_file()
        if self.revision() == HEAD:
            return False
        with self.write() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
            found = _revision(connection)
            if found == HEAD:
                return False
            _upgrade(connection, found, str(self))
            if found is None:
                row = {"name": "me", "created": int(time.time())}
                number = connection.execute(
                    sa.insert(people).values(row).returning(people.c.person_id)
                ).scalar_one()
                assert number == LOCAL_PERSON
        return True


def _parse(given: str | Path | None) -> URL:
    text = str(given) if given is not None else os.environ.get(DATABASE_VARIABLE) or ""
    if not text:
        text = str(default_path())
    if "://" not in text:
        return URL.create("sqlite+pysqlite", database=str(Path(text).expanduser().absolute()))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The text may hold a password: it is not repeated.
        raise StoreError(
            f"the database URL in {DATABASE_VARIABLE} cannot be understood; write "
            "postgresql://user:password@host/name or sqlite:///path"
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise StoreError("a store in memory would lose what people say; name a file")
        return _parse(Path(str(url.database)))
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise StoreError(
        f"{backend} is not supported as a store; there are sqlite:///path and "
        "postgresql://user:password@host/name"
    )


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        # With NORMAL, a loss of power may take acknowledged transactions along.
        "synchronous = FULL",
        "foreign_keys = ON",
        # What somebody deletes is overwritten, not merely forgotten.
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that will write takes its lock at once: one that has read before it writes
    # could not wait for others any more.
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {options.get(_WAIT, WAIT_SECONDS * 1000)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES, False) else "BEGIN")


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _upgrade(connection: Connection, found: str | None, place: str) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    if found is not None and found not in {one.revision for one in script.walk_revisions()}:
        raise StoreError(
            f"the store {place} has the tables of a newer Matinee (revision {found}, this one "
            f"knows {HEAD}); upgrade Matinee"
        )

    def steps(revision: Any, _: Any) -> Any:
        return script._upgrade_revs(HEAD, revision)

    with EnvironmentContext(config, script, fn=steps, destination_rev=HEAD) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


def upsert(
    connection: Connection,
    table: sa.Table,
    rows: list[dict[str, Any]],
    keys: list[str],
    *,
    overwrite: bool = True,
) -> None:
    """Insert rows, and overwrite those that have the same keys, or else leave them as they are."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    statement = insert(table)
    if overwrite:
        changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, rows)


def storable(text: str, longest: int) -> bool:
    """Whether every database takes this text: not empty, not too long, and valid Unicode."""
    return 1 <= len(text) <= longest and not any(
        sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text
    )
