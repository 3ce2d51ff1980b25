"""A store on each database: SQLite always, PostgreSQL where a server is named."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from matinee.store import Store, accounts

POSTGRES_VARIABLE = "MATINEE_TEST_POSTGRES"


def postgres_schema() -> Iterator[str]:
    """A URL whose tables live in a schema of their own, which goes afterwards."""
    url = os.environ.get(POSTGRES_VARIABLE)
    if not url:
        pytest.skip(f"{POSTGRES_VARIABLE} names no PostgreSQL server")
    name = f"matinee_{uuid.uuid4().hex}"
    full = sa.make_url(url).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(full, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    own = full.update_query_dict({"options": f"-csearch_path={name}"})
    yield own.set(drivername="postgresql").render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    engine.dispose()


BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty store may be made."""
    if request.param == "sqlite":
        yield str(tmp_path / "people.db")
    else:
        yield from postgres_schema()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store(url) as opened:
        yield opened


@pytest.fixture
def other_url(tmp_path: Path) -> str:
    """A second place, always SQLite."""
    return str(tmp_path / "other.db")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the time that the store sees."""

    def set_time(seconds: int) -> None:
        monkeypatch.setattr("time.time", lambda: float(seconds))

    set_time(1_700_000_000)
    return set_time


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with next to no work: what is tested here is not how long it takes."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", lambda: hasher)
    accounts._nobody.cache_clear()
