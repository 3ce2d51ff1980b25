"""Accounts: who may log in, and what lets them in afterwards: sessions, invitations, API tokens.

A password is kept as an argon2id hash. A session, an invitation or a token is random (256 bits, an
invitation 128); of these only the SHA-256 digest is kept, which is enough for what cannot be
guessed.

References
----------
RFC 9106 (2021), *Argon2 Memory-Hard Function for Password Hashing and Proof-of-Work Applications*.
NIST SP 800-63B: length is what counts; no rules about kinds of characters.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from matinee.errors import (
    AccountError,
    LoginError,
    ParameterError,
    SignUpError,
    StoreError,
    ThrottledError,
    UnknownPersonError,
)
from matinee.store.database import LOCAL_PERSON, Database
from matinee.store.schema import (
    api_tokens,
    current,
    decisions,
    events,
    invitations,
    login_attempts,
    people,
    sessions,
    users,
)

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = [
    "SESSION_SECONDS",
    "Account",
    "Accounts",
    "ApiToken",
    "SignUp",
    "delete_said",
    "normal_login",
    "remove_person",
    "shown_name",
    "unknown_person",
    "wait_seconds",
]

SignUp: TypeAlias = Literal["open", "invitation", "closed"]

_DAY = 86_400
SESSION_SECONDS = 30 * _DAY
INVITATION_SECONDS = 14 * _DAY
_USED_EVERY = 60  # how old "last used" may be, so that not every request writes
_MOST_TOKENS = 100
_TOKEN_PREFIX = "matinee_"  # noqa: S105 - lets people and scanners recognise one
_LONGEST_LOGIN, _LONGEST_NAME = 100, 200
_SHORTEST_PASSWORD, _LONGEST_PASSWORD = 8, 256

# Failures to log in count for 15 minutes, and the first of them cost nothing. The limit for a login
# from anywhere is the widest, so that a stranger cannot easily keep somebody out.
FAILURES_SECONDS = 15 * 60
_FREE_LOGIN_AND_ADDRESS, _FREE_LOGIN, _FREE_ADDRESS = 5, 50, 30
_FIRST_WAIT, _LONGEST_WAIT = 2, 300
_LOGIN_LOCK = 0x6C6F67696E  # a number for PostgreSQL's lock: "login"


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
    password_number : int
        Counts the passwords. What is done for an account that was read before the last change of
        its password is refused.
    """

    person_id: int
    login: str
    name: str
    is_admin: bool
    created: int
    password_number: int = 1


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of somebody's program; the token itself is shown once and not kept.

    It may do with films what its owner may; accounts are for people who log in.

    Attributes
    ----------
    token_id, person_id : int
    name : str
    created : int
        Unix seconds.
    expires, last_used : int or None
        Unix seconds.
    """

    token_id: int
    person_id: int
    name: str
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
    ...     token = store.accounts.open_session(again)
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
        hashed = _hash_password(password, normal_login(login))
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
        hashed = _hash_password(password, normal_login(login))
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
        return [Account(*row) for row in rows]

    def get(self, person_id: int) -> Account | None:
        """The account of a person, or None for somebody without one."""
        with self.database.read() as connection:
            return _account(connection, users.c.person_id == person_id)

    def find(self, login: str) -> Account | None:
        """The account of a login, or None."""
        with self.database.read() as connection:
            return _account(connection, users.c.login == normal_login(login))

    def set_password(
        self, person_id: int, password: str, *, proved: Account | None = None
    ) -> Account:
        """Give somebody a new password and end all their sessions; API tokens stay.

        Parameters
        ----------
        proved : Account, optional
            What :meth:`log_in` gave for the old password, which must still be the old one.

        Raises
        ------
        LoginError
            If the password has changed since then.
        """
        account = self.get(person_id)
        if account is None:
            raise _no_account(person_id)
        hashed = _hash_password(password, account.login)
        with self.database.write() as connection:
            _locked(connection, person_id, proved)
            connection.execute(
                sa.update(users)
                .where(users.c.person_id == person_id)
                .values(password=hashed, password_number=users.c.password_number + 1)
            )
            connection.execute(sa.delete(sessions).where(sessions.c.person_id == person_id))
            return _need_account(connection, person_id)

    def set_admin(self, person_id: int, is_admin: bool) -> Account:
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
            connection.execute(
                sa.update(users).where(users.c.person_id == person_id).values(is_admin=is_admin)
            )
            return _need_account(connection, person_id)

    def remove(self, person_id: int, *, films: bool = False, proved: Account | None = None) -> None:
        """Remove an account with its sessions and tokens.

        Parameters
        ----------
        person_id : int
        films : bool
            Whether all that the person said goes as well; else it stays.
        proved : Account, optional
            What :meth:`log_in` gave, if the person has shown that it is they.

        Raises
        ------
        AccountError
            If it is that of the last admin, while others have accounts.
        LoginError
            If the password has changed since then.
        """
        with self.database.write() as connection:
            _lock_accounts(connection)
            _locked(connection, person_id, proved)
            if films:
                remove_person(connection, person_id)
            else:
                _remove_account(connection, person_id)

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
        address = address[:100]
        # Counted as a failure before the password is looked at, and taken back after: many tries
        # at once are no way around the count.
        attempt = self._count_failure(normal, address, int(time.time()))
        with self.database.read() as connection:
            row = connection.execute(
                sa.select(users.c.person_id, users.c.password).where(users.c.login == normal)
            ).first()
        fresh = _verify(None if row is None else row.password, password)
        refused = LoginError("this name and this password do not belong together")
        if row is None or fresh is None:
            raise refused
        with self.database.write() as connection:
            still = connection.execute(
                sa.update(users)
                .where(users.c.person_id == row.person_id, users.c.password == row.password)
                .values(password=fresh)
            )
            if still.rowcount != 1:
                raise refused  # changed or removed since it was looked at
            tries = login_attempts.c
            connection.execute(
                sa.delete(login_attempts).where(
                    (tries.attempt_id == attempt)
                    | (tries.login == normal) & (tries.address == address)
                )
            )
            return _need_account(connection, row.person_id)

    def _count_failure(self, login: str, address: str, now: int) -> int:
        """Count one try as a failure, or refuse it if there were too many; its number."""
        table = login_attempts.c
        with self.database.write() as connection:
            if not self.database.is_sqlite:
                # One after the other, so that many tries at once do not all see the same count.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOGIN_LOCK)))
            old = table.at <= now - FAILURES_SECONDS
            connection.execute(sa.delete(login_attempts).where(old))
            wait = 0
            for free, where in (
                (_FREE_LOGIN_AND_ADDRESS, (table.login == login) & (table.address == address)),
                (_FREE_LOGIN, table.login == login),
                (_FREE_ADDRESS, table.address == address),
            ):
                count, last = connection.execute(
                    sa.select(sa.func.count(), sa.func.max(table.at)).where(where)
                ).one()
                if last is not None:
                    wait = max(wait, last + wait_seconds(count, free) - now)
            if wait <= 0:
                row = {"login": login, "address": address, "at": now}
                number = connection.scalar(
                    sa.insert(login_attempts).values(row).returning(table.attempt_id)
                )
                assert number is not None
                return int(number)
        raise ThrottledError(f"too many failed logins; try again in {wait} s", retry_after=wait)

    # -- sessions --------------------------------------------------------------------------

    def open_session(self, account: Account, *, seconds: int = SESSION_SECONDS) -> str:
        """A new session; the token for the cookie.

        Raises
        ------
        LoginError
            If the password has changed since the account was read.
        UnknownPersonError
            If the account has been removed since then.
        """
        token, now = secrets.token_urlsafe(32), int(time.time())
        row = {"person_id": account.person_id, "created": now, "expires": now + seconds}
        with self.database.write() as connection:
            _locked(connection, account.person_id, account)
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
        return None if row is None else Account(*row)

    def close_session(self, token: str) -> None:
        """End a session."""
        with self.database.write() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.digest == _digest(token)))

    # -- invitations -----------------------------------------------------------------------

    def invite(self, by: int | None = None, *, seconds: int = INVITATION_SECONDS) -> str:
        """A new invitation that counts once; its code.

        Parameters
        ----------
        by : int, optional
            The admin who invites; nobody in particular on the command line.

        Raises
        ------
        AccountError
            If that is no admin, or no longer one.
        """
        code, now = secrets.token_urlsafe(16), int(time.time())
        row = {"created_by": by, "created": now, "expires": now + seconds}
        with self.database.write() as connection:
            if by is not None:
                _lock_accounts(connection)
                admin = _account(connection, users.c.person_id == by, users.c.is_admin.is_(True))
                if admin is None:
                    raise AccountError("only an admin can invite somebody")
            connection.execute(sa.insert(invitations).values(digest=_digest(code), **row))
        return code

    # -- API tokens ------------------------------------------------------------------------

    def create_token(
        self, person_id: int, name: str, *, seconds: int | None = None
    ) -> tuple[str, ApiToken]:
        """A new API token and what is kept of it; the token is not shown again.

        Parameters
        ----------
        person_id : int
        name : str
            What it is for.
        seconds : int, optional
            How long it holds; without an end if not given.

        Raises
        ------
        AccountError
            If the person has 100 tokens already.
        """
        token, now = _TOKEN_PREFIX + secrets.token_urlsafe(32), int(time.time())
        row: dict[str, Any] = {
            "person_id": person_id,
            "name": shown_name(name),
            "digest": _digest(token),
            "created": now,
            "expires": None if seconds is None else now + seconds,
        }
        with self.database.write() as connection:
            _locked(connection, person_id)
            count = sa.select(sa.func.count()).where(api_tokens.c.person_id == person_id)
            if connection.execute(count).scalar_one() >= _MOST_TOKENS:
                raise AccountError(f"{_MOST_TOKENS} tokens are enough; revoke one first")
            made = connection.execute(sa.insert(api_tokens).values(row).returning(*_TOKEN))
            return token, ApiToken(*made.one())

    def tokens(self, person_id: int) -> list[ApiToken]:
        """The API tokens of a person, oldest first."""
        wanted = sa.select(*_TOKEN).where(api_tokens.c.person_id == person_id)
        with self.database.read() as connection:
            rows = connection.execute(wanted.order_by(api_tokens.c.token_id)).all()
        return [ApiToken(*row) for row in rows]

    def by_token(self, token: str) -> Account | None:
        """Whose API token this is; None if it has ended or never was."""
        now, table = int(time.time()), api_tokens.c
        with self.database.read() as connection:
            row = connection.execute(
                sa.select(table.token_id, table.person_id, table.last_used).where(
                    table.digest == _digest(token),
                    sa.or_(table.expires.is_(None), table.expires > now),
                )
            ).first()
            if row is None:
                return None
            account = _account(connection, users.c.person_id == row.person_id)
        if row.last_used is None or row.last_used <= now - _USED_EVERY:
            # Who only reads does not wait for those who write.
            with suppress(StoreError), self.database.write(wait=0) as connection:
                connection.execute(
                    sa.update(api_tokens)
                    .where(table.token_id == row.token_id)
                    .values(last_used=now)
                )
        return account

    def revoke_token(self, person_id: int, token_id: int) -> bool:
        """Take back a person's token; whether it was theirs and there."""
        with self.database.write() as connection:
            gone = connection.execute(
                sa.delete(api_tokens).where(
                    api_tokens.c.person_id == person_id, api_tokens.c.token_id == token_id
                )
            )
        return gone.rowcount == 1


