"""Stars, marks, history, and all of it taken along or deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server.doors import Way, World, serving

from matinee.store import Entry, Film

API = "/api/v1"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    with serving(tmp_path / "people.db") as found:
        yield found


def rate(world: World, movie_id: object, stars: float) -> Any:
    return world.ask("PUT", f"{API}/me/ratings/{movie_id}", json={"stars": stars}).json()


def pages(world: World, path: str) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        more = "" if cursor is None else f"&cursor={cursor}"
        page = world.ask("GET", f"{API}{path}{more}").json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def test_stars_are_given_and_taken_away(world: World) -> None:
    assert rate(world, 7, 4.5) == {
        "movie_id": "7",
        "stars": 4.5,
        "changed": True,
        "revision": 1,
    }
    assert rate(world, 7, 4.5)["changed"] is False
    assert rate(world, "07", 3.0)["movie_id"] == "7"
    film = world.ask("GET", f"{API}/me/ratings").json()["items"][0]
    assert (film["title"], film["year"], film["stars"]) == ("Film 7", 1987, 3.0)
    assert film["in_catalog"] is True
    gone = world.ask("DELETE", f"{API}/me/ratings/7").json()
    assert (gone["stars"], gone["changed"]) == (None, True)
    assert world.ask("DELETE", f"{API}/me/ratings/7").json()["changed"] is False
    assert world.ask("GET", f"{API}/me/ratings").json()["total"] == 0


def test_a_film_that_nobody_knows(world: World) -> None:
    answer = world.ask("PUT", f"{API}/me/ratings/999", json={"stars": 4})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-movie")
    assert "GET /api/v1/films finds films by title" in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["seen", "watchlist", "not-interested"])
def test_marks_are_set_and_taken_away(world: World, kind: str) -> None:
    path = f"{API}/me/marks/{kind}"
    made = world.ask("PUT", f"{path}/9").json()
    assert (made["kind"], made["marked"], made["changed"]) == (kind, True, True)
    assert world.ask("PUT", f"{path}/9").json()["changed"] is False
    assert [film["movie_id"] for film in pages(world, f"/me/marks/{kind}?limit=1")] == ["9"]
    assert world.ask("DELETE", f"{path}/9").json()["marked"] is False
    assert world.ask("GET", path).json() == {"items": [], "next": None, "total": 0}


def test_the_tag_of_me_changes_with_every_change_and_no_sooner(world: World) -> None:
    first = world.ask("GET", f"{API}/me")
    same = {"if-none-match": first.headers["etag"]}
    assert world.ask("GET", f"{API}/me", headers=same).status_code == 304
    rate(world, 7, 4.5)
    second = world.ask("GET", f"{API}/me", headers=same)
    assert (second.status_code, second.json()["ratings"]) == (200, 1)
    assert second.json()["revision"] == first.json()["revision"] + 1


@pytest.mark.parametrize("sort", ["recent", "stars", "title"])
def test_pages_have_each_film_once_in_order(world: World, sort: str) -> None:
    for number in range(1, 24):
        rate(world, number, number % 5 + 1)
    found = pages(world, f"/me/ratings?limit=5&sort={sort}")
    assert sorted(int(film["movie_id"]) for film in found) == list(range(1, 24))
    keys = {
        "recent": [film["at"] for film in reversed(found)],
        "stars": [-film["stars"] for film in found],
        "title": [film["title"].casefold() for film in found],
    }
    assert keys[sort] == sorted(keys[sort])


def test_a_page_goes_on_where_the_last_one_ended_whatever_happens_between(world: World) -> None:
    for number in range(1, 10):
        rate(world, number, 3.0)
    first = world.ask("GET", f"{API}/me/ratings?limit=3&sort=title").json()
    world.ask("DELETE", f"{API}/me/ratings/{first['items'][0]['movie_id']}")
    rest = f"{API}/me/ratings?limit=50&sort=title&cursor={first['next']}"
    second = world.ask("GET", rest).json()
    shown = [film["movie_id"] for film in first["items"] + second["items"]]
    assert sorted(shown) == [str(number) for number in range(1, 10)]
    other = world.ask("GET", f"{API}/me/ratings?sort=stars&cursor={first['next']}")
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "cursor")


def test_undo_goes_back_step_by_step(world: World) -> None:
    rate(world, 7, 4.0)
    rate(world, 7, 2.0)
    undone = [world.ask("POST", f"{API}/me/undo").json()["undone"] for _ in range(3)]
    assert [None if one is None else one["value"] for one in undone] == [4.0, None, None]
    assert undone[0]["title"] == "Film 7"
    assert undone[2] is None
    history = world.ask("GET", f"{API}/me/history?limit=3").json()
    assert [event["undoes"] is not None for event in history["items"]] == [True, True, False]
    older = world.ask("GET", f"{API}/me/history?before={history['next']}").json()
    assert [event["value"] for event in older["items"]] == [4.0]
    assert older["next"] is None


def test_films_of_another_data_set_are_shown_and_can_be_taken_away(world: World) -> None:
    known, unknown = Film("x-7", "Film 7", 1987), Film("x-0", "Nowhere", 1950)
    rows = [Entry("x-7", "rating", 4.0, 5, known), Entry("x-0", "rating", 2.0, 4, unknown)]
    world.store.add_many(1, rows, source="import:matinee")
    films = world.ask("GET", f"{API}/me/ratings").json()["items"]
    assert [(film["movie_id"], film["in_catalog"]) for film in films] == [
        ("7", True),
        ("x-0", False),
    ]
    # Both the catalogue's film and the stored one are the same: no second rating comes of it.
    assert rate(world, 7, 5.0)["movie_id"] == "x-7"
    assert world.store.state(1).stars == {"x-7": 5.0, "x-0": 2.0}
    assert world.ask("DELETE", f"{API}/me/ratings/x-0").json()["changed"] is True
    assert world.ask("DELETE", f"{API}/me/ratings/7").json()["changed"] is True
    assert world.store.ratings(1) == []


def test_everything_is_deleted_only_if_one_says_so(world: World) -> None:
    rate(world, 7, 4.5)
    world.ask("PUT", f"{API}/me/marks/seen/9")
    for body in ({}, {"confirm": True}, {"confirm": "yes"}):
        assert world.ask("DELETE", f"{API}/me/data", json=body).status_code == 422
    confirm = {"confirm": "delete everything"}
    gone = world.ask("DELETE", f"{API}/me/data", json=confirm).json()["deleted"]
    assert gone == {"ratings": 1, "seen": 1, "watchlist": 0, "not_interested": 0, "events": 2}
    assert world.ask("GET", f"{API}/me/history").json() == {"items": [], "next": None}


@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_was_taken_along_comes_back(world: World, form: str) -> None:
    rate(world, 7, 4.5)
    world.ask("PUT", f"{API}/me/marks/watchlist/9")
    file = world.ask("GET", f"{API}/me/export?format={form}")
    assert file.headers["content-disposition"].endswith(f'.{form}"')
    assert file.headers["cache-control"] == "no-store"
    before = world.store.export(1)
    world.ask("DELETE", f"{API}/me/data", json={"confirm": "delete everything"})
    report = world.ask(
        "POST", f"{API}/me/imports", files={"file": (f"mine.{form}", file.content)}
    ).json()
    assert report["kind"] == "matinee"
    world.ask("POST", f"{API}/me/imports/{report['import_id']}/apply", json={})
    after = world.store.export(1)
    for name in ("ratings", "seen", "watchlist", "not_interested"):
        assert after[name] == before[name]


def test_the_household_is_everybody_without_an_account(world: World) -> None:
    made = world.ask("POST", f"{API}/people", json={"name": "  Bea  B. "}).json()
    assert (made["name"], made["is_me"]) == ("Bea B.", False)
    world.store.accounts.create("private", "correct horse battery")
    names = [one["name"] for one in world.ask("GET", f"{API}/people").json()["items"]]
    assert names == ["me", "Bea B."]
    private = world.store.people()[-1].person_id
    refused = world.ask("DELETE", f"{API}/people/{private}")
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown-person")
    assert world.ask("DELETE", f"{API}/people/1").json()["code"] == "not-oneself"
    assert world.ask("DELETE", f"{API}/people/{made['person_id']}").status_code == 204
    # Nor do private films come out through a group.
    group = {"members": [{"person_id": 1}, {"person_id": private}]}
    assert world.ask("POST", f"{API}/groups", Way(), json=group).status_code == 422


# -- another model --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "ratings/7", {"stars": 4}),
        ("DELETE", "ratings/9", None),
        ("PUT", "marks/seen/7", None),
        ("DELETE", "marks/watchlist/9", None),
    ],
)
def test_a_write_about_films_of_another_model_stores_nothing(
    world: World, method: str, path: str, body: Any
) -> None:
    world.store.rate(1, "9", 3.0)
    before = world.store.revision(1)
    more = {} if body is None else {"json": body}
    old = {"Matinee-Model": "0123456789ab"}
    answer = world.ask(method, f"{API}/me/{path}", headers=old, **more)
    assert (answer.status_code, answer.json()["code"]) == (409, "other-model")
    assert answer.headers["matinee-model"] == "unsaved"
    assert world.store.revision(1) == before
    same = {"Matinee-Model": "unsaved"}
    assert world.ask(method, f"{API}/me/{path}", headers=same, **more).status_code == 200
