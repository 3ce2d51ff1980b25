"""Who is there: the first thing that a page asks, and how to come in and leave."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from matinee.server.person import Anybody, Caller
from matinee.server.personal import Personal, PersonalServices
from matinee.server.posters import TMDB_ATTRIBUTION
from matinee.server.problems import Problem
from matinee.server.rendering import json_answer
from matinee.server.schemas.people import Login, SessionAnswer
from matinee.server.security.cookies import BrowserCookies
from matinee.server.security.guard import COOKIES_KEY, TOKEN_KEY, is_secure
from matinee.server.security.hosts import address_key
from matinee.server.services import Services, Shared
from matinee.store import SESSION_SECONDS, Account

__all__ = ["address_of", "come_in", "router", "told"]

router = APIRouter(prefix="/session", tags=["accounts"])


@router.get("", operation_id="getSession", summary="Who is asking", response_model=SessionAnswer)
async def read_session(
    request: Request, shared: Shared, personal: Personal, caller: Anybody
) -> Response:
    """What a page needs to know to begin, and the proof that its later requests carry."""
    return await told(request, shared, personal, caller)


@router.post("", operation_id="logIn", summary="Log in", response_model=SessionAnswer)
async def log_in(request: Request, shared: Shared, personal: Personal, body: Login) -> Response:
    """Gives the browser a session for 30 days. Who guesses passwords has to wait."""
    need_accounts(shared)
    account = await personal.passwords(
        shared.store.accounts.log_in, body.login, body.password, address=address_of(request)
    )
    return await come_in(request, shared, personal, account)


@router.delete(
    "",
    status_code=204,
    operation_id="logOut",
    summary="Log out",
    response_class=Response,
)
async def log_out(request: Request, shared: Shared, personal: Personal) -> Response:
    """Ends the session here and in the store."""
    answer = Response(status_code=204)
    cookies: BrowserCookies = request.scope[COOKIES_KEY]
    if cookies.session is not None:
        await shared.work(shared.store.accounts.close_session, cookies.session)
        personal.cookies.clear_session(answer.headers, secure=is_secure(request.scope))
    return answer


def address_of(request: Request) -> str:
    """The address that failures to log in are counted for."""
    return address_key(request.client.host) if request.client is not None else "unknown"


def need_accounts(shared: Services) -> None:
    """Refuse what makes sense with accounts only."""
    if not shared.settings.accounts:
        raise Problem(
            404, "no-accounts", "there are no accounts here; `matinee serve --accounts` has them"
        )


async def come_in(
    request: Request,
    shared: Services,
    personal: PersonalServices,
    account: Account,
    status: int = 200,
) -> Response:
    """Open a session for somebody who has just proved who they are; the old one ends."""
    cookies: BrowserCookies = request.scope[COOKIES_KEY]
    accounts = shared.store.accounts
    token = await shared.work(accounts.open_session, account)
    if cookies.session is not None:
        await shared.work(accounts.close_session, cookies.session)
    caller = Caller(
        account.person_id,
        account.name,
        account.is_admin,
        frozenset(("read", "write")),
        "cookie",
        account.login,
    )
    request.scope[COOKIES_KEY] = BrowserCookies(token, cookies.visitor)
    answer = await told(request, shared, personal, caller, status)
    personal.cookies.set_session(
        answer.headers, token, secure=is_secure(request.scope), age=SESSION_SECONDS
    )
    return answer


async def told(
    request: Request,
    shared: Services,
    personal: PersonalServices,
    caller: Caller | None,
    status: int = 200,
) -> Response:
    """The answer that says who is asking; it gives a browser without a cookie one."""
    cookies: BrowserCookies = request.scope[COOKIES_KEY]
    by_token = request.scope[TOKEN_KEY] is not None
    settings = shared.settings
    person: dict[str, Any] | None = None
    if caller is not None:
        name = caller.name
        if caller.how == "local":
            name = (await shared.work(shared.store.person, caller.person_id)).name
        person = {"person_id": caller.person_id, "name": name, "is_admin": caller.is_admin}
    fresh = not by_token and cookies.binding is None
    answer = Response()
    if fresh:
        secure = is_secure(request.scope)
        cookies = personal.cookies.set_visitor(answer.headers, secure=secure)
    posters = settings.tmdb_key is not None
    value = {
        "accounts": settings.accounts,
        "person": person,
        "csrf": None if by_token else personal.cookies.csrf(cookies),
        "sign_up": settings.sign_up if settings.accounts else None,
        "features": {"posters": posters, "map": _has_map(shared)},
        "attribution": {"tmdb": TMDB_ATTRIBUTION if posters else None},
        "training": shared.models.training,
    }
    made = json_answer(value, status)
    for cookie in answer.headers.getlist("set-cookie"):
        made.headers.append("Set-Cookie", cookie)
    return made


def _has_map(shared: Services) -> bool:
    """Whether there is a map to show; nothing is computed for the answer."""
    if not shared.models.is_ready:
        return False
    from matinee.explore.map import has_map

    serving = shared.models.serving()
    beside = serving.path is not None and has_map(serving.path)
    return beside or bool(serving.model.has_movie_vectors)