_TOKEN = [
    api_tokens.c[name]
    for name in ("token_id", "person_id", "name", "created", "expires", "last_used")
]


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


def shown_name(name: str) -> str:
    """A name without needless blanks.

    Raises
    ------
    ParameterError
        If it is empty, too long, or has signs that cannot be printed.
    """
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= _LONGEST_NAME or not clean.isprintable():
        raise ParameterError(
            f"a name has 1 to {_LONGEST_NAME} characters that can be printed, got {name[:80]!r}"
        )
    return clean


def wait_seconds(failures: int, free: int) -> int:
    """Seconds to wait after so many failures, of which ``free`` cost nothing.

    From there on each failure doubles the wait, from 2 seconds to 5 minutes.

    Examples
    --------
    >>> [wait_seconds(n, 5) for n in (4, 5, 6, 12, 40)]
    [0, 2, 4, 256, 300]
    """
    over = failures - free
    return 0 if over < 0 else min(_FIRST_WAIT << min(over, 16), _LONGEST_WAIT)


def unknown_person(person: int | str) -> UnknownPersonError:
    """The error that says that there is nobody of this number or name."""
    return UnknownPersonError(
        f"no person {person!r} in the store; `matinee people list` shows who is there"
    )


def delete_said(connection: Connection, person_id: int) -> int:
    """Delete all that somebody said, inside a transaction; the number of events deleted."""
    own = events.c.person_id == person_id
    # Counted first: a database may leave out what goes along with another row.
    count = connection.execute(sa.select(sa.func.count()).where(own)).scalar_one()
    for table in (current, decisions, events):
        connection.execute(sa.delete(table).where(table.c.person_id == person_id))
    return int(count)


