"""Tests of the questions about a list: what shall I watch, what if, how many stars, why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.server.doors import World, serving, settings_for

API = "/api/v1"
RATINGS = [
    {"movie_id": "3", "stars": 5},
    {"movie_id": "8", "stars": 4.5},
    {"movie_id": "21", "stars": 1},
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("lists")
    with serving(folder / "people.db", settings=settings_for()) as found:
        yield found


def ask(world: World, question: str, **body: Any) -> Any:
    answer = world.ask("POST", f"{API}/{question}", json={"ratings": RATINGS, **body})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["model"]["version"] == answer.headers["matinee-model"] == "unsaved"
    return found


def refused(world: World, question: str, **body: Any) -> Any:
    answer = world.ask("POST", f"{API}/{question}", json={"ratings": RATINGS, **body})
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["movie_id"] for item in items]


def test_a_list_without_what_was_seen(world: World) -> None:
    found = ask(world, "recommendations", n=40, seen=["5"])
    assert len(found["items"]) == 36
    assert not {"3", "8", "21", "5"} & set(ids(found["items"]))
    assert [item["rank"] for item in found["items"]] == list(range(1, 37))
    fits = [item["fit"] for item in found["items"]]
    assert fits == sorted(fits, reverse=True)
    assert 0 <= min(fits) < max(fits) <= 100
    assert (found["asked"], found["complete"]) == (40, False)
    assert found["profile"] == {"ratings": 3, "seen": 1}


def test_pages_of_a_list_go_on_where_the_one_before_ended(world: World) -> None:
    whole = ask(world, "recommendations", n=12)["items"]
    pages = [ask(world, "recommendations", n=4, offset=start)["items"] for start in (0, 4, 8)]
    films = [item["movie_id"] for page in pages for item in page]
    assert sorted(films) == sorted(ids(whole)), "each film once"
    assert [item["rank"] for page in pages for item in page] == list(range(1, 13))


def test_what_is_left_out_counts_as_not_rated(world: World) -> None:
    without = [one for one in RATINGS if one["movie_id"] != "8"]
    told = ask(world, "recommendations", leave_out=["8", "40"])
    other = world.ask("POST", f"{API}/recommendations", json={"ratings": without}).json()
    assert ids(told["items"]) == ids(other["items"])


def test_dials_narrow_and_turn_the_list(world: World) -> None:
    plain = ids(ask(world, "recommendations", n=10)["items"])
    narrow = ask(
        world, "recommendations", genres=["Drama"], without_genres=["Horror"], from_year=1990
    )["items"]
    for film in narrow:
        assert "Drama" in film["genres"]
        assert "Horror" not in film["genres"]
        assert film["year"] >= 1990
    assert ids(ask(world, "recommendations", n=10, different=1)["items"]) != plain
    mood = ids(ask(world, "recommendations", n=10, like=["30"])["items"])
    assert "30" not in mood
    assert mood != plain


def test_reasons_add_up_to_the_fit(world: World) -> None:
    found = ask(world, "explanations", movie_id="12")
    parts = sum(reason["share"] for reason in found["reasons"])
    assert parts + found["rest"] == pytest.approx(found["fit"], abs=0.1)
    assert {reason["movie_id"] for reason in found["reasons"]} <= {"3", "8", "21", None}


def test_the_list_without_a_rating(world: World) -> None:
    found = ask(world, "what-if", without="3", n=15)
    before, after = ids(found["before"]), ids(found["after"])
    assert set(found["entered"]) == set(after) - set(before)
    assert set(found["left"]) == set(before) - set(after)
    for move in found["moved"]:
        assert before[move["from"] - 1] == after[move["to"] - 1] == move["movie_id"]
    rest = [one for one in RATINGS if one["movie_id"] != "3"]
    plain = world.ask("POST", f"{API}/recommendations", json={"ratings": rest, "n": 15}).json()
    assert after == ids(plain["items"])


def test_the_list_with_one_more_rating(world: World) -> None:
    found = ask(world, "what-if", **{"with": {"movie_id": "9", "stars": 5}}, n=15)
    assert "9" not in ids(found["after"])


def test_predictions_come_in_the_order_of_the_question(world: World) -> None:
    found = ask(world, "predictions", movies=["9", "3", "1"])
    assert ids(found["items"]) == ["9", "3", "1"]


@pytest.mark.parametrize(
    ("question", "body", "status", "told"),
    [
        ("recommendations", {"seen": ["41"]}, 422, "there is no film '41' here"),
        ("recommendations", {"n": 101}, 422, "less than or equal to 100"),
        ("recommendations", {"from_year": 2000, "to_year": 1990}, 422, "is later than to_year"),
        ("recommendations", {"nonsense": 1}, 422, "nonsense: Extra inputs are not permitted"),
        ("recommendations", {"ratings": 2 * RATINGS[:1]}, 422, "rate each film once"),
        ("what-if", {"without": "9"}, 422, "is not among the ratings"),
        ("what-if", {}, 422, "say what is to change"),
        ("predictions", {"movies": []}, 422, "movies: List should have at least 1 item"),
        ("explanations", {"movie_id": "41"}, 422, "there is no film '41' here"),
        ("groups", {"members": []}, 422, "members: List should have at least 2 items"),
    ],
)
def test_what_cannot_be_answered_is_told(
    world: World, question: str, body: dict[str, Any], status: int, told: str
) -> None:
    code, problem = refused(world, question, **body)
    assert (code, told in problem["detail"]) == (status, True), problem
    if problem["code"] == "invalid-request":
        assert problem["errors"]


def test_without_ratings_it_is_about_the_own_ones(world: World) -> None:
    stranger = world.ask("POST", f"{API}/recommendations", json={}).json()
    assert stranger["notes"] == ["No ratings yet: these are films that people like in general."]
    for one in RATINGS:
        world.store.rate(1, str(one["movie_id"]), float(one["stars"]))  # type: ignore[arg-type]
    own = world.ask("POST", f"{API}/recommendations", json={}).json()
    assert stranger["notes"][0] not in own["notes"]
    assert ids(own["items"]) == ids(ask(world, "recommendations")["items"])
    world.store.delete_everything(1)
