"""Opening a store, its migrations, and who may look into the file."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from matinee.errors import StoreError
from matinee.store import Store, database
from matinee.store.database import Database, default_path
from matinee.store.schema import HEAD, metadata, people


def test_the_migrations_lead_to_the_tables_of_the_schema(store: Store) -> None:
    with store.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert store.database.revision() == HEAD


def test_the_head_is_the_last_migration() -> None:
    folder = Path(database.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == HEAD


def test_migrating_again_does_nothing(store: Store) -> None:
    assert not store.migrate()
    assert len(store.people()) == 1


def test_several_may_migrate_at_once(url: str) -> None:
    done: list[bool] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            one = Database(url)
            done.append(one.migrate())
            one.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(done) == [False, False, False, True]


def test_tables_of_a_newer_matinee_are_left_alone(store: Store) -> None:
    with store.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer Matinee.*9999.*upgrade Matinee"):
        store.migrate()


def test_a_store_without_tables_says_what_to_do(url: str) -> None:
    store = Store(url)
    with pytest.raises(StoreError, match=r"Store\.migrate"):
        store.people()
    store.close()


def test_looking_at_a_store_that_is_not_there_leaves_no_trace(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "people.db")
    assert not store.exists()
    with pytest.raises(StoreError, match=r"Store\.migrate"):
        store.people()
    assert list(tmp_path.iterdir()) == []
    with store:
        assert store.exists()


def test_a_locked_store_is_given_up_soon(store: Store, url: str, monkeypatch: Any) -> None:
    """Reading goes on; who wants to write hears after a while that others do."""
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.2)
    with Store(url) as other, store.database.write() as connection:
        connection.execute(sa.update(people).values(name="busy"))
        started = time.monotonic()
        assert other.only_person() is not None
        with pytest.raises(StoreError, match=r"kept it busy for more than 0\.2 s; try again"):
            other.rate(1, 6, 4.0)
        assert time.monotonic() - started < 3


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "people.db"
    with Store(path) as store:
        store.rate(1, 6, 4.0)
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_sqlite_waits_for_the_disk(tmp_path: Path) -> None:
    with Store(tmp_path / "people.db") as store, store.database.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_the_place_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_DATABASE_URL", f"sqlite:///{tmp_path}/named.db")
    assert str(Database()) == f"{tmp_path}/named.db"
    monkeypatch.delenv("MATINEE_DATABASE_URL")
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "data")
    assert default_path() == tmp_path / "data" / "matinee.db"
    assert str(Database()) == str(default_path())


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("mysql://me:topsecret@host/db", "mysql is not supported"),
        ("postgresql://me:topsecret@host:port/db", "cannot be understood"),
    ],
)
def test_other_urls_are_refused_without_their_password(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        Store(url)
    assert "topsecret" not in str(caught.value)


def test_the_password_is_never_shown() -> None:
    pytest.importorskip("psycopg")
    shown = str(Database("postgresql://me:topsecret@127.0.0.1:1/db"))
    assert shown == "postgresql://me:***@127.0.0.1:1/db"


def test_a_server_that_is_not_there_is_named() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match=r"postgresql://me:\*\*\*@127\.0\.0\.1:1/db.*refused"):
        Store("postgresql://me:topsecret@127.0.0.1:1/db").migrate()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "people.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"people\.db.*matinee restore"):
        Store(tmp_path / "people.db").migrate()
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path / "people.db" / "below").migrate()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path).migrate()
