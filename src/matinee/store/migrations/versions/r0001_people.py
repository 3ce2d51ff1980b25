"""People, their events, and accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _refers(
    table: str, column: str, target: str, ondelete: str = "CASCADE"
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [target], name=f"fk_{table}_{column}", ondelete=ondelete
    )


def upgrade() -> None:
    """Make the tables."""
    _people_and_events()
    _accounts()


def _people_and_events() -> None:
    op.create_table(
        "people",
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="0"),
        _key("people", "person_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "films",
        sa.Column("movie_id", sa.String(200), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("year", sa.Integer),
        sa.Column("imdb_id", sa.String(20)),
        sa.Column("tmdb_id", sa.BigInteger),
        _key("films", "movie_id"),
    )
    op.create_table(
        "events",
        sa.Column("event_id", _BIG, nullable=False),
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("movie_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("dated", sa.BigInteger),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("batch", sa.String(64)),
        sa.Column("undoes", sa.BigInteger),
        _key("events", "event_id"),
        _refers("events", "person_id", "people.person_id"),
        _refers("events", "undoes", "events.event_id"),
        sa.CheckConstraint(
            "kind IN ('rating', 'seen', 'watchlist', 'not-interested')", name=op.f("ck_events_kind")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_person_id_event_id", "events", ["person_id", "event_id"])
    op.create_index(
        "ix_events_person_id_movie_id_kind", "events", ["person_id", "movie_id", "kind"]
    )
    op.create_index("ix_events_undoes", "events", ["undoes"], unique=True)
    op.create_table(
        "current",
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("movie_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("dated", sa.BigInteger),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        _key("current", "person_id", "movie_id", "kind"),
        _refers("current", "person_id", "people.person_id"),
        _refers("current", "event_id", "events.event_id"),
    )
    op.create_index("ix_current_event_id", "current", ["event_id"])
    op.create_table(
        "decisions",
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("entry", sa.String(500), nullable=False),
        sa.Column("movie_id", sa.String(200)),
        sa.Column("at", sa.BigInteger, nullable=False),
        _key("decisions", "person_id", "entry"),
        _refers("decisions", "person_id", "people.person_id"),
    )


def _accounts() -> None:
    op.create_table(
        "users",
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("is_admin", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        _key("users", "person_id"),
        _refers("users", "person_id", "people.person_id"),
        sa.UniqueConstraint("login", name="uq_users_login"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        _key("sessions", "digest"),
        _refers("sessions", "person_id", "people.person_id"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_table(
        "invitations",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_by", _BIG),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("used", sa.BigInteger),
        sa.Column("used_by", _BIG),
        _key("invitations", "digest"),
        _refers("invitations", "created_by", "people.person_id", "SET NULL"),
        _refers("invitations", "used_by", "people.person_id", "SET NULL"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("token_id", _BIG, nullable=False),
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("last_used", sa.BigInteger),
        _key("api_tokens", "token_id"),
        _refers("api_tokens", "person_id", "people.person_id"),
        sa.UniqueConstraint("digest", name="uq_api_tokens_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_tokens_person_id", "api_tokens", ["person_id"])
    op.create_table(
        "login_attempts",
        sa.Column("attempt_id", _BIG, nullable=False),
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("address", sa.String(100), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        _key("login_attempts", "attempt_id"),
    )
    op.create_index("ix_login_attempts_login_at", "login_attempts", ["login", "at"])
    op.create_index("ix_login_attempts_address_at", "login_attempts", ["address", "at"])
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        _key("secrets", "name"),
    )
