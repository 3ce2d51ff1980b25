"""Who is asking, and what they may do.

Without accounts everybody who gets past :mod:`matinee.server.security` is the local person. With
accounts a browser is known by the cookie of its session, and a program by its API token, which may
do with films what its owner may. A route takes one of the types below as a parameter; it never
reads a person's number from anywhere else, so that nobody can ask for another person's films.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from fastapi import Depends, Request, Response

from matinee.server.dependencies import Services, Shared
from matinee.server.errors import Problem
from matinee.server.limits import client_key
from matinee.store import LOCAL_PERSON, SESSION_SECONDS, Account, Person, Store

__all__ = [
    "Admin",
    "Anybody",
    "Caller",
    "Owner",
    "Reader",
    "Writer",
    "address_of",
    "admin_of",
    "choosable",
    "end_session",
    "has_token",
    "need_accounts",
    "open_session",
]

Scope: TypeAlias = Literal["read", "write", "admin"]
_ALL: frozenset[Scope] = frozenset(("read", "write", "admin"))
_OWN: frozenset[Scope] = frozenset(("read", "write"))
_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request.

    Attributes
    ----------
    person_id : int
        In the store.
    name : str
    is_admin : bool
    scopes : frozenset of str
        What the caller may do: ``"read"``, ``"write"``, ``"admin"``.
    how : {"local", "cookie", "token"}
        How the caller is known.
    login : str
        Of the account; empty without accounts.
    """

    person_id: int
    name: str
    is_admin: bool
    scopes: frozenset[Scope]
    how: Literal["local", "cookie", "token"]
    login: str = ""


_LOCAL = Caller(LOCAL_PERSON, "me", True, _ALL, "local")


# -- cookies and tokens -------------------------------------------------------------------------


def _cookie_name(request: Request, shared: Services) -> str:
    """Over https browsers tie a cookie to this host and this host alone, by its name."""
    return f"__Host-{shared.cookie}" if request.url.scheme == "https" else shared.cookie


def _session_of(request: Request, shared: Services) -> str | None:
    found = request.cookies.get(_cookie_name(request, shared))
    return found if found and len(found) <= _LONGEST_TOKEN else None


def _token_of(request: Request) -> str | None:
    """The token of ``Authorization: Bearer``; other schemes are somebody else's business."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip()[:_LONGEST_TOKEN] if scheme.lower() == "bearer" else None


def has_token(request: Request) -> bool:
    """Whether a program asks, with an API token."""
    return _token_of(request) is not None


def address_of(request: Request) -> str:
    """The address that failures to log in are counted for."""
    return client_key(request.client.host) if request.client is not None else "unknown"


async def open_session(
    request: Request, response: Response, shared: Services, account: Account
) -> Caller:
    """Open a session for somebody who has just proved who they are; the old one ends."""
    accounts, old = shared.store.accounts, _session_of(request, shared)
    token = await shared.executor.store(accounts.open_session, account)
    if old is not None:
        await shared.executor.store(accounts.close_session, old)
    response.set_cookie(
        _cookie_name(request, shared),
        token,
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return _in_session(account)


async def end_session(request: Request, response: Response, shared: Services) -> None:
    """End the session of a browser, here and in the store."""
    old = _session_of(request, shared)
    if old is not None:
        await shared.executor.store(shared.store.accounts.close_session, old)
        response.delete_cookie(
            _cookie_name(request, shared),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )


def _in_session(account: Account) -> Caller:
    scopes = _ALL if account.is_admin else _OWN
    return Caller(
        account.person_id, account.name, account.is_admin, scopes, "cookie", account.login
    )


# -- who it is ----------------------------------------------------------------------------------


async def _identify(request: Request, shared: Shared) -> Caller | None:
    """Who is asking; looked up once for each request."""
    token, accounts = _token_of(request), shared.store.accounts
    if not shared.settings.accounts:
        if token is not None:
            raise _unknown_token("there are no accounts here, so no tokens: leave it out")
        return _LOCAL
    if token is not None:
        known = await shared.executor.store(accounts.by_token, token)
        if known is None:
            raise _unknown_token("this token is not known, or has ended; make a new one")
        return Caller(known.person_id, known.name, known.is_admin, _OWN, "token", known.login)
    session = _session_of(request, shared)
    if session is None:
        return None
    found = await shared.executor.store(accounts.by_session, session)
    return None if found is None else _in_session(found)


def _unknown_token(detail: str) -> Problem:
    return Problem(
        401, "wrong-token", detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}
    )


_Identified = Annotated[Caller | None, Depends(_identify)]


def _need(caller: Caller | None, scope: Scope) -> Caller:
    if caller is None:
        raise Problem(
            401,
            "not-signed-in",
            "sign in first (POST /api/v1/session), or send a token in the header Authorization",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if scope not in caller.scopes:
        detail = "only an admin may do this, and no token: log in with the password"
        raise Problem(403, "forbidden", detail)
    return caller


def need_accounts(shared: Services) -> None:
    """Refuse what makes sense with accounts only."""
    if not shared.settings.accounts:
        raise Problem(
            404, "no-accounts", "there are no accounts here; `matinee serve --accounts` has them"
        )


async def _anybody_of(caller: _Identified) -> Caller | None:
    """Who is asking, or None; a problem for a token that is not known or may not read."""
    return None if caller is None else _need(caller, "read")


async def _reader_of(caller: _Identified) -> Caller:
    """Who is asking, for routes that read; a problem 401 or 403 for anybody else."""
    return _need(caller, "read")


async def _writer_of(caller: _Identified) -> Caller:
    """Who is asking, for routes that change something; a problem 401 or 403 for anybody else."""
    return _need(caller, "write")


async def _owner_of(shared: Shared, caller: _Identified) -> Caller:
    """Somebody who is there in person: what keeps others out is not changed by a program."""
    need_accounts(shared)
    owner = _need(caller, "write")
    if owner.how != "cookie":
        raise Problem(403, "forbidden", "a token may not do this; log in with the password")
    return owner


async def admin_of(shared: Shared, caller: _Identified) -> Caller:
    """An admin who is asking; a problem 401 or 403 for anybody else."""
    need_accounts(shared)
    return _need(caller, "admin")


Anybody = Annotated[Caller | None, Depends(_anybody_of)]
Reader = Annotated[Caller, Depends(_reader_of)]
Writer = Annotated[Caller, Depends(_writer_of)]
Owner = Annotated[Caller, Depends(_owner_of)]
Admin = Annotated[Caller, Depends(admin_of)]


def choosable(store: Store, caller: Caller) -> list[Person]:
    """People whose films the caller may use, for a group.

    Without accounts these are the people of the household, apart from those who have an account
    from other days; with accounts, the caller alone.
    """
    if caller.how != "local":
        return [store.person(caller.person_id)]
    private = {account.person_id for account in store.accounts.all()} - {LOCAL_PERSON}
    return [person for person in store.people() if person.person_id not in private]
