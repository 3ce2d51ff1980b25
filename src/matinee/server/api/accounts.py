"""Signing in and out, accounts, tokens for programs, and what an admin may do.

An admin sees who there is, never what somebody said of films.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from matinee.server.api.people import NameChange, PersonName
from matinee.server.auth import (
    Admin,
    Anybody,
    Caller,
    Owner,
    Reader,
    Writer,
    address_of,
    admin_of,
    end_session,
    need_accounts,
    open_session,
)
from matinee.server.dependencies import Services, Shared
from matinee.server.errors import Problem
from matinee.server.posters import TMDB_ATTRIBUTION
from matinee.server.schemas import Answer, Asked, TimeText, TrainingState, example
from matinee.server.settings import API
from matinee.store import Account

__all__ = ["admin", "router"]

router = APIRouter(prefix=API, tags=["accounts"])
# Every route of an admin's is one, whatever its parameters say.
admin = APIRouter(prefix=f"{API}/admin", tags=["accounts"], dependencies=[Depends(admin_of)])

_DAY = 86_400
_TokenId = Annotated[int, Path(ge=0, le=2**62)]
_PersonId = Annotated[int, Path(ge=1, le=2**62)]
_Login = Annotated[
    str,
    Field(min_length=1, max_length=100, description="The name to log in with.", examples=["ann"]),
]
_Password = Annotated[
    str, Field(min_length=1, max_length=256, examples=["correct horse battery staple"])
]
_NewPassword = Annotated[
    str,
    Field(
        min_length=8,
        max_length=256,
        description="8 to 256 characters of any kind.",
        examples=["correct horse battery staple"],
    ),
]


class PersonInfo(Answer):
    """Somebody."""

    person_id: int = Field(examples=[1])
    name: str = Field(examples=["Ann"])
    is_admin: bool


class Features(Answer):
    """What this server can show."""

    posters: bool
    map: bool


class Attribution(Answer):
    """Whom to thank on the page."""

    tmdb: str | None = Field(
        description="What TMDB asks for, where its posters are shown.", examples=[None]
    )


class SessionAnswer(Answer):
    """Who is asking, and what the page needs to know to begin."""

    accounts: bool = Field(description="Whether people log in here.")
    person: PersonInfo | None = Field(description="Who is asking; null for a stranger.")
    sign_up: Literal["open", "invitation", "closed"] | None = Field(
        description="Who may make an account; null where there are none."
    )
    features: Features
    attribution: Attribution
    training: TrainingState | None = Field(
        description="How far the first training is; null once a model answers."
    )


class Login(Asked):
    """Log in."""

    model_config = example({"login": "ann", "password": "correct horse battery staple"})

    login: _Login
    password: _Password


class SignUpRequest(Asked):
    """Make an account."""

    model_config = example(
        {"login": "dora", "password": "correct horse battery staple", "invitation": "q8Zb3Vx0"}
    )

    login: _Login
    password: _NewPassword
    name: PersonName | None = None
    invitation: Annotated[str, Field(max_length=100)] | None = None


class PasswordChange(Asked):
    """Another password; all other sessions end."""

    model_config = example(
        {"old": "correct horse battery staple", "new": "another horse, another battery"}
    )

    old: _Password
    new: _NewPassword


class AccountRemoval(Asked):
    """Remove the own account with all that was said of films."""

    model_config = example({"password": "correct horse battery staple"})

    password: _Password


class AccountInfo(PersonInfo):
    """An account."""

    login: str = Field(examples=["ann"])
    created: TimeText


class AccountList(Answer):
    """All accounts, by person number."""

    items: list[AccountInfo]


class AdminChange(Asked):
    """Make somebody an admin, or no longer one."""

    model_config = example({"is_admin": True})

    is_admin: bool


class InvitationRequest(Asked):
    """Invite somebody."""

    model_config = example({"days": 14})

    days: int = Field(default=14, ge=1, le=365, description="How long it holds.")


class Invitation(Answer):
    """An invitation, which lets one person sign up; it is shown only once."""

    code: str = Field(examples=["q8Zb3Vx0mP1sT7uKc2LwRA"])
    days: int = Field(examples=[14])


class TokenRequest(Asked):
    """A token for a program: it may do with films what its owner may."""

    model_config = example({"name": "phone", "days": 90})

    name: Annotated[str, Field(min_length=1, max_length=200, description="What it is for.")]
    days: int | None = Field(default=None, ge=1, le=3650, description="Absent: without an end.")


class TokenInfo(Answer):
    """What is known of a token; not the token itself."""

    token_id: int = Field(examples=[3])
    name: str = Field(examples=["phone"])
    created: TimeText
    expires: TimeText | None
    last_used: TimeText | None


class TokenList(Answer):
    """The caller's tokens, oldest first."""

    items: list[TokenInfo]


