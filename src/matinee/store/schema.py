"""The tables of the store.

``events`` is the truth and only grows; ``current`` follows from it and is written in the same
transaction, so that a person's ratings are read without going through their history. Times are
Unix seconds (UTC). What is secret is kept as a digest: whoever reads the tables can neither log in
nor use a token.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

__all__ = [
    "EARLIEST",
    "HEAD",
    "KINDS",
    "LATEST",
    "MAX_STARS",
    "MIN_STARS",
    "TABLES",
    "api_tokens",
    "current",
    "decisions",
    "events",
    "films",
    "invitations",
    "login_attempts",
    "metadata",
    "people",
    "sessions",
    "users",
]

HEAD = "0001"
"""The revision that this version of Matinee works with."""

KINDS = ("rating", "seen", "watchlist", "not-interested")
MIN_STARS, MAX_STARS = 0.5, 5.0
EARLIEST, LATEST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only plain INTEGER keys


def _owner(*, primary_key: bool = False) -> Column[int]:
    """The person whom a row belongs to and with whom it goes."""
    return Column(
        "person_id",
        _BIG,
        ForeignKey("people.person_id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
        autoincrement=False,
    )


def _said() -> list[Column[float] | Column[int] | Column[str] | CheckConstraint]:
    """What ``events`` and ``current`` both say of a film."""
    times = f"BETWEEN {EARLIEST} AND {LATEST}"
    return [
        Column("value", Float),  # stars of a rating, 1 for a mark; NULL: taken away
        # When it happened: the latest event of a person, film and kind stands.
        Column("at", BigInteger, nullable=False),
        Column("dated", BigInteger),  # the date that the source gives it; NULL where it gives none
        Column("source", String(200), nullable=False),
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        CheckConstraint(
            f"value IS NULL OR (kind = 'rating' AND value BETWEEN {MIN_STARS} AND {MAX_STARS}) "
            "OR (kind <> 'rating' AND value = 1)",
            name="value",
        ),
        CheckConstraint(f"at {times} AND (dated IS NULL OR dated {times})", name="time"),
    ]


people = Table(
    "people",
    metadata,
    Column("person_id", _BIG, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("created", BigInteger, nullable=False),
    # Counts every change of the person's films; also what writers of one person queue up at.
    Column("revision", BigInteger, nullable=False, server_default="0"),
    sqlite_autoincrement=True,  # the number of somebody who left is never given again
)

films = Table(
    "films",
    metadata,
    # What a film was called when somebody spoke of it: finds it again in another data set. A film
    # that no catalogue had at the time goes by its IMDb or TMDB id or its title, see Film.unlisted.
    Column("movie_id", String(200), primary_key=True),
    Column("title", Text, nullable=False),
    Column("year", Integer),
    Column("imdb_id", String(20)),
    Column("tmdb_id", BigInteger),
)

events = Table(
    "events",
    metadata,
    Column("event_id", _BIG, primary_key=True),
    _owner(),
    Column("movie_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    *_said(),
    Column("batch", String(64)),
    Column("undoes", BigInteger, ForeignKey("events.event_id", ondelete="CASCADE")),
    Index(None, "person_id", "event_id"),
    Index(None, "person_id", "movie_id", "kind"),
    Index(None, "undoes", unique=True),
    sqlite_autoincrement=True,
)

current = Table(
    "current",
    metadata,
    _owner(primary_key=True),
    Column("movie_id", String(200), primary_key=True),
    Column("kind", String(20), primary_key=True),
    *_said(),
    Column(
        "event_id", BigInteger, ForeignKey("events.event_id", ondelete="CASCADE"), nullable=False
    ),
    # Looked through whenever an event goes, which the key above would do row by row without it.
    Index(None, "event_id"),
)

decisions = Table(
    "decisions",
    metadata,
    # What the person answered when an import asked which film is meant, kept for the next one.
    _owner(primary_key=True),
    Column("entry", String(500), primary_key=True),
    Column("movie_id", String(200)),  # NULL: none of the candidates
    Column("at", BigInteger, nullable=False),
)

users = Table(
    "users",
    metadata,
    _owner(primary_key=True),
    Column("login", String(100), nullable=False, unique=True),
    Column("password", String(200), nullable=False),  # argon2id, with its parameters and salt
    # Counts the passwords: who has proved an older one can open nothing with it.
    Column("password_number", Integer, nullable=False, server_default="1"),
    Column("is_admin", Boolean(create_constraint=False), nullable=False),
    Column("created", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    _owner(),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index(None, "person_id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("created_by", _BIG, ForeignKey("people.person_id", ondelete="SET NULL")),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),
    Column("used_by", _BIG, ForeignKey("people.person_id", ondelete="SET NULL")),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("token_id", _BIG, primary_key=True),
    _owner(),
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("last_used", BigInteger),
    Index(None, "person_id"),
    sqlite_autoincrement=True,
)

login_attempts = Table(
    "login_attempts",
    metadata,
    # Failures only; a success clears those of its login from its address.
    Column("attempt_id", _BIG, primary_key=True),
    Column("login", String(100), nullable=False),
    Column("address", String(100), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "login", "at"),
    Index(None, "address", "at"),
)

TABLES = tuple(metadata.sorted_tables)
"""All tables, those that others refer to first."""
