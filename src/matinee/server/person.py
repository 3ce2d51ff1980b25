"""Who is asking, and what they may do.

Without accounts everybody who gets past :mod:`matinee.server.security.guard` is the local person.
With accounts a browser is known by the cookie of its session, and a program by its API token, which
may do with films what its owner may. A route takes one of the types below as a parameter; it never
reads a person's number from anywhere else, so that nobody can ask for another person's films.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from fastapi import Depends, Request

from matinee.server.problems import Problem
from matinee.server.security.cookies import BrowserCookies
from matinee.server.security.guard import COOKIES_KEY, TOKEN_KEY
from matinee.server.services import services_of
from matinee.store import LOCAL_PERSON, Person, Store

__all__ = [
    "Admin",
    "Anybody",
    "Caller",
    "Owner",
    "Somebody",
    "Writer",
    "admin_of",
    "caller_of",
    "choosable",
    "maybe_caller_of",
    "writer_of",
]

_CALLER_KEY = "matinee.caller"
Scope: TypeAlias = Literal["read", "write", "admin"]
_ALL: frozenset[Scope] = frozenset(("read", "write", "admin"))
_OWN: frozenset[Scope] = frozenset(("read", "write"))


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


async def _identify(request: Request) -> Caller | None:
    """Who is asking, looked up once for each request."""
    scope = request.scope
    if _CALLER_KEY not in scope:
        scope[_CALLER_KEY] = await _look_up(request)
    found: Caller | None = scope[_CALLER_KEY]
    return found


async def _look_up(request: Request) -> Caller | None:
    services = services_of(request)
    accounts = services.store.accounts
    token: str | None = request.scope.get(TOKEN_KEY)
    if not services.settings.accounts:
        if token is not None:
            raise _unknown_token("there are no accounts here, so no tokens: leave it out")
        return _LOCAL
    if token is not None:
        known = await services.work(accounts.by_token, token)
        if known is None:
            raise _unknown_token("this token is not known, or has ended; make a new one")
        return Caller(known.person_id, known.name, known.is_admin, _OWN, "token", known.login)
    cookies: BrowserCookies = request.scope.get(COOKIES_KEY) or BrowserCookies()
    if cookies.session is None:
        return None
    found = await services.work(accounts.by_session, cookies.session)
    if found is None:
        return None
    scopes = _ALL if found.is_admin else _OWN
    return Caller(found.person_id, found.name, found.is_admin, scopes, "cookie", found.login)


def _unknown_token(detail: str) -> Problem:
    return Problem(
        401, "wrong-token", detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}
    )


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


async def maybe_caller_of(request: Request) -> Caller | None:
    """Who is asking, or None for somebody who is not known.

    Raises
    ------
    Problem
        401 for a token that is not known, 403 for one that may not read.
    """
    caller = await _identify(request)
    return None if caller is None else _need(caller, "read")


async def caller_of(request: Request) -> Caller:
    """Who is asking, for routes that read; a problem 401 or 403 for anybody else."""
    return _need(await _identify(request), "read")


async def writer_of(request: Request) -> Caller:
    """Who is asking, for routes that change something; a problem 401 or 403 for anybody else."""
    return _need(await _identify(request), "write")


async def _owner_of(request: Request) -> Caller:
    """Somebody who is there in person: what keeps others out is not changed by a program."""
    if not services_of(request).settings.accounts:
        raise Problem(
            404, "no-accounts", "there are no accounts here; `matinee serve --accounts` has them"
        )
    caller = _need(await _identify(request), "write")
    if caller.how != "cookie":
        raise Problem(403, "forbidden", "a token may not do this; log in with the password")
    return caller


async def admin_of(request: Request) -> Caller:
    """An admin who is asking; a problem 401 or 403 for anybody else."""
    if not services_of(request).settings.accounts:
        raise Problem(
            404, "no-accounts", "there are no accounts here; `matinee serve --accounts` has them"
        )
    return _need(await _identify(request), "admin")


Anybody = Annotated[Caller | None, Depends(maybe_caller_of)]
Somebody = Annotated[Caller, Depends(caller_of)]
Writer = Annotated[Caller, Depends(writer_of)]
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