class NewToken(TokenInfo):
    """A new token; it is shown only once."""

    token: str = Field(
        description="For the header `Authorization: Bearer …`.", examples=["matinee_5mVb1Rk0c8Wq"]
    )


# -- signing in and out -------------------------------------------------------------------------


@router.get("/session")
async def get_session(shared: Shared, caller: Anybody) -> SessionAnswer:
    """What a page needs to know to begin."""
    return await _session(shared, caller)


@router.post("/session")
async def log_in(
    request: Request, response: Response, shared: Shared, body: Login
) -> SessionAnswer:
    """Gives the browser a session for 30 days. Who guesses passwords has to wait."""
    need_accounts(shared)
    account = await shared.executor.passwords(
        shared.store.accounts.log_in, body.login, body.password, address=address_of(request)
    )
    return await _session(shared, await open_session(request, response, shared, account))


@router.delete("/session", status_code=204)
async def log_out(request: Request, response: Response, shared: Shared) -> None:
    """Ends the session here and in the store."""
    await end_session(request, response, shared)


async def _session(shared: Services, caller: Caller | None) -> SessionAnswer:
    settings, models = shared.settings, shared.models
    person = None
    if caller is not None:
        name = caller.name
        if caller.how == "local":
            name = (await shared.executor.store(shared.store.person, caller.person_id)).name
        person = PersonInfo(person_id=caller.person_id, name=name, is_admin=caller.is_admin)
    return SessionAnswer(
        accounts=settings.accounts,
        person=person,
        sign_up=settings.sign_up if settings.accounts else None,
        features=Features(
            posters=shared.posters is not None, map=models.is_ready and models.serving().has_map
        ),
        attribution=Attribution(tmdb=None if shared.posters is None else TMDB_ATTRIBUTION),
        training=models.training,
    )


# -- one's own account --------------------------------------------------------------------------


@router.post("/accounts", status_code=201)
async def sign_up(
    request: Request, response: Response, shared: Shared, body: SignUpRequest
) -> SessionAnswer:
    """And be signed in with it. The server says whether everybody may, or who is invited."""
    need_accounts(shared)
    wait = shared.sign_ups.wait(address_of(request))
    if wait:
        raise Problem(
            429,
            "too-many-requests",
            "too many accounts were asked for from this address; try again later",
            headers={"Retry-After": str(int(wait) + 1)},
        )
    account = await shared.executor.passwords(
        shared.store.accounts.sign_up,
        body.login,
        body.password,
        mode=shared.settings.sign_up,
        invitation=body.invitation,
        name=body.name,
    )
    return await _session(shared, await open_session(request, response, shared, account))


@router.get("/account")
async def get_account(shared: Shared, caller: Reader) -> AccountInfo:
    """Its login, its name and whether it is an admin's."""
    need_accounts(shared)
    return AccountInfo.model_validate(await shared.executor.store(_own, shared, caller))


@router.put("/account")
async def rename_account(shared: Shared, caller: Writer, body: NameChange) -> AccountInfo:
    """What others call the person; the login stays."""
    need_accounts(shared)

    def rename() -> Account:
        _own(shared, caller)
        shared.store.rename_person(caller.person_id, body.name)
        return _own(shared, caller)

    return AccountInfo.model_validate(await shared.executor.store(rename))


@router.delete("/account", status_code=204)
async def remove_account(
    request: Request, response: Response, shared: Shared, caller: Owner, body: AccountRemoval
) -> None:
    """With everything that was said of films, for good."""
    proved = await _prove(request, shared, caller, body.password)
    await shared.executor.store(_remove, shared, caller.person_id, proved)
    await end_session(request, response, shared)


