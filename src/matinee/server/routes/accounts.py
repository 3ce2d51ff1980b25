"""Accounts: signing up, one's own account, and tokens for programs."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from matinee.server.person import Caller, Owner, Somebody, Writer
from matinee.server.personal import Personal, PersonalServices, utc
from matinee.server.problems import Problem
from matinee.server.rendering import json_answer
from matinee.server.routes.session import address_of, come_in, need_accounts
from matinee.server.schemas.people import (
    AccountInfo,
    AccountRemoval,
    NameChange,
    NewToken,
    PasswordChange,
    SessionAnswer,
    SignUpRequest,
    TokenList,
    TokenRequest,
)
from matinee.server.security.guard import is_secure
from matinee.server.services import Services, Shared
from matinee.store import Account, ApiToken

__all__ = ["account_info", "remove_account", "router"]

router = APIRouter(tags=["accounts"])

_DAY = 86_400
_TokenId = Annotated[int, Path(ge=0, le=2**62)]


@router.post(
    "/accounts",
    status_code=201,
    operation_id="signUp",
    summary="Make an account",
    response_model=SessionAnswer,
)
async def sign_up(
    request: Request, shared: Shared, personal: Personal, body: SignUpRequest
) -> Response:
    """And be signed in with it. The server says whether everybody may, or who is invited."""
    need_accounts(shared)
    wait = personal.sign_ups.take(address_of(request), time.monotonic())
    if wait:
        raise Problem(
            429,
            "too-many-requests",
            "too many accounts were asked for from this address; try again later",
            headers={"Retry-After": str(int(wait) + 1)},
        )
    account = await personal.passwords(
        shared.store.accounts.sign_up,
        body.login,
        body.password,
        mode=shared.settings.sign_up,
        invitation=body.invitation,
        name=body.name,
    )
    return await come_in(request, shared, personal, account, 201)


@router.get(
    "/account", operation_id="getAccount", summary="The own account", response_model=AccountInfo
)
async def account(shared: Shared, caller: Somebody) -> Response:
    """Its login, its name and whether it is an admin's."""
    return json_answer(account_info(await shared.work(_own, shared, caller)))


@router.put(
    "/account", operation_id="renameAccount", summary="Another name", response_model=AccountInfo
)
async def rename(shared: Shared, caller: Writer, body: NameChange) -> Response:
    """What others call the person; the login stays."""

    def answer() -> Response:
        _own(shared, caller)
        shared.store.rename_person(caller.person_id, body.name)
        return json_answer(account_info(_own(shared, caller)))

    return await shared.work(answer)


@router.delete(
    "/account",
    status_code=204,
    operation_id="removeAccount",
    summary="Remove the own account",
    response_class=Response,
)
async def remove(
    request: Request, shared: Shared, personal: Personal, caller: Owner, body: AccountRemoval
) -> Response:
    """With everything that was said of films, for good."""
    proved = await _prove(request, shared, personal, caller, body.password)
    await shared.work(remove_account, shared, personal, caller.person_id, proved)
    answer = Response(status_code=204)
    personal.cookies.clear_session(answer.headers, secure=is_secure(request.scope))
    return answer


@router.put(
    "/account/password",
    operation_id="changePassword",
    summary="Another password",
    response_model=SessionAnswer,
)
async def change_password(
    request: Request, shared: Shared, personal: Personal, caller: Owner, body: PasswordChange
) -> Response:
    """Ends all sessions but this one, which is renewed. API tokens stay."""
    account = await _prove(request, shared, personal, caller, body.old)
    account = await personal.passwords(
        shared.store.accounts.set_password, caller.person_id, body.new, proved=account
    )
    return await come_in(request, shared, personal, account)


async def _prove(
    request: Request,
    shared: Services,
    personal: PersonalServices,
    caller: Caller,
    password: str,
) -> Account:
    """Make sure that it is still the owner who sits there; guesses count as those of a login."""
    return await personal.passwords(
        shared.store.accounts.log_in, caller.login, password, address=address_of(request)
    )


def remove_account(
    shared: Services, personal: PersonalServices, person_id: int, proved: Account | None = None
) -> None:
    """Remove an account and all that its person said.

    Raises
    ------
    AccountError
        If it is that of the only admin, while others have accounts.
    """
    shared.store.accounts.remove(person_id, films=True, proved=proved)
    personal.uploads.drop_all(person_id)


def account_info(account: Account) -> dict[str, Any]:
    """An account as the API shows it."""
    return {
        "person_id": account.person_id,
        "name": account.name,
        "is_admin": account.is_admin,
        "login": account.login,
        "created": utc(account.created),
    }


def _own(shared: Services, caller: Caller) -> Account:
    need_accounts(shared)
    found = shared.store.accounts.get(caller.person_id)
    if found is None:
        raise Problem(401, "not-signed-in", "this account has just been removed")
    return found


# -- tokens -------------------------------------------------------------------------------------


@router.get(
    "/account/tokens",
    operation_id="listTokens",
    summary="Tokens of the own programs",
    response_model=TokenList,
)
async def tokens(shared: Shared, caller: Owner) -> Response:
    """What they may do and when they were used; not the tokens themselves."""
    found = await shared.work(shared.store.accounts.tokens, caller.person_id)
    return json_answer({"items": [_token(one) for one in found]})


@router.post(
    "/account/tokens",
    status_code=201,
    operation_id="makeToken",
    summary="A token for a program",
    response_model=NewToken,
)
async def make_token(shared: Shared, caller: Owner, body: TokenRequest) -> Response:
    """It is shown this once. A program may do with films what the caller may."""
    token, made = await shared.work(
        shared.store.accounts.create_token,
        caller.person_id,
        body.name,
        seconds=None if body.days is None else body.days * _DAY,
    )
    return json_answer({**_token(made), "token": token}, 201)


@router.delete(
    "/account/tokens/{token_id}",
    status_code=204,
    operation_id="revokeToken",
    summary="Take a token back",
    response_class=Response,
)
async def revoke_token(shared: Shared, caller: Owner, token_id: _TokenId) -> Response:
    """It is worth nothing from then on."""
    gone = await shared.work(shared.store.accounts.revoke_token, caller.person_id, token_id)
    if not gone:
        raise Problem(404, "unknown-token", f"you have no token with the number {token_id}")
    return Response(status_code=204)


def _token(token: ApiToken) -> dict[str, Any]:
    return {
        "token_id": token.token_id,
        "name": token.name,
        "created": utc(token.created),
        "expires": None if token.expires is None else utc(token.expires),
        "last_used": None if token.last_used is None else utc(token.last_used),
    }
