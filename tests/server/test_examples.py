"""The requests that the OpenAPI document shows are answered as it says, with the sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from tests.server.doors import (
    PASSWORD,
    Way,
    World,
    filled,
    sample_model,
    serving,
    settings_for,
    small_model,
)

from matinee.server import create_app

# Heat and Gloria are the entries that the example of a decision is about.
FILMS = (
    b"Date,Name,Year,Letterboxd URI,Rating\n"
    b"2024-05-01,Heat,1996,https://boxd.it/6,4.5\n"
    b"2024-05-02,Gloria,1980,https://boxd.it/0,2\n"
)
HOUSEHOLD = {"addPerson", "removePerson"}
FOR_GOOD = {
    *("logIn", "logOut", "signUp", "removeAccount", "changePassword", "removeSomebodysAccount"),
}
"""What ends the session of whoever asks, or an account."""


class Operation(NamedTuple):
    """What the document says of a request."""

    name: str
    method: str
    path: str
    body: Any
    form: bool
    status: int


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    url = str(tmp_path_factory.mktemp("store") / "people.db")
    found: dict[str, Any] = create_app(settings_for(store_url=url), model=small_model()).openapi()
    return found


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            kinds = told.get("requestBody", {}).get("content", {})
            (status,) = (int(one) for one in told["responses"] if one.startswith("2"))
            body = kinds.get("application/json", {}).get("example")
            form = "multipart/form-data" in kinds
            assert form or ("requestBody" in told) == (body is not None)
            yield Operation(told["operationId"], method.upper(), path, body, form, status)


@pytest.fixture(scope="module", params=[True, False], ids=["accounts", "one person"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("examples")
    patch = pytest.MonkeyPatch()
    patch.setenv("MATINEE_CACHE", str(folder / "cache"))
    settings = settings_for(accounts=request.param, sign_up="open")
    with serving(folder / "people.db", settings=settings, model=sample_model()) as found:
        yield found
    patch.undo()


def test_requests_as_they_are_shown(document: dict[str, Any], world: World) -> None:
    accounts = world.app.state.services.settings.accounts
    answers, wanted = {}, {}
    for number, told in enumerate(operations(document)):
        if (accounts and told.name in HOUSEHOLD) or told.name == "getPoster":
            continue
        if not accounts and told.path.startswith(("/api/v1/account", "/api/v1/admin")):
            continue
        if not accounts and told.name == "logIn":
            continue
        way, person, token = Way(), 1, 0
        if accounts:
            # What is for good is done by somebody else each time.
            who = f"me{number}" if told.name in FOR_GOOD else "ann"
            me = world.people.get(who) or world.join(who, admin=True)
            way, person, token = me.way, me.person_id, me.token_id
        other = person
        if told.name in ("setAdmin", "removeSomebodysAccount"):
            other = world.join(f"other{number}").person_id
        elif told.name == "removePerson":
            other = world.store.create_person("Somebody").person_id
        kept = world.personal.uploads.keep(person, "ratings.csv", FILMS)
        values = {
            "movie_id": "318",
            "kind": "seen",
            "person_id": other,
            "token_id": token,
            "import_id": kept.import_id,
        }
        more: dict[str, Any] = {} if told.body is None else {"json": told.body}
        if told.form:
            more = {"files": {"file": ("ratings.csv", FILMS)}}
        answer = world.ask(told.method, filled(told.path, values), way, **more)
        place = f"{told.method} {told.path}"
        answers[place], wanted[place] = answer.status_code, told.status
        if answer.status_code != told.status:
            answers[f"{place} says"] = answer.text
        if answer.status_code == 200 and "matinee-model" in answer.headers and answer.content:
            assert answer.headers["matinee-model"] == "unsaved"
    assert answers == wanted
    assert len(answers) > (45 if accounts else 30)


def test_the_password_of_the_examples_is_that_of_the_tests(document: dict[str, Any]) -> None:
    shown = document["paths"]["/api/v1/session"]["post"]["requestBody"]["content"]
    assert shown["application/json"]["example"] == {"login": "ann", "password": PASSWORD}