def remove_person(connection: Connection, person_id: int) -> None:
    """Remove somebody with all that they said and their account, inside a transaction."""
    _lock_accounts(connection)
    _remove_account(connection, person_id)
    if person_id != LOCAL_PERSON:
        connection.execute(sa.delete(people).where(people.c.person_id == person_id))
        return
    delete_said(connection, person_id)
    connection.execute(
        sa.update(people)
        .where(people.c.person_id == person_id)
        .values(revision=people.c.revision + 1)
    )


def _remove_account(connection: Connection, person_id: int) -> None:
    _keep_an_admin(connection, person_id, unless_last=True)
    for table in (users, sessions, api_tokens):
        connection.execute(sa.delete(table).where(table.c.person_id == person_id))


def _create(
    connection: Connection,
    login: str,
    hashed: str,
    name: str | None,
    is_admin: bool,
    person_id: int | None,
) -> Account:
    normal, now = normal_login(login), int(time.time())
    shown = shown_name(name or login)
    taken = AccountError(f"the login {normal!r} is taken; choose another")
    if _account(connection, users.c.login == normal) is not None:
        raise taken
    if person_id is None:
        row = {"name": shown, "created": now}
        person_id = connection.execute(
            sa.insert(people).values(row).returning(people.c.person_id)
        ).scalar_one()
    else:
        if _account(connection, users.c.person_id == person_id) is not None:
            raise AccountError(f"person {person_id} has an account already")
        kept = people.c.name if name is None else shown
        found = connection.execute(
            sa.update(people).where(people.c.person_id == person_id).values(name=kept)
        )
        if found.rowcount != 1:
            raise unknown_person(person_id)
    entry = {"login": normal, "password": hashed, "is_admin": is_admin, "created": now}
    try:
        connection.execute(sa.insert(users).values(person_id=person_id, **entry))
    except IntegrityError:
        raise taken from None
    return _need_account(connection, person_id)


