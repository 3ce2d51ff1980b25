"""People of the household, for choosing films together; only where there are no accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from matinee.server.auth import Caller, Reader, Writer, choosable
from matinee.server.dependencies import Services, Shared
from matinee.server.errors import Problem
from matinee.server.schemas import Answer, Asked, example
from matinee.server.settings import API

__all__ = ["NameChange", "PersonName", "router"]

router = APIRouter(prefix=f"{API}/people", tags=["people"])

_MOST_PEOPLE = 200

PersonName = Annotated[
    str, Field(min_length=1, max_length=200, description="What to call a person.", examples=["Ann"])
]


class NameChange(Asked):
    """Another name."""

    model_config = example({"name": "Ann"})

    name: PersonName


class HouseholdPerson(Answer):
    """Somebody whom the caller may choose in a group."""

    person_id: int = Field(examples=[1])
    name: str = Field(examples=["Ann"])
    is_me: bool


class PeopleList(Answer):
    """People whom the caller may choose: all of a household without accounts, else oneself."""

    items: list[HouseholdPerson]


@router.get("")
async def list_people(shared: Shared, caller: Reader) -> PeopleList:
    """All of a household without accounts; where there are accounts, the caller alone."""
    found = await shared.executor.store(choosable, shared.store, caller)
    items = [
        HouseholdPerson(
            person_id=one.person_id, name=one.name, is_me=one.person_id == caller.person_id
        )
        for one in found
    ]
    return PeopleList(items=items)


@router.post("", status_code=201)
async def add_person(shared: Shared, caller: Writer, body: NameChange) -> HouseholdPerson:
    """Somebody without an account, whose films are for everybody at this machine to see."""
    return await shared.executor.store(_add, shared, caller, body.name)


def _add(shared: Services, caller: Caller, name: str) -> HouseholdPerson:
    _household(caller)
    if len(shared.store.people()) >= _MOST_PEOPLE:
        raise Problem(409, "too-many-people", f"{_MOST_PEOPLE} people are a household's limit")
    made = shared.store.create_person(name)
    return HouseholdPerson(person_id=made.person_id, name=made.name, is_me=False)


@router.delete("/{person_id}", status_code=204)
async def remove_person(
    shared: Shared, caller: Writer, person_id: Annotated[int, Path(ge=1, le=2**62)]
) -> None:
    """With all that was said of films. The local person stays."""
    await shared.executor.store(_remove, shared, caller, person_id)


def _remove(shared: Services, caller: Caller, person_id: int) -> None:
    _household(caller)
    if person_id == caller.person_id:
        raise Problem(
            409, "not-oneself", "that is you; DELETE /api/v1/me/data empties your own films"
        )
    if person_id not in {one.person_id for one in choosable(shared.store, caller)}:
        raise Problem(404, "unknown-person", f"there is nobody with the number {person_id} here")
    shared.store.remove_person(person_id)
    shared.uploads.drop_all(person_id)


def _household(caller: Caller) -> None:
    if caller.how != "local":
        raise Problem(
            403, "forbidden", "people have accounts here; an admin invites and removes them"
        )
