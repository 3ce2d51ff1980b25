"""What an admin may do: invite, see who has an account, make admins, remove accounts.

An admin sees who there is, never what somebody said of films.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from matinee.server.person import Admin, admin_of
from matinee.server.personal import Personal, PersonalServices
from matinee.server.problems import Problem
from matinee.server.rendering import json_answer
from matinee.server.routes.accounts import account_info, remove_account
from matinee.server.schemas.people import (
    AccountInfo,
    AccountList,
    AdminChange,
    Invitation,
    InvitationRequest,
)
from matinee.server.services import Services, Shared
from matinee.store import Account

__all__ = ["router"]

# Every route of this file is an admin's, whatever its parameters say.
router = APIRouter(prefix="/admin", tags=["accounts"], dependencies=[Depends(admin_of)])

_DAY = 86_400
_PersonId = Annotated[int, Path(ge=1, le=2**62)]


@router.post(
    "/invitations",
    status_code=201,
    operation_id="invite",
    summary="Invite somebody",
    response_model=Invitation,
)
async def invite(shared: Shared, caller: Admin, body: InvitationRequest) -> Response:
    """A code that lets one person sign up, once; it is shown this once."""
    code = await shared.work(
        shared.store.accounts.invite, caller.person_id, seconds=body.days * _DAY
    )
    return json_answer({"code": code, "days": body.days}, 201)


@router.get(
    "/accounts",
    operation_id="listAccounts",
    summary="Who has an account",
    response_model=AccountList,
)
async def accounts(shared: Shared) -> Response:
    """All accounts, by person number."""
    found = await shared.work(shared.store.accounts.all)
    return json_answer({"items": [account_info(one) for one in found]})


@router.put(
    "/accounts/{person_id}",
    operation_id="setAdmin",
    summary="Make somebody an admin, or no longer one",
    response_model=AccountInfo,
)
async def set_admin(shared: Shared, person_id: _PersonId, body: AdminChange) -> Response:
    """There is always one left."""

    def answer() -> Response:
        _need_account(shared, person_id)
        changed = shared.store.accounts.set_admin(person_id, body.is_admin)
        return json_answer(account_info(changed))

    return await shared.work(answer)


@router.delete(
    "/accounts/{person_id}",
    status_code=204,
    operation_id="removeSomebodysAccount",
    summary="Remove somebody's account",
    response_class=Response,
)
async def remove(
    shared: Shared,
    personal: Personal,
    person_id: _PersonId,
    films: Annotated[
        bool, Query(description="Also delete all that the person said of films.")
    ] = False,
) -> Response:
    """Its sessions and tokens end at once. Without `films` what was said stays in the store."""
    await shared.work(_remove, shared, personal, person_id, films)
    return Response(status_code=204)


def _remove(shared: Services, personal: PersonalServices, person_id: int, films: bool) -> None:
    _need_account(shared, person_id)
    if films:
        remove_account(shared, personal, person_id)
    else:
        shared.store.accounts.remove(person_id)


def _need_account(shared: Services, person_id: int) -> Account:
    found = shared.store.accounts.get(person_id)
    if found is None:
        raise Problem(404, "unknown-person", f"nobody with the number {person_id} has an account")
    return found