def _accounts() -> sa.Select[Any]:
    """Accounts with the names of their people, in the order of :class:`Account`."""
    return sa.select(
        users.c.person_id,
        users.c.login,
        people.c.name,
        users.c.is_admin,
        users.c.created,
        users.c.password_number,
    ).join(people, people.c.person_id == users.c.person_id)


def _account(connection: Connection, *where: sa.ColumnElement[bool]) -> Account | None:
    row = connection.execute(_accounts().where(*where)).first()
    return None if row is None else Account(*row)


def _no_account(person_id: int) -> UnknownPersonError:
    return UnknownPersonError(f"person {person_id} has no account; `matinee people list` shows all")


def _need_account(connection: Connection, person_id: int) -> Account:
    account = _account(connection, users.c.person_id == person_id)
    if account is None:
        raise _no_account(person_id)
    return account


def _locked(connection: Connection, person_id: int, proved: Account | None = None) -> None:
    """Hold an account as it is until the end of the transaction, if it is as it was proved."""
    number = connection.scalar(
        sa.select(users.c.password_number).where(users.c.person_id == person_id).with_for_update()
    )
    if number is None:
        raise _no_account(person_id)
    if proved is not None and number != proved.password_number:
        raise LoginError("the password has just been changed; log in with the new one")


def _lock_accounts(connection: Connection) -> None:
    """Hold off others who change who is an admin; SQLite has one writer at a time anyway."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))


def _keep_an_admin(connection: Connection, person_id: int, *, unless_last: bool = False) -> None:
    others = connection.execute(
        sa.select(users.c.is_admin).where(users.c.person_id != person_id)
    ).all()
    own = _account(connection, users.c.person_id == person_id)
    if own is None or not own.is_admin or any(row.is_admin for row in others):
        return
    if others or not unless_last:
        raise AccountError(f"{own.login} is the only admin; make somebody else one first")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


# -- passwords ----------------------------------------------------------------------------------

# Each takes 64 MiB: a crowd at the door must not take all the memory there is.
_AT_ONCE = threading.BoundedSemaphore(2)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@cache
def _nobody() -> str:
    """A hash to compare with where there is no account, so that it takes as long."""
    with _AT_ONCE:
        return _hasher().hash("nobody has this password")


def _hash_password(password: str, login: str) -> str:
    clean = unicodedata.normalize("NFKC", password)
    if not _SHORTEST_PASSWORD <= len(clean) <= _LONGEST_PASSWORD:
        raise AccountError(
            f"a password has {_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters, this one has "
            f"{len(clean)}"
        )
    if clean.casefold() == login or len(set(clean)) < 3:
        raise AccountError("this password is the first that anybody would try; choose another")
    with _AT_ONCE:
        return _hasher().hash(clean.encode("utf-8", "surrogatepass"))


def _verify(hashed: str | None, password: str) -> str | None:
    """The hash to keep if the password is right, made anew where it was a weaker one; else None."""
    from argon2.exceptions import InvalidHashError, VerificationError

    clean = unicodedata.normalize("NFKC", password[: _LONGEST_PASSWORD + 1])
    offered = clean.encode("utf-8", "surrogatepass")
    kept = hashed if hashed is not None else _nobody()
    try:
        with _AT_ONCE:
            _hasher().verify(kept, offered)
            if hashed is None or len(clean) > _LONGEST_PASSWORD:
                return None
            return _hasher().hash(offered) if _hasher().check_needs_rehash(kept) else kept
    except (VerificationError, InvalidHashError):
        return None
