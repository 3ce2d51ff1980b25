"""Tests of searching, browsing and looking at films over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.server.doors import World, serving, settings_for, small_model

API = "/api/v1"
KEPT = (
    f"{API}/films",
    f"{API}/films?genre=Drama&sort=stars&limit=3&cursor=o3",
    f"{API}/films/7",
    f"{API}/films/7/similar",
    f"{API}/genres",
    f"{API}/map",
    f"{API}/map/points",
    f"{API}/map/names",
    f"{API}/model",
    f"{API}/me",
    "/",
    "/assets/js/app.js",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("films")
    with serving(folder / "people.db", settings=settings_for()) as found:
        yield found


def ids(world: World, path: str) -> list[str]:
    return [item["movie_id"] for item in world.ask("GET", f"{API}{path}").json()["items"]]


def test_search_finds_the_beginnings_of_words(world: World) -> None:
    found = world.ask("GET", f"{API}/films?q=film+1&limit=3").json()
    assert found["items"][0]["title"].startswith("Film 1")
    assert len(found["items"]) == 3
    assert (found["next"], found["total"]) == (None, None)
    assert {"confidence", "how"} <= set(found["items"][0])
    assert ids(world, "/films?q=flim+12")[0] == "12", "a slip of the keyboard"
    assert ids(world, "/films?q=nothing+of+the+kind") == []


def test_a_search_is_narrowed(world: World) -> None:
    narrow = world.ask("GET", f"{API}/films?q=film&genre=Horror&decade=1990&limit=20").json()
    assert narrow["items"]
    for film in narrow["items"]:
        assert "Horror" in film["genres"]
        assert 1990 <= film["year"] <= 1999


@pytest.mark.parametrize("sort", ["ratings", "stars", "title", "year"])
def test_pages_hold_every_film_once_and_in_order(world: World, sort: str) -> None:
    seen: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = world.ask("GET", f"{API}/films?sort={sort}&limit=7{cursor}").json()
        assert page["total"] == 40
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len({film["movie_id"] for film in seen}) == len(seen) == 40
    keys = {
        "ratings": [-film["ratings"] for film in seen],  # type: ignore[operator]
        "title": [str(film["title"]).casefold() for film in seen],
        "year": [-film["year"] for film in seen],  # type: ignore[operator]
        "stars": [
            (film["ratings"] < 20, -film["mean_stars"])  # type: ignore[operator]
            for film in seen
        ],
    }
    assert keys[sort] == sorted(keys[sort])  # type: ignore[type-var]


@pytest.mark.parametrize("cursor", ["x", "o", "o-1", "o1.5", "9"])
def test_a_cursor_of_another_list_is_refused(world: World, cursor: str) -> None:
    answer = world.ask("GET", f"{API}/films?cursor={cursor}")
    assert answer.status_code == 422
    assert "pass what `next` of the page before was" in answer.json()["detail"]


def test_a_film_with_what_the_caller_said_of_it(world: World) -> None:
    film = world.ask("GET", f"{API}/films/7").json()
    assert (film["title"], film["year"]) == ("Film 7", 1987)
    assert film["mine"] == {
        "stars": None,
        "seen": False,
        "watchlist": False,
        "not_interested": False,
    }
    world.store.rate(1, "7", 3.5)
    world.store.mark(1, "7", "watchlist")
    mine = world.ask("GET", f"{API}/films/7").json()["mine"]
    assert (mine["stars"], mine["watchlist"]) == (3.5, True)
    world.store.delete_everything(1)
    missing = world.ask("GET", f"{API}/films/41")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown-movie")


def test_similar_films_leave_out_the_film_itself(world: World) -> None:
    found = world.ask("GET", f"{API}/films/7/similar?limit=5").json()["items"]
    assert len(found) == 5
    assert "7" not in {film["movie_id"] for film in found}
    assert [film["rank"] for film in found] == [1, 2, 3, 4, 5]
    fits = [film["fit"] for film in found]
    assert fits == sorted(fits, reverse=True)


def test_genres_and_decades_count_the_catalogue(world: World) -> None:
    found = world.ask("GET", f"{API}/genres").json()
    assert [genre["name"] for genre in found["items"]] == ["Comedy", "Drama", "Horror", "Western"]
    for genre in found["items"]:
        total = world.ask("GET", f"{API}/films?genre={genre['name']}").json()["total"]
        assert total == genre["films"]
    assert sum(decade["films"] for decade in found["decades"]) == 40


# -- what may be kept ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", KEPT)
def test_what_has_not_changed_is_not_sent_again(world: World, path: str) -> None:
    first = world.ask("GET", path)
    assert first.status_code == 200
    etag = first.headers["etag"]
    again = world.ask("GET", path, headers={"if-none-match": f'"other", {etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    stale = world.ask("GET", path, headers={"if-none-match": '"other"'})
    assert stale.content == first.content


@pytest.mark.parametrize("path", [one for one in KEPT if one.startswith(API) and "/me" not in one])
def test_another_model_has_other_tags_and_says_which_it_is(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matinee.server.model_holder import Serving

    holder = world.app.state.services.models
    first = world.ask("GET", path)
    assert first.headers["matinee-model"] == "unsaved"
    other = Serving(small_model(), version="another")
    monkeypatch.setattr(holder, "_serving", other)
    answer = world.ask("GET", path, headers={"if-none-match": first.headers["etag"]})
    assert answer.headers["matinee-model"] == "another"
    changed = "/map/" not in path  # the bytes of the map say nothing of the model
    assert answer.status_code == (200 if changed else 304)
    assert (answer.headers["etag"] != first.headers["etag"]) is changed


def test_my_etag_changes_with_what_i_say(world: World) -> None:
    etag = world.ask("GET", f"{API}/films/9").headers["etag"]
    world.store.rate(1, "9", 4.0)
    answer = world.ask("GET", f"{API}/films/9", headers={"if-none-match": etag})
    assert answer.status_code == 200
    world.store.delete_everything(1)
