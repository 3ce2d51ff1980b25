"""People of the household, for choosing films together; only where there are no accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from matinee.server.person import Caller, Somebody, Writer, choosable
from matinee.server.personal import Personal, PersonalServices
from matinee.server.problems import Problem
from matinee.server.rendering import json_answer
from matinee.server.schemas.people import HouseholdPerson, NameChange, PeopleList
from matinee.server.services import Services, Shared

__all__ = ["router"]

router = APIRouter(prefix="/people", tags=["people"])

_MOST_PEOPLE = 200


@router.get(
    "", operation_id="listPeople", summary="People to choose from", response_model=PeopleList
)
async def people(shared: Shared, caller: Somebody) -> Response:
    """All of a household without accounts; where there are accounts, the caller alone."""
    found = await shared.work(choosable, shared.store, caller)
    items = [
        {
            "person_id": one.person_id,
            "name": one.name,
            "is_me": one.person_id == caller.person_id,
        }
        for one in found
    ]
    return json_answer({"items": items})


@router.post(
    "",
    status_code=201,
    operation_id="addPerson",
    summary="Add somebody of the household",
    response_model=HouseholdPerson,
)
async def add(shared: Shared, caller: Writer, body: NameChange) -> Response:
    """Somebody without an account, whose films are for everybody at this machine to see."""
    return await shared.work(_add, shared, caller, body.name)


def _add(shared: Services, caller: Caller, name: str) -> Response:
    _household(caller)
    if len(shared.store.people()) >= _MOST_PEOPLE:
        raise Problem(409, "too-many-people", f"{_MOST_PEOPLE} people are a household's limit")
    made = shared.store.create_person(name)
    return json_answer({"person_id": made.person_id, "name": made.name, "is_me": False}, 201)


@router.delete(
    "/{person_id}",
    status_code=204,
    operation_id="removePerson",
    summary="Remove somebody of the household",
    response_class=Response,
)
async def remove(
    shared: Shared,
    personal: Personal,
    caller: Writer,
    person_id: Annotated[int, Path(ge=1, le=2**62)],
) -> Response:
    """With all that was said of films. The local person stays."""
    await shared.work(_remove, shared, personal, caller, person_id)
    return Response(status_code=204)


def _remove(shared: Services, personal: PersonalServices, caller: Caller, person_id: int) -> None:
    _household(caller)
    if person_id == caller.person_id:
        raise Problem(
            409, "not-oneself", "that is you; DELETE /api/v1/me/data empties your own films"
        )
    if person_id not in {one.person_id for one in choosable(shared.store, caller)}:
        raise Problem(404, "unknown-person", f"there is nobody with the number {person_id} here")
    shared.store.remove_person(person_id)
    personal.uploads.drop_all(person_id)


def _household(caller: Caller) -> None:
    if caller.how != "local":
        raise Problem(
            403, "forbidden", "people have accounts here; an admin invites and removes them"
        )
