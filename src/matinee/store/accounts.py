"""Who may come in: making accounts and logging in."""

from __future__ import annotations

import time
import unicodedata
from typing import Literal, TypeAlias, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from matinee.errors import (
    AccountError,
    LoginError,
    ParameterError,
    SignUpError,
    UnknownPersonError,
)
from matinee.store import passwords, throttle
from matinee.store.database import Database
from matinee.store.keys import Account, Keys, account_where, all_accounts, digest_of, no_account
from matinee.store.schema import api_tokens, invitations, people, sessions, users

__all__ = ["Accounts", "SignUp", "normal_login"]

SignUp: TypeAlias = Literal["open", "invitation", "closed"]

_LONGEST_LOGIN = 100


class Accounts(Keys):
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
        offered = digest_of(invitation or "")
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
            rows = connection.execute(all_accounts().order_by(users.c.person_id)).all()
        return [Account(**row._mapping) for row in rows]

    def get(self, person_id: int) -> Account | None:
        """The account of a person, or None for somebody without one."""
        with self.database.read() as connection:
            return account_where(connection, users.c.person_id == person_id)

    def find(self, login: str) -> Account | None:
        """The account of a login, or None."""
        with self.database.read() as connection:
            return account_where(connection, users.c.login == normal_login(login))

    def set_password(self, person_id: int, password: str) -> None:
        """Give somebody a new password and end all their sessions; API tokens stay."""
        account = self.get(person_id)
        if account is None:
            raise no_account(person_id)
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
                raise no_account(person_id)

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
                raise no_account(person_id)
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
            account = account_where(connection, users.c.person_id == row.person_id)
        if account is None:
            raise LoginError("this account has just been removed")
        return account


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
    if account_where(connection, users.c.login == normal) is not None:
        raise AccountError(f"the login {normal!r} is taken; choose another")
    if person_id is None:
        row = {"name": shown, "created": now}
        person_id = connection.execute(
            sa.insert(people).values(row).returning(people.c.person_id)
        ).scalar_one()
    else:
        if account_where(connection, users.c.person_id == person_id) is not None:
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
    made = account_where(connection, users.c.person_id == person_id)
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
    own = account_where(connection, users.c.person_id == person_id)
    if own is None or not own.is_admin or any(row.is_admin for row in others):
        return
    if not (unless_last and not others):
        raise AccountError(f"{own.login} is the only admin; make somebody else one first")
