"""What lets somebody in after they have logged in once: sessions, invitations, API tokens.

Each is 256 random bits (an invitation 128); only the SHA-256 digest is kept, which is enough for
what nobody can guess.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from matinee.errors import AccountError, ParameterError, UnknownPersonError
from matinee.store.database import Database
from matinee.store.schema import api_tokens, invitations, people, sessions, users

__all__ = [
    "Account",
    "ApiToken",
    "Keys",
    "Scope",
    "account_where",
    "all_accounts",
    "digest_of",
    "no_account",
]

Scope: TypeAlias = Literal["read", "write", "admin"]

_DAY = 86_400
SESSION_SECONDS = 30 * _DAY
INVITATION_SECONDS = 14 * _DAY
_SEEN_EVERY = 60  # how old "last used" may be, so that not every request writes
_MOST_TOKENS = 100
_TOKEN_PREFIX = "matinee_"  # noqa: S105 - lets people and scanners recognise one


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in.

    Attributes
    ----------
    person_id : int
    login : str
        In the form that is compared: NFKC, lower case.
    name : str
    is_admin : bool
    created : int
        Unix seconds.
    """

    person_id: int
    login: str
    name: str
    is_admin: bool
    created: int


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of somebody's program; the token itself is shown once and not kept.

    Attributes
    ----------
    token_id, person_id : int
    name : str
    scopes : frozenset of {"read", "write", "admin"}
    created : int
        Unix seconds.
    expires, last_used : int or None
        Unix seconds.
    """

    token_id: int
    person_id: int
    name: str
    scopes: frozenset[str]
    created: int
    expires: int | None
    last_used: int | None


class Keys:
    """The part of :class:`~matinee.store.Accounts` that deals with what is not a password."""

    database: Database

    def open_session(self, person_id: int, *, seconds: int = SESSION_SECONDS) -> str:
        """A new session; the token for the cookie."""
        token, now = secrets.token_urlsafe(32), int(time.time())
        row = {"person_id": person_id, "created": now, "expires": now + seconds}
        with self.database.write() as connection:
            if account_where(connection, users.c.person_id == person_id) is None:
                raise no_account(person_id)
            connection.execute(sa.delete(sessions).where(sessions.c.expires <= now))
            connection.execute(sa.insert(sessions).values(digest=digest_of(token), **row))
        return token

    def by_session(self, token: str) -> Account | None:
        """Whose session this is; None if it has ended or never was."""
        with self.database.read() as connection:
            row = connection.execute(
                all_accounts()
                .join(sessions, sessions.c.person_id == users.c.person_id)
                .where(sessions.c.digest == digest_of(token), sessions.c.expires > int(time.time()))
            ).first()
        return None if row is None else Account(**row._mapping)

    def close_session(self, token: str) -> None:
        """End a session."""
        with self.database.write() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.digest == digest_of(token)))

    def close_sessions(self, person_id: int, *, but: str | None = None) -> int:
        """End all sessions of a person, perhaps but the one of a token; how many."""
        gone = sa.delete(sessions).where(sessions.c.person_id == person_id)
        if but is not None:
            gone = gone.where(sessions.c.digest != digest_of(but))
        with self.database.write() as connection:
            return int(connection.execute(gone).rowcount)

    # -- invitations -----------------------------------------------------------------------

    def invite(self, by: int | None = None, *, seconds: int = INVITATION_SECONDS) -> str:
        """A new invitation that counts once; its code."""
        code, now = secrets.token_urlsafe(16), int(time.time())
        row = {"created_by": by, "created": now, "expires": now + seconds}
        with self.database.write() as connection:
            connection.execute(sa.insert(invitations).values(digest=digest_of(code), **row))
        return code

    # -- API tokens ------------------------------------------------------------------------

    def create_token(
        self,
        person_id: int,
        name: str,
        scopes: Iterable[Scope],
        *,
        seconds: int | None = None,
    ) -> tuple[str, ApiToken]:
        """A new API token and what is kept of it; the token is not shown again.

        Parameters
        ----------
        scopes : iterable of {"read", "write", "admin"}
        seconds : int, optional
            How long it holds; without an end if not given.

        Raises
        ------
        AccountError
            If the scope ``"admin"`` is asked for somebody who is none, or there are 100 already.
        """
        wanted = frozenset(scopes)
        unknown = wanted - set(get_args(Scope))
        if unknown or not wanted:
            raise ParameterError(f"scopes are read, write and admin, got {sorted(wanted)}")
        clean = " ".join(name.split())
        if not 1 <= len(clean) <= 200 or not clean.isprintable():
            raise ParameterError(f"a token's name has 1 to 200 characters, got {name[:80]!r}")
        token, now = _TOKEN_PREFIX + secrets.token_urlsafe(32), int(time.time())
        row: dict[str, Any] = {
            "person_id": person_id,
            "name": clean,
            "digest": digest_of(token),
            "scopes": " ".join(sorted(wanted)),
            "created": now,
            "expires": None if seconds is None else now + seconds,
        }
        with self.database.write() as connection:
            account = account_where(connection, users.c.person_id == person_id)
            if account is None:
                raise no_account(person_id)
            if "admin" in wanted and not account.is_admin:
                raise AccountError(f"{account.login} is no admin, so no token of theirs can be")
            count = sa.select(sa.func.count()).where(api_tokens.c.person_id == person_id)
            if connection.execute(count).scalar_one() >= _MOST_TOKENS:
                raise AccountError(f"{_MOST_TOKENS} tokens are enough; revoke one first")
            made = connection.execute(sa.insert(api_tokens).values(row).returning(api_tokens))
            return token, _token(made.one())

    def tokens(self, person_id: int) -> list[ApiToken]:
        """The API tokens of a person, oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(
                sa.select(api_tokens)
                .where(api_tokens.c.person_id == person_id)
                .order_by(api_tokens.c.token_id)
            ).all()
        return [_token(row) for row in rows]

    def by_token(self, token: str) -> tuple[Account, ApiToken] | None:
        """Whose API token this is and what it may; None if it has ended or never was.

        The scope ``"admin"`` is left out once its owner is no admin any more.
        """
        now = int(time.time())
        with self.database.read() as connection:
            row = connection.execute(
                sa.select(api_tokens).where(
                    api_tokens.c.digest == digest_of(token),
                    sa.or_(api_tokens.c.expires.is_(None), api_tokens.c.expires > now),
                )
            ).first()
            if row is None:
                return None
            account = account_where(connection, users.c.person_id == row.person_id)
        if account is None:
            return None
        if row.last_used is None or row.last_used <= now - _SEEN_EVERY:
            with self.database.write() as connection:
                connection.execute(
                    sa.update(api_tokens)
                    .where(api_tokens.c.token_id == row.token_id)
                    .values(last_used=now)
                )
        return account, _token(row, but=() if account.is_admin else ("admin",))

    def revoke_token(self, person_id: int, token_id: int) -> bool:
        """Take back a person's token; whether it was theirs and there."""
        with self.database.write() as connection:
            gone = connection.execute(
                sa.delete(api_tokens).where(
                    api_tokens.c.person_id == person_id, api_tokens.c.token_id == token_id
                )
            )
        return gone.rowcount == 1


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def all_accounts() -> sa.Select[Any]:
    """Accounts with the names of their people."""
    return sa.select(
        users.c.person_id, users.c.login, people.c.name, users.c.is_admin, users.c.created
    ).join(people, people.c.person_id == users.c.person_id)


def account_where(connection: Connection, *where: sa.ColumnElement[bool]) -> Account | None:
    """One account, inside a transaction."""
    row = connection.execute(all_accounts().where(*where)).first()
    return None if row is None else Account(**row._mapping)


def no_account(person_id: int) -> UnknownPersonError:
    """The error that says that somebody has no account."""
    return UnknownPersonError(f"person {person_id} has no account; `matinee people list` shows all")


def _token(row: Any, but: Iterable[str] = ()) -> ApiToken:
    values = {name: row._mapping[name] for name in ("token_id", "person_id", "name")}
    return ApiToken(
        **values,
        scopes=frozenset(row.scopes.split()).difference(but),
        created=row.created,
        expires=row.expires,
        last_used=row.last_used,
    )
