"""Who may come in: accounts, sessions, invitations and API tokens.

Passwords are kept as argon2id hashes (RFC 9106). Session, invitation and API tokens are 256 random
bits each; only their SHA-256 digest is kept, which is enough for what nobody can guess.
"""

from __future__ import annotations

import hashlib
import secrets
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from matinee.errors import (
    AccountError,
    LoginError,
    ParameterError,
    SignUpError,
    StoreError,
    UnknownPersonError,
)
from matinee.store import passwords, throttle
from matinee.store.database import Database
from matinee.store.schema import api_tokens, invitations, people, sessions, users

__all__ = ["Account", "Accounts", "ApiToken", "Scope", "SignUp"]

SignUp: TypeAlias = Literal["open", "invitation", "closed"]
Scope: TypeAlias = Literal["read", "write", "admin"]

_DAY = 86_400
SESSION_SECONDS = 30 * _DAY
INVITATION_SECONDS = 14 * _DAY
_SEEN_EVERY = 60  # how old "last used" may be, so that not every request writes
_LONGEST_LOGIN = 100
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


class Accounts:
    """Accounts of a store; each call is one transaction, as in :class:`~matinee.store.Store`.

    Parameters
    ----------
    database : Database

    Examples
    --------
    >>> import tempfile
    >>> from matinee.store import Store
    >>> with tempfile.TemporaryDirectory() as folder, Store(f"{folder}/people.db") as store:
    ...     ann = store.accounts.sign_up("Ann", "correct horse battery", mode="open")
    ...     again = store.accounts.log_in("ann", "correct horse battery", address="127.0.0.1")
    ...     token = store.accounts.open_session(again.person_id)
    ...     print(store.accounts.by_session(token) == ann)
    True
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    # -- accounts --------------------------------------------------------------------------

    def create(
        self,
        login: str,
        password: str,
        *,
        name: str | None = None,
        is_admin: bool = False,
        person_id: int | None = None,
    ) -> Account:
        """Make an account, for a new person or for one who is there already.

        Parameters
        ----------
        login : str
            1 to 100 characters; case and width do not count.
        password : str
            8 to 256 characters.
        name : str, optional
            What to call the person; the login as typed if not given.
        is_admin : bool
        person_id : int, optional
            Somebody without an account whose films become those of the account, such as the local
            person 1.

        Raises
        ------
        AccountError
            If the login is taken, the person has an account, or the password is refused.
        """
        hashed = passwords.hash_password(password, normal_login(login))
        with self.database.write() as connection:
            return _create(connection, login, hashed, name, is_admin, person_id)

    def sign_up(
        self,
        login: str,
        password: str,
        *,
        mode: SignUp,
        invitation: str | None = None,
        name: str | None = None,
    ) -> Account:
        """Make an account for a visitor, who never becomes an admin by it.

        Parameters
        ----------
        mode : {"open", "invitation", "closed"}
            Who may sign up here. An invitation counts once.

        Raises
        ------
        SignUpError
            If sign-up is closed, or the invitation is unknown, used or too old.
        AccountError
            As :meth:`create`.
        """
        if mode not in get_args(SignUp):
            raise ParameterError(f"mode must be open, invitation or closed, got {mode!r}")
        if mode == "closed":
            raise SignUpError("sign-up is closed here; ask an admin for an account")
        if mode == "open":
            return self.create(login, password, name=name)
        now = int(time.time())
        refused = SignUpError(
            "sign-up needs an invitation that has not been used and is not too old; ask for one"
        )
        offered = _digest(invitation or "")
        good = (
            invitations.c.digest == offered,
            invitations.c.used.is_(None),
            invitations.c.expires > now,
        )
        with self.database.read() as connection:
            # Before the work of hashing, which nobody gets without an invitation.
            if connection.scalar(sa.select(invitations.c.digest).where(*good)) is None:
                raise refused
        hashed = passwords.hash_password(password, normal_login(login))
        with self.database.write() as connection:
            used = connection.execute(sa.update(invitations).where(*good).values(used=now))
            if used.rowcount != 1:
                raise refused
            account = _create(connection, login, hashed, name, False, None)
            connection.execute(
                sa.update(invitations)
                .where(invitations.c.digest == offered)
                .values(used_by=account.person_id)
            )
            return account

    def all(self) -> list[Account]:
        """All accounts, by person number."""
        with self.database.read() as connection:
            rows = connection.execute(_accounts().order_by(users.c.person_id)).all()
        return [Account(**row._mapping) for row in rows]

    def get(self, person_id: int) -> Account | None:
        """The account of a person, or None for somebody without one."""
        with self.database.read() as connection:
            return _one(connection, users.c.person_id == person_id)

    def find(self, login: str) -> Account | None:
        """The account of a login, or None."""
        with self.database.read() as connection:
            return _one(connection, users.c.login == normal_login(login))

    def set_password(self, person_id: int, password: str) -> None:
        """Give somebody a new password and end all their sessions; API tokens stay."""
        account = self.get(person_id)
        if account is None:
            raise _no_account(person_id)
        hashed = passwords.hash_password(password, account.login)
        with self.database.write() as connection:
            connection.execute(
                sa.update(users).where(users.c.person_id == person_id).values(password=hashed)
            )
            connection.execute(sa.delete(sessions).where(sessions.c.person_id == person_id))

    def set_admin(self, person_id: int, is_admin: bool) -> None:
        """Make somebody an admin, or no longer one.

        Raises
        ------
        AccountError
            If nobody would be left who is an admin.
        """
        with self.database.write() as connection:
            _lock_accounts(connection)
            if not is_admin:
                _keep_an_admin(connection, person_id)
            changed = connection.execute(
                sa.update(users).where(users.c.person_id == person_id).values(is_admin=is_admin)
            )
            if changed.rowcount != 1:
                raise _no_account(person_id)

    def remove(self, person_id: int) -> None:
        """Remove an account with its sessions and tokens; the person's films stay.

        :meth:`Store.remove_person <matinee.store.Store.remove_person>` removes those as well.

        Raises
        ------
        AccountError
            If it is that of the last admin, while others have accounts.
        """
        with self.database.write() as connection:
            _lock_accounts(connection)
            _keep_an_admin(connection, person_id, unless_last=True)
            gone = connection.execute(sa.delete(users).where(users.c.person_id == person_id))
            if gone.rowcount != 1:
                raise _no_account(person_id)
            for table in (sessions, api_tokens):
                connection.execute(sa.delete(table).where(table.c.person_id == person_id))

    # -- logging in ------------------------------------------------------------------------

    def log_in(self, login: str, password: str, *, address: str) -> Account:
        """The account of a login and its password.

        Failures are counted by login and by address; too many make the next try wait, whether its
        password is right or not.

        Raises
        ------
        LoginError
            If they do not belong together, which takes as long for an unknown login.
        ThrottledError
            If there were too many failures.
        """
        try:
            normal = normal_login(login)
        except AccountError:
            normal = ""
        # Counted as a failure before the password is looked at, and taken back after: many tries
        # at once are no way around the count.
        attempt = throttle.register(self.database, normal, address, int(time.time()))
        with self.database.read() as connection:
            row = connection.execute(
                sa.select(users.c.person_id, users.c.password).where(users.c.login == normal)
            ).first()
        fresh = passwords.verify(None if row is None else row.password, password)
        if row is None or fresh is None:
            raise LoginError("this name and this password do not belong together")
        with self.database.write() as connection:
            throttle.clear(connection, attempt, normal, address)
            if fresh != row.password:
                connection.execute(
                    sa.update(users)
                    .where(users.c.person_id == row.person_id, users.c.password == row.password)
                    .values(password=fresh)
                )
            account = _one(connection, users.c.person_id == row.person_id)
        if account is None:
            raise LoginError("this account has just been removed")
        return account

    def open_session(self, person_id: int, *, seconds: int = SESSION_SECONDS) -> str:
        """A new session; the token for the cookie."""
        token, now = secrets.token_urlsafe(32), int(time.time())
        row = {"person_id": person_id, "created": now, "expires": now + seconds}
        with self.database.write() as connection:
            if _one(connection, users.c.person_id == person_id) is None:
                raise _no_account(person_id)
            connection.execute(sa.delete(sessions).where(sessions.c.expires <= now))
            connection.execute(sa.insert(sessions).values(digest=_digest(token), **row))
        return token

    def by_session(self, token: str) -> Account | None:
        """Whose session this is; None if it has ended or never was."""
        with self.database.read() as connection:
            row = connection.execute(
                _accounts()
                .join(sessions, sessions.c.person_id == users.c.person_id)
                .where(sessions.c.digest == _digest(token), sessions.c.expires > int(time.time()))
            ).first()
        return None if row is None else Account(**row._mapping)

    def close_session(self, token: str) -> None:
        """End a session."""
        with self.database.write() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.digest == _digest(token)))

    def close_sessions(self, person_id: int, *, but: str | None = None) -> int:
        """End all sessions of a person, perhaps but the one of a token; how many."""
        gone = sa.delete(sessions).where(sessions.c.person_id == person_id)
        if but is not None:
            gone = gone.where(sessions.c.digest != _digest(but))
        with self.database.write() as connection:
            return int(connection.execute(gone).rowcount)

    # -- invitations -----------------------------------------------------------------------

    def invite(self, by: int | None = None, *, seconds: int = INVITATION_SECONDS) -> str:
        """A new invitation that counts once; its code."""
        code, now = secrets.token_urlsafe(16), int(time.time())
        row = {"created_by": by, "created": now, "expires": now + seconds}
        with self.database.write() as connection:
            connection.execute(sa.insert(invitations).values(digest=_digest(code), **row))
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
            "digest": _digest(token),
            "scopes": " ".join(sorted(wanted)),
            "created": now,
            "expires": None if seconds is None else now + seconds,
        }
        with self.database.write() as connection:
            account = _one(connection, users.c.person_id == person_id)
            if account is None:
                raise _no_account(person_id)
            if "admin" in wanted and not account.is_admin:
                raise AccountError(f"{account.login} is no admin, so no token of theirs can be")
            count = sa.select(sa.func.count()).where(api_tokens.c.person_id == person_id)
            if connection.scalar(count) >= _MOST_TOKENS:
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
                    api_tokens.c.digest == _digest(token),
                    sa.or_(api_tokens.c.expires.is_(None), api_tokens.c.expires > now),
                )
            ).first()
            account = row and _one(connection, users.c.person_id == row.person_id)
        if row is None or account is None:
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


def normal_login(login: str) -> str:
    """A login in the form that is compared.

    Raises
    ------
    AccountError
        If it is empty, too long, or has blanks or signs that cannot be seen.

    Examples
    --------
    >>> normal_login("  Ann ")
    'ann'
    """
    clean = unicodedata.normalize("NFKC", login).strip().casefold()
    if not 1 <= len(clean) <= _LONGEST_LOGIN or not clean.isprintable() or " " in clean:
        raise AccountError(
            f"a login has 1 to {_LONGEST_LOGIN} characters without blanks, got {login[:80]!r}"
        )
    return clean


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _accounts() -> sa.Select[Any]:
    return sa.select(
        users.c.person_id, users.c.login, people.c.name, users.c.is_admin, users.c.created
    ).join(people, people.c.person_id == users.c.person_id)


def _one(connection: Connection, *where: sa.ColumnElement[bool]) -> Account | None:
    row = connection.execute(_accounts().where(*where)).first()
    return None if row is None else Account(**row._mapping)


def _create(
    connection: Connection,
    login: str,
    hashed: str,
    name: str | None,
    is_admin: bool,
    person_id: int | None,
) -> Account:
    normal, now = normal_login(login), int(time.time())
    shown = " ".join((name or login).split())
    if not 1 <= len(shown) <= 200 or not shown.isprintable():
        raise ParameterError(f"a name has 1 to 200 characters, got {shown[:80]!r}")
    if _one(connection, users.c.login == normal) is not None:
        raise AccountError(f"the login {normal!r} is taken; choose another")
    if person_id is None:
        row = {"name": shown, "created": now}
        person_id = connection.execute(
            sa.insert(people).values(row).returning(people.c.person_id)
        ).scalar_one()
    else:
        if _one(connection, users.c.person_id == person_id) is not None:
            raise AccountError(f"person {person_id} has an account already")
        kept = people.c.name if name is None else shown
        found = connection.execute(
            sa.update(people).where(people.c.person_id == person_id).values(name=kept)
        )
        if found.rowcount != 1:
            raise UnknownPersonError(
                f"no person {person_id} in the store; `matinee people list` shows who is there"
            )
    entry = {"login": normal, "password": hashed, "is_admin": is_admin, "created": now}
    try:
        connection.execute(sa.insert(users).values(person_id=person_id, **entry))
    except IntegrityError:
        raise AccountError(f"the login {normal!r} is taken; choose another") from None
    made = _one(connection, users.c.person_id == person_id)
    assert made is not None
    return made


def _lock_accounts(connection: Connection) -> None:
    """Hold off others who change who is an admin; SQLite has one writer at a time anyway."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))


def _keep_an_admin(connection: Connection, person_id: int, *, unless_last: bool = False) -> None:
    others = connection.execute(
        sa.select(users.c.is_admin).where(users.c.person_id != person_id)
    ).all()
    own = _one(connection, users.c.person_id == person_id)
    if own is None or not own.is_admin or any(row.is_admin for row in others):
        return
    if not (unless_last and not others):
        raise AccountError(f"{own.login} is the only admin; make somebody else one first")


def _no_account(person_id: int) -> StoreError:
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