@router.put("/account/password")
async def change_password(
    request: Request, response: Response, shared: Shared, caller: Owner, body: PasswordChange
) -> SessionAnswer:
    """Ends all sessions but this one, which is renewed. API tokens stay."""
    account = await _prove(request, shared, caller, body.old)
    account = await shared.executor.passwords(
        shared.store.accounts.set_password, caller.person_id, body.new, proved=account
    )
    return await _session(shared, await open_session(request, response, shared, account))


async def _prove(request: Request, shared: Services, caller: Caller, password: str) -> Account:
    """Make sure that it is still the owner who sits there; guesses count as those of a login."""
    return await shared.executor.passwords(
        shared.store.accounts.log_in, caller.login, password, address=address_of(request)
    )


def _remove(shared: Services, person_id: int, proved: Account | None = None) -> None:
    """Remove an account and all that its person said."""
    shared.store.accounts.remove(person_id, films=True, proved=proved)
    shared.uploads.drop_all(person_id)


def _own(shared: Services, caller: Caller) -> Account:
    found = shared.store.accounts.get(caller.person_id)
    if found is None:
        raise Problem(401, "not-signed-in", "this account has just been removed")
    return found


# -- tokens -------------------------------------------------------------------------------------


@router.get("/account/tokens")
async def list_tokens(shared: Shared, caller: Owner) -> TokenList:
    """What they may do and when they were used; not the tokens themselves."""
    found = await shared.executor.store(shared.store.accounts.tokens, caller.person_id)
    return TokenList(items=[TokenInfo.model_validate(one) for one in found])


@router.post("/account/tokens", status_code=201)
async def make_token(shared: Shared, caller: Owner, body: TokenRequest) -> NewToken:
    """It is shown this once. A program may do with films what the caller may."""
    token, made = await shared.executor.store(
        shared.store.accounts.create_token,
        caller.person_id,
        body.name,
        seconds=None if body.days is None else body.days * _DAY,
    )
    return NewToken(**dict(TokenInfo.model_validate(made)), token=token)


@router.delete("/account/tokens/{token_id}", status_code=204)
async def revoke_token(shared: Shared, caller: Owner, token_id: _TokenId) -> None:
    """It is worth nothing from then on."""
    revoke = shared.store.accounts.revoke_token
    if not await shared.executor.store(revoke, caller.person_id, token_id):
        raise Problem(404, "unknown-token", f"you have no token with the number {token_id}")


# -- admins -------------------------------------------------------------------------------------


@admin.post("/invitations", status_code=201)
async def invite(shared: Shared, caller: Admin, body: InvitationRequest) -> Invitation:
    """A code that lets one person sign up, once; it is shown this once."""
    code = await shared.executor.store(
        shared.store.accounts.invite, caller.person_id, seconds=body.days * _DAY
    )
    return Invitation(code=code, days=body.days)


@admin.get("/accounts")
async def list_accounts(shared: Shared) -> AccountList:
    """All accounts, by person number."""
    found = await shared.executor.store(shared.store.accounts.all)
    return AccountList(items=[AccountInfo.model_validate(one) for one in found])


@admin.put("/accounts/{person_id}")
async def set_admin(shared: Shared, person_id: _PersonId, body: AdminChange) -> AccountInfo:
    """There is always one left."""

    def change() -> Account:
        _need_account(shared, person_id)
        return shared.store.accounts.set_admin(person_id, body.is_admin)

    return AccountInfo.model_validate(await shared.executor.store(change))


@admin.delete("/accounts/{person_id}", status_code=204)
async def remove_somebody(
    shared: Shared,
    person_id: _PersonId,
    films: Annotated[
        bool, Query(description="Also delete all that the person said of films.")
    ] = False,
) -> None:
    """Its sessions and tokens end at once. Without `films` what was said stays in the store."""

    def remove() -> None:
        _need_account(shared, person_id)
        if films:
            _remove(shared, person_id)
        else:
            shared.store.accounts.remove(person_id)

    await shared.executor.store(remove)


def _need_account(shared: Services, person_id: int) -> Account:
    found = shared.store.accounts.get(person_id)
    if found is None:
        raise Problem(404, "unknown-person", f"nobody with the number {person_id} has an account")
    return found
